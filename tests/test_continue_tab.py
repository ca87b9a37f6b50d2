"""The Continue tab as programs see it: what it gives for a start, and what it says to bad ones."""

import numpy as np
import pytest
from gradio_client import Client, handle_file

from dvd_gan.clips import DRAWN_COLOUR, GIVEN_COLOUR, write_mp4
from dvd_gan.studio import starts, text
from tests.conftest import brightening
from tests.pages import running_page
from tests.test_clips import probe

PAST_TRAINING = "The model was trained to imagine 4: beyond that it may drift."


@pytest.fixture(scope="module")
def client(tiny_predict_release, tmp_path_factory):
    with running_page(tiny_predict_release, tmp_path_factory.mktemp("gradio")) as page:
        yield Client(page.local_url, verbose=False)


@pytest.fixture(scope="module")
def upload(tmp_path_factory):
    path = write_mp4(brightening(10), tmp_path_factory.mktemp("upload") / "wall.mp4", fps=12)
    return [handle_file(str(path))]


def colour_at(frame, column, row=1):
    return tuple(int(value) for value in frame[row, column])


def near(colour, other):
    return max(abs(a - b) for a, b in zip(colour, other, strict=True)) < 24


def test_given_frames_then_drawn_ones_beside_the_real_clip(client, upload):
    shown, plain, caption = client.predict(upload, 1, 5, 2, 7, api_name="/continue_clip")
    frames, _ = probe(shown)
    side = frames.shape[2] // 3
    assert len(frames) == 3 + 5
    for t, frame in enumerate(frames):
        real, *futures = (colour_at(frame, side * i + side // 2) for i in range(3))
        assert near(real, GIVEN_COLOUR)
        assert all(near(future, GIVEN_COLOUR if t < 3 else DRAWN_COLOUR) for future in futures)
    middles = frames[:, side // 2, side // 2 :: side].mean(2)
    assert np.abs(middles[:3] - 20 * np.arange(1, 4)[:, None]).max() < 8, "the given frames are those from frame 1 on"
    assert np.abs(middles[:, 0] - 20 * np.arange(1, 9)).max() < 8
    assert caption.startswith("**The real clip, then seeds 7 to 8.** 5 frames each") and PAST_TRAINING in caption
    assert len(probe(plain)[0]) == 8


def test_no_real_clip_is_shown_where_the_upload_ends(client, upload):
    shown, _, caption = client.predict(upload, 7, 4, 1, 7, api_name="/continue_clip")
    frames, _ = probe(shown)
    assert frames.shape[1] == frames.shape[2], "one square, the future"
    assert caption.startswith("**Seed 7.** 4 frames each") and "trained to imagine" not in caption


def test_four_futures_differ_and_the_same_request_gives_the_same_bytes(client, upload):
    def ask(seed):
        with open(client.predict(upload, 0, 4, 4, seed, api_name="/continue_clip")[0], "rb") as file:
            return file.read()

    assert ask(1) == ask(1) != ask(2)


def test_what_was_continued_can_be_continued_again(client, upload):
    _, plain, _ = client.predict(upload, 0, 6, 1, 7, api_name="/continue_clip")
    again, _, caption = client.predict([handle_file(plain)], 6, 6, 1, 7, api_name="/continue_clip")
    assert len(probe(again)[0]) == 9 and caption.startswith("**Seed 7.**")


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (dict(start_frame=8), "The start lies between frame 0 and frame 7 of this clip, not at 8"),
        (dict(seed=-1), "A seed is a whole number from 0"),
        (dict(seed=None), text.NO_SEED),
        (dict(seed=2**53), "The page takes seeds from 0 to"),
        (dict(futures=3), "not in the list of choices"),
        (dict(checkpoint="/etc"), "not in the list of choices"),
        (dict(upload=[]), "Nothing was uploaded"),
    ],
)
def test_a_bad_value_is_answered_with_one_sentence(client, upload, bad, sentence):
    with pytest.raises(Exception, match=sentence) as caught:
        client.predict(**{"upload": upload, **bad}, api_name="/continue_clip")
    assert "Traceback" not in str(caught.value)


@pytest.mark.parametrize(
    ("files", "kept"),
    [
        ([], []),
        (["a.mp4"], ["a.mp4"]),
        (["a.mp4", "b.MOV"], ["b.MOV"]),
        (["a.mp4", "1.png", "2.JPG"], ["1.png", "2.JPG"]),
        (["1.png", "a.gif"], ["a.gif"]),
    ],
)
def test_a_new_upload_takes_the_place_of_what_it_cannot_go_with(files, kept):
    assert starts.latest(files) == kept


def test_a_short_clip_and_a_file_that_is_no_clip_are_refused(client, upload, tmp_path):
    short = write_mp4(brightening(2), tmp_path / "short.mp4", fps=12)
    with pytest.raises(Exception, match="That is 2 frames at 12 frames a second, and the model continues 3"):
        client.predict([handle_file(str(short))], api_name="/continue_clip")
    (tmp_path / "song.mp4").write_bytes(b"la la la" * 100)
    with pytest.raises(Exception, match="is no video, or a damaged one"):
        client.predict([handle_file(str(tmp_path / "song.mp4"))], api_name="/continue_clip")
    assert client.predict(upload, 0, 4, 1, 7, api_name="/continue_clip")[0]
