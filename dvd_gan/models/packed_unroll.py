"""The steps of a folded recurrent unit as one call into TorchScript's interpreter.

Of the time that a step of small maps takes, Python's share is a seventh, and while one thread is in Python no other can
be. Legend: B clips, T frames, C channels, H and W pixels. Feature maps are time-major and channels last.
"""

import functools
import warnings
from collections.abc import Callable

import torch
from torch import Tensor


@functools.cache
def unroll_packed() -> Callable[..., tuple[Tensor, Tensor]]:
    """`unroll`, for TorchScript's interpreter; as it is where this Python or torch has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return torch.jit.script(unroll)
        except (AttributeError, RuntimeError):
            return unroll


def unroll(
    gates_in: Tensor, candidates_in: Tensor, h: Tensor, to_gates: Tensor, to_candidate: Tensor, num_frames: int
) -> tuple[Tensor, Tensor]:
    """All new states of a GRU with ReLU candidates, and the last.

    Args:
        gates_in: (T*B, 2C, H, W), or (B, 2C, H, W) for the same at every step: the input's share of both gates.
        candidates_in: the same with C channels.
        h: (B, C, H, W), the state before the first step.
        to_gates, to_candidate: 3x3 kernels from the state, packed by `FoldedConv`.
        num_frames: T.

    Returns:
        (T*B, C, H, W) and (B, C, H, W).
    """
    num_clips, channels = h.shape[0], h.shape[1]
    each_its_own = gates_in.shape[0] > num_clips
    states: list[Tensor] = []
    for t in range(num_frames):
        first = t * num_clips if each_its_own else 0
        share = gates_in.narrow(0, first, num_clips)
        gates = torch.ops.mkldnn._convolution_pointwise(
            h, share, to_gates, None, [1, 1], [1, 1], [1, 1], 1, "add", None, None, [], None
        ).sigmoid_()
        passed = gates.narrow(1, 0, channels) * h
        share = candidates_in.narrow(0, first, num_clips)
        candidate = torch.ops.mkldnn._convolution_pointwise(
            passed, share, to_candidate, None, [1, 1], [1, 1], [1, 1], 1, "add", None, "relu", [], None
        )
        h = torch.lerp(candidate, h, gates.narrow(1, channels, channels))
        states.append(h)
    return torch.cat(states), h
