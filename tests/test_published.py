"""Published figures, on stand-in networks that are called as the published files are."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.linalg
import torch
from PIL import Image
from torch import Tensor

from dvd_gan.models.presets import make_generator
from dvd_gan.pipeline import DVDGANPipeline
from dvd_gan.video import from_uint8
from tests.hub_fixtures import serving
from tests.square_people import CLASS_NAMES, FPS, write_square_people
from training import evaluate
from training.data import shards
from training.data.shards import ShardedClips
from training.metrics import nearest
from training.metrics.classifier import train_judge
from training.metrics.diversity import pose_distances
from training.metrics.extractors import PROTOCOLS, Extractor
from training.metrics.frechet import frechet_distance
from training.metrics.inception_score import inception_score
from training.metrics.judge import save_judge
from training.metrics.motion import shuffle
from training.metrics.nearest import measure_memorisation, nearest_training_clips
from training.metrics.published import measure_published, spread
from training.metrics.real_clips import windows_of_class


class KineticsLogits(torch.nn.Module):
    """Called as the I3D of Kinetics-400: bytes in, eight numbers about brightness and change out."""

    def forward(self, x: Tensor, rescale: bool = False, resize: bool = False, return_features: bool = False) -> Tensor:
        assert rescale and resize and return_features
        assert float((x - x.round()).abs().max()) == 0.0 and float(x.min()) >= 0 and float(x.max()) > 2
        change = (x[:, :, 1:] - x[:, :, :-1]).abs().mean((3, 4))
        brightness = x.mean((3, 4))
        return torch.cat([brightness.mean(2), change.mean(2), change.std(2)[:, :2]], 1) / 16


class KineticsPool(torch.nn.Module):
    """Called as the I3D of Kinetics-600."""

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        assert x.shape[1] == 3 and x.shape[3] == 224 and x.shape[4] == 224 and float(x.abs().max()) <= 1
        return x.mean((3, 4)).flatten(1), x.mean((2, 3, 4)) * 9


class UcfClasses(torch.nn.Module):
    """Called as the C3D of UCF-101."""

    def forward(self, x: Tensor) -> Tensor:
        assert x.shape[2] == 16 and float(x.max()) > 2
        return (x.mean((2, 3, 4)) / 16).softmax(1)


NETWORKS = {"i3d-k400": KineticsLogits, "i3d-k600": KineticsPool, "c3d-ucf101": UcfClasses}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("networks")
    for name, network in NETWORKS.items():
        torch.jit.script(network()).save(str(folder / f"{name}.pt"))
    return {name: folder / f"{name}.pt" for name in NETWORKS}


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    return write_square_people(tmp_path_factory.mktemp("squares") / "data")


@pytest.fixture(scope="module")
def train(data) -> ShardedClips:
    return ShardedClips(data, "train", num_frames=16, frame_stride=1)


def real_clips(clips: ShardedClips):
    """A generator as good as the data, on draws that no reference uses."""
    return lambda seeds: from_uint8(torch.stack([clips[10_000 + seed]["frames"] for seed in seeds]))


def noise(seeds):
    return torch.stack([torch.rand(16, 3, 16, 16, generator=torch.Generator().manual_seed(s)) * 2 - 1 for s in seeds])


def test_fvd_ranks_real_clips_before_frozen_ones_before_noise(files, train):
    extractor = Extractor("i3d-k400", str(files["i3d-k400"]))
    good = measure_published(extractor, real_clips(train), train, num_clips=48, repeats=2)
    bad = measure_published(extractor, noise, train, num_clips=48, repeats=2)

    def distance(report):
        return report["frechet_distance"]

    floor, frozen = distance(good["floor_real_against_real"]), distance(good["frozen_real"])
    assert distance(good["generated"])["mean"] < 3 * floor + 0.05 < frozen < distance(bad["generated"])["mean"]
    assert distance(good["shuffled_real"]) > 3 * floor
    assert set(good["generated"]) == {"frechet_distance"}


def test_inception_scores_are_those_of_the_networks_probabilities(files, train):
    for name in ("i3d-k600", "c3d-ucf101"):
        extractor = Extractor(name, str(files[name]))
        report = measure_published(extractor, noise, train, num_clips=17, repeats=2)
        by_hand = [inception_score(extractor(noise(range(17 * k, 17 * (k + 1))))[1]) for k in range(2)]
        assert report["generated"]["inception_score"]["values"] == pytest.approx(by_hand, rel=1e-6)
        assert ("frechet_distance" in report["generated"]) == (name == "i3d-k600")


def test_a_report_says_which_network_and_protocol(files, train):
    report = measure_published(Extractor("i3d-k400", str(files["i3d-k400"])), noise, train, num_clips=16, repeats=1)
    assert report["network_sha256"] == hashlib.sha256(files["i3d-k400"].read_bytes()).hexdigest()
    assert report["protocol"] == PROTOCOLS["i3d-k400"].description
    assert (report["clips"], report["repeats"], report["distinct_real_clips"]) == (16, 1, len(train))


def test_published_numbers_of_clips_are_the_defaults():
    assert {name: (p.num_frames, p.num_clips, p.repeats) for name, p in PROTOCOLS.items()} == {
        "i3d-k400": (16, 2048, 4),
        "i3d-k600": (None, 2048, 4),
        "c3d-ucf101": (16, 2048, 10),
    }


def test_what_cannot_be_used_is_refused_in_one_sentence(files, tmp_path):
    with pytest.raises(ValueError, match="unknown feature network 'vgg'"):
        Extractor("vgg", str(files["i3d-k400"]))
    with pytest.raises(FileNotFoundError, match="give a path, or owner/name/file"):
        Extractor("i3d-k400", str(tmp_path / "nothing.pt"))
    (tmp_path / "text.pt").write_text("hello")
    with pytest.raises(ValueError, match="is no TorchScript file"):
        Extractor("i3d-k400", str(tmp_path / "text.pt"))
    with pytest.raises(ValueError, match="looks at 16 frames and these clips have 8"):
        Extractor("i3d-k400", str(files["i3d-k400"]))(torch.zeros(1, 8, 3, 16, 16))


def test_a_network_comes_from_the_hub_by_its_id_and_revision(files):
    with serving("lab/networks", files["i3d-k400"].parent) as hub:
        for where in ("lab/networks/i3d-k400.pt", "lab/networks/i3d-k400.pt@main"):
            extractor = Extractor("i3d-k400", where)
            assert extractor.sha256 == hashlib.sha256(files["i3d-k400"].read_bytes()).hexdigest()
        assert any("/resolve/main/i3d-k400.pt" in path for path in hub.asked)
        with pytest.raises(OSError, match=r"vgg\.pt"):
            Extractor("i3d-k400", "lab/networks/vgg.pt")


def test_spread_is_the_mean_and_deviation_over_repeats():
    assert spread([{"a": 1.0}, {"a": 3.0}])["a"] == {"mean": 2.0, "std": pytest.approx(2**0.5), "values": [1.0, 3.0]}
    assert spread([{"a": 1.0}])["a"]["std"] == 0


def test_frechet_agrees_with_scipys_matrix_root():
    rng = torch.Generator().manual_seed(0)
    a, b = (torch.randn(400, 24, generator=rng, dtype=torch.float64) @ torch.randn(24, 24, generator=rng).double()
            for _ in range(2))  # fmt: skip
    covariances = [torch.cov(x.T).numpy() for x in (a, b)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum().item() + (covariances[0] + covariances[1] - 2 * root).trace()
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-3)


def test_shuffled_clips_hold_the_same_frames_in_another_order():
    video = torch.arange(8.0).view(1, 8, 1, 1, 1)
    assert shuffle(video).flatten().tolist() != video.flatten().tolist()
    assert sorted(shuffle(video).flatten().tolist()) == video.flatten().tolist()


def test_a_copied_clip_is_found_and_tells_on_the_generator(data, train, tmp_path):
    held_out = windows_of_class(ShardedClips(data, "held_out", 16, 1), 0, 4)
    copies = from_uint8(torch.stack([train.clip(i, 2)["frames"] for i in range(4)])) * 0.8 + 0.1
    distances, where = nearest_training_clips(copies, train)
    assert distances.max() < 0.02 and where == [(i, 2) for i in range(4)]
    assert measure_memorisation(copies, train, held_out)["nearest_distance_over_held_out"] < 0.1
    assert measure_memorisation(held_out, train, held_out)["nearest_distance_over_held_out"] == 1
    measure_memorisation(copies, train, held_out, tmp_path / "pairs.png")
    with Image.open(tmp_path / "pairs.png") as picture:
        assert picture.size == (2 * 8 * 17, 2 * (16 + 2 * 17))  # four pairs in two columns, a line of text above each
        shown = np.asarray(picture.convert("RGB")).astype(int)
    first, nearest = shown[16:32, :16], shown[33:49, :16]
    assert abs(0.8 * nearest + 38 - first).mean() < 4 < abs(nearest[::-1, ::-1] - first).mean()


def test_the_nearest_window_is_that_of_a_search_by_hand_and_each_clip_is_decoded_once(data, monkeypatch):
    monkeypatch.setattr(shards, "KEEP_DECODED_BYTES", 0)
    train, video = ShardedClips(data, "train", 4, frame_stride=2), noise(range(3))[:, :4]
    by_hand = {
        (index, start): [pose_distances(torch.stack([clip, window])).item() for clip in video]
        for index in range(len(train))
        for start in range(0, train.num_starts(index), 2)
        for window in [from_uint8(train.clip(index, start)["frames"][None])[0]]
    }
    decode, decoded = shards.decode_frames, []
    monkeypatch.setattr(shards, "decode_frames", lambda *a: (decoded.append(hash(a[0])), decode(*a))[1])
    distances, where = nearest_training_clips(video, train)
    assert distances.tolist() == pytest.approx([min(by_hand.values(), key=lambda d: d[n])[n] for n in range(3)])
    assert [by_hand[place][n] for n, place in enumerate(where)] == pytest.approx(distances.tolist())
    assert len(decoded) == len(set(decoded)) == len(train)


def test_of_a_large_set_evenly_spaced_clips_are_compared_and_the_report_counts_them(data, train, monkeypatch):
    monkeypatch.setattr(nearest, "MOST_CLIPS", 3)
    assert nearest.compared_clips(train) == [0, round((len(train) - 1) / 2), len(train) - 1]
    held_out = windows_of_class(ShardedClips(data, "held_out", 16, 1), 0, 2)
    assert measure_memorisation(noise(range(2)), train, held_out)["compared_training_clips"] == 3


@pytest.mark.slow
def test_two_processes_give_the_figures_of_one(files, data, tmp_path):
    generator = make_generator("tiny", num_classes=2, class_names=CLASS_NAMES, fps=FPS, trained_frames=16)
    DVDGANPipeline(generator=generator).save_pretrained(tmp_path / "release")
    save_judge(*train_judge(data, num_frames=16, frame_stride=1, steps=4, batch_clips=4), tmp_path / "judge")
    command = ["--checkpoint", str(tmp_path / "release"), "--data", str(data), "--judge", str(tmp_path / "judge")]
    command += ["--clips-per-class", "4", "--repeats", "2", "--device", "cpu"]
    command += ["--extractor", f"i3d-k400={files['i3d-k400']}", "--published-clips", "40"]
    evaluate.main([*command, "--out", str(tmp_path / "one.json")])
    together = [sys.executable, "-m", "accelerate.commands.launch", "--multi_gpu", "--num_processes", "2"]
    together += ["--main_process_port", "0"]  # any that is free
    done = subprocess.run(
        [*together, "-m", "training.evaluate", *command, "--out", str(tmp_path / "two.json")],
        cwd=Path(__file__).parents[1],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    one, two = (json.loads((tmp_path / f"{count}.json").read_text()) for count in ("one", "two"))
    assert two["generated_clips"] == one["generated_clips"] and two["repeats"] == one["repeats"]
    assert two["published"] == one["published"]
    assert "i3d-k400 frechet_distance" in done.stdout
