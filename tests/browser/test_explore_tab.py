import pytest

from dvd_gan.studio import explore as explore_tab
from dvd_gan.studio import layout, session
from tests.browser.conftest import new_page, nothing_sticks_out, standstill, wait_for_value, wait_for_words

pytestmark = pytest.mark.browser

PLAYING = """(old) => {
  const video = document.querySelector("#walk video");
  return video && video.currentSrc !== old && video.readyState >= 2 && video.currentTime > 0 && video.currentSrc;
}"""
LIVE = r"() => / frame ([3-9]|\d\d)/.test(document.querySelector('#live-caption').innerText)"
ALL_FRAMES = explore_tab.LIVE_SECONDS * 12
PLACE = """(place) => {
  const video = document.querySelector("#walk video");
  return Math.abs(video.currentTime / video.duration - place) < 0.001;
}"""


@pytest.fixture
def explore(page):
    page.get_by_role("tab", name="Explore").click()
    page.first = page.wait_for_function(PLAYING, arg="").json_value()
    return page


def frame_number(page) -> int:
    told = page.locator("#live-caption").inner_text()
    return int(told.split("frame ")[1].split(" ")[0]) if "frame " in told and ", frame " in told else 0


def test_a_walk_plays_on_opening_and_is_scrubbed_by_its_slider(explore):
    assert explore.locator("#walk video").evaluate("v => v.loop")
    slider = explore.locator("#walk-position input[type=range]")
    slider.focus()
    for _ in range(5):
        explore.keyboard.press("ArrowRight")
    explore.wait_for_function("() => document.querySelector('#walk video').paused")
    explore.wait_for_function(PLACE, arg=5 / 100 / 2)


def test_a_morph_between_actions_is_one_click(explore):
    explore.get_by_role("button", name="Two actions, one seed").click()
    explore.wait_for_function(PLAYING, arg=explore.first)
    wait_for_words(explore, "#walk-caption", "jumping jacks, seed 7 to one-hand wave, seed 7")
    wait_for_value(explore, "#to-class input", "one-hand wave")


def test_live_frames_come_until_stop_is_pressed(explore):
    explore.click("#keep-going")
    explore.wait_for_function(LIVE)
    explore.wait_for_function("() => document.querySelector('#live img')?.naturalWidth === 16")
    explore.click("#stop-live")
    assert 3 <= standstill(lambda: frame_number(explore)) < ALL_FRAMES


def test_live_frames_stop_when_another_tab_is_opened(explore):
    explore.click("#keep-going")
    explore.wait_for_function(LIVE)
    explore.get_by_role("tab", name="Generate").click()
    explore.locator("#generate").wait_for()
    explore.get_by_role("tab", name="Explore").click()
    assert 3 <= standstill(lambda: frame_number(explore)) < ALL_FRAMES


def test_live_frames_stop_when_the_visitor_leaves(browser, tiny_release, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    drawn, real = [], explore_tab.pictures.picture
    monkeypatch.setattr(explore_tab.pictures, "picture", lambda *args: (drawn.append(1), real(*args))[1])
    blocks = layout.build(session.Checkpoints(str(tiny_release)))
    blocks.launch(prevent_thread_lock=True, quiet=True, **layout.launch_settings())
    page = new_page(browser)
    page.goto(blocks.local_url)
    page.get_by_role("tab", name="Explore").click()
    page.click("#keep-going")
    page.wait_for_function(LIVE)
    page.close()
    assert 3 <= standstill(lambda: len(drawn)) < ALL_FRAMES
    blocks.close()


def test_nothing_sticks_out_and_every_tab_is_in_sight(explore):
    for width in (390, 1280):
        nothing_sticks_out(explore, width)
        assert all(tab.is_visible() for tab in explore.locator("#tabs > .tab-wrapper [role=tab]").all())
