"""The critics' scores as programs see them, and what the tour draws."""

import numpy as np
import pytest
from gradio_client import Client

from dvd_gan import hub
from dvd_gan.clips import as_uint8, change_clip
from dvd_gan.scores import score_clip
from dvd_gan.studio import layout, pictures, session, text_tour
from tests.pages import running_page


@pytest.fixture(scope="module")
def client(tiny_release, tmp_path_factory):
    with running_page(tiny_release, tmp_path_factory.mktemp("gradio")) as page:
        yield Client(page.local_url, verbose=False)


def test_the_scores_are_the_critics(client, pipe):
    scores = client.predict("bend", 3, "reversed", 5, 12, api_name="/score")
    clip = as_uint8(pipe("bend", seeds=3, num_frames=12).frames[0])
    expected = score_clip(pipe, change_clip(clip, "reversed"), "bend", 5).as_dict()
    assert scores.keys() == expected.keys() and scores["frame_ids"] == expected["frame_ids"]
    for name, value in expected.items():
        assert scores[name] == pytest.approx(value, abs=1e-4), name


def test_a_bare_call_scores_a_clip_of_trained_length(client):
    scores = client.predict("bend", 7, api_name="/score")
    assert scores["frame_ids"] == [0, 1, 2, 3] and len(scores["step_scores"]) == 1


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (dict(class_name="fly"), "There is no class called 'fly'"),
        (dict(seed=-1), "A seed is a whole number from 0"),
        (dict(change="melted"), "A clip can be 'as it is'"),
        (dict(num_frames=3), "needs 4 frames, got 3"),
        (dict(num_frames=241), "up to 240 frames"),
        (dict(checkpoint="/etc"), "There is no checkpoint '/etc' here"),
    ],
)
def test_a_bad_value_is_answered_with_one_sentence(client, bad, sentence):
    with pytest.raises(Exception, match=sentence) as caught:
        client.predict(**{**dict(class_name="bend", seed=1), **bad}, api_name="/score")
    assert "Traceback" not in str(caught.value)


def test_bars_point_where_the_score_does_and_the_tallest_fills_its_half():
    frame = np.zeros((2, 2, 3), np.uint8)
    shown = pictures.scored([[frame], [frame]], ["frame 1", "frame 2"], [2.0, -1.0], before=[0.0, -2.0])
    assert 'class="real" style="height: 46.0%"' in shown and 'class="drawn" style="height: 23.0%"' in shown
    assert "bottom: 50.0%" in shown and "bottom: 4.0%" in shown
    assert "<strong>+2.00</strong>" in shown and "<strong>-1.00</strong>" in shown


def test_numbers_are_a_grid_without_holes():
    for count in (8, 120, 7):
        assert pictures.numbers(np.linspace(-1, 1, count), "title", "alt").count("<img") == 1


def test_every_step_has_its_words_and_its_questions():
    assert len(text_tour.STEPS) == len(text_tour.ABOUT_STEPS) == len(text_tour.QUESTIONS) == 6
    assert all("Try:" in question and question.endswith("?") for question in text_tour.QUESTIONS)


@pytest.mark.parametrize(
    ("change", "total", "told"),
    [("frozen", -2.0, "it noticed"), ("shuffled", 2.0, "it was fooled"), ("reversed", -1.01, "hardly moved")],
)
def test_the_verdict_says_which_way_the_score_went(change, total, told):
    assert told in text_tour.temporal_total(total, -1.0, change)


def test_a_quiz_only_where_a_checkpoint_has_clips_that_may_be_shown(
    tiny_release, tiny_predict_release, tmp_path, monkeypatch
):
    (tmp_path / "index.yaml").write_text("- {id: first, bundled: first, description: One.}")
    (tmp_path / "first").symlink_to(tiny_release)
    monkeypatch.setattr(hub, "BUNDLED", tmp_path)

    def has_quiz(checkpoint: str) -> bool:
        page = layout.build(session.Checkpoints(checkpoint))
        return any(block.elem_id == "quiz" for block in page.blocks.values())

    assert not has_quiz("first") and has_quiz(str(tiny_predict_release))
