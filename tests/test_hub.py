import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import yaml

from dvd_gan import hub
from tests.fake_hub import FakeHub

ROOT = Path(__file__).parents[1]


def run_python(code: str, tmp_path: Path, endpoint: str) -> str:
    """Run code in a fresh Python whose Hub is `endpoint` and whose cache is empty -> its standard output."""
    environment = {**os.environ, "HF_ENDPOINT": endpoint, "HF_HOME": str(tmp_path / "cache")}
    environment.pop("HF_HUB_OFFLINE", None)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_local_folder_is_its_own_release(tiny_release):
    assert hub.resolve(tiny_release) == tiny_release


def test_the_index_is_sound():
    known = hub.known_checkpoints()
    assert known[0].bundled is not None
    assert len({row.id for row in known}) == len(known)
    assert all((row.bundled or row.hub) and row.description.endswith(".") for row in known)


def test_facts_are_read_without_weights(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "r", ignore=shutil.ignore_patterns("*.safetensors"))
    facts = hub.read_facts(tmp_path / "r")
    assert facts.class_names[1] == "jumping jacks"
    assert (facts.resolution, facts.trained_frames, facts.fps) == (16, 4, 12.0)


def test_a_bundled_name_wins_over_a_folder_of_that_name(tiny_release, tmp_path, monkeypatch):
    shutil.copytree(tiny_release, tmp_path / "bundle" / "first")
    (tmp_path / "bundle" / "index.yaml").write_text(
        yaml.safe_dump([{"id": "first", "bundled": "first", "description": "One."}])
    )
    (tmp_path / "first").mkdir()
    monkeypatch.setattr(hub, "BUNDLED", tmp_path / "bundle")
    monkeypatch.chdir(tmp_path)
    assert hub.resolve("first") == tmp_path / "bundle" / "first"


@pytest.mark.parametrize("name", ["weizman-46", "a/b/c", "./nowhere", "/no/where", "../x"])
def test_an_unknown_name_is_refused_at_once_and_never_sent_to_the_hub(name, monkeypatch):
    monkeypatch.setattr(hub, "_snapshot", lambda *a: pytest.fail("asked the Hub"))
    with pytest.raises(ValueError, match=r"There is no checkpoint .* give one of weizmann-64"):
        hub.resolve(name)


def test_pickled_weights_are_refused(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "r")
    weights = next((tmp_path / "r" / "generator").glob("*.safetensors"))
    weights.rename(weights.with_name("diffusion_pytorch_model.bin"))
    with pytest.raises(ValueError, match="pickled weights are refused"):
        hub.resolve(tmp_path / "r")


def test_a_release_may_name_no_code_but_ours(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "r")
    index_file = tmp_path / "r" / "model_index.json"
    index = json.loads(index_file.read_text())
    index_file.write_text(json.dumps({**index, "generator": ["antigravity", "DVDGANGenerator"]}))
    with pytest.raises(ValueError, match="no part of DVD-GAN"):
        hub.resolve(tmp_path / "r")
    index_file.write_text(json.dumps({**index, "_class_name": "StableDiffusionPipeline"}))
    with pytest.raises(ValueError, match="not a DVDGANPipeline"):
        hub.resolve(tmp_path / "r")
    index_file.unlink()
    with pytest.raises(ValueError, match=r"no model_index\.json"):
        hub.resolve(tmp_path / "r")


@pytest.mark.parametrize("silent", [False, True], ids=["refusing", "silent"])
def test_without_a_network_the_answer_comes_within_five_seconds(silent, tmp_path, monkeypatch):
    from huggingface_hub import constants

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if silent:
            server.listen()
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(ConnectionError, match="use the bundled 'weizmann-64'"):
            hub.resolve("owner/name", cache_dir=tmp_path)
        assert time.monotonic() - started < 5


@pytest.fixture
def fake_hub(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "repo")
    (tmp_path / "repo" / "generator" / "weights.bin").write_bytes(b"pickle")
    (tmp_path / "repo" / "generator" / "code.py").write_text("raise SystemExit")
    server = FakeHub("someone/clips", tmp_path / "repo")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()


@pytest.mark.slow
def test_a_hub_id_loads_and_later_loads_without_a_network(fake_hub, tmp_path):
    code = """if True:
        from dvd_gan import DVDGANPipeline
        pipe = DVDGANPipeline.from_pretrained("someone/clips@main")
        print(pipe("bend", seeds=7).frames.sum())"""
    online = run_python(code, tmp_path, fake_hub.url)
    assert not [path for path in fake_hub.asked if path.endswith((".bin", ".py"))]
    fake_hub.shutdown()
    fake_hub.server_close()
    assert run_python(code, tmp_path, fake_hub.url) == online


def test_the_hub_says_what_is_wrong_with_an_id(fake_hub, tmp_path):
    code = """if True:
        from dvd_gan import hub
        for name in ("someone/else", "someone/clips@v9", "some one/clips"):
            try:
                hub.resolve(name)
            except ValueError as error:
                print(error)"""
    assert run_python(code, tmp_path, fake_hub.url).splitlines() == [
        "The Hub has no checkpoint 'someone/else', or it is private.",
        "'someone/clips' has no revision 'v9' on the Hub.",
        "'some one/clips' is no valid id on the Hub; it looks like owner/name.",
    ]
