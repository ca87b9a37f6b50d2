"""Spectral normalisation and class-conditional batch normalisation with statistics per time step.

Legend: B clips, T frames, C channels, H and W pixels, Z condition size. Feature maps are time-major, (T*B, C, H, W):
all clips' frame 0 first, then all frame 1s, so that one time step is one contiguous slice.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dvd_gan.models.fusing import fusable
from dvd_gan.models.processes import num_processes, pool_statistics

LIMIT = 6.0
"""Standard deviations beyond which a normalised activation is cut off."""

_buffers_rest = False


@contextmanager
def resting_buffers() -> Iterator[None]:
    """While activations are computed a second time (activation checkpointing), singular vectors and running
    statistics rest: the second pass then repeats the first one exactly."""
    global _buffers_rest
    _buffers_rest = True
    try:
        yield
    finally:
        _buffers_rest = False


class SpectralWeight(nn.Module):
    """A weight divided by (an estimate of) its largest singular value; the base of every normalised layer.

    One power iteration runs per call of `normalized_weight` in training mode, none in eval mode, so that sampling
    never changes the state (Miyato et al. 2018; paper section 3: on all weight layers). The vectors are buffers and
    are saved with the weights.
    """

    EPS = 1e-6

    def _add_weight(self, *shape: int) -> None:
        weight = nn.init.orthogonal_(torch.empty(*shape))
        matrix = weight.flatten(1)
        u = F.normalize(torch.randn(matrix.shape[0]), dim=0)
        u, v = self._sharpened(matrix, u, F.normalize(matrix.T @ u, dim=0), 1)
        self.weight = nn.Parameter(weight)  # last: a loader that saves memory leaves nothing in it to compute with
        self.register_buffer("sn_u", u)
        self.register_buffer("sn_v", v)

    @torch.no_grad()
    def iterate_power(self, num_iterations: int) -> None:
        """Sharpen the singular vectors of the current weight, in place."""
        u, v = self._sharpened(self.weight.detach().flatten(1), self.sn_u, self.sn_v, num_iterations)
        self.sn_u.copy_(u)
        self.sn_v.copy_(v)

    def _sharpened(self, matrix: Tensor, u: Tensor, v: Tensor, num_iterations: int) -> tuple[Tensor, Tensor]:
        for _ in range(num_iterations):
            u = F.normalize(torch.mv(matrix, v), dim=0, eps=self.EPS)
            v = F.normalize(torch.mv(matrix.T, u), dim=0, eps=self.EPS)
        return u, v

    def singular_value(self) -> Tensor:
        """The current estimate of the largest singular value, a scalar; differentiable in the weight."""
        return torch.dot(self.sn_u.clone(), torch.mv(self.weight.flatten(1), self.sn_v.clone()))

    def normalized_weight(self) -> Tensor:
        """The weight with spectral norm 1, float32, in the layer's own shape."""
        with torch.autocast(self.weight.device.type, enabled=False):
            if self.training and not _buffers_rest:
                self.iterate_power(1)
            return self.weight / self.singular_value().clamp_min(self.EPS)


class SNConv(SpectralWeight):
    """2-D or 3-D convolution with 'same' padding, stride 1 and a spectrally normalised kernel.

    Args:
        in_channels, out_channels: widths.
        kernel_size: odd side of the cubic or square kernel.
        num_dims: 2 for (N, C, H, W) input, 3 for (N, C, T, H, W).
        bias: whether to add an offset (zero at first).
    """

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, num_dims: int = 2, bias: bool = True):
        super().__init__()
        self._add_weight(out_channels, in_channels, *[kernel_size] * num_dims)
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        self.padding = kernel_size // 2
        self.convolve = F.conv3d if num_dims == 3 else F.conv2d

    def forward(self, x: Tensor) -> Tensor:
        if self.convolve is F.conv3d and x.shape[2] == 2 and x.device.type == "cpu":
            # In bf16 the CPU's gradient of a kernel over two time steps is memory never written (torch 2.13, oneDNN).
            with torch.autocast("cpu", enabled=False):
                return F.conv3d(x.to(self.weight.dtype), self.normalized_weight(), self.bias, padding=self.padding)
        return self.convolve(x, self.normalized_weight(), self.bias, padding=self.padding)


class SNLinear(SpectralWeight):
    """Linear layer with a spectrally normalised matrix: (..., in_features) -> (..., out_features)."""

    def __init__(self, in_features: int, out_features: int, bias: bool = True):
        super().__init__()
        self._add_weight(out_features, in_features)
        self.bias = nn.Parameter(torch.zeros(out_features)) if bias else None

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.normalized_weight(), self.bias)


class SNEmbedding(SpectralWeight):
    """Embedding table with spectral norm 1: (B,) int64 -> (B, embedding_dim)."""

    def __init__(self, num_embeddings: int, embedding_dim: int):
        super().__init__()
        self._add_weight(num_embeddings, embedding_dim)

    def forward(self, ids_B: Tensor) -> Tensor:
        return F.embedding(ids_B, self.normalized_weight())


def scale_shift_relu(x_NHWC: Tensor, mean_TC: Tensor, inv_std_TC: Tensor, gain_BC: Tensor, bias_BC: Tensor) -> Tensor:
    """relu(min(n, LIMIT) * gain_b + bias_b), n = (x - mean_t) * inv_std_t: one scale, shift and bound a (t, b, c).

    The bound holds back channels that are silent for nearly all latents and fire for a few: their standard deviation
    is tiny, so those few would stand out a hundredfold and burn black or white patches into the picture.
    """
    scale_TBC = inv_std_TC[:, None] * gain_BC
    shift_TBC = bias_BC - mean_TC[:, None] * scale_TBC
    bound_TBC = (LIMIT * gain_BC.abs() + bias_BC).expand_as(scale_TBC)
    scale, shift, bound = (part.flatten(0, 1)[:, None, None] for part in (scale_TBC, shift_TBC, bound_TBC))
    return F.relu(torch.minimum(torch.addcmul(shift, x_NHWC.float(), scale), bound)).to(x_NHWC.dtype)


def batch_statistics(x_NHWC: Tensor, num_frames: int) -> tuple[Tensor, Tensor]:
    """Mean and biased variance per time step and channel of one process's batch, (T, C) float32 each."""
    frames_TNC = x_NHWC.reshape(num_frames, -1, x_NHWC.shape[-1])
    var_TC, mean_TC = torch.var_mean(frames_TNC.float(), dim=1, correction=0)
    return mean_TC, var_TC


def normalize_with_batch_statistics(
    x_NHWC: Tensor, gain_BC: Tensor, bias_BC: Tensor, num_frames: int, eps: float
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalise by this batch's statistics per time step; also returns mean and biased variance, (T, C) float32."""
    mean_TC, var_TC = batch_statistics(x_NHWC, num_frames)
    y = scale_shift_relu(x_NHWC, mean_TC, torch.rsqrt(var_TC + eps), gain_BC, bias_BC)
    return y, mean_TC.detach(), var_TC.detach()


class ConditionalBatchNorm(nn.Module):
    """Batch normalisation per time step; gain and bias are linear in the condition [z; e(y)]; then a ReLU.

    Mean and variance are reduced over (B, H, W) for every (time step, channel), never over time (paper section 3.2),
    so running statistics are (T, C). In training, B counts the clips of all processes. Steps beyond the trained length
    use the last step's. The ReLU belongs here because every normalisation of the generator is followed by one.

    Args:
        num_features: C.
        condition_dim: Z.
        num_steps: T, the trained length.
        spectral_norm: True normalises the gain and bias layers as BigGAN does. False leaves them free and starts them
            at zero, so that at first this equals plain batch normalisation (small recipes).
    """

    EPS = 1e-4
    MOMENTUM = 0.1
    normalize = staticmethod(fusable(normalize_with_batch_statistics))
    measure, scale = staticmethod(fusable(batch_statistics)), staticmethod(fusable(scale_shift_relu))

    def __init__(self, num_features: int, condition_dim: int, num_steps: int, spectral_norm: bool):
        super().__init__()
        if spectral_norm:
            self.gain = SNLinear(condition_dim, num_features, bias=False)
            self.bias = SNLinear(condition_dim, num_features, bias=False)
        else:
            self.gain = nn.Linear(condition_dim, num_features, bias=False)
            self.bias = nn.Linear(condition_dim, num_features, bias=False)
            nn.init.zeros_(self.gain.weight)
            nn.init.zeros_(self.bias.weight)
        self.register_buffer("running_mean", torch.zeros(num_steps, num_features))
        self.register_buffer("running_var", torch.ones(num_steps, num_features))
        self.register_buffer("num_standing_batches", torch.zeros((), dtype=torch.int64))
        self.standing = False

    def start_standing_statistics(self) -> None:
        """Forget the running statistics; until `end_standing_statistics`, every forward adds to their plain mean."""
        self.standing = True
        self.num_standing_batches.zero_()

    def end_standing_statistics(self) -> None:
        """Use the statistics gathered since `start_standing_statistics`."""
        self.standing = False

    def forward(self, x_NCHW: Tensor, condition_BZ: Tensor, first_frame: int = 0) -> Tensor:
        """(T*B, C, H, W) time-major, (B, Z) -> the same shape and dtype, at least 0.

        `first_frame` is the time step of the first frame given, for generation in chunks.
        """
        num_frames = x_NCHW.shape[0] // condition_BZ.shape[0]
        gain_BC, bias_BC = 1 + self.gain(condition_BZ).float(), self.bias(condition_BZ).float()
        x_NHWC = x_NCHW.movedim(1, -1)
        if self.training and num_processes() > 1:
            mean_TC, var_TC = pool_statistics(*self.measure(x_NHWC, num_frames))
            y = self.scale(x_NHWC, mean_TC, torch.rsqrt(var_TC + self.EPS), gain_BC, bias_BC)
            self._accumulate(mean_TC.detach(), var_TC.detach(), x_NCHW)
        elif self.training or self.standing:
            y, mean_TC, var_TC = self.normalize(x_NHWC, gain_BC, bias_BC, num_frames, self.EPS)
            self._accumulate(mean_TC, var_TC, x_NCHW)
        else:
            steps_T = torch.arange(first_frame, first_frame + num_frames, device=x_NCHW.device)
            steps_T = steps_T.clamp_max(self.running_mean.shape[0] - 1)
            inv_std_TC = torch.rsqrt(self.running_var[steps_T] + self.EPS)
            y = scale_shift_relu(x_NHWC, self.running_mean[steps_T], inv_std_TC, gain_BC, bias_BC)
        return y.movedim(-1, 1)

    @torch.no_grad()
    def _accumulate(self, mean_TC: Tensor, var_TC: Tensor, x_NCHW: Tensor) -> None:
        if _buffers_rest:
            return
        num_steps = mean_TC.shape[0]
        if num_steps > self.running_mean.shape[0]:
            raise ValueError(
                f"{num_steps} frames exceed the {self.running_mean.shape[0]} that trained_frames declares."
            )
        count = x_NCHW.numel() // (num_steps * x_NCHW.shape[1])
        if self.training:
            count *= num_processes()
        unbiased_var_TC = var_TC * (count / max(count - 1, 1))
        weight = self.MOMENTUM
        if self.standing:
            self.num_standing_batches += 1
            weight = 1.0 / int(self.num_standing_batches)
        self.running_mean[:num_steps].lerp_(mean_TC, weight)
        self.running_var[:num_steps].lerp_(unbiased_var_TC, weight)
