"""Many visitors at once: `python -m tests.load` starts a server of its own here and writes docs/load.md about it.

Every visitor asks for clips, one after another, each of a class and a seed of their own, over this machine's loopback.
Told are: how long they wait, errors, clips that are not the ones asked for, requests served out of turn, and memory.
It ends by itself: after its requests, or at a time limit.
"""

import argparse
import itertools
import json
import os
import platform
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import httpx

from dvd_gan import hub
from tests.browser.conftest import ROOT, serve_process

CALL = "/gradio_api/call/generate"
ANSWER_SECONDS = 600
MEMORY_EVERY = 100


@dataclass
class Load:
    """What visitors of one page meet.

    `accepted` and `served` are (visitor, number of the request) in the order of either; `seconds` is how long each
    answer took; `strangers` are answers to something else than what was asked; `memory` has the server's MiB by how
    many were answered, where `measure` tells it.
    """

    url: str
    checkpoint: str
    class_names: list[str]
    num_frames: int
    measure: Callable[[], float] | None = None
    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    accepted: list[tuple[int, int]] = field(default_factory=list)
    served: list[tuple[int, int]] = field(default_factory=list)
    memory: dict[int, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, visitors: int, requests: int, limit_seconds: float) -> None:
        """All visitors at once, `requests` each, within so many seconds."""
        deadline = time.monotonic() + limit_seconds
        threads = [threading.Thread(target=self.visit, args=(i, requests, deadline)) for i in range(visitors)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def visit(self, visitor: int, requests: int, deadline: float) -> None:
        """One visitor: asks, waits, looks whether the clip is theirs, asks again."""
        with httpx.Client(base_url=self.url, timeout=ANSWER_SECONDS) as client:
            for number in range(requests):
                if time.monotonic() > deadline:
                    return
                try:
                    self.ask(client, visitor, number)
                except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
                    self.errors.append(f"{type(error).__name__}: {error}"[:300])

    def ask(self, client: httpx.Client, visitor: int, number: int) -> None:
        """One request over gradio's plain HTTP; ValueError if it is refused or fails."""
        class_name, seed = self.class_names[visitor % len(self.class_names)], 1000 * visitor + number
        asked = [class_name, seed, self.num_frames, 1.0, 12, self.checkpoint, ""]
        started = time.monotonic()
        with self.lock:
            answer = client.post(CALL, json={"data": asked, "session_hash": f"visitor-{visitor}"})
            if answer.status_code != 200:
                raise ValueError(f"{answer.status_code} {answer.text}")
            self.accepted.append((visitor, number))
        clip, _, caption, *_ = self.wait_for(client, answer.json()["event_id"], (visitor, number))
        self.seconds.append(time.monotonic() - started)
        if f"**{class_name}**, seed {seed}, {self.num_frames} frames" not in caption:
            self.strangers.append(f"asked for {class_name}, seed {seed}; came: {caption}")
        if client.get(clip.get("video", clip)["url"]).status_code != 200:
            raise ValueError("its clip could not be fetched")

    def wait_for(self, client: httpx.Client, event_id: str, request: tuple[int, int]) -> list:
        """What a request that was accepted gives in the end."""
        event = ""
        with client.stream("GET", f"{CALL}/{event_id}") as answer:
            for line in answer.iter_lines():
                kind, _, value = line.partition(": ")
                if kind == "event":
                    event = value
                elif kind == "data" and event == "complete":
                    with self.lock:
                        self.served.append(request)
                        if self.measure is not None and len(self.served) % MEMORY_EVERY == 0:
                            self.memory[len(self.served)] = self.measure()
                    return json.loads(value)
                elif kind == "data" and event == "error":
                    raise ValueError(value)
        raise ValueError("the answer ended early")

    def out_of_turn(self) -> int:
        """How many were served before one that had been accepted earlier."""
        place = {request: i for i, request in enumerate(self.accepted)}
        return sum(place[later] < place[earlier] for earlier, later in itertools.pairwise(self.served))


def resident_megabytes(process_id: int) -> float:
    """Memory of a process that is in use, in MiB; Linux only."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def as_report(load: Load, visitors: int, requests: int, seconds: float, files: tuple[int, int], note: str) -> str:
    """The page about it, as Markdown; `files` are those on disk before and after the server ends."""
    cuts = statistics.quantiles(load.seconds, n=100)
    rows = "\n".join(f"| {number} | {megabytes:.0f} |" for number, megabytes in load.memory.items())
    versions = ", ".join(f"{name} {version(name)}" for name in ("gradio", "torch"))
    return f"""# Many visitors at once

`python -m tests.load` writes this page: {visitors} visitors at the same time, {len(load.seconds)} clips of
{load.num_frames} frames by `{load.checkpoint}`, each of a seed of its own, over plain HTTP on the machine that serves
them. A visitor asks for the next clip as soon as the last is there, {requests} times or until the time is up.

{os.cpu_count()} cores, Python {platform.python_version()}, {versions}. {note}

| what | |
| --- | --- |
| answered | {len(load.seconds)} in {seconds:.0f} s: {len(load.seconds) / seconds:.2f} a second |
| errors | {len(load.errors)} |
| clips other than the one asked for | {len(load.strangers)} |
| served before one that came earlier | {load.out_of_turn()} |
| half waited at most | {cuts[49]:.1f} s |
| nine of ten waited at most | {cuts[89]:.1f} s |
| 99 of 100 waited at most | {cuts[98]:.1f} s |
| the longest wait | {max(load.seconds):.1f} s |
| files on disk before the server ended, and after | {files[0]}, {files[1]} |

| clips answered | memory of the server, MiB |
| --- | --- |
{rows}
"""


def count_files(folder: Path) -> int:
    return sum(path.is_file() for path in folder.rglob("*"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default=hub.known_checkpoints()[0].id)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--requests", type=int, default=25, help="of each visitor")
    parser.add_argument("--frames", type=int, default=16, help="length of every clip")
    parser.add_argument("--seconds", type=float, default=1800, help="time limit")
    parser.add_argument("--note", default="", help="a sentence on the machine, such as what else was running")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "load.md")
    wanted = parser.parse_args()
    names = list(hub.read_facts(hub.resolve(wanted.checkpoint)).class_names)
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder) / "gradio"
        with serve_process(wanted.checkpoint, Path(folder)) as (url, process):
            load = Load(url, wanted.checkpoint, names, wanted.frames, lambda: resident_megabytes(process.pid))
            first = Load(url, wanted.checkpoint, names, wanted.frames)
            first.run(visitors=1, requests=3, limit_seconds=wanted.seconds)
            load.memory[0] = load.measure()
            started = time.monotonic()
            load.run(wanted.visitors, wanted.requests, wanted.seconds)
            seconds, during = time.monotonic() - started, count_files(files)
        report = as_report(load, wanted.visitors, wanted.requests, seconds, (during, count_files(files)), wanted.note)
    wanted.out.write_text(report)
    print(f"asked {len(load.accepted)} of {wanted.visitors * wanted.requests}")
    print(report, *load.errors[:5], *load.strangers[:5], sep="\n")
    sys.exit(bool(load.errors or load.strangers or load.out_of_turn()))


if __name__ == "__main__":
    main()
