"""The evaluate command: a release in, figures with their protocol out; what cannot be compared is refused."""

import json
from types import SimpleNamespace

import pytest
import torch

from dvd_gan.models.presets import make_frame_encoder, make_generator
from dvd_gan.pipeline import DVDGANPipeline
from tests.square_people import CLASS_NAMES, FPS, write_square_people
from training import evaluate
from training.data.shards import read_dataset_facts
from training.metrics import classifier
from training.metrics.classifier import train_judge
from training.metrics.judge import judge_sha256, load_judge, save_judge
from training.metrics.motion import motion_energy


def tiny_generator(**overrides):
    torch.manual_seed(0)
    config = dict(num_classes=2, class_names=CLASS_NAMES, fps=FPS, trained_frames=4)
    return make_generator("tiny", **{**config, **overrides})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluate")
    write_square_people(folder / "data")
    DVDGANPipeline(generator=tiny_generator()).save_pretrained(folder / "release")
    judge, protocol = train_judge(folder / "data", num_frames=4, frame_stride=1, steps=20, batch_clips=8)
    save_judge(judge, protocol, folder / "judge")
    return folder


def run(folder, *extra):
    paths = {"--checkpoint": "release", "--data": "data", "--out": "metrics.json", "--judge": "judge"}
    arguments = [part for option, name in paths.items() for part in (option, str(folder / name))]
    evaluate.main([*arguments, "--clips-per-class", "4", "--device", "cpu", *extra])
    return json.loads((folder / "metrics.json").read_text())


def test_the_report_holds_the_figures_and_all_that_is_needed_to_repeat_them(folder, capsys):
    metrics = run(folder)
    assert set(metrics) == {"generated_clips", "repeats", "memorisation", "real", "protocol"}
    assert metrics["generated_clips"]["clips_per_class"] == metrics["protocol"]["clips_per_class"] == 4
    assert metrics["generated_clips"]["seeds"] == [0, 3]
    baselines = {"frozen_train_clips", "shuffled_train_clips"}
    assert set(metrics["real"]) == {"train_clips", "held_out_clips"} | baselines
    protocol = metrics["protocol"]
    assert protocol["judge"]["weights_sha256"] == judge_sha256(load_judge(folder / "judge")[0])
    assert protocol["data"]["dataset_json_sha256"] == read_dataset_facts(folder / "data")["sha256"]
    assert protocol["data"]["splits"]["held_out"]["groups"] == ["person 4"]
    assert (protocol["num_frames"], protocol["frame_stride"], protocol["resolution"]) == (4, 1, 16)
    spread, shuffled = metrics["repeats"]["frechet_to_held_out"], metrics["real"]["shuffled_train_clips"]
    (line,) = [line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("frechet_to_held_out")]
    assert line[1:4] == [f"{spread['mean']:.3f}", "±", f"{spread['std']:.3f}"]
    assert line[-1] == f"{shuffled['frechet_to_held_out']:.3f}"


def test_the_same_evaluation_gives_the_same_figures(folder):
    first, second = run(folder), run(folder)
    assert first["generated_clips"] == second["generated_clips"] and first["real"] == second["real"]


def test_the_clips_measured_are_the_ones_the_pipeline_gives(folder):
    pipe = DVDGANPipeline.from_pretrained(folder / "release")
    seeds = [0, 1, 2, 3] * 2
    clips = pipe(class_labels=[0] * 4 + [1] * 4, seeds=seeds, output_type="pt").frames
    measured = run(folder)["generated_clips"]["motion_energy"]
    assert measured == pytest.approx(2 * motion_energy(clips).mean().item(), rel=1e-4)


def test_a_named_judge_that_is_not_there_is_trained_and_kept(folder, tmp_path, monkeypatch):
    steps = []

    def short_training(data, num_frames, frame_stride):
        steps.append(1)
        return train_judge(data, num_frames, frame_stride, steps=2, batch_clips=4)

    monkeypatch.setattr(classifier, "train_judge", short_training)
    first = run(folder, "--judge", str(tmp_path / "new"))
    second = run(folder, "--judge", str(tmp_path / "new"))
    assert len(steps) == 1
    assert first["protocol"]["judge"] == second["protocol"]["judge"]


def test_generation_means_the_same_by_seed_in_any_batch(folder):
    generate = evaluate.seeded_generation(tiny_generator().eval(), num_frames=4)
    with torch.inference_mode():
        together, alone = generate(torch.tensor([0, 1, 1]), [5, 6, 7]), generate(torch.tensor([1]), [6])
    torch.testing.assert_close(together[1:2], alone)
    assert together.shape == (3, 4, 3, 16, 16)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"class_names": CLASS_NAMES[::-1]}, "classes are"),
        ({"resolution": 32, "channel_multipliers": [4, 2, 1, 1]}, "--resolution 32"),
        ({"fps": 3.0}, "no whole multiple"),
    ],
)
def test_a_checkpoint_that_does_not_fit_the_data_is_refused(folder, overrides, message):
    with pytest.raises(ValueError, match=message):
        evaluate.window_of(tiny_generator(**overrides), read_dataset_facts(folder / "data"))


@pytest.mark.parametrize(("fps", "stride"), [(FPS, 1), (FPS / 2, 2), (FPS / 4, 4)])
def test_the_stride_of_real_clips_follows_from_the_frame_rates(folder, fps, stride):
    assert evaluate.window_of(tiny_generator(fps=fps), read_dataset_facts(folder / "data")) == (4, stride)


def test_processes_of_one_machine_sample_on_a_gpu_each():
    second_of_two = SimpleNamespace(num_processes=2, local_process_index=1)
    assert evaluate.own_device("cuda", second_of_two) == "cuda:1"
    assert evaluate.own_device("cpu", second_of_two) == "cpu"
    assert evaluate.own_device("cuda", SimpleNamespace(num_processes=1, local_process_index=0)) == "cuda"


def test_a_judge_of_other_clips_is_refused_in_one_sentence(folder, tmp_path):
    DVDGANPipeline(generator=tiny_generator(trained_frames=6)).save_pretrained(tmp_path / "release")
    with pytest.raises(SystemExit, match="name another folder"):
        run(folder, "--checkpoint", str(tmp_path / "release"))


def test_a_checkpoint_that_continues_clips_is_measured_against_copying(folder, capsys):
    torch.manual_seed(0)
    generator = make_generator("tiny", num_classes=1, fps=FPS, trained_frames=3)
    DVDGANPipeline(generator, frame_encoder=make_frame_encoder(generator, 1)).save_pretrained(folder / "predict")
    metrics = run(folder, "--checkpoint", str(folder / "predict"))
    futures = metrics["continued_clips"]
    assert (futures["given_frames"], metrics["protocol"]["num_frames"]) == (1, 4)
    assert len(futures["curves"]["psnr_best"]) == 3 and futures["frechet_continued"] > futures["frechet_real"]
    assert "copying the last frame" in capsys.readouterr().out
