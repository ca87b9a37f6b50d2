"""Compiled arithmetic of a run: what a killed start left behind is not used."""

import os

import pytest
from torch._inductor.runtime.cache_dir_utils import default_cache_dir

from training import compiling
from training.compiling import CACHE_SETTING, compile_arithmetic


@pytest.fixture(autouse=True)
def nothing_compiles(monkeypatch):
    monkeypatch.setattr(compiling, "fuse_arithmetic", lambda: None)


@pytest.mark.parametrize("torch_is_there", [True, False])
def test_each_process_compiles_into_a_folder_of_its_own_that_begins_empty(tmp_path, monkeypatch, torch_is_there):
    half_written = tmp_path / ".compiled-1" / "n4" / "kernel.so"
    half_written.parent.mkdir(parents=True)
    half_written.write_bytes(b"half")
    for rank in (0, 1):
        monkeypatch.setenv(CACHE_SETTING, default_cache_dir())
        if not torch_is_there:
            monkeypatch.delenv(CACHE_SETTING)
        compile_arithmetic(tmp_path, rank)
        assert os.environ[CACHE_SETTING] == str(tmp_path / f".compiled-{rank}")
    assert not half_written.exists()


def test_a_folder_that_the_environment_names_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_SETTING, str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    compile_arithmetic(tmp_path, 0)
    assert os.environ[CACHE_SETTING] == str(tmp_path / "mine") and (tmp_path / "mine").exists()
