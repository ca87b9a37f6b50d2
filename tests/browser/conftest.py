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
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
        server.wait(timeout=30)


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
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip(f"none of {', '.join(BROWSERS)} is on the PATH")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=executable, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, app_url):
    """A fresh visitor's page, opened at the Generate tab; `page.hosts` collects every host that it talks to."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
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
