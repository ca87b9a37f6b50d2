"""What the README tells people to type works as it is written, with smaller numbers."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from dvd_gan import hub

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
SMALLER = {
    "--clips 500": "--clips 26",
    "--out runs/lesson\n": "--out runs/lesson --set pretrain_videos=16 total_videos=32 "
    "log_every_videos=16 sample_every_videos=16 save_every_videos=16\n",
}


def lesson() -> list[str]:
    """The commands of the lesson, without installing and without starting the page."""
    section = README.split("## A lesson in five minutes")[1].split("\n## ")[0]
    block = re.search(r"```bash\n(.*?)```", section, re.DOTALL)[1]
    for long, short in SMALLER.items():
        assert long in block, f"the lesson no longer says {long!r}: shorten what it says now"
        block = block.replace(long, short)
    return [line for line in block.splitlines() if not line.startswith(("pip ", "python app.py"))]


@pytest.mark.slow
def test_the_lesson_works_as_written(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    scripts = str(Path(sys.executable).parent)
    environment["PATH"] = f"{scripts}{os.pathsep}{environment['PATH']}"
    for command in lesson():
        done = subprocess.run(shlex.split(command), cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}\n{done.stderr[-2000:]}"
    assert (tmp_path / "data" / "lesson.png").is_file()
    assert len(list((tmp_path / "runs" / "lesson" / "samples").glob("*.png"))) == 2
    assert len(hub.read_facts(hub.resolve(tmp_path / "runs" / "lesson-release")).class_names) == 13
