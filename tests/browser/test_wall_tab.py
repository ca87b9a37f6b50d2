import pytest

pytestmark = pytest.mark.browser

PATIENCE = 150_000

HUNG = "() => document.querySelectorAll('#wall img').length === 4"
SHOWN = "() => [...document.querySelectorAll('#wall img')].map((image) => image.currentSrc)"
OPENED = "() => document.querySelector('#clip video')?.readyState >= 2"


def open_wall(browser, url, **context):
    page = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **context}).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_function(HUNG)
    return page


@pytest.fixture
def wall(browser, app_url):
    page = open_wall(browser, app_url)
    yield page
    page.context.close()


def test_a_stranger_first_sees_every_action_alive(wall):
    assert wall.locator("#wall a").all_inner_texts() == ["bend", "jumping jacks", "one-hand wave", "two-hand wave"]
    assert wall.get_by_role("link", name="Generated clip, seed 7: bend").is_visible()
    images = wall.locator("#wall img")
    assert all(image.evaluate("i => i.complete && i.naturalWidth") == 16 for image in images.all())
    before, after = (images.first.screenshot() for _ in (0, wall.wait_for_timeout(400)))
    assert before != after, "it stands still"
    assert wall.locator("#wall a").last.bounding_box()["y"] < 500, "the wall is below the first screen"


def test_a_clip_opens_in_generate_with_its_settings_by_keyboard(wall):
    wall.locator("#wall a").nth(2).focus()
    wall.keyboard.press("Enter")
    wall.wait_for_function(OPENED)
    assert wall.locator("#caption").inner_text().startswith("one-hand wave, seed 7, 32 frames.")
    assert wall.locator("#class-name input").input_value() == "one-hand wave"
    assert wall.get_by_label("number input for Length in frames").input_value() == "32"
    assert wall.evaluate("document.activeElement.innerText") == "Generate"


def test_a_new_wall_has_another_seed_and_a_click_opens_that_one(wall):
    old = wall.evaluate(SHOWN)
    wall.click("#new-wall")
    wall.wait_for_function("old => document.querySelector('#wall img').currentSrc !== old", arg=old[0])
    assert not set(old) & set(wall.evaluate(SHOWN))
    seed = wall.locator("#wall-seed input").input_value()
    assert seed != "7"
    wall.locator("#wall a").first.click()
    wall.wait_for_function(OPENED)
    assert wall.locator("#caption").inner_text().startswith(f"bend, seed {seed}, 32 frames.")


def test_a_stranger_is_shown_to_the_critics(wall):
    assert "Two critics taught it to draw" in wall.locator("main").inner_text()
    wall.click("#meet-critics")
    wall.locator("#tour-spatial img").first.wait_for()
    wall.get_by_role("heading", name="The first critic looks at single frames").wait_for()
    wall.wait_for_function("() => /step=4/.test(location.search) && /seed=7/.test(location.search)")
    wall.click("#tour-next-3")
    wall.get_by_role("heading", name="The second critic looks at motion").wait_for()
    wall.wait_for_function("() => /step=5/.test(location.search)")


def test_a_paused_wall_stands_still_until_it_is_played(wall):
    moving = wall.evaluate(SHOWN)
    wall.get_by_role("button", name="Pause").click()
    play = wall.get_by_role("button", name="Play")
    play.wait_for()
    assert not set(moving) & set(wall.evaluate(SHOWN))
    play.click()
    wall.get_by_role("button", name="Pause").wait_for()
    assert wall.evaluate(SHOWN) == moving


def test_nothing_moves_for_those_who_want_no_motion_until_they_press_play(browser, app_url, wall):
    calm = open_wall(browser, app_url, reduced_motion="reduce")
    assert not set(calm.evaluate(SHOWN)) & set(wall.evaluate(SHOWN))
    calm.get_by_role("button", name="Play").click()
    calm.get_by_role("button", name="Pause").wait_for()
    assert calm.evaluate(SHOWN) == wall.evaluate(SHOWN)
    calm.context.close()


def test_a_wall_on_a_phone_is_two_clips_wide_and_nothing_sticks_out(browser, app_url):
    phone = open_wall(browser, app_url, viewport={"width": 390, "height": 844})
    boxes = [link.bounding_box() for link in phone.locator("#wall a").all()]
    assert boxes[0]["y"] == boxes[1]["y"] < boxes[2]["y"] and boxes[1]["x"] > boxes[0]["x"] + 150
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.context.close()
