"""Layers with everything constant folded in: the parts of the inference form.

Legend: B clips, T frames, N = T*B frames (time-major), C channels, H and W pixels, Z condition size. Feature maps are
channels last: memory runs over channels first, then along a row of pixels.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dvd_gan.models.normalization import LIMIT, ConditionalBatchNorm, SNConv, SNLinear

SAME_SIZE = {torch.float32: torch.int32, torch.bfloat16: torch.int16}
"""Read as integers, floats at or above 0 keep their order and negative ones stay below 0: cutting off at 0 and at a
bound is then one pass, which for bf16 takes a tenth of the two over the numbers themselves."""

Row = tuple[Tensor, Tensor, Tensor]
"""Scale and shift, (T or 1, B, 1, W*C), and bound at or above 0, (1, B, 1, W*C), of the frames at hand."""


def fold_linear(layer: SNLinear | nn.Linear) -> nn.Linear:
    """The same linear layer, its matrix divided by its spectral norm where it has one."""
    weight = layer.normalized_weight() if isinstance(layer, SNLinear) else layer.weight
    folded = nn.Linear(weight.shape[1], weight.shape[0], bias=layer.bias is not None, device=weight.device)
    folded.weight.copy_(weight)
    if layer.bias is not None:
        folded.bias.copy_(layer.bias)
    return folded.requires_grad_(False)


class FoldedConv:
    """A stride-1 'same' convolution, plus another map, plus a ReLU: one call, one pass over memory on a CPU.

    On CPUs with oneDNN the kernel is brought into that library's own layout here, once; otherwise it would be at every
    call, which for the small maps of the recurrent units takes longer than the convolution.
    """

    def __init__(self, weight: Tensor, bias: Tensor | None, dtype: torch.dtype, side: int):
        self.padding = weight.shape[-1] // 2
        self.weight = weight.to(dtype).contiguous(memory_format=torch.channels_last)
        self.bias = None if bias is None else bias.to(dtype)
        self.packed = None
        if weight.device.type == "cpu" and can_pack(dtype):
            steps = [self.padding] * 2, [1, 1], [1, 1], 1
            self.packed = torch._C._nn.mkldnn_reorder_conv2d_weight(
                self.weight.to_mkldnn(), *steps, [1, weight.shape[1], side, side]
            )
            self.steps = steps

    @classmethod
    def of(cls, conv: SNConv, dtype: torch.dtype, side: int) -> "FoldedConv":
        """From a spectrally normalised 2-D convolution over maps of `side` by `side` pixels."""
        return cls(conv.normalized_weight(), conv.bias, dtype, side)

    def __call__(self, x_NCHW: Tensor, plus: Tensor | None = None, relu: bool = False) -> Tensor:
        """(N, C, H, W) -> (N, C', H, W); `plus` is added to it, then the ReLU is taken if asked for."""
        if self.packed is None:
            y = F.conv2d(x_NCHW, self.weight, self.bias, padding=self.padding)
            y = y if plus is None else y.add_(plus)
            return y.relu_() if relu else y
        convolve = torch.ops.mkldnn._convolution_pointwise
        after = "relu" if relu else "none"
        if plus is None:
            return convolve(x_NCHW, self.packed, self.bias, *self.steps, after, [], "")
        then = after if relu else None
        return convolve.binary(x_NCHW, plus, self.packed, self.bias, *self.steps, "add", None, then, [], None)


def can_pack(dtype: torch.dtype) -> bool:
    """Whether this build of torch has oneDNN's convolution with packed kernels, and this processor the dtype."""
    has_operator = hasattr(torch.ops.mkldnn, "_convolution_pointwise")
    has_layout = hasattr(torch._C._nn, "mkldnn_reorder_conv2d_weight")
    if not (torch.backends.mkldnn.is_available() and has_operator and has_layout):
        return False
    return dtype == torch.float32 or (dtype == torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported())


class FoldedNorm:
    """`ConditionalBatchNorm` in eval mode: relu(min(x * scale + shift, bound)), all three tabulated once a clip.

    Tables run along a whole row of pixels, so that even few channels fill the processor's vectors.
    """

    def __init__(self, norm: ConditionalBatchNorm, dtype: torch.dtype, side: int):
        self.dtype, self.side = dtype, side
        self.mean_TC = norm.running_mean.clone()
        self.inv_std_TC = torch.rsqrt(norm.running_var + norm.EPS)
        self.num_steps, self.channels = norm.running_mean.shape
        self.conditioning = torch.cat([fold_linear(norm.gain).weight, fold_linear(norm.bias).weight])

    def tabulate(self, gain_and_bias_B2C: Tensor) -> Row:
        """(B, 2C), the condition times `conditioning` -> scale and shift of every trained time step, and bound."""
        gain_BC, bias_BC = gain_and_bias_B2C.chunk(2, dim=1)
        gain_BC = 1 + gain_BC
        scale_TBC = self.inv_std_TC[:, None] * gain_BC
        shift_TBC = bias_BC - self.mean_TC[:, None] * scale_TBC
        bound_TBC = (LIMIT * gain_BC.abs() + bias_BC).relu()[None]
        return tuple(part.to(self.dtype).tile(self.side)[:, :, None] for part in (scale_TBC, shift_TBC, bound_TBC))

    def rows(self, table: Row, first_frame: int, num_frames: int) -> Row:
        """The part of the table for some frames; beyond the trained length the last time step's holds."""
        scale, shift, bound = table
        if first_frame >= self.num_steps - 1:
            return scale[-1:], shift[-1:], bound
        steps = torch.arange(first_frame, first_frame + num_frames, device=scale.device)
        steps = steps.clamp_max(self.num_steps - 1)
        return scale[steps], shift[steps], bound

    def __call__(self, x_NCHW: Tensor, row: Row) -> Tensor:
        """(N, C, H, W) channels last -> the same."""
        scale, shift, bound = row
        x_NHWC = x_NCHW.permute(0, 2, 3, 1)
        x_TBHR = x_NHWC.view(-1, scale.shape[1], self.side, self.side * self.channels)
        y_TBHR = torch.addcmul(shift, x_TBHR, scale)
        bits, bound = y_TBHR.view(SAME_SIZE[y_TBHR.dtype]), bound.view(SAME_SIZE[bound.dtype])
        torch.clamp(bits, torch.zeros_like(bound), bound, out=bits)
        return y_TBHR.view(x_NHWC.shape).permute(0, 3, 1, 2)
