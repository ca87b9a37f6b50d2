"""ZeroGPU: on such a Space a GPU is lent for the length of one call, through the `spaces` package."""

from collections.abc import Callable
from typing import TypeVar

Handler = TypeVar("Handler", bound=Callable)


def on_device(handler: Handler) -> Handler:
    """The handler as ZeroGPU wants it where `spaces` is installed, and as it is everywhere else."""
    try:
        import spaces
    except ImportError:
        return handler
    return spaces.GPU(handler)
