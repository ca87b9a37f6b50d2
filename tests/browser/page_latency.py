"""How long visitors wait: `python -m tests.browser.page_latency` writes it into BENCHMARKS.md.

Starts `python app.py` on the default checkpoint, opens it in a real Chromium and measures: the start of the process to
the first byte of the page, and for each click on Generate the time to `loadeddata` of the new video, 48 frames each.
"""

import argparse
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import BROWSERS, QUIET, ROOT
from training.bench.measure import machine_facts
from training.bench.report import facts_line, replace_section

# Resolves with the milliseconds from the click to the first frame of a video whose address is new.
CLICK = """() => new Promise((resolve) => {
  const old = document.querySelector("#clip video")?.currentSrc;
  const started = performance.now();
  const watch = () => {
    const video = document.querySelector("#clip video");
    if (video && video.currentSrc && video.currentSrc !== old && video.readyState >= 2)
      resolve(performance.now() - started);
    else if (performance.now() - started > 60000) resolve(Infinity);
    else setTimeout(watch, 2);
  };
  document.querySelector("#generate").click();
  watch();
})"""


def first_byte_seconds(process: subprocess.Popen, url: str, started: float) -> float:
    """Wait for the first answer of a server just started; raises RuntimeError if it ends instead."""
    while process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).read(1)
            return time.perf_counter() - started
        except (urllib.error.URLError, OSError):
            time.sleep(0.02)
    raise RuntimeError("the server ended before it answered")


def click_seconds(page: Page, clicks: int) -> list[float]:
    """Seconds from each click to the first frame of its clip; every click has a seed of its own."""
    page.wait_for_function("() => document.querySelector('#clip video')?.readyState >= 2", timeout=120_000)
    seconds = []
    for number in range(clicks + 1):
        page.locator("#seed input").fill(str(1000 + number))
        page.locator("#seed input").blur()
        page.wait_for_timeout(300)
        seconds.append(page.evaluate(CLICK) / 1000)
        page.wait_for_timeout(700)
    return seconds[1:]


def measure(clicks: int) -> tuple[float, list[float]]:
    """Start a server and a browser -> seconds to the first byte, and of every click."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    executable = next(filter(None, map(shutil.which, BROWSERS)))
    with tempfile.TemporaryFile() as log:
        started = time.perf_counter()
        command = [sys.executable, "app.py", "--port", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            first_byte = first_byte_seconds(server, url, started)
            with sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=executable, args=QUIET)
                page = browser.new_page()
                page.goto(url + "?tab=generate")
                seconds = click_seconds(page, clicks)
                browser.close()
        finally:
            server.terminate()
            server.wait(timeout=20)
    return first_byte, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clicks", type=int, default=20)
    parser.add_argument("--note", default="", help="a sentence on the machine, such as what else was running")
    parser.add_argument("--out", type=Path, default=Path("BENCHMARKS.md"))
    wanted = parser.parse_args()
    facts = facts_line(machine_facts())
    first_byte, seconds = measure(wanted.clicks)
    body = (
        f"`python app.py` to the first byte of the page: {first_byte:.1f} s. Click to the first frame of 48 at 64 px "
        f"(`loadeddata`), {len(seconds)} clicks: median {statistics.median(seconds):.2f} s, fastest "
        f"{min(seconds):.2f}, slowest {max(seconds):.2f}."
    )
    replace_section(wanted.out, "Page", f"{facts} {wanted.note}".strip() + f"\n\n{body}")
    print(body)


if __name__ == "__main__":
    main()
