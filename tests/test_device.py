import functools
import sys

import pytest

from dvd_gan.studio import layout, long_work, session
from dvd_gan.studio.device import on_device


def handler() -> str:
    return "drawn"


@pytest.fixture
def zerogpu(tmp_path, monkeypatch):
    """The `spaces` package as a ZeroGPU Space has it; what it is given is marked as lent."""
    lines = [
        "import functools",
        "def GPU(function):",
        "    @functools.wraps(function)",
        "    def lent(*inputs): return f'on a lent GPU: {function(*inputs)}'",
        "    lent.is_lent = True",
        "    return lent",
    ]
    (tmp_path / "spaces.py").write_text("\n".join(lines))
    monkeypatch.delitem(sys.modules, "spaces", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    sys.modules.pop("spaces", None)


def unwrapped(function):
    """A function and all that it wraps."""
    while function is not None:
        yield function
        function = function.func if isinstance(function, functools.partial) else getattr(function, "__wrapped__", None)


def test_nothing_changes_where_there_is_no_zerogpu(monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", None)
    assert on_device(handler) is handler


def test_zerogpu_lends_a_gpu_to_a_call(zerogpu):
    assert on_device(handler)() == "on a lent GPU: drawn"


def test_nothing_is_drawn_before_visitors_come_where_gpus_are_lent_to_them(zerogpu, monkeypatch):
    begun = []

    def begin(where: str) -> list[str]:
        long_work.before_visitors(lambda: begun.append(where))
        long_work._device.submit(lambda: None).result()
        return begun

    assert begin("on ZeroGPU") == []
    with monkeypatch.context() as without:
        without.setitem(sys.modules, "spaces", None)
        assert begin("elsewhere") == ["elsewhere"]


def test_every_action_that_waits_for_the_device_is_lent_a_gpu(zerogpu, tiny_release):
    page = layout.build(session.Checkpoints(str(tiny_release)))
    waiting = [fn for fn in page.fns.values() if fn.concurrency_id in ("device", "live")]
    assert len(waiting) > 10
    without = [fn.name for fn in waiting if not any(hasattr(part, "is_lent") for part in unwrapped(fn.fn))]
    assert not without
