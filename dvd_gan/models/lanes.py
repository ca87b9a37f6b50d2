"""Clips shared out among threads: each draws some of them by itself.

Feature maps of a few pixels keep two threads busy only for moments: sharing one convolution between them costs more in
waiting than it saves. Where there are as many clips as threads, each thread had better have clips of its own.
"""

import contextlib
import itertools
import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

import torch

MOST_ITEMS_AHEAD = 2
"""How far a thread may run ahead of whoever asks; bounds memory."""

Item = TypeVar("Item")


@contextlib.contextmanager
def in_lanes(parts: list[Iterator[Item]], num_lanes: int) -> Iterator[Iterator[Item]]:
    """The items of all `parts`, worked out by `num_lanes` threads, the caller's among them; each thread takes its parts
    one after another. Items come in the order of the first lane's work, not in that of `parts`."""
    lanes = [itertools.chain.from_iterable(parts[lane::num_lanes]) for lane in range(min(num_lanes, len(parts)))]
    with contextlib.ExitStack() as threads:
        others = [threads.enter_context(ahead(lane)) for lane in lanes[1:]]
        rounds = itertools.zip_longest(lanes[0], *others)
        yield (item for round_ in rounds for item in round_ if item is not None)


@contextlib.contextmanager
def ahead(items: Iterator[Item]) -> Iterator[Iterator[Item]]:
    """`items`, worked out before they are asked for, in a thread of their own on as many torch threads as the caller.

    What `items` raises is raised where the next one is asked for. On leaving, the thread has ended, whether or not all
    were asked for.
    """
    num_threads = torch.get_num_threads()
    results, places, left = queue.SimpleQueue(), threading.Semaphore(MOST_ITEMS_AHEAD), threading.Event()

    def work() -> None:
        torch.set_num_threads(num_threads)
        end: BaseException = StopIteration()
        try:
            for item in items:
                places.acquire()
                if left.is_set():
                    return
                results.put((item, None))
        except BaseException as error:
            end = error
        results.put((None, end))

    def asked() -> Iterator[Item]:
        while True:
            item, end = results.get()
            if isinstance(end, StopIteration):
                return
            if end is not None:
                raise end
            places.release()
            yield item

    thread = threading.Thread(target=work, name="lane", daemon=True)
    thread.start()
    try:
        yield asked()
    finally:
        left.set()
        places.release()
        thread.join()
