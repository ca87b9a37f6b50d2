"""The Explore tab as programs see it, and its live frames as the page asks for them."""

import inspect

import numpy as np
import pytest
from gradio_client import Client
from PIL import Image

from dvd_gan.studio import explore, text
from tests.pages import running_page
from tests.test_clips import probe


@pytest.fixture(scope="module")
def page(tiny_release, tmp_path_factory):
    with running_page(tiny_release, tmp_path_factory.mktemp("gradio")) as page:
        yield page


@pytest.fixture(scope="module")
def client(page):
    return Client(page.local_url, verbose=False)


@pytest.fixture
def keep_going(page):
    """The function behind the button, as gradio holds it."""
    return next(f.fn for f in page.fns.values() if inspect.isgeneratorfunction(f.fn))


def test_a_walk_is_a_loop_that_starts_at_one_clip_and_turns_at_the_other(client, pipe):
    walk, strip, caption = client.predict("bend", 3, "two-hand wave", 4, 5, api_name="/interpolate")
    frames, report = probe(walk)
    assert frames.shape == (16, 256, 256, 3) and "12 fps" in report
    first, last = (pipe(name, seeds=seed).frames[0] * 255 for name, seed in (("bend", 3), ("two-hand wave", 4)))
    assert np.abs(frames[0, 8::16, 8::16] - first[0]).mean() < 4
    assert np.abs(frames[8, 8::16, 8::16].astype(float) - last).mean((1, 2, 3)).min() < 4, "the far end is its clip"
    assert Image.open(strip).size[0] > 4 * Image.open(strip).size[1]
    assert "AI-generated" in Image.open(strip).info["Description"]
    assert caption.startswith("From **bend**, seed 3 to **two-hand wave**, seed 4: 5 clips, drawn in ")


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (dict(seed_from=-1), "A seed is a whole number from 0"),
        (dict(seed_to=None), text.NO_SEED),
        (dict(seed_to=2**53), "The page takes seeds from 0 to"),
        (dict(class_to="fly"), "not in the list of choices"),
        (dict(positions=1), "1 is less than minimum"),
        (dict(checkpoint="/etc"), "not in the list of choices"),
    ],
)
def test_a_bad_value_is_answered_with_one_sentence(client, bad, sentence):
    with pytest.raises(Exception, match=sentence) as caught:
        client.predict(
            **{**dict(class_from="bend", seed_from=1, class_to="bend", seed_to=2), **bad}, api_name="/interpolate"
        )
    assert "Traceback" not in str(caught.value)


def test_live_frames_are_the_clips_frames_and_stop_when_nobody_asks(keep_going, tiny_release, pipe, monkeypatch):
    monkeypatch.setattr(explore.time, "sleep", lambda seconds: None)
    live = keep_going("bend", 7, str(tiny_release))
    pictures, captions = zip(*(next(live) for _ in range(6)), strict=True)
    assert len(set(pictures)) > 1 and all(picture.startswith("<img") for picture in pictures)
    assert captions[3].startswith("**bend**, seed 7, frame 4 (0 s).") and "Trained on 4" not in captions[3]
    assert "Trained on 4 frames" in captions[4]
    live.close()
    assert next(live, None) is None


def test_a_visitor_holds_the_live_picture_for_a_bounded_time(keep_going, tiny_release, monkeypatch):
    monkeypatch.setattr(explore.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(explore, "LIVE_SECONDS", 1)
    shown = list(keep_going("bend", 7, str(tiny_release)))
    assert len(shown) == 12 + 1 and shown[-1][1].startswith("Paused after 1 s")
