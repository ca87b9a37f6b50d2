"""Residual blocks of the generator and of the discriminators (paper v2, figure of appendix A).

Legend: N frames, C channels, H and W pixels, B clips, T frames of a clip, Z condition size.
A 1x1 convolution commutes with bilinear upsampling and with average pooling, so the skip paths convolve at the smaller
of the two resolutions: same result, a quarter of the work.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dvd_gan.models.fusing import fusable
from dvd_gan.models.normalization import ConditionalBatchNorm, SNConv


def upsample_bilinear(x_NCHW: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, 2H, 2W)."""
    return F.interpolate(x_NCHW, scale_factor=2, mode="bilinear", align_corners=False)


@fusable
def average_pool_2d(x_NCHW: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, H/2, W/2)."""
    return F.avg_pool2d(x_NCHW, 2)


@fusable
def average_pool_3d(x_BCTHW: Tensor) -> Tensor:
    """(B, C, T, H, W) -> (B, C, T//2, H/2, W/2): pairs of frames, then space, which CPUs do faster than avg_pool3d."""
    num_pairs = x_BCTHW.shape[2] // 2
    x_BTCHW = x_BCTHW.transpose(1, 2)
    x_BTCHW = 0.5 * (x_BTCHW[:, 0 : 2 * num_pairs : 2] + x_BTCHW[:, 1 : 2 * num_pairs : 2])
    return F.avg_pool2d(x_BTCHW.flatten(0, 1), 2).unflatten(0, (-1, num_pairs)).transpose(1, 2)


class GeneratorBlock(nn.Module):
    """ccBN-ReLU-(x2)-conv-ccBN-ReLU-conv beside a skip, summed; frames are independent of one another.

    The skip is a 1x1 convolution where width or resolution changes, else the input itself (BigGAN).
    """

    def __init__(
        self, in_channels: int, out_channels: int, condition_dim: int, num_steps: int, upsample: bool, norm_sn: bool
    ):
        super().__init__()
        self.upsample = upsample
        self.norm1 = ConditionalBatchNorm(in_channels, condition_dim, num_steps, norm_sn)
        self.conv1 = SNConv(in_channels, out_channels, 3)
        self.norm2 = ConditionalBatchNorm(out_channels, condition_dim, num_steps, norm_sn)
        self.conv2 = SNConv(out_channels, out_channels, 3)
        needs_skip = upsample or in_channels != out_channels
        self.skip = SNConv(in_channels, out_channels, 1) if needs_skip else nn.Identity()

    def forward(self, x_NCHW: Tensor, condition_BZ: Tensor, first_frame: int = 0) -> Tensor:
        """(T*B, C, H, W) time-major -> (T*B, C', H', W'); H' is 2H when upsampling."""
        skip = self.skip(x_NCHW)
        h = self.norm1(x_NCHW, condition_BZ, first_frame)
        if self.upsample:
            h, skip = upsample_bilinear(h), upsample_bilinear(skip)
        h = self.conv1(h)
        h = self.norm2(h, condition_BZ, first_frame)
        return skip + self.conv2(h)


class DiscriminatorBlock(nn.Module):
    """(ReLU)-conv-ReLU-conv-(pool) beside a 1x1 skip, summed; no normalisation but the spectral norm of the kernels.

    Args:
        in_channels, out_channels: widths.
        num_dims: 2 for (N, C, H, W); 3 for (B, C, T, H, W), where pooling halves time as well.
        downsample: whether to pool by 2.
        first: the first block sees pixels, so it has no leading ReLU (BigGAN).
    """

    def __init__(
        self, in_channels: int, out_channels: int, num_dims: int = 2, downsample: bool = True, first: bool = False
    ):
        super().__init__()
        self.first, self.downsample = first, downsample
        self.conv1 = SNConv(in_channels, out_channels, 3, num_dims)
        self.conv2 = SNConv(out_channels, out_channels, 3, num_dims)
        self.skip = SNConv(in_channels, out_channels, 1, num_dims)
        self.pool = average_pool_3d if num_dims == 3 else average_pool_2d

    def forward(self, x: Tensor) -> Tensor:
        h = self.conv1(x if self.first else F.relu(x))
        h = self.conv2(F.relu(h))
        if self.downsample:
            h, x = self.pool(h), self.pool(x)
        return h + self.skip(x)


class LeakyTanh(torch.autograd.Function):
    """tanh whose slope is never taken as less than a tenth on the way back.

    A patch that has burnt in, black or white, would otherwise get no gradient and stay for good.
    """

    MIN_SLOPE = 0.1

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        y = torch.tanh(x)
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        (y,) = ctx.saved_tensors
        return gradient * (1 - y.square()).clamp_min(LeakyTanh.MIN_SLOPE)
