"""Arithmetic between convolutions, fused by torch.compile where a process asks for it.

Training asks: each chain of small operations then becomes one pass over memory, forward and backward, after some
seconds of compilation for each shape. Everything else runs the same functions as written.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

MOST_SHAPES = 128
"""How many shapes of a function are compiled before torch gives up on it."""

_fusing = False


def fusable(function: Callable) -> Callable:
    """A function of tensors that is compiled, once for each shape, while arithmetic is fused."""
    compiled = None

    @functools.wraps(function)
    def call(*arguments):
        nonlocal compiled
        if not _fusing or torch.compiler.is_compiling():
            return function(*arguments)
        if compiled is None:
            torch._dynamo.config.recompile_limit = MOST_SHAPES
            compiled = torch.compile(function, dynamic=False)
        return compiled(*arguments)

    return call


def is_fusing() -> bool:
    """Whether fusable functions run compiled."""
    return _fusing


def fuse_arithmetic(on: bool = True) -> None:
    """From now on run fusable functions compiled, or as written."""
    global _fusing
    _fusing = on


@contextmanager
def fused_arithmetic(on: bool) -> Iterator[None]:
    """Run fusable functions compiled, or as written, inside."""
    before = _fusing
    fuse_arithmetic(on)
    try:
        yield
    finally:
        fuse_arithmetic(before)
