"""Where the clips of a set are made: here, in processes of this machine, or on a Ray cluster; always in order.

A task is a picklable function of nothing. Workers may die (out of memory, a decoder that crashes, a lost machine):
what they had in hand is made again. A task that kills its worker also when it runs alone gives CRASHED.
"""

import importlib
import itertools
import logging
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

ENGINES = ("local", "ray")
CRASHED = "CRASHED"
IN_FLIGHT_PER_PROCESS = 4
ATTEMPTS_ALONE = 2
RAY_RETRIES = 3
RAY_STARTS = 2
RAY_STORE_BYTES = 256 * 1024 * 1024  # of a Ray that we start ourselves; it holds encoded clips on their way

Task = Callable[[], Any]


def run_in_order(tasks: Iterable[Task], processes: int, engine: str = "local") -> Iterator[Any]:
    """The tasks' results in the tasks' order, CRASHED for one that kills its workers. What a task raises is raised.

    Args:
        processes: how many to use on this machine; 1 of the local engine is this process itself, and a Ray cluster
            that runs already is used whole.
        engine: "local" or "ray".

    Raises ImportError where Ray is asked for and not installed, ConnectionError where none can be reached or started.
    """
    if engine == "ray":
        return _on_ray(iter(tasks), processes)
    if processes == 1:
        return (task() for task in tasks)
    return _on_processes(iter(tasks), processes)


def _on_processes(tasks: Iterator[Task], processes: int) -> Iterator[Any]:
    pool = _start_pool(processes)
    waiting: deque[tuple[Task, Future]] = deque()
    try:
        while True:
            for task in itertools.islice(tasks, IN_FLIGHT_PER_PROCESS * processes - len(waiting)):
                waiting.append((task, _submit(pool, task)))
            if not waiting:
                return
            try:
                result = waiting[0][1].result()
            except BrokenProcessPool:
                pool.shutdown()
                yield from _one_at_a_time(waiting)
                waiting.clear()
                pool = _start_pool(processes)
                continue
            waiting.popleft()
            yield result
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _start_pool(processes: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes, multiprocessing.get_context("spawn"), _be_a_worker)


def _be_a_worker() -> None:
    """Leave interrupts to the parent, and end when it ends, however it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def follow_parent():
        multiprocessing.parent_process().join()
        os._exit(1)

    threading.Thread(target=follow_parent, daemon=True).start()


def _submit(pool: ProcessPoolExecutor, task: Task) -> Future:
    try:
        return pool.submit(task)
    except BrokenProcessPool as error:
        broken: Future = Future()
        broken.set_exception(error)
        return broken


def _one_at_a_time(waiting: Iterable[tuple[Task, Future]]) -> Iterator[Any]:
    """The results of tasks whose pool broke: those that were done, and the others made alone, to know a culprit."""
    pool = _start_pool(1)
    try:
        for task, future in waiting:
            if not isinstance(future.exception(), BrokenProcessPool):
                yield future.result()
                continue
            for _ in range(ATTEMPTS_ALONE):
                try:
                    result = pool.submit(task).result()
                    break
                except BrokenProcessPool:
                    pool.shutdown()
                    pool, result = _start_pool(1), CRASHED
            yield result
    finally:
        pool.shutdown()


def _on_ray(tasks: Iterator[Task], processes: int) -> Iterator[Any]:
    ray = _connect_to_ray(processes)
    run = ray.remote(num_cpus=1, max_retries=RAY_RETRIES)(_call)
    num_in_flight = IN_FLIGHT_PER_PROCESS * max(1, int(ray.cluster_resources().get("CPU", processes)))
    waiting: deque = deque()
    try:
        while True:
            waiting.extend(run.remote(task) for task in itertools.islice(tasks, num_in_flight - len(waiting)))
            if not waiting:
                return
            try:
                yield ray.get(waiting[0])
            except ray.exceptions.WorkerCrashedError:
                yield CRASHED
            except ray.exceptions.RayTaskError as error:
                raise error.cause from None
            waiting.popleft()
    finally:
        ray.shutdown()


def _call(task: Task) -> Any:
    return task()


def _connect_to_ray(processes: int):
    """The cluster that runs or that RAY_ADDRESS names, otherwise a Ray of our own with that many processes."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise ImportError("--engine ray needs Ray: run `pip install -r training/requirements-ray.txt`.") from error
    settings = {
        "runtime_env": {"py_modules": [importlib.import_module("training")]},  # other machines may not have this code
        "logging_level": logging.ERROR,
        "log_to_driver": False,
    }
    try:
        ray.init(address=os.environ.get("RAY_ADDRESS", "auto"), **settings)
    except ConnectionError:
        if "RAY_ADDRESS" in os.environ:
            raise
        _start_ray(ray, processes, settings)
    return ray


def _start_ray(ray, processes: int, settings: dict) -> None:
    """A Ray of our own; once more where it did not come up in the half minute that it gives itself."""
    for attempts_left in reversed(range(RAY_STARTS)):
        try:
            ray.init(
                address="local",
                num_cpus=processes,
                object_store_memory=RAY_STORE_BYTES,
                include_dashboard=False,
                **settings,
            )
            return
        except Exception as error:  # Ray names no kind of its own
            ray.shutdown()
            if not attempts_left:
                said = str(error).splitlines()[0]
                raise ConnectionError(
                    f"Ray did not start here ({said}): try again when the machine is idle, or leave --engine ray out."
                ) from error
