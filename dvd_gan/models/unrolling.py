"""The recurrent unit's steps with their gradient written out: a few fused passes over each step's maps, where autograd
takes several times as many.

Legend: B clips, T frames, C channels, H and W pixels. Feature maps are time-major, (T*B, C, H, W).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from dvd_gan.models.fusing import fusable


@fusable
def open_gates(from_input: Tensor, from_state: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    """Both shares of the gates, (B, 2C, H, W), and the state -> the gates, and the state it lets by."""
    gates = torch.sigmoid(from_input + from_state)
    return gates, gates[:, : h.shape[1]] * h


@fusable
def move_state(from_input: Tensor, from_state: Tensor, gates: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    """Both shares of the candidate, gates and state -> the candidate and the next state."""
    candidate = F.relu(from_input + from_state)
    return candidate, torch.lerp(candidate, h, gates[:, h.shape[1] :])


@fusable
def move_state_back(
    grad_new: Tensor, carried: Tensor, gates: Tensor, candidate: Tensor, h: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of the next state, two parts -> those of the update gate and candidate before their nonlinearities, and
    what reaches the old state directly."""
    grad, update = grad_new + carried, gates[:, h.shape[1] :]
    grad_update = grad * (h - candidate) * update * (1 - update)
    return grad_update, grad * (1 - update) * (candidate > 0), grad * update


@fusable
def open_gates_back(
    grad_passed: Tensor, grad_update: Tensor, gates: Tensor, h: Tensor, carried: Tensor
) -> tuple[Tensor, Tensor]:
    """Gradient of the state behind the reset gate -> that of both gates before the sigmoid, and the sum so far of what
    reaches the old state."""
    reset = gates[:, : h.shape[1]]
    return torch.cat([grad_passed * h * reset * (1 - reset), grad_update], dim=1), carried + grad_passed * reset


class UnrolledGRU(torch.autograd.Function):
    """All states of a `ConvGRU`, (T*B, C, H, W), from what its gates and candidate take from the input.

    `apply(from_input, gate_kernel, candidate_kernel, state, num_frames, num_clips)`: from_input (T*B or B, 3C, H, W),
    kernels (2C, C, 3, 3) and (C, C, 3, 3), all of one dtype; state (B, C, H, W), or None for zeros. The same as the
    loop in conv_gru.
    """

    @staticmethod
    def forward(ctx, from_input, gate_kernel, candidate_kernel, state, num_frames, num_clips):
        channels, steps, kept = candidate_kernel.shape[0], from_input.split(num_clips), []
        nothing = from_input.new_zeros(())
        h = torch.zeros_like(steps[0][:, :channels]) if state is None else state
        for t in range(num_frames):
            gates_in, candidate_in = steps[t % len(steps)].split([2 * channels, channels], dim=1)
            at_rest = state is None and t == 0
            gates, passed = open_gates(gates_in, nothing if at_rest else _convolve(h, gate_kernel), h)
            from_state = nothing if at_rest else _convolve(passed, candidate_kernel)
            candidate, new = move_state(candidate_in, from_state, gates, h)
            kept += [h, gates, passed, candidate]
            h = new
        ctx.save_for_backward(gate_kernel, candidate_kernel, *kept)
        ctx.starts_at_rest, ctx.is_constant = state is None, len(steps) < num_frames
        return torch.cat([*kept[4::4], h])

    @staticmethod
    def backward(ctx, grad_states):
        gate_kernel, candidate_kernel, *kept = ctx.saved_tensors
        num_clips, channels = len(kept[0]), kept[0].shape[1]
        grad_kernels = [torch.zeros_like(kernel, dtype=torch.float32) for kernel in (gate_kernel, candidate_kernel)]
        shape = len(grad_states), 3 * channels, *grad_states.shape[2:]
        like = dict(dtype=grad_states.dtype, device=grad_states.device, memory_format=torch.channels_last)
        grad_input = torch.empty(shape, **like)
        carried = torch.zeros_like(kept[0])
        for t in reversed(range(len(grad_states) // num_clips)):
            h, gates, passed, candidate = kept[4 * t : 4 * t + 4]
            place = slice(t * num_clips, (t + 1) * num_clips)
            grad_update, grad_candidate, carried = move_state_back(grad_states[place], carried, gates, candidate, h)
            at_rest = ctx.starts_at_rest and t == 0
            grad_passed = carried.new_zeros(())
            if not at_rest:
                grad_passed = _convolve_back(grad_candidate, passed, candidate_kernel, grad_kernels[1])
            grad_gates, carried = open_gates_back(grad_passed, grad_update, gates, h, carried)
            if not at_rest:
                carried += _convolve_back(grad_gates, h, gate_kernel, grad_kernels[0])
            grad_input[place, : 2 * channels] = grad_gates
            grad_input[place, 2 * channels :] = grad_candidate
        if ctx.is_constant:
            grad_input = grad_input.unflatten(0, (-1, num_clips)).sum(0)
        grad_kernels = (grad.to(kernel.dtype) for grad, kernel in zip(grad_kernels, ctx.saved_tensors, strict=False))
        return grad_input, *grad_kernels, None if ctx.starts_at_rest else carried, None, None


def _convolve(x: Tensor, kernel: Tensor) -> Tensor:
    return F.conv2d(x, kernel, padding=1)


def _convolve_back(grad: Tensor, x: Tensor, kernel: Tensor, grad_kernel: Tensor) -> Tensor:
    """Gradient of the input of `_convolve`; that of its kernel is added to `grad_kernel`."""
    steps = [1, 1], [1, 1], [1, 1], False, [0, 0], 1
    grad_x, share, _ = torch.ops.aten.convolution_backward(grad, x, kernel, None, *steps, [True, True, False])
    grad_kernel += share
    return grad_x
