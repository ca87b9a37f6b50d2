"""Work spread over processes: results in order, workers that die replaced, a task that kills them singled out."""

import functools
import itertools
import os
import signal
from pathlib import Path

import pytest

from training.data.engines import CRASHED, run_in_order


def square(number):
    return number * number


def die_once(number, flag: Path):
    """Kills its process the first time it is called, whoever calls."""
    if not flag.exists():
        flag.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def die(number):
    os.kill(os.getpid(), signal.SIGKILL)


def complain(number):
    raise ValueError(f"task {number} is wrong")


def tasks(special, at, total=20):
    return [functools.partial(special if number == at else square, number) for number in range(total)]


def test_results_come_in_order_from_any_number_of_processes():
    expected = [number * number for number in range(20)]
    for processes in (1, 2):
        assert list(run_in_order(tasks(square, 0), processes)) == expected


def test_a_worker_killed_midway_costs_nothing(tmp_path):
    special = functools.partial(die_once, flag=tmp_path / "flag")
    results = list(run_in_order(tasks(special, 9), processes=2))
    assert results == [number if number == 9 else number * number for number in range(20)]
    assert (tmp_path / "flag").exists()


def test_a_task_that_kills_every_worker_is_singled_out():
    results = list(run_in_order(tasks(die, 9), processes=2))
    assert results == [CRASHED if number == 9 else number * number for number in range(20)]


def test_what_a_task_raises_is_raised():
    with pytest.raises(ValueError, match="task 9 is wrong"):
        list(run_in_order(tasks(complain, 9), processes=2))


@pytest.mark.slow
def test_on_ray_the_same_holds(tmp_path):
    pytest.importorskip("ray", reason="Ray is an optional extra and is not installed")
    work = tasks(functools.partial(die_once, flag=tmp_path / "flag"), 3)
    work[11], work[19] = functools.partial(die, 11), functools.partial(complain, 19)
    results = run_in_order(work, 2, "ray")
    expected = [number * number for number in range(19)]
    expected[3], expected[11] = 3, CRASHED
    assert list(itertools.islice(results, 19)) == expected and (tmp_path / "flag").exists()
    with pytest.raises(ValueError, match="task 19 is wrong"):
        next(results)


def test_a_ray_that_does_not_come_up_is_started_once_more_and_then_given_up_in_one_sentence(monkeypatch):
    ray = pytest.importorskip("ray", reason="Ray is an optional extra and is not installed")
    asked = []

    def too_busy(address, **settings):
        asked.append(address)
        raise ConnectionError("none runs") if address == "auto" else Exception("The node timed out.\nDetails.")

    monkeypatch.setattr(ray, "init", too_busy)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(ConnectionError, match=r"did not start here \(The node timed out\.\)") as caught:
        list(run_in_order(tasks(square, 0), 2, "ray"))
    assert asked == ["auto", "local", "local"] and "\n" not in str(caught.value)
