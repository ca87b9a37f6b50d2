"""The curves of a training: from a run's log through its release to the page."""

import json
import xml.etree.ElementTree as ElementTree

import pytest

from dvd_gan import hub
from dvd_gan.history import TrainingHistory, read_history
from dvd_gan.studio import charts, text_tour, tour
from training import history
from training.recipes import load_recipe

RUN = {"videos_seen": 100, "num_frames": 4, "resolution": 16}


def write_log(run, last: int, start_score: float = 1.0) -> None:
    lines = [{"videos_seen": v, "spatial_real": start_score + v / 100, "time": 0.0} for v in range(1, last + 1)]
    lines.append({"videos_seen": last, "notice": "something"})
    (run / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"videos_seen": 9, "spat')


def test_a_release_keeps_the_curves_up_to_its_state_and_those_of_the_runs_before(tmp_path):
    config = load_recipe("weizmann_64")
    first, second = tmp_path / "first", tmp_path / "second"
    for run in (first, second):
        run.mkdir()
        write_log(run, 200)
    history.save_history(history.history_of(first, config, 100, 16), tmp_path)
    history.inherit_history(tmp_path, second)
    history.save_history(history.history_of(second, config, 50, 16), tmp_path)
    told = read_history(tmp_path)
    assert [run["videos_seen"] for run in told.runs] == [100, 50] and told.starts == (0, 100)
    points = told.curves["spatial_real"]
    assert len(points) == history.MAX_POINTS + 50
    assert points[0] == (1, 1.01) and points[59] == (100, 2.0), "the first run, to its state and no further"
    assert points[60] == (101, 1.01) and points[-1] == (150, 1.5), "the second goes on from there"


@pytest.mark.parametrize(
    "broken",
    ["", "{}", "[1]", '[{"videos_seen": "many"}]', json.dumps([{**RUN, "curves": {"a": [[1]]}}]), json.dumps([{}])],
)
def test_a_history_that_makes_no_sense_is_none(tmp_path, broken):
    assert read_history(tmp_path) == TrainingHistory()
    (tmp_path / "training.json").write_text(broken)
    assert read_history(tmp_path) in (TrainingHistory(), TrainingHistory(runs=()))


def test_the_page_draws_what_there_is_and_says_so_where_there_is_nothing():
    assert tour.curves(TrainingHistory()) == text_tour.NO_CURVES
    told = TrainingHistory((RUN,), {"spatial_real": [(1.0, 2.0), (9.0, 3.0)], "<b>": [(0.0, 0.0)]}, (0,))
    shown = tour.curves(told)
    assert shown.count("<svg") == 1 and "<b>" not in shown
    assert "Critic of frames: scores of. real clips: 2 → 3" in shown


def test_a_chart_puts_points_where_they_belong():
    figure = charts.line_chart("a & b", {"up": [(0, 0), (10, 4)], "flat": [(0, 1), (5, 1)]}, "clips", marks=[5])
    picture = ElementTree.fromstring(figure).find("svg")
    lines = [[tuple(map(float, p.split(","))) for p in line.get("points").split()] for line in picture.iter("polyline")]
    (left, bottom), (right, top) = lines[0]
    assert (left, right) == (charts.LEFT, charts.WIDTH - charts.RIGHT)
    assert (top, bottom) == (charts.TOP, charts.HEIGHT - charts.BOTTOM)
    assert lines[1][1] == (pytest.approx((left + right) / 2), pytest.approx(bottom - (bottom - top) / 4))
    assert any(rule.get("x1") == rule.get("x2") == f"{(left + right) / 2:.1f}" for rule in picture.iter("line"))
    assert "flat" in picture.get("aria-label")


def test_a_chart_begins_with_the_first_run_that_kept_its_curves():
    curves = {"spatial_real": [(150, 1.0), (200, 2.0)]}
    shown = tour.curves(TrainingHistory(({}, {}), curves, (0, 100)))
    picture = ElementTree.fromstring(shown).find(".//svg")
    assert [words.text for words in picture.iter("text")][-2:] == ["100", f"200 {text_tour.CLIPS_SEEN}"]
    points = [float(point.split(",")[0]) for point in picture.find("polyline").get("points").split()]
    assert points == [(charts.LEFT + charts.WIDTH - charts.RIGHT) / 2, charts.WIDTH - charts.RIGHT]


def test_bundled_checkpoints_come_with_the_film_and_the_curves_of_the_run_that_made_them():
    for row in hub.known_checkpoints():
        folder = hub.resolve(row.id)
        runs = read_history(folder).runs
        assert (folder / "timeline.mp4").is_file() and runs, row.id
        assert len(runs[-1]["curves"]["temporal_real"]) > 4, row.id


def test_a_flat_line_is_drawn_in_the_middle():
    picture = ElementTree.fromstring(charts.line_chart("a", {"b": [(0, 3), (1, 3)]}, "clips")).find("svg")
    assert {p.split(",")[1] for p in picture.find("polyline").get("points").split()} == {"69.0"}
