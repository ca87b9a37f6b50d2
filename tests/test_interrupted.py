"""A run that is killed, preempted or out of disk goes on as if nothing had happened."""

import contextlib
import json
import os
import random
import resource
import signal
import subprocess
import time

import pytest
from safetensors.torch import load_file

from tests.running import output, start_training, train
from tests.square_people import write_square_people
from training.state import list_states

BATCH, INTERVAL = 4, 8
SETTINGS = [f"batch_videos={BATCH}", f"micro_batch_videos={BATCH}", f"log_every_videos={BATCH}"]
SETTINGS += [f"save_every_videos={INTERVAL}", "sample_every_videos=1000", "reconstruction_weight=1"]
SETTINGS += ["pretrain_videos=10", "discriminator_steps=2"]  # a step takes one batch of the data, later two
KILLS, MOST_KILLS, ENDLESS = 20, 40, "total_videos=100000"


@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    return write_square_people(tmp_path_factory.mktemp("squares") / "data")


def videos_logged(run):
    log = run / "log.jsonl"
    whole_lines = log.read_text().split("\n")[:-1] if log.exists() else []
    return json.loads(whole_lines[-1])["videos_seen"] if whole_lines else 0


def videos_saved(run):
    states = list_states(run)
    return json.loads((states[-1] / "progress.json").read_text())["videos_seen"] if states else 0


def wait_for(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.002)


def unfinished(run):
    """Folders that a save in progress, or a killed one, has under another name, each with when it last changed."""
    found = set()
    for folder in run.glob(".*-state-*"):
        with contextlib.suppress(FileNotFoundError):
            found.add((folder.name, folder.stat().st_ctime_ns))
    return found


def assert_same_states(run, other):
    """The newest states of two runs are equal, bit for bit, optimizers and all."""
    one, two = list_states(run)[-1], list_states(other)[-1]
    assert one.name == two.name
    for path in one.glob("*.safetensors"):
        ours, theirs = load_file(path), load_file(two / path.name)
        assert [key for key in ours if not ours[key].equal(theirs[key])] == [], path.name
    for path in one.glob("*.pt"):
        assert path.read_bytes() == (two / path.name).read_bytes()


@pytest.mark.slow
def test_killed_at_twenty_random_moments_it_loses_at_most_one_interval_and_ends_the_same(squares, tmp_path):
    killed, rng, moments = tmp_path / "killed", random.Random(0), {"saving": 0, "training": 0}
    train(squares, killed, [*SETTINGS, f"total_videos={INTERVAL}"])  # so that there is something to lose
    for kill in range(MOST_KILLS):
        if kill >= KILLS and min(moments.values()) >= 2:
            break
        saved, logged, leftovers = videos_saved(killed), videos_logged(killed), unfinished(killed)
        (process,) = start_training(squares, killed, [*SETTINGS, ENDLESS])
        if kill % 2:
            wait_for(lambda logged=logged, saved=saved: videos_logged(killed) not in (logged, saved))
        else:
            wait_for(lambda leftovers=leftovers: unfinished(killed) - leftovers)
        # A save takes from a few milliseconds, on an idle machine, to a tenth of a second.
        time.sleep(rng.random() * 0.2 if kill % 2 else rng.random() ** 3 * 0.05)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL, output(killed)
        moments["saving" if unfinished(killed) - leftovers else "training"] += 1
        assert videos_logged(killed) - videos_saved(killed) <= INTERVAL
        assert videos_saved(killed) >= saved
    print(moments)
    assert moments["saving"] >= 2 and moments["training"] >= 2, moments

    total = f"total_videos={videos_saved(killed) + 2 * INTERVAL}"
    assert "resumed" in train(squares, killed, [*SETTINGS, total])
    train(squares, tmp_path / "straight", [*SETTINGS, total])
    assert_same_states(killed, tmp_path / "straight")
    assert not unfinished(killed)


@pytest.mark.slow
@pytest.mark.parametrize("num_ranks", [1, 2])
def test_sigterm_saves_and_exits_cleanly(squares, tmp_path, num_ranks):
    run = tmp_path / "run"
    never = ["save_every_videos=1000", "total_videos=100000"]
    processes = start_training(squares, run, [*SETTINGS, *never], num_ranks)
    wait_for(lambda: videos_logged(run) > 0)
    processes[-1].terminate()  # one of them hears it first
    for process in processes:
        process.join(60)
        assert process.exitcode == 0, output(run)
    stopped = videos_saved(run)
    assert stopped == videos_logged(run) > 0
    assert f"asked to stop: saved at {stopped} videos" in output(run)
    if num_ranks == 1:
        total = f"total_videos={stopped + INTERVAL - stopped % INTERVAL}"
        assert f"resumed {list_states(run)[-1]}" in train(squares, run, [*SETTINGS, total])
        train(squares, tmp_path / "straight", [*SETTINGS, total])
        assert_same_states(run, tmp_path / "straight")


def only_small_files(rank, run):
    """A state's networks still fit under this limit and its optimizers do not."""
    limit = 200_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def assert_stopped_in_one_sentence(process, run, saved):
    process.join(60)
    assert process.exitcode == 1
    said = output(run).strip().splitlines()[-1]
    assert (
        said.startswith(f"The state at {saved + INTERVAL} videos was not saved") and "earlier ones are intact" in said
    )
    assert "Traceback" not in output(run)
    assert videos_saved(run) == saved and not unfinished(run)


@pytest.mark.slow
def test_a_file_that_cannot_be_written_leaves_the_earlier_state_and_says_so(squares, tmp_path):
    run = tmp_path / "run"
    train(squares, run, [*SETTINGS, "total_videos=8"])
    (process,) = start_training(squares, run, [*SETTINGS, "total_videos=16"], prepare=only_small_files)
    assert_stopped_in_one_sentence(process, run, 8)
    assert "resumed" in train(squares, run, [*SETTINGS, "total_videos=16"])


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own, 40 MB; needs the right to mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("may not mount a file system here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@pytest.mark.slow
def test_a_full_disk_leaves_the_earlier_state_and_says_so(squares, small_disk):
    run = small_disk / "run"
    train(squares, run, [*SETTINGS, "total_videos=8"])
    size = sum(path.stat().st_size for path in list_states(run)[-1].iterdir())
    free = os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize
    (small_disk / "ballast").write_bytes(bytes(free - size // 2 - 100_000))
    (process,) = start_training(squares, run, [*SETTINGS, "total_videos=16"])
    assert_stopped_in_one_sentence(process, run, 8)
    (small_disk / "ballast").unlink()
    assert "resumed" in train(squares, run, [*SETTINGS, "total_videos=16"])
