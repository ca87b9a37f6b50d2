import sys

from dvd_gan.studio.device import on_device


def handler() -> str:
    return "drawn"


def test_zerogpu_lends_a_gpu_to_a_call_where_its_package_is_and_nothing_changes_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "spaces", None)
    assert on_device(handler) is handler
    (tmp_path / "spaces.py").write_text("def GPU(function):\n    return lambda: 'on a lent GPU: ' + function()\n")
    monkeypatch.delitem(sys.modules, "spaces")
    monkeypatch.syspath_prepend(tmp_path)
    assert on_device(handler)() == "on a lent GPU: drawn"
    del sys.modules["spaces"]
