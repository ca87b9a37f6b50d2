"""Sums over all training processes that gradients flow through; with one process they change nothing.

A loss here is the mean of the processes' own losses, and gradients are averaged after the backward pass, so each
process hands back the gradient of the sum of all losses: the average then is the gradient of their mean.
"""

import torch
import torch.distributed as dist
from torch import Tensor


def num_processes() -> int:
    """How many processes train together; 1 outside distributed training."""
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


class SumOverProcesses(torch.autograd.Function):
    """x -> the sum of all processes' x, in each of them; its own gradient is such a sum, too."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        total = x.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return SumOverProcesses.apply(gradient)


def join_rows(x_BN: Tensor) -> Tensor:
    """(B, ...) of each process -> (processes * B, ...) in each of them, in the order of ranks; differentiable."""
    if num_processes() == 1:
        return x_BN
    mine = x_BN.new_zeros(num_processes(), *x_BN.shape)
    mine[dist.get_rank()] = x_BN
    return SumOverProcesses.apply(mine).flatten(0, 1)


def pool_statistics(mean_TC: Tensor, var_TC: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and biased variance of each process's samples -> those of all samples; each process has equally many.

    Two small sums instead of one of squares: that one cancels where a mean is far from zero.
    """
    pooled_mean_TC = SumOverProcesses.apply(mean_TC) / num_processes()
    spread_TC = var_TC + (mean_TC - pooled_mean_TC).square()
    return pooled_mean_TC, SumOverProcesses.apply(spread_TC) / num_processes()
