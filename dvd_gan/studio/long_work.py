"""Work of seconds or minutes: it shows how far it is, and ends when it is stopped or its visitor leaves.

gradio alone forgets a stopped call, while its thread draws on for nobody. Here the call hears of it between a few
frames and the next, and no other work begins on the device before it has ended.
"""

import asyncio
import contextvars
import functools
import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import gradio as gr
from gradio.context import LocalContext

from dvd_gan.studio import text
from dvd_gan.studio.device import on_device
from dvd_gan.watching import watched

_device = ThreadPoolExecutor(1, thread_name_prefix="device")
_work: contextvars.ContextVar["Work"] = contextvars.ContextVar("work")
_running: defaultdict[str, set["Work"]] = defaultdict(set)


class Stopped(gr.Error):
    """Ends work that nobody waits for any more."""

    def __init__(self):
        super().__init__(text.STOPPED, print_exception=False)


class Work:
    """One call: whether it should end, and how many of how many frames it has drawn; None while that is not known."""

    def __init__(self):
        self.stop = threading.Event()
        self.done, self.total = 0, None

    def go_on(self, frames: int) -> None:
        """Count frames just drawn, show them, and raise `Stopped` if nobody waits for more."""
        if self.stop.is_set():
            raise Stopped
        self.done += frames
        if self.total is not None:
            gr.Progress()((min(self.done, self.total), self.total), unit=text.PROGRESS_UNIT)


def stoppable(handler: Callable) -> Callable:
    """The handler, run on the one thread that draws, for events on `DEVICE_QUEUE`.

    On ZeroGPU it is lent a GPU in another process, where it cannot be stopped and ends with its lease.
    """
    lent = on_device(handler)

    def watch(work: Work, *inputs):
        _work.set(work)
        work.go_on(0)
        with watched(work.go_on):
            return lent(*inputs)

    @functools.wraps(lent)
    async def run(*inputs):
        work, request = Work(), LocalContext.request.get(None)
        visitor = getattr(request, "session_hash", None) or ""
        context = contextvars.copy_context()
        _running[visitor].add(work)
        try:
            return await asyncio.get_running_loop().run_in_executor(_device, context.run, watch, work, *inputs)
        finally:
            work.stop.set()
            _running[visitor].discard(work)
            if not _running[visitor]:
                del _running[visitor]

    return run


def before_visitors(work: Callable[[], object]) -> None:
    """Do this on the thread that draws, in the background; what visitors ask for waits until it is done.

    Not on ZeroGPU, which lends a GPU to visitors only.
    """
    if on_device(work) is work:
        _device.submit(work)


def expect(num_frames: int) -> None:
    """Say how many frames this call will draw, so that its visitor sees how far it is."""
    work = _work.get(None)
    if work is not None:
        work.total = num_frames


def stop_all_of(request: gr.Request) -> None:
    """End all that runs for a visitor who has left; for `Blocks.unload`."""
    for work in list(_running.get(request.session_hash, ())):
        work.stop.set()


def add_stop(button: gr.Button, events: Sequence) -> None:
    """Let a button stop these events, whether they run or wait."""
    button.click(None, cancels=list(events), api_visibility="private")
