"""A run is watched: what it measures, what TensorBoard shows, when it gives notice, and its report."""

import json
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from dvd_gan.models.presets import make_generator
from tests.running import output, train
from tests.square_people import write_square_people
from training.curves import draw_progress
from training.data.shards import ShardedClips
from training.ema import Averages
from training.metrics.classifier import train_judge
from training.metrics.judge import judge_sha256, load_judge, save_judge
from training.report import REAL, main
from training.samples import gif_bytes
from training.watch import DIVERSITY, CollapseWatch, clip_diversity, largest_singular_values, real_diversity

SETTINGS = ["batch_videos=4", "micro_batch_videos=4", "log_every_videos=4", "sample_every_videos=8"]
SETTINGS += ["save_every_videos=8"]


def silence_the_noise(rank, run):
    """Train with a judge; after two checkups, take from the averaged generator everything that it reads in the
    noise."""
    sys.argv += ["--judge", str(run.parent / "judge")]
    update = Averages.update

    def update_then_break(averages, players, decay):
        update(averages, players, decay)
        update_then_break.steps += 1
        if update_then_break.steps > 4:
            for name, parameter in averages.generator.named_parameters():
                if name.startswith("stem") or name.endswith(("gain.weight", "bias.weight")):
                    parameter.data.zero_()

    update_then_break.steps = 0
    Averages.update = update_then_break


@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    return write_square_people(tmp_path_factory.mktemp("squares") / "data")


@pytest.fixture(scope="module")
def collapsing(squares, tmp_path_factory):
    run = tmp_path_factory.mktemp("collapsing") / "run"
    save_judge(*train_judge(squares, num_frames=4, frame_stride=1, steps=5, batch_clips=4), run.parent / "judge")
    train(squares, run, [*SETTINGS, "total_videos=32"], prepare=silence_the_noise)
    return run


def lines_with(run, name):
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if name in line]


@pytest.mark.slow
def test_a_run_whose_samples_become_alike_gives_notice_once(collapsing):
    diversity = [line[DIVERSITY] for line in lines_with(collapsing, DIVERSITY)]
    assert len(diversity) == 4 and max(diversity[2:]) < 0.25 * diversity[0]
    (notice,) = lines_with(collapsing, "notice")
    assert notice["videos_seen"] == 24 and notice["notice"].startswith("Collapse: clips of a class differ by")
    assert notice["notice"] in output(collapsing)


@pytest.mark.slow
def test_tensorboard_holds_scalars_playing_clips_and_singular_values_of_every_layer(collapsing):
    board = EventAccumulator(str(collapsing / "tensorboard"), size_guidance={"images": 0}).Reload()
    scalars = board.Tags()["scalars"]
    assert {"spatial_loss", "singular_value_generator", "singular_value_temporal", DIVERSITY} <= set(scalars)
    assert {"singular_values/stem", "singular_values/stages.1.gru.candidate"} <= set(scalars)
    assert [event.step for event in board.Images("clips")] == [8, 16, 24, 32]
    (collapsing / "clip.gif").write_bytes(board.Images("clips")[0].encoded_image_string)
    with Image.open(collapsing / "clip.gif") as clip:
        assert clip.n_frames == 4 and clip.size == (32, 16)
    assert "notice/text_summary" in board.Tags()["tensors"]


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.headings, self.sources, self.words, self._in = [], [], [], ""

    def handle_starttag(self, tag, attributes):
        self._in = tag
        self.sources += [value for key, value in attributes if key in ("src", "href")]

    def handle_data(self, data):
        (self.headings if self._in in ("h1", "h2") else self.words).append(data)
        self._in = ""


@pytest.mark.slow
def test_the_report_is_one_page_with_everything_in_it(collapsing):
    main([str(collapsing)])
    page = Page()
    page.feed((collapsing / "report.html").read_text())
    assert page.headings[1:] == ["Curves", "Samples over time", "Metrics", "Configuration", "Hardware"]
    assert "32 clips seen" in page.headings[0]
    assert all(source.startswith("data:image/") for source in page.sources)
    kinds = [source.partition(";")[0].rpartition("/")[2] for source in page.sources]
    assert kinds.count("gif") == 4 and kinds.count("png") == 1 and kinds.count("svg+xml") >= 5
    text = " ".join(page.words)
    assert "Collapse: clips of a class" in text and "batch_videos" in text and "cpu_cores" in text
    assert "sample_diversity_over_real" in text


@pytest.mark.slow
def test_the_report_shows_the_figures_beside_those_of_real_frozen_and_shuffled_clips(collapsing):
    main([str(collapsing)])
    page, baselines = (collapsing / "report.html").read_text(), json.loads((collapsing / "baselines.json").read_text())
    assert judge_sha256(load_judge(collapsing.parent / "judge")[0]) in page
    (last,) = lines_with(collapsing, "judged_frechet_to_train")[-1:]
    (row,) = re.findall("<tr><th>judged_frechet_to_train</th>(.*?)</tr>", page)
    figures = [baselines[kind]["frechet_to_train"] for kind in REAL]
    assert [cell for cell in re.findall("<td>(.*?)</td>", row)[1:] if " at " not in cell] == [
        f"{value:.4g}" for value in (last["judged_frechet_to_train"], *figures)
    ]
    assert 0 < figures[0] < figures[1]


def test_a_folder_without_a_run_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(SystemExit, match=r"holds no log\.jsonl"):
        main([str(tmp_path)])


def test_a_jump_of_singular_values_gives_notice_and_a_slow_rise_does_not(tmp_path):
    watch = CollapseWatch(tmp_path)
    name = "singular_value_generator"
    assert [notice for i in range(100) for notice in watch.see({name: 1.02**i})] == []
    (notice,) = watch.see({name: 4 * 1.02**100})
    assert "generator weights" in notice and watch.see({name: 5 * 1.02**100}) == []
    watch.see({name: 1.02**100})
    assert len(watch.see({name: 5 * 1.02**100})) == 1, "a new episode is announced again"


def test_a_resumed_run_remembers_how_diverse_it_was(tmp_path):
    (tmp_path / "log.jsonl").write_text(json.dumps({"videos_seen": 8, DIVERSITY: 0.8}) + "\n")
    assert CollapseWatch(tmp_path).see({DIVERSITY: 0.3}) == []
    assert len(CollapseWatch(tmp_path).see({DIVERSITY: 0.1})) == 1


def test_an_untrained_generator_whose_clips_are_still_alike_raises_no_alarm(tmp_path):
    watch = CollapseWatch(tmp_path)
    assert [notice for value in (0.01, 0.02, 0.1, 0.6, 0.5) for notice in watch.see({DIVERSITY: value})] == []


def test_diversity_is_nothing_for_one_clip_told_twice_and_that_of_real_clips_for_those(squares):
    clips = ShardedClips(squares, "train", num_frames=4, frame_stride=1)
    told_twice = torch.randint(256, (2, 1, 4, 8, 8, 3), dtype=torch.uint8).expand(2, 3, 4, 8, 8, 3).flatten(0, 1)
    assert clip_diversity(told_twice, 3) == 0.0
    assert 0.05 < real_diversity(clips, [0, 1], 4) < 1


def test_the_largest_singular_value_is_that_of_the_raw_weight():
    torch.manual_seed(0)
    generator = make_generator("tiny")
    generator.stem.weight.data.mul_(7)
    generator.stem.iterate_power(200)
    expected = torch.linalg.svdvals(generator.stem.weight)[0].item()
    assert largest_singular_values({"generator": generator})["singular_value_generator"] == pytest.approx(
        expected, 1e-4
    )


def test_a_gif_plays_every_frame():
    frames = np.random.default_rng(0).integers(0, 255, (5, 8, 12, 3), dtype=np.uint8)
    assert gif_bytes(frames, 12.5)[:6] == b"GIF89a"


def test_progress_is_drawn_only_where_somebody_judged(tmp_path):
    judged = {"judged_class_accuracy": [[160, 0.2], [320, 0.5]], "judged_frechet_to_held_out": [[160, 9.0], [320, 4.0]]}
    further = {name: [*points, [480, 1.0]] for name, points in judged.items()}
    assert draw_progress(judged, tmp_path / "to_320.png") and draw_progress(further, tmp_path / "to_480.png")
    assert (tmp_path / "to_320.png").read_bytes() != (tmp_path / "to_480.png").read_bytes()
    assert not draw_progress({"spatial_real": [[160, 0.2]]}, tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()
