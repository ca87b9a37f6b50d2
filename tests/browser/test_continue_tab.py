import numpy as np
import pytest

from dvd_gan.clips import write_gif
from tests.browser.conftest import new_page, nothing_sticks_out, wait_for_toast, wait_for_words
from tests.conftest import brightening

pytestmark = pytest.mark.browser

PLAYING = """(old) => {
  const video = document.querySelector("#continued video");
  return video && video.currentSrc !== old && video.readyState >= 2 && video.currentTime > 0 && video.currentSrc;
}"""


@pytest.fixture
def page(browser, predict_app_url):
    page = new_page(browser)
    page.goto(f"{predict_app_url}?tab=continue")
    page.first = wait_until_playing(page)
    yield page
    page.close()


def wait_until_playing(page, old=""):
    return page.wait_for_function(PLAYING, arg=old).json_value()


def test_an_example_is_continued_on_opening(page):
    assert page.get_by_label("a brightening wall").is_checked()
    wait_for_words(page, "#continued-caption", "The real clip, then seeds 7 to 8. 24 frames each")
    wait_for_words(page, "#about-start", "Frames 0 to 2 of 8")
    wide = "i => i?.complete && i.naturalWidth > 3 * i.naturalHeight * 0.9"
    page.wait_for_function(f"() => ({wide})(document.querySelector('#given-strip img'))")
    for width in (390, 1280):
        nothing_sticks_out(page, width)


def test_an_upload_shows_its_given_frames_and_its_start_can_be_moved(page, tmp_path):
    path = write_gif(brightening(12), tmp_path / "wall.gif", fps=12)
    page.locator("#upload input[type=file]").set_input_files(str(path))
    wait_for_words(page, "#about-start", "Frames 0 to 2 of 12")
    first = page.locator("#given-strip img").get_attribute("src")
    box = page.get_by_label("number input for Start at frame")
    box.fill("5")
    box.blur()
    wait_for_words(page, "#about-start", "Frames 5 to 7 of 12")
    page.wait_for_function(
        "old => ![null, old].includes(document.querySelector('#given-strip img').getAttribute('src'))", arg=first
    )
    page.get_by_label("4", exact=True).click()
    page.click("#continue")
    wait_until_playing(page, page.first)
    wait_for_words(page, "#continued-caption", "The real clip, then seeds 7 to 10.")
    assert not page.locator("#examples input:checked").count()


def test_a_continuation_is_continued_again_from_its_end(page):
    page.click("#continue-again")
    wait_until_playing(page, page.first)
    wait_for_words(page, "#about-start", "Frames 24 to 26 of 27")
    page.wait_for_function("() => /^Seeds 7 to 8/.test(document.querySelector('#continued-caption').innerText)")


def test_a_generated_clip_is_handed_over(page):
    page.get_by_role("tab", name="Generate").click()
    page.wait_for_function("() => document.querySelector('#clip video')?.readyState >= 2")
    page.click("#continue-this")
    wait_for_words(page, "#about-start", "Frames 43 to 45 of 46")
    wait_until_playing(page, page.first)


def test_a_file_that_is_no_clip_shows_one_sentence_and_the_page_goes_on(page, tmp_path):
    (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(4096))
    page.locator("#upload input[type=file]").set_input_files(str(tmp_path / "noise.mp4"))
    wait_for_toast(page, "is no video, or a damaged one")
    page.get_by_label("a brightening wall").click()
    wait_until_playing(page, page.first)
