"""A fake Hub in this process or for a fresh one."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fake_hub import FakeHub

ROOT = Path(__file__).parents[1]


@contextlib.contextmanager
def serving(repo: str, folder: Path, kind: str = "models") -> Iterator[FakeHub]:
    """A Hub that serves `folder` as `repo`, for huggingface-hub in this very process; no token but a given one."""
    from huggingface_hub import constants, hf_api

    server = FakeHub(repo, folder, kind)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "ENDPOINT", server.url)
        patch.setattr(hf_api.api, "endpoint", server.url)
        patch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", server.url + "/{repo_id}/resolve/{revision}/{filename}")
        patch.setattr(constants, "HF_HUB_DISABLE_XET", False)
        patch.setattr(constants, "HF_HUB_CACHE", str(folder.parent / "cache"))
        patch.setenv("HF_TOKEN", "hf_the_servers_own")
        yield server
    server.shutdown()
    server.server_close()


def run_python(code: str, home: Path, endpoint: str, folder: Path = ROOT, **environment: str) -> str:
    """Run code in a fresh Python in `folder` whose Hub is `endpoint` and whose cache is in `home` -> its output."""
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(home / "cache"), **environment}
    environment.pop("HF_HUB_OFFLINE", None)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
