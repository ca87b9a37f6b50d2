"""The convolutional GRU that carries a clip through time.

Legend: B clips, T frames, C channels, H and W pixels. Feature maps are time-major, (T*B, C, H, W).
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dvd_gan.models.fusing import is_fusing
from dvd_gan.models.normalization import SpectralWeight
from dvd_gan.models.unrolling import UnrolledGRU


class GateKernel(SpectralWeight):
    """One gate's 3x3 kernel over [state; input], normalised whole.

    Normalising the two halves apart would let the recurrence have twice the gain: states then grow with time.
    """

    def __init__(self, channels: int):
        super().__init__()
        self._add_weight(channels, 2 * channels, 3, 3)
        self.bias = nn.Parameter(torch.zeros(channels))

    def halves(self) -> tuple[Tensor, Tensor]:
        """Kernels for the state and for the input, each (C, C, 3, 3)."""
        return self.normalized_weight().chunk(2, dim=1)


class ConvGRU(nn.Module):
    """r, u = sigmoid(W * [h; x]); c = relu(W_c * [r h; x]); h' = u h + (1 - u) c  (paper appendix A.2).

    The candidate's ReLU and the update gate on the old state are the paper's. The input halves of all gates are
    convolved for all time steps at once; only the state halves are convolved step by step.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.channels = channels
        self.reset, self.update, self.candidate = GateKernel(channels), GateKernel(channels), GateKernel(channels)

    def forward(
        self, inputs_NCHW: Tensor, num_frames: int, num_clips: int, state_BCHW: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Unroll over time.

        Args:
            inputs_NCHW: (T*B, C, H, W) time-major, or (B, C, H, W): the same input at every step.
            num_frames: T.
            num_clips: B.
            state_BCHW: the state before the first step; zeros when None.

        Returns:
            All new states, (T*B, C, H, W) time-major, and the last one, (B, C, H, W).
        """
        (h_r, x_r), (h_u, x_u), (h_c, x_c) = self.reset.halves(), self.update.halves(), self.candidate.halves()
        bias = torch.cat([self.reset.bias, self.update.bias, self.candidate.bias])
        from_input = F.conv2d(inputs_NCHW, torch.cat([x_r, x_u, x_c]), bias, padding=1)
        gate_kernel, candidate_kernel = torch.cat([h_r, h_u]).to(from_input.dtype), h_c.to(from_input.dtype)
        if state_BCHW is not None:
            state_BCHW = state_BCHW.to(from_input.dtype)
        if is_fusing() and torch.is_grad_enabled():
            states = UnrolledGRU.apply(from_input, gate_kernel, candidate_kernel, state_BCHW, num_frames, num_clips)
            return states, states[-num_clips:]
        steps = from_input.split(num_clips)
        if len(steps) == 1:
            steps = steps * num_frames

        h, states = state_BCHW, []
        for step in steps:
            gates_from_input, candidate_from_input = step.split([2 * self.channels, self.channels], dim=1)
            if h is None:
                update = torch.sigmoid(gates_from_input[:, self.channels :])
                h = (1 - update) * F.relu(candidate_from_input)
            else:
                gates = torch.sigmoid(gates_from_input + F.conv2d(h, gate_kernel, padding=1))
                reset, update = gates.chunk(2, dim=1)
                candidate = F.relu(candidate_from_input + F.conv2d(reset * h, candidate_kernel, padding=1))
                h = torch.lerp(candidate, h, update)
            states.append(h)
        return torch.cat(states), h
