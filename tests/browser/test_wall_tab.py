from collections.abc import Callable

import pytest

from tests.browser.conftest import eventually, new_page, nothing_sticks_out, wait_for_value, wait_for_words

pytestmark = pytest.mark.browser

HUNG = """() => {
  const images = [...document.querySelectorAll("#wall img")];
  return images.length === 4 && images.every((image) => image.complete && image.naturalWidth === 16);
}"""
SHOWN = "() => [...document.querySelectorAll('#wall img')].map((image) => image.currentSrc)"
OPENED = "() => document.querySelector('#clip video')?.readyState >= 2"


def open_wall(browser, url, **look):
    page = new_page(browser, **look)
    page.goto(url)
    page.wait_for_function(HUNG)
    return page


def moved(image, before: bytes) -> None:
    assert image.screenshot() != before, "it stands still"


def shows(page, wanted: Callable[[set[str]], bool]) -> None:
    """What hangs there, all of it loaded, is as wanted."""
    assert page.evaluate(HUNG) and wanted(set(page.evaluate(SHOWN)))


@pytest.fixture
def wall(browser, app_url):
    page = open_wall(browser, app_url)
    yield page
    page.close()


def test_a_stranger_first_sees_every_action_alive(wall):
    assert wall.locator("#wall a").all_inner_texts() == ["bend", "jumping jacks", "one-hand wave", "two-hand wave"]
    assert wall.get_by_role("link", name="Generated clip, seed 7: bend").is_visible()
    first = wall.locator("#wall img").first
    before = first.screenshot()
    eventually(wall, lambda: moved(first, before))
    assert wall.locator("#wall a").last.bounding_box()["y"] < 500, "the wall is below the first screen"


def test_a_clip_opens_in_generate_with_its_settings_by_keyboard(wall):
    wall.locator("#wall a").nth(2).focus()
    wall.keyboard.press("Enter")
    wall.wait_for_function(OPENED)
    wait_for_words(wall, "#caption", "one-hand wave, seed 7, 32 frames.")
    wait_for_value(wall, "#class-name input", "one-hand wave")
    wait_for_value(wall, "[aria-label='number input for Length in frames']", "32")
    wall.wait_for_function("() => document.activeElement.innerText === 'Generate'")


def test_a_new_wall_has_another_seed_and_a_click_opens_that_one(wall):
    old = set(wall.evaluate(SHOWN))
    wall.click("#new-wall")
    eventually(wall, lambda: shows(wall, old.isdisjoint))
    wall.wait_for_function("() => document.querySelector('#wall-seed input').value !== '7'")
    seed = wall.locator("#wall-seed input").input_value()
    wall.locator("#wall a").first.click()
    wall.wait_for_function(OPENED)
    wait_for_words(wall, "#caption", f"bend, seed {seed}, 32 frames.")


def test_a_stranger_is_shown_to_the_critics(wall):
    wait_for_words(wall, "main", "Two critics taught it to draw")
    wall.click("#meet-critics")
    wall.locator("#tour-spatial img").first.wait_for()
    wall.get_by_role("heading", name="The first critic looks at single frames").wait_for()
    wall.wait_for_function("() => /step=4/.test(location.search) && /seed=7/.test(location.search)")
    wall.click("#tour-next-3")
    wall.get_by_role("heading", name="The second critic looks at motion").wait_for()
    wall.wait_for_function("() => /step=5/.test(location.search)")


def test_a_paused_wall_stands_still_until_it_is_played(wall):
    moving = set(wall.evaluate(SHOWN))
    wall.get_by_role("button", name="Pause").click()
    play = wall.get_by_role("button", name="Play")
    play.wait_for()
    eventually(wall, lambda: shows(wall, moving.isdisjoint))
    play.click()
    wall.get_by_role("button", name="Pause").wait_for()
    eventually(wall, lambda: shows(wall, moving.__eq__))


def test_nothing_moves_for_those_who_want_no_motion_until_they_press_play(browser, app_url, wall):
    calm = open_wall(browser, app_url, reduced_motion="reduce")
    moving = set(wall.evaluate(SHOWN))
    assert moving.isdisjoint(calm.evaluate(SHOWN))
    calm.get_by_role("button", name="Play").click()
    calm.get_by_role("button", name="Pause").wait_for()
    eventually(calm, lambda: shows(calm, moving.__eq__))
    calm.close()


def test_a_wall_on_a_phone_is_two_clips_wide_and_nothing_sticks_out(browser, app_url):
    phone = open_wall(browser, app_url, width=390, height=844)
    nothing_sticks_out(phone, 390)
    boxes = [link.bounding_box() for link in phone.locator("#wall a").all()]
    assert boxes[0]["y"] == boxes[1]["y"] < boxes[2]["y"] and boxes[1]["x"] > boxes[0]["x"] + 150
    phone.close()
