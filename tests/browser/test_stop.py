"""A clip that takes long: its visitor sees how far it is, and Stop ends it."""

import threading
import time

import pytest

from dvd_gan.models import inference
from dvd_gan.studio import layout, session
from tests.browser.conftest import new_page, standstill, wait_for_words

pytestmark = pytest.mark.browser

READY = "() => document.querySelector('#clip video')?.readyState >= 2"
SHOWN = """() => [...document.querySelectorAll("[data-testid=status-tracker]")]
  .filter((s) => s.checkVisibility() && !s.classList.contains("hide")).map((s) => s.innerText).join(" ")"""


@pytest.fixture
def slow_page(tiny_release, tmp_path, monkeypatch):
    """The page over the tiny release, whose frames come one by one once `slow` is set; and the number drawn so far."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    slow, drawn, real = threading.Event(), [], inference.frames_drawn

    def draw_slowly(number: int) -> None:
        drawn.append(number)
        time.sleep(0.1 if slow.is_set() else 0)
        real(number)

    monkeypatch.setattr(inference, "frames_drawn", draw_slowly)
    monkeypatch.setattr(inference.InferenceGenerator, "frames_at_once", 1)
    page = layout.build(session.Checkpoints(str(tiny_release)))
    page.launch(prevent_thread_lock=True, quiet=True, **layout.launch_settings())
    yield page.local_url, slow, drawn
    page.close()


def test_a_long_clip_shows_how_far_it_is_and_to_others_the_queue_and_ends_when_stopped(browser, slow_page):
    url, slow, drawn = slow_page
    page, other = (new_page(browser) for _ in range(2))
    for visitor in (page, other):
        visitor.goto(f"{url}?tab=generate")
        visitor.wait_for_function(READY)
        visitor.wait_for_selector("#download-zip:not([disabled])")
    before = page.locator("#caption").inner_text()
    slow.set()
    drawn.clear()
    box = page.get_by_label("number input for Length in frames")
    box.fill("240")
    box.blur()
    page.click("#generate")
    page.wait_for_function(f"() => /\\d+\\/240 frames/.test(({SHOWN})())")
    other.click("#generate")
    other.wait_for_function(f"() => /queue: 1\\/1/.test(({SHOWN})())")
    other.click("#stop-generate")
    other.wait_for_function(f"() => !/queue/.test(({SHOWN})())")
    page.click("#stop-generate")
    page.wait_for_function(f"() => !/frames/.test(({SHOWN})())")
    assert standstill(lambda: len(drawn)) < 240
    assert page.locator("#caption").inner_text() == before
    assert not page.locator("[data-testid=toast-body]").count()
    slow.clear()
    page.click("#generate")
    wait_for_words(page, "#caption", "240 frames")
    page.close()
    other.close()
