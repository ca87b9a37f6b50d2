"""Long work over a real server: seen from afar, stopped, left alone, and one after another on the device."""

import threading
import time

import gradio as gr
import httpx
import pytest
from gradio_client import Client

from dvd_gan.studio.long_work import expect, stop_all_of, stoppable
from dvd_gan.studio.session import DEVICE_QUEUE
from dvd_gan.watching import frames_drawn, watched

FRAMES = 2000


@pytest.fixture
def drawn():
    """(visitor's name, frame) in the order in which they were drawn."""
    return []


@pytest.fixture
def url(drawn, tmp_path, monkeypatch):
    """A page whose only action draws as many frames as are asked for, 100 a second."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))

    def draw(name: str, num_frames: int) -> str:
        expect(num_frames)
        for t in range(num_frames):
            time.sleep(0.01)
            drawn.append((name, t))
            frames_drawn(1)
        return f"{name} has {num_frames}"

    with gr.Blocks() as page:
        name, num_frames, told = gr.Textbox(), gr.Number(precision=0), gr.Textbox()
        num_frames.submit(stoppable(draw), [name, num_frames], told, api_name="draw", **DEVICE_QUEUE)
        page.unload(stop_all_of)
    _, url, _ = page.queue().launch(prevent_thread_lock=True, quiet=True, ssr_mode=False, _frontend=False)
    yield url
    page.close()


def wait_until(happened, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def stands_still(drawn: list) -> None:
    """Wait until nothing more is drawn."""
    seen = [-1]

    def still() -> bool:
        seen.append(len(drawn))
        time.sleep(0.5)
        return seen[-1] == len(drawn)

    wait_until(still)


def test_a_visitor_sees_how_many_frames_are_drawn(url, drawn):
    job = Client(url, verbose=False).submit("ada", 300, api_name="/draw")
    seen = []

    def is_told() -> bool:
        seen.extend(job.status().progress_data or [])
        return len(seen) > 1

    wait_until(is_told)
    assert seen[0].length == 300 and seen[0].unit == "frames" and 0 < seen[-1].index <= 300
    assert job.result() == "ada has 300"


def test_stopped_work_ends_and_the_next_visitor_is_served(url, drawn):
    job = Client(url, verbose=False).submit("ada", FRAMES, api_name="/draw")
    wait_until(lambda: len(drawn) > 5)
    job.cancel()
    assert Client(url, verbose=False).predict("eve", 5, api_name="/draw") == "eve has 5"
    of_ada = [t for name, t in drawn if name == "ada"]
    assert len(of_ada) < FRAMES and drawn[len(of_ada) :] == [("eve", t) for t in range(5)], "both drew at once"


def test_work_of_a_visitor_who_leaves_ends(url, drawn):
    leave = threading.Event()

    def visit() -> None:
        with httpx.stream("GET", f"{url}gradio_api/heartbeat/ada", timeout=60) as heartbeat:
            beats = heartbeat.iter_bytes()
            next(beats)
            httpx.post(f"{url}gradio_api/call/draw", json={"data": ["ada", FRAMES], "session_hash": "ada"})
            leave.wait(60)
            del beats

    visitor = threading.Thread(target=visit)
    visitor.start()
    wait_until(lambda: len(drawn) > 5)
    leave.set()
    visitor.join()
    stands_still(drawn)
    assert len(drawn) < FRAMES


def test_work_outside_a_page_is_watched_too_and_only_inside_its_block():
    seen = []
    frames_drawn(1)
    with watched(seen.append):
        frames_drawn(2)
    frames_drawn(3)
    assert seen == [2]


def test_the_pipeline_tells_of_all_frames_of_all_clips_and_ends_when_it_is_told_to(pipe):
    seen = []
    with watched(seen.append):
        pipe("bend", seeds=[1, 2], num_frames=600)
    assert sum(seen) == 1200 and len(seen) > 1

    def enough(frames: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError), watched(enough):
        pipe("bend", seeds=1, num_frames=200)
