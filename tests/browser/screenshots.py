"""The README's pictures of the page: `python -m tests.browser.screenshots` draws them anew into docs/screenshots.

One picture a tab, whatever tabs there are: on a desk, by day, and beside it on a phone, by night. Prints the lines
that the README shows them with.
"""

import argparse
import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from dvd_gan import hub
from tests.browser.conftest import BROWSERS, QUIET, ROOT, serve

FOLDER = ROOT / "docs" / "screenshots"
HEIGHT, DESK, PHONE, GAP = 900, 1180, 390, 24
SHOWN_WIDTH = 1060
# What a tab shows some time after it is opened.
SHOWN_LATER = {"how-it-works": "#tour-noise img", "continue": "#continued video"}
SETTLED = """() => {
  const seen = (e) => e.checkVisibility() && e.getBoundingClientRect().height > 0;
  const waits = [...document.querySelectorAll("[data-testid=status-tracker]")].some(
    (s) => seen(s) && !s.classList.contains("hide") && s.querySelector(".progress-text, .eta-bar"));
  return !waits && [...document.querySelectorAll("video")].filter(seen).every((v) => v.readyState >= 2);
}"""


def photograph(browser: Browser, url: str, width: int, scheme: str) -> dict[str, tuple[str, Image.Image]]:
    """Every tab's id -> its name and its picture at that width."""
    page = browser.new_page(viewport={"width": width, "height": HEIGHT}, color_scheme=scheme, reduced_motion="reduce")
    page.goto(f"{url}?__theme={scheme}&tab=generate")
    page.wait_for_function("() => document.querySelector('#clip video')?.readyState >= 2", timeout=180_000)
    pictures = {}
    for tab in page.locator("#tabs > .tab-wrapper [role=tab]:visible").all():
        tab.click()
        wait(page)
        name = tab.get_attribute("data-tab-id")
        if name in SHOWN_LATER:
            page.locator(SHOWN_LATER[name]).first.wait_for(timeout=180_000)
            wait(page)
        page.evaluate("scrollTo(0, 0)")
        page.wait_for_timeout(300)
        pictures[name] = tab.inner_text(), Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    page.close()
    return pictures


def wait(page: Page) -> None:
    """Until everything in sight is drawn."""
    page.wait_for_timeout(1000)
    page.wait_for_function(SETTLED, timeout=180_000)


def side_by_side(desk: Image.Image, phone: Image.Image) -> Image.Image:
    """Both pictures in one, on white, as wide as the README shows it."""
    both = Image.new("RGB", (desk.width + GAP + phone.width, HEIGHT), "white")
    both.paste(desk, (0, 0))
    both.paste(phone, (desk.width + GAP, 0))
    return both.resize((SHOWN_WIDTH, round(HEIGHT * SHOWN_WIDTH / both.width)), Image.Resampling.LANCZOS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default=hub.known_checkpoints()[0].id)
    parser.add_argument("--out", type=Path, default=FOLDER)
    wanted = parser.parse_args()
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(wanted.checkpoint, Path(folder)) as url,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=executable, args=QUIET)
        desk, phone = (photograph(browser, url, *look) for look in ((DESK, "light"), (PHONE, "dark")))
        browser.close()
    wanted.out.mkdir(parents=True, exist_ok=True)
    for old in wanted.out.glob("*.webp"):
        old.unlink()
    for tab, (name, picture) in desk.items():
        file = wanted.out / f"{tab}.webp"
        side_by_side(picture, phone[tab][1]).save(file, quality=80, method=6)
        print(f"![The {name} tab, on a desk by day and on a phone by night](docs/screenshots/{file.name})")


if __name__ == "__main__":
    main()
