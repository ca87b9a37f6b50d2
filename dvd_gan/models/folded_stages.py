"""The generator's recurrent units, blocks and stages with everything constant folded in.

Legend: B clips, T frames, N = T*B frames (time-major), C channels, H and W pixels. Feature maps are channels last.
"""

import copy
from collections.abc import Iterator

import torch
from torch import Tensor, nn

from dvd_gan.models.blocks import GeneratorBlock, upsample_bilinear
from dvd_gan.models.conv_gru import ConvGRU
from dvd_gan.models.folding import FoldedConv, FoldedNorm, Row, fold_linear
from dvd_gan.models.generator import Stage
from dvd_gan.models.normalization import SNLinear
from dvd_gan.models.packed_unroll import unroll_packed


class FoldedGRU:
    """`ConvGRU` with folded kernels; what comes from the input is convolved for all steps at once, or only once."""

    def __init__(self, gru: ConvGRU, dtype: torch.dtype, side: int):
        (h_r, x_r), (h_u, x_u), (h_c, x_c) = gru.reset.halves(), gru.update.halves(), gru.candidate.halves()
        gate_bias = torch.cat([gru.reset.bias, gru.update.bias])
        self.channels, self.side = gru.channels, side
        self.input_to_gates = FoldedConv(torch.cat([x_r, x_u]), gate_bias, dtype, side)
        self.input_to_candidate = FoldedConv(x_c, gru.candidate.bias, dtype, side)
        self.state_to_gates = FoldedConv(torch.cat([h_r, h_u]), None, dtype, side)
        self.state_to_candidate = FoldedConv(h_c, None, dtype, side)

    def convolve_input(self, x_NCHW: Tensor) -> tuple[Tensor, Tensor]:
        """The input's share of the gates, (N, 2C, H, W), and of the candidate, (N, C, H, W)."""
        return self.input_to_gates(x_NCHW), self.input_to_candidate(x_NCHW)

    def unroll(self, from_input: tuple[Tensor, Tensor], num_frames: int, h: Tensor) -> tuple[Tensor, Tensor]:
        """All new states, (T*B, C, H, W), and the last; an input of one step is the input of every step."""
        if self.state_to_gates.packed is not None:
            kernels = self.state_to_gates.packed, self.state_to_candidate.packed
            return unroll_packed()(*from_input, h, *kernels, num_frames)
        gates_from_input, candidates_from_input = (part.split(len(h)) for part in from_input)
        states = []
        for t in range(num_frames):
            t_in = t if len(gates_from_input) > 1 else 0
            gates = self.state_to_gates(h, plus=gates_from_input[t_in]).sigmoid_()
            reset, update = gates.chunk(2, dim=1)
            candidate = self.state_to_candidate(reset * h, plus=candidates_from_input[t_in], relu=True)
            h = torch.lerp(candidate, h, update)
            states.append(h)
        return torch.cat(states), h


class FoldedBlock:
    """`GeneratorBlock` with folded kernels and norms."""

    def __init__(self, block: GeneratorBlock, dtype: torch.dtype, side: int):
        self.upsample = block.upsample
        out_side = 2 * side if block.upsample else side
        self.norm1, self.norm2 = FoldedNorm(block.norm1, dtype, side), FoldedNorm(block.norm2, dtype, out_side)
        self.conv1, self.conv2 = (FoldedConv.of(conv, dtype, out_side) for conv in (block.conv1, block.conv2))
        self.skip = None if isinstance(block.skip, nn.Identity) else FoldedConv.of(block.skip, dtype, side)

    def __call__(self, x_NCHW: Tensor, rows: Iterator[Row]) -> Tensor:
        skip = x_NCHW if self.skip is None else self.skip(x_NCHW)
        h = self.norm1(x_NCHW, next(rows))
        if self.upsample:
            h, skip = _double(h), _double(skip)
        return self.conv2(self.norm2(self.conv1(h), next(rows)), plus=skip)


class FoldedStage:
    """`Stage` with folded parts."""

    def __init__(self, stage: Stage, dtype: torch.dtype, side: int):
        self.gru = None if stage.gru is None else FoldedGRU(stage.gru, dtype, side)
        self.full_attention = _fold_linears(stage.full_attention, dtype)
        self.block = FoldedBlock(stage.block, dtype, side)
        self.separable_attention = _fold_linears(stage.separable_attention, dtype)
        self.up_block = FoldedBlock(stage.up_block, dtype, side)

    def __call__(self, x_NCHW: Tensor, rows: Iterator[Row], num_clips: int) -> Tensor:
        """What follows the recurrent unit."""
        if self.full_attention is not None:
            x_NCHW = self.full_attention(x_NCHW, num_clips)
        x_NCHW = self.block(channels_last(x_NCHW), rows)
        if self.separable_attention is not None:
            x_NCHW = self.separable_attention(x_NCHW, num_clips)
        return self.up_block(channels_last(x_NCHW), rows)


def _double(x_NCHW: Tensor) -> Tensor:
    """Bilinear upsampling by way of float32: the same numbers, sooner, since torch rounds to bf16 pixel by pixel."""
    return upsample_bilinear(x_NCHW.float()).to(x_NCHW.dtype)


def channels_last(x_NCHW: Tensor) -> Tensor:
    """The same numbers, channels last in memory."""
    return x_NCHW.contiguous(memory_format=torch.channels_last)


def _fold_linears(attention: nn.Module | None, dtype: torch.dtype) -> nn.Module | None:
    """A copy of an attention module whose matrices are divided by their spectral norms."""
    if attention is None:
        return None
    attention = copy.deepcopy(attention)
    for module in list(attention.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, SNLinear):
                setattr(module, name, fold_linear(child).to(dtype))
    return attention
