"""The README's example is the script, and the script runs."""

import os
import shutil
import subprocess
import sys

import pytest

from dvd_gan import hub
from tests.hub_fixtures import ROOT, serving
from tests.test_clips import probe

SCRIPT = ROOT / "examples" / "first_steps.py"


def test_the_readme_shows_the_script_as_it_is():
    assert f"```python\n{SCRIPT.read_text()}```" in (ROOT / "README.md").read_text()


@pytest.mark.slow
def test_the_script_loads_samples_interpolates_and_pushes(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "mine")
    shutil.copy(hub.BUNDLED / "weizmann-64" / "README.md", tmp_path / "mine")
    (tmp_path / "repo").mkdir()
    with serving("me/clips", tmp_path / "repo") as server:
        server.stores = "lfs"
        environment = dict(CHECKPOINT=str(tmp_path / "mine"), REPO="me/clips", HF_ENDPOINT=server.url, HF_TOKEN="hf_me")
        done = subprocess.run(
            [sys.executable, SCRIPT],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "HF_HOME": str(tmp_path / "home"), **environment},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, done.stderr
        assert len(server.commits) == 1 and len(server.put) == 3 and "hf_me" in server.tokens
    grid, walk = probe(tmp_path / "grid.mp4")[0], probe(tmp_path / "walk.mp4")[0]
    assert grid.shape[1] == grid.shape[2] and len(grid) == 4
    assert len(walk) == 32 and "me/clips is published at" in done.stdout
