"""Runs one download in a thread, and gives it up when the Hub has sent nothing new for `SILENCE_SECONDS`.

huggingface-hub retries for most of a minute and can wait for ever on a silent server. Hooks in its HTTP client show
each response here, so that bytes count as they arrive and a Hub that asks for a pause is not taken for a silent one.
They also end a thread that was given up, at its next request.
"""

import re
import threading
import time
from collections.abc import Callable
from typing import Any

SILENCE_SECONDS = 3.0

Progress = Callable[[int, int], None]

_this_thread = threading.local()


class GivenUp(Exception):
    """Raised in the thread of a download that nobody waits for any more."""


class HubWatch:
    """Looks at one download from outside.

    Attributes:
        all_bytes: what the download comes to, set by the work; 0 while that is not known.
        last_status: of the Hub's latest response, or None.
        given_up: whether nobody waits for the work any more.
    """

    def __init__(self, on_progress: Progress | None):
        self.on_progress, self.all_bytes = on_progress, 0
        self.last_status: int | None = None
        self.given_up = False
        self._whole_bytes = self._part_bytes = 0
        self._response: Any = None
        self._last_sign = time.monotonic()

    def note(self, whole_bytes: int = 0) -> None:
        """Called by the work: something is done, perhaps a file of so many bytes."""
        self._response, self._part_bytes = None, 0
        self._whole_bytes += whole_bytes
        self._sign()

    def run(self, work: Callable[[], Any]) -> Any:
        """What `work` returns or raises; TimeoutError when the Hub falls silent under it."""
        outcome: list[tuple[Any, Exception | None]] = []

        def act() -> None:
            _this_thread.watch = self
            try:
                outcome.append((work(), None))
            except Exception as error:
                outcome.append((None, error))

        thread = threading.Thread(target=act, daemon=True)
        thread.start()
        while not outcome and thread.is_alive() and time.monotonic() - self._last_sign < SILENCE_SECONDS:
            look_at_responses()
            thread.join(0.05)
            self._look()
        self.given_up = not outcome
        value, error = outcome[0] if outcome else (None, TimeoutError())
        if error is not None:
            raise error
        return value

    def _look(self) -> None:
        """More of a file than ever before is a sign of life; the same part of it once more is none."""
        response = self._response
        if response is None or response.is_error:
            return
        begin = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
        arrived = response.num_bytes_downloaded + (int(begin[1]) if begin else 0)
        if arrived > self._part_bytes:
            self._part_bytes = arrived
            self._sign()

    def _sign(self) -> None:
        self._last_sign = time.monotonic()
        if self.on_progress and self.all_bytes:
            self.on_progress(min(self._whole_bytes + self._part_bytes, self.all_bytes), self.all_bytes)


def look_at_responses() -> None:
    """Put the hooks into huggingface-hub's HTTP client, which it replaces after some errors."""
    from huggingface_hub.utils import get_session

    client = get_session()
    hooks = client.event_hooks
    if _show not in hooks["response"]:
        client.event_hooks = {kind: [*hooks[kind], hook] for kind, hook in (("request", _stop), ("response", _show))}


def _stop(_request: Any) -> None:
    watch = getattr(_this_thread, "watch", None)
    if watch is not None and watch.given_up:
        raise GivenUp


def _show(response: Any) -> None:
    watch = getattr(_this_thread, "watch", None)
    if watch is not None:
        watch.last_status, watch._response = response.status_code, response
    _stop(response)
