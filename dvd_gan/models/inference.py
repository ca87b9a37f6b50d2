"""The generator in the form that draws clips fastest: made once from trained weights, equal to the plain form.

What the plain form computes anew in every call is computed here once: spectral norm is divided into the kernels,
conditional BN becomes one scale, shift and bound a (clip, time step, channel), and the first recurrent unit's input,
which never changes, is convolved at the start of a clip. Frames then go through all stages a few at a time, so that
feature maps stay in the processor's cache and memory does not grow with the length.

Legend: B clips, T frames, C channels, H and W pixels, Z condition size. Feature maps are time-major and channels last.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dvd_gan.models.compositing import composite, kept_share
from dvd_gan.models.folded_stages import FoldedGRU, FoldedStage, channels_last
from dvd_gan.models.folding import FoldedConv, FoldedNorm, fold_linear
from dvd_gan.models.generator import STEM_RESOLUTION, DVDGANGenerator
from dvd_gan.watching import frames_drawn

CACHED_BYTES = 4 * 2**20
"""What the largest feature map of the frames in flight may take on a CPU: a few times its second-level cache, measured
to be best for one clip and for several together."""
GPU_FRAMES = 48


@dataclass
class RunningClip:
    """Clips under way: everything the next frames need, of a size that does not depend on how many came before."""

    tables: list[tuple[Tensor, Tensor, Tensor]]
    """Scale, shift and bound of every norm, in the order of use, for the trained time steps."""
    first_input: tuple[Tensor, Tensor]
    """What the first recurrent unit takes from its constant input."""
    states: list[Tensor | None]
    """(B, C, H, W) of each stage's recurrent unit."""
    kept: tuple[Tensor, Tensor] | None
    """The last given frame, of which parts are kept, and what the mask reads in it, float32; None where none is."""
    frames_drawn: int = 0

    def num_bytes(self) -> int:
        """Memory of all tensors."""
        tensors = [
            *self.first_input,
            *self.states,
            *(self.kept or ()),
            *(part for table in self.tables for part in table),
        ]
        return sum(tensor.nbytes for tensor in tensors if tensor is not None)


class InferenceGenerator:
    """Draws the clips of a `DVDGANGenerator` in eval mode, several times as fast; no gradients, no training mode.

    Args:
        generator: trained weights; later changes of them do not reach this copy.
        dtype: torch.float32, equal to the plain form up to rounding, or torch.bfloat16, a grey level or so off.
    """

    def __init__(self, generator: DVDGANGenerator, dtype: torch.dtype = torch.float32):
        self.config, self.dtype, self.device = generator.config, dtype, generator.device
        self.num_states = generator.num_states
        with torch.no_grad():
            frozen = copy.deepcopy(generator).float().eval()
            self.stem = fold_linear(frozen.stem)
            sides = [STEM_RESOLUTION * 2**i for i in range(len(frozen.stages) + 1)]
            self.stages = [FoldedStage(stage, dtype, side) for stage, side in zip(frozen.stages, sides, strict=False)]
            self.output_norm = FoldedNorm(frozen.output_norm, dtype, sides[-1])
            self.mask = frozen.mask
            kernel, bias = frozen.output_conv.normalized_weight(), frozen.output_conv.bias
            if frozen.mask is not None:
                kernel = torch.cat([kernel, frozen.mask.conv.weight])
                bias = torch.cat([bias, frozen.mask.conv.bias])
            self.output_conv = FoldedConv(kernel, bias, dtype, sides[-1])
            blocks = [block for stage in self.stages for block in (stage.block, stage.up_block)]
            self.norms = [norm for block in blocks for norm in (block.norm1, block.norm2)] + [self.output_norm]
            self.conditioning = torch.cat([norm.conditioning for norm in self.norms])

    @property
    def frames_at_once(self) -> int:
        """How many frames of a clip go through the stages together; the result does not depend on it."""
        if self.device.type != "cpu":
            return GPU_FRAMES
        upsampled = max(stage.up_block.norm2.side**2 * stage.up_block.norm1.channels for stage in self.stages)
        return max(1, CACHED_BYTES // (upsampled * self.dtype.itemsize))

    @torch.inference_mode()
    def begin(
        self, latents_BZ: Tensor, class_embeddings_BE: Tensor, initial_states: list[Tensor | None] | None = None
    ) -> RunningClip:
        """Clips before their first frame; arguments as in `DVDGANGenerator.forward`."""
        condition_BZ = torch.cat([latents_BZ, class_embeddings_BE], dim=1).float()
        affine = _row_by_row(condition_BZ, self.conditioning).split([2 * norm.channels for norm in self.norms], dim=1)
        tables = [norm.tabulate(part) for norm, part in zip(self.norms, affine, strict=True)]
        stem = _row_by_row(condition_BZ, self.stem.weight, self.stem.bias)
        stem = stem.unflatten(1, (STEM_RESOLUTION, STEM_RESOLUTION, -1)).movedim(-1, 1)
        first_input = self.stages[0].gru.convolve_input(channels_last(stem.to(self.dtype)))
        given = initial_states or [None] * self.num_states
        firsts = zip(self.stages, given[: len(self.stages)], strict=True)
        states = [self._first_state(stage.gru, h, len(stem)) for stage, h in firsts]
        return RunningClip(tables, first_input, states, self._keep(given[-1]) if self.config.compositing else None)

    def _keep(self, given_BCHW: Tensor | None) -> tuple[Tensor, Tensor] | None:
        if given_BCHW is None:
            return None
        given_BCHW = given_BCHW.to(self.device, torch.float32)
        return given_BCHW, torch.cat([self.mask.reader(one) for one in given_BCHW.split(1)])

    def _first_state(self, gru: FoldedGRU | None, given: Tensor | None, num_clips: int) -> Tensor | None:
        if gru is None:
            return None
        if given is None:
            given = torch.zeros(num_clips, gru.channels, gru.side, gru.side, device=self.device)
        return channels_last(given.to(self.device, self.dtype))

    @torch.inference_mode()
    def advance(self, clip: RunningClip, num_frames: int) -> Tensor:
        """The next frames, (B, T, 3, H, W) float32 in [-1, 1]; the clip moves on by as many."""
        num_clips = len(clip.first_input[0])
        norms = zip(self.norms, clip.tables, strict=True)
        rows = (norm.rows(table, clip.frames_drawn, num_frames) for norm, table in norms)
        x = None
        for i, stage in enumerate(self.stages):
            if stage.gru is not None:
                from_input = clip.first_input if i == 0 else stage.gru.convolve_input(x)
                x, clip.states[i] = stage.gru.unroll(from_input, num_frames, clip.states[i])
            x = stage(x, rows, num_clips)
        x = self.output_conv(self.output_norm(x, next(rows)))
        clip.frames_drawn += num_frames
        frames = torch.tanh(x[:, :3].float())
        if clip.kept is not None:
            given_BCHW, from_given_B1HW = clip.kept
            frames = composite(kept_share(x[:, 3:].float(), from_given_B1HW), frames, given_BCHW)
        return frames.unflatten(0, (num_frames, num_clips)).transpose(0, 1)

    @torch.inference_mode()
    def __call__(
        self,
        latents_BZ: Tensor,
        class_embeddings_BE: Tensor,
        num_frames: int,
        initial_states: list[Tensor | None] | None = None,
    ) -> Tensor:
        """`DVDGANGenerator.forward` -> (B, T, 3, H, W) float32 in [-1, 1]. On a CPU each clip is the same to the bit
        whatever its neighbours; those that attend over all their frames are drawn one by one for that.
        Tells `dvd_gan.watching` of every few frames."""
        attends = self.config.attention != "none"
        if attends and self.device.type == "cpu" and len(latents_BZ) > 1:
            given = initial_states or [None] * self.num_states
            alone = (
                self(z[None], e[None], num_frames, [None if h is None else h[b : b + 1] for h in given])
                for b, (z, e) in enumerate(zip(latents_BZ, class_embeddings_BE, strict=True))
            )
            return torch.cat(list(alone))
        clip = self.begin(latents_BZ, class_embeddings_BE, initial_states)
        at_once = num_frames if attends else max(1, self.frames_at_once // len(latents_BZ))
        video_BTCHW = torch.empty(
            len(latents_BZ), num_frames, 3, self.config.resolution, self.config.resolution, device=self.device
        )
        for first in range(0, num_frames, at_once):
            part = video_BTCHW[:, first : first + at_once]
            part.copy_(self.advance(clip, part.shape[1]))
            frames_drawn(part.shape[0] * part.shape[1])
        return video_BTCHW

    def stream(
        self, latents_BZ: Tensor, class_embeddings_BE: Tensor, initial_states: list[Tensor | None] | None = None
    ) -> Iterator[Tensor]:
        """Endless frames, (B, 3, H, W) float32 in [-1, 1] each, in constant memory.

        Raises ValueError at its first frame for the v1 layout, whose frames depend on later ones.
        """
        if self.config.attention != "none":
            raise ValueError("This checkpoint attends over whole clips and cannot stream: call it with num_frames.")
        clip = self.begin(latents_BZ, class_embeddings_BE, initial_states)
        while True:
            yield self.advance(clip, 1)[:, 0]


def _row_by_row(x_BZ: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """A linear layer that gives each clip the same bits whatever its neighbours: matrix products sum in another order
    for another number of rows."""
    return torch.cat([F.linear(row, weight, bias) for row in x_BZ.split(1)])
