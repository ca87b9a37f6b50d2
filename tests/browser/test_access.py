"""Every tab for everybody: axe-core's rules, no motion for those who ask for none, and the keyboard alone."""

from functools import partial

import pytest

from tests.browser.conftest import eventually, new_page, nothing_sticks_out

pytestmark = pytest.mark.browser

WIDTHS = (1280, 390)
GRAVE = ("serious", "critical")
RULES = {"dark": {"runOnly": ["color-contrast"]}, "light": {}}  # by night only the colours are others
READY = "() => document.querySelector('#clip video')?.readyState >= 2"
STILL = """async () => {
  const videos = [...document.querySelectorAll("video")], times = videos.map((video) => video.currentTime);
  await new Promise((later) => setTimeout(later, 500));
  return videos.every((video, i) => video.currentTime === times[i]);
}"""
# Two frames have been painted, and no overlay of gradio's shows progress.
DRAWN = """async () => {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
  return ![...document.querySelectorAll("[data-testid=status-tracker]")].some((tracker) => tracker.checkVisibility()
    && !tracker.classList.contains("hide") && tracker.querySelector(".progress-text, .eta-bar"));
}"""


def tab_names(page) -> list[str]:
    return [tab.inner_text() for tab in page.locator("#tabs > .tab-wrapper [role=tab]:visible").all()]


def open_page(browser, url: str):
    page = new_page(browser, color_scheme="light", reduced_motion="reduce")
    page.goto(f"{url}?__theme=light&tab=generate")
    page.wait_for_function(READY)
    page.wait_for_selector("#download-zip:not([disabled])")
    return page


def settle(page) -> None:
    """Until nothing is drawn any more: no overlay of gradio's shows progress."""
    page.wait_for_timeout(200)  # until what a tab draws as it opens has been asked for
    eventually(page, partial(all_drawn, page))


def all_drawn(page) -> None:
    """No overlay shows progress, two frames later."""
    assert page.evaluate(DRAWN)


def use_generate(page) -> None:
    """A favourite and the message about it, and a table of clips."""
    page.click("#keep")
    page.locator(".toast-header").first.wait_for()
    page.locator("#further").get_by_role("tab", name="Actions by seeds").click()
    page.click("#draw-table")
    page.locator("#table-sheet .over [data-does=open]").first.wait_for()


def use_tour(page) -> None:
    """A step that has been taken, and a question of the quiz."""
    page.locator("#tour-noise img").first.wait_for()
    page.click("#tour-next-0")
    page.click("#quiz-new")
    page.locator("#quiz-1 video").wait_for()


USES = {"Generate": use_generate, "How it works": use_tour}


def find_nothing_serious(page, options: dict) -> None:
    from axe_playwright_python.sync_playwright import Axe

    settle(page)
    serious = [v for v in Axe().run(page, options=options).response["violations"] if v["impact"] in GRAVE]
    assert not {violation["id"]: [node["html"] for node in violation["nodes"]] for violation in serious}


def test_axe_finds_nothing_serious_on_any_tab_in_use_by_day_or_night(browser, predict_app_url):
    page = open_page(browser, predict_app_url)
    for name in tab_names(page):
        page.set_viewport_size({"width": WIDTHS[0], "height": 900})
        page.get_by_role("tab", name=name, exact=True).click()
        USES.get(name, settle)(page)
        for width in WIDTHS:
            nothing_sticks_out(page, width, 900)
            for scheme, options in RULES.items():
                page.evaluate("scheme => document.body.classList.toggle('dark', scheme === 'dark')", scheme)
                page.emulate_media(color_scheme=scheme)
                eventually(page, partial(find_nothing_serious, page, options))
    page.close()


def test_nothing_moves_for_those_who_ask_for_no_motion_until_they_press_play(browser, predict_app_url):
    page = open_page(browser, predict_app_url)
    for name in tab_names(page):
        page.get_by_role("tab", name=name, exact=True).click()
        settle(page)
        assert page.evaluate(STILL), name
    page.get_by_role("tab", name="Generate", exact=True).click()
    page.locator("#clip video").click()
    page.wait_for_function("() => document.querySelector('#clip video').currentTime > 0")
    assert not page.locator("#clip video").evaluate("v => v.paused")
    page.close()


def test_a_clip_is_made_with_the_keyboard_alone(page):
    page.wait_for_function(READY)
    first = page.locator("#clip video").evaluate("v => v.currentSrc")
    seen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const e = document.activeElement; const s = getComputedStyle(e);"
            " return [e.id || e.closest('[id]')?.id, s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2]; }"
        )
        seen.append(focused)
        if focused[0] == "generate":
            break
    assert seen[-1][0] == "generate", seen
    assert all(shown for _, shown in seen), seen
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => document.querySelector('#clip video').currentSrc !== '{first}'")


def test_passing_the_play_button_with_tab_does_not_press_it(page):
    page.wait_for_function(READY + " && !document.querySelector('#clip video').paused")
    play = page.locator("#clip [aria-label='play-pause-replay-button']")
    play.focus()
    page.keyboard.press("Tab")
    page.wait_for_timeout(200)
    assert not page.locator("#clip video").evaluate("v => v.paused")
    play.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#clip video').paused")
