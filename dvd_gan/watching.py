"""Watching clips being drawn: what draws a few frames says so, and whoever watches may end the drawing by raising."""

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar

_watcher: ContextVar[Callable[[int], None] | None] = ContextVar("watcher", default=None)


@contextlib.contextmanager
def watched(on_frames: Callable[[int], None]) -> Iterator[None]:
    """Inside, in this thread, `on_frames` is called after every few frames with how many they are, all clips counted.

    What it raises ends the call that draws: `with watched(show): pipe("bend", seeds=7, num_frames=240)`.
    """
    token = _watcher.set(on_frames)
    try:
        yield
    finally:
        _watcher.reset(token)


def frames_drawn(number: int) -> None:
    """Tell the watcher, if there is one."""
    on_frames = _watcher.get()
    if on_frames is not None:
        on_frames(number)
