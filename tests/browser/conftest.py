"""A real server in a process of its own, and a real headless Chromium."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 120_000  # ms; a page in a busy machine's browser takes many times as long as alone
QUIET = ["--no-first-run", "--disable-gpu", "--disable-sync", "--disable-background-networking"]


@contextlib.contextmanager
def serve(checkpoint: Path, folder: Path):
    """`python app.py --checkpoint ...` on a free port, as long as the context lasts; gives its address."""
    with serve_process(checkpoint, folder) as (url, _):
        yield url


@contextlib.contextmanager
def serve_process(checkpoint: Path | str, folder: Path):
    """As `serve`; gives its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(folder / "gradio")}
    command = [sys.executable, "app.py", "--checkpoint", str(checkpoint), "--port", str(port)]
    with open(folder / "log", "w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}/"
    deadline = time.monotonic() + 300
    while not _answers(url):
        if server.poll() is not None or time.monotonic() > deadline:
            server.kill()
            pytest.fail("the server did not come up:\n" + (folder / "log").read_text())
        time.sleep(0.1)
    try:
        yield url, server
    finally:
        server.terminate()
        server.wait(PATIENCE / 1000)


@pytest.fixture(scope="session")
def app_url(tiny_release, tmp_path_factory):
    """The page over the tiny release."""
    with serve(tiny_release, tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="session")
def predict_app_url(tiny_predict_release, tmp_path_factory):
    """The page over the tiny release that continues clips, beside the bundled ones."""
    with serve(tiny_predict_release, tmp_path_factory.mktemp("server")) as url:
        yield url


@pytest.fixture(scope="session")
def browser(app_url, worker_id, tmp_path_factory):
    """Chromium with a page that stays open all the time: others of the same site then open in half the time.

    FileExistsError where another process of this run has one: two slow each other down until tests fail.
    """
    if worker_id != "master":
        (tmp_path_factory.getbasetemp().parent / "the-one-browser").touch(exist_ok=False)
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is on the PATH")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=QUIET)
        browser.new_context().new_page().goto(app_url + "gradio_api/startup-events")
        yield browser
        browser.close()


def new_page(browser, width: int = 1280, height: int = 900, **media):
    """A fresh visitor's empty page, which waits patiently for everything; whoever came before has left no trace."""
    context = browser.contexts[0]
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(**media)
    context.clear_cookies()
    stored = {"origin": "*", "storageTypes": "local_storage,indexeddb,cache_storage"}
    context.new_cdp_session(page).send("Storage.clearDataForOrigin", stored)
    return page


def eventually(page, check: Callable[[], None]) -> None:
    """Until `check` no longer raises AssertionError; after all patience, what it raises."""
    deadline = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        page.wait_for_timeout(50)


def standstill(look: Callable[[], int | str]) -> int | str:
    """What is seen when it stands still for a second; AssertionError if it never does."""
    deadline, seen = time.monotonic() + PATIENCE / 1000, None
    while seen != (seen := look()):
        assert time.monotonic() < deadline, f"it goes on at {seen}"
        time.sleep(1)
    return seen


def wait_for_words(page, selector: str, words: str) -> None:
    """Until the first element there says so."""
    said = "([where, words]) => document.querySelector(where)?.innerText.includes(words)"
    page.wait_for_function(said, arg=[selector, words])


def wait_for_value(page, selector: str, value: str) -> None:
    """Until the field there has that value."""
    page.wait_for_function("([where, value]) => document.querySelector(where)?.value === value", arg=[selector, value])


def wait_for_toast(page, words: str) -> None:
    """Until a message says so, in words for people."""
    page.locator("[data-testid=toast-body]").filter(has_text=words).first.wait_for()
    assert "Traceback" not in page.content()


def nothing_sticks_out(page, width: int, height: int = 844) -> None:
    """Make the page so wide; nothing may be wider."""
    page.set_viewport_size({"width": width, "height": height})
    page.wait_for_function("width => document.documentElement.clientWidth === width", arg=width)
    page.wait_for_function("width => document.documentElement.scrollWidth <= width", arg=width)


@pytest.fixture
def page(browser, app_url):
    """A fresh visitor's page, opened at the Generate tab; `page.hosts` collects every host that it talks to."""
    page = new_page(browser)
    page.hosts = set()
    page.on("request", lambda request: page.hosts.add(urllib.request.urlparse(request.url).netloc))
    page.goto(app_url + "?tab=generate")
    yield page
    page.close()


def _answers(url: str) -> bool:
    try:
        return urllib.request.urlopen(url, timeout=2).status == 200
    except (urllib.error.URLError, OSError):
        return False
