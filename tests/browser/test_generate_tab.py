import urllib.parse
import urllib.request
import zipfile

import pytest

from dvd_gan.recipe import read_recipe
from tests.browser.conftest import nothing_sticks_out, wait_for_toast, wait_for_words
from tests.test_clips import probe

pytestmark = pytest.mark.browser

# Resolves once the clock has gone on three times and then back to the start.
LOOPS = """() => new Promise((resolve) => {
  const video = document.querySelector("#clip video");
  let last = video.currentTime, steps = 0;
  setInterval(() => {
    if (video.currentTime < last && steps >= 3) resolve(true);
    if (video.currentTime > last) steps += 1;
    last = video.currentTime;
  }, 50);
})"""
PLAYING = """(old) => {
  const video = document.querySelector("#clip video");
  const isNew = video && video.currentSrc && video.currentSrc !== old;
  const plays = isNew && video.readyState >= 2 && video.videoWidth > 0 && video.currentTime > 0 && !video.paused;
  return plays && video.currentSrc;
}"""


def wait_until_playing(page, old: str = "") -> str:
    """Wait for a clip other than `old` whose clock has moved -> its address."""
    return page.wait_for_function(PLAYING, arg=old).json_value()


def fill_seed(page, seed: str) -> None:
    page.locator("#seed input").fill(seed)
    page.locator("#seed input").blur()


def download(address: str) -> bytes:
    return urllib.request.urlopen(address).read()


def test_a_clip_plays_and_loops_on_load_without_a_click(page):
    wait_until_playing(page)
    video = page.locator("#clip video")
    page.wait_for_function(LOOPS)
    assert video.evaluate("v => v.loop && v.hasAttribute('playsinline')")
    page.wait_for_function("() => document.querySelector('#strip img')?.naturalWidth > 500")
    wait_for_words(page, "#caption", "jumping jacks, seed 7, 48 frames. Drawn in")


def test_a_class_is_picked_by_typing_and_a_seed_gives_its_clip(page):
    first = wait_until_playing(page)
    page.locator("#class-name input").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("two")
    filtered = "() => [...document.querySelectorAll('[role=option]')].map(o => o.innerText).join() === 'two-hand wave'"
    page.wait_for_function(filtered)
    page.locator("[role=option].active").wait_for()
    page.keyboard.press("Enter")
    picked = "() => document.querySelector('#class-name input').value === 'two-hand wave'"
    page.wait_for_function(picked)
    fill_seed(page, "123")
    page.click("#generate")
    second = wait_until_playing(page, first)
    wait_for_words(page, "#caption", "two-hand wave, seed 123")
    assert page.locator("#clip video").evaluate("v => v.videoWidth") == 256
    assert download(second) != download(first)


def test_the_same_seed_gives_the_same_bytes_twice(page):
    addresses = [wait_until_playing(page)]
    for seed in ("11", "12", "11"):
        fill_seed(page, seed)
        page.click("#generate")
        addresses.append(wait_until_playing(page, addresses[-1]))
    _, once, other, again = map(download, addresses)
    assert once == again and once != other


def test_the_dice_rolls_another_seed_and_draws_it(page):
    first = wait_until_playing(page)
    page.click("#dice")
    wait_until_playing(page, first)
    seed = page.locator("#seed input").input_value()
    assert seed != "7"
    wait_for_words(page, "#caption", f"seed {seed},")


def test_a_bad_value_shows_one_sentence_and_the_next_clip_still_comes(page):
    first = wait_until_playing(page)
    fill_seed(page, "-3")
    page.click("#generate")
    wait_for_toast(page, "A seed is a whole number from 0 to")
    fill_seed(page, "3")
    page.click("#generate")
    wait_until_playing(page, first)


def test_every_download_is_the_clip_on_the_screen(page, tmp_path):
    wait_until_playing(page)
    for kind in ("mp4", "gif", "webm", "zip", "json"):
        page.wait_for_selector(f"#download-{kind}:not([disabled])")
        with page.expect_download() as started:
            page.click(f"#download-{kind}")
        assert started.value.suggested_filename == f"jumping-jacks-seed-7.{kind}"
        started.value.save_as(tmp_path / f"clip.{kind}")
        if kind == "zip":
            assert len(zipfile.ZipFile(tmp_path / "clip.zip").namelist()) == 48 + 1
        elif kind != "json":
            assert len(probe(tmp_path / f"clip.{kind}")[0]) == 48
        recipe = read_recipe(tmp_path / f"clip.{kind}")
        assert (recipe.class_name, recipe.seed, recipe.num_frames) == ("jumping jacks", 7, 48)


def test_the_page_talks_to_no_other_host(page, app_url):
    wait_until_playing(page)
    page.wait_for_timeout(500)
    assert {host for host in page.hosts if host} == {urllib.parse.urlparse(app_url).netloc}


def test_nothing_sticks_out_at_any_width(page):
    wait_until_playing(page)
    for width in (390, 820, 1280):
        nothing_sticks_out(page, width)
        assert page.locator("#generate").bounding_box()["width"] > 200
