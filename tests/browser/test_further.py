"""Below the clip: clips side by side, favourites and reproducing, as a visitor uses them."""

import json
from functools import partial

import pytest

from dvd_gan.recipe import ClipRecipe, read_recipe
from tests.browser.conftest import (
    PATIENCE,
    eventually,
    nothing_sticks_out,
    wait_for_toast,
    wait_for_value,
    wait_for_words,
)
from tests.browser.test_generate_tab import download, wait_until_playing

pytestmark = pytest.mark.browser

SHEETS = {
    "Many seeds": ("#draw-seeds", "#seeds-sheet", 8),
    "More like this": ("#draw-near", "#near-sheet", 8),
    "Truncation": ("#draw-sweep", "#sweep-sheet", 5),
    "Actions by seeds": ("#draw-table", "#table-sheet", 16),
}


def open_tab(page, name: str) -> None:
    page.locator("#further").get_by_role("tab", name=name).click()


def draw(page, name: str):
    """Draw a sheet -> its clips' buttons."""
    go, sheet, count = SHEETS[name]
    open_tab(page, name)
    page.click(go)
    page.wait_for_function(f"() => document.querySelector('{sheet} video')?.currentTime > 0")
    buttons = page.locator(f"{sheet} .over [data-does=open]")
    buttons.nth(count - 1).wait_for()
    assert buttons.count() == count
    return buttons


def wait_for_caption(page, words: str) -> None:
    wait_for_words(page, "#caption", words)


def lie_over(buttons, video) -> None:
    """The buttons are all as wide, and lie side by side over all of the video."""
    boxes, shown = [button.bounding_box() for button in buttons.all()], video.bounding_box()
    assert all(abs(box["width"] - boxes[0]["width"]) < 1 for box in boxes)
    for start, size in (("x", "width"), ("y", "height")):
        end = max(box[start] + box[size] for box in boxes)
        assert abs(boxes[0][start] - shown[start]) < 2 and abs(end - shown[start] - shown[size]) < 2


def test_every_clip_of_every_sheet_has_its_button_over_it_at_any_width(page):
    wait_until_playing(page)
    for name, (_, sheet, _) in SHEETS.items():
        buttons = draw(page, name)
        for width in (390, 1280):
            nothing_sticks_out(page, width)
            eventually(page, partial(lie_over, buttons, page.locator(f"{sheet} video")))


def test_a_press_opens_the_clip_that_lies_under_it(page):
    first = wait_until_playing(page)
    button = draw(page, "Actions by seeds").nth(5)
    assert button.get_attribute("aria-label") == "Open jumping jacks, seed 8, truncation 1"
    button.focus()
    page.keyboard.press("Enter")
    second = wait_until_playing(page, first)
    wait_for_caption(page, "jumping jacks, seed 8, 48 frames")
    wait_for_value(page, "#seed input", "8")
    page.click("#generate")
    assert download(wait_until_playing(page, second)) == download(second)
    page.click("#table-sheet .pause")
    page.wait_for_function("() => document.querySelector('#table-sheet video').paused")


def test_more_like_this_goes_on_from_what_was_picked_until_another_seed_is_rolled(page, tmp_path):
    address = wait_until_playing(page)
    for depth in (1, 2):
        page.click("#more-like-this")
        seed_7 = "jumping jacks, seed 7" if depth == 1 else "jumping jacks, seed 7, varied"
        page.wait_for_function(
            "words => document.querySelector('#near-sheet .over button')?.ariaLabel.includes(words)", arg=seed_7
        )
        picked = page.locator("#near-sheet .over button").nth(3)
        name = picked.get_attribute("aria-label").removeprefix("Open ").split(", truncation")[0]
        assert name.count(":0.35") == depth
        picked.click()
        wait_for_caption(page, name)
        address = wait_until_playing(page, address)
    (tmp_path / "clip.mp4").write_bytes(download(address))
    assert len(read_recipe(tmp_path / "clip.mp4").variations) == 2
    page.click("#dice")
    page.wait_for_function("() => !/varied|seed 7,/.test(document.querySelector('#caption').innerText)")


def test_a_surprise_draws_another_clip(page):
    first = wait_until_playing(page)
    page.click("#surprise")
    wait_until_playing(page, first)
    page.wait_for_function("() => document.querySelector('#seed input').value !== '7'")
    seed = page.locator("#seed input").input_value()
    wait_for_caption(page, f"seed {seed},")


def test_favourites_are_kept_opened_saved_and_forgotten_and_are_nobody_elses(page, browser, app_url, tmp_path):
    first = wait_until_playing(page)
    page.click("#keep")
    page.get_by_role("tab", name="Favourites (1)").wait_for()
    page.click("#dice")
    wait_until_playing(page, first)
    page.click("#keep")
    page.get_by_role("tab", name="Favourites (2)").click()
    page.locator("#kept img").nth(1).wait_for()
    assert page.locator("#kept img").count() == 2
    with page.expect_download() as started:
        page.click("#save-kept")
    started.value.save_as(tmp_path / "favourites.json")
    recipes = [
        ClipRecipe.from_json(json.dumps(recipe)) for recipe in json.loads((tmp_path / "favourites.json").read_text())
    ]
    assert recipes[0].seed == 7 != recipes[1].seed

    stranger = browser.new_page()
    stranger.set_default_timeout(PATIENCE)
    stranger.goto(f"{app_url}?tab=generate")
    wait_until_playing(stranger)
    open_tab(stranger, "Favourites")
    stranger.get_by_text("Nothing yet").wait_for()
    assert stranger.locator("#kept img").count() == 0
    stranger.close()

    page.locator("#kept [data-does=open]").first.click()
    wait_for_caption(page, "jumping jacks, seed 7, 48 frames")
    page.locator("#kept [data-does=forget]").first.click()
    page.get_by_role("tab", name="Favourites (1)").wait_for()
    wait_for_words(page, "#kept", f"seed {recipes[1].seed}")
    page.click("#forget-all")
    page.get_by_text("Nothing yet").wait_for()


def test_a_downloaded_file_and_a_pasted_recipe_bring_their_clip_back(page, tmp_path):
    addresses = [wait_until_playing(page)]
    files = {}
    for kind in ("gif", "json"):
        page.wait_for_selector(f"#download-{kind}:not([disabled])")
        with page.expect_download() as started:
            page.click(f"#download-{kind}")
        files[kind] = tmp_path / started.value.suggested_filename
        started.value.save_as(files[kind])
    page.click("#surprise")
    addresses.append(wait_until_playing(page, addresses[-1]))
    open_tab(page, "Reproduce")
    page.locator("#recipe-upload input[type=file]").set_input_files(str(files["gif"]))
    addresses.append(wait_until_playing(page, addresses[-1]))
    wait_for_value(page, "#seed input", "7")
    assert download(addresses[-1]) == download(addresses[0])
    page.get_by_text("Drawn again from its recipe: ").wait_for()
    page.click("#dice")
    addresses.append(wait_until_playing(page, addresses[-1]))
    page.locator(
        "#recipe-upload button[aria-label=Clear], #recipe-upload button[aria-label='Remove this file']"
    ).first.click()
    page.locator("#recipe-text textarea").fill(files["json"].read_text())
    page.click("#reproduce-go")
    assert download(wait_until_playing(page, addresses[-1])) == download(addresses[0])


def test_a_recipe_of_other_weights_shows_one_sentence(page):
    wait_until_playing(page)
    open_tab(page, "Reproduce")
    other = ClipRecipe(checkpoint="someone/clips", class_name="fly", seed=1, num_frames=8)
    page.locator("#recipe-text textarea").fill(other.to_json())
    page.click("#reproduce-go")
    wait_for_toast(page, "which is not offered here")


def test_what_is_typed_the_moment_a_tab_opens_is_kept_and_used_however_slowly_the_page_is_painted(page):
    wait_until_playing(page)
    page.evaluate("() => { const f = requestAnimationFrame; requestAnimationFrame = (g) => setTimeout(f, 500, g); }")
    open_tab(page, "Reproduce")
    field = page.locator("#recipe-text textarea")
    field.fill("no recipe")
    page.evaluate("() => new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))")
    page.click("#reproduce-go")
    wait_for_toast(page, "JSON")
    assert field.input_value() == "no recipe"
