"""DVDGANPipeline: class labels and seeds to clips, in diffusers' manner."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import Any, ClassVar

import diffusers
import numpy as np
import torch
from diffusers import DiffusionPipeline
from diffusers.utils import BaseOutput
from diffusers.utils.torch_utils import randn_tensor
from diffusers.video_processor import VideoProcessor
from PIL import Image
from torch import Tensor

from dvd_gan import hub, video
from dvd_gan.labels import class_ids
from dvd_gan.latents import check_truncation, draw_latents, pair_up
from dvd_gan.models.discriminators import SpatialDiscriminator, TemporalDiscriminator
from dvd_gan.models.frame_encoder import FrameEncoder
from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.models.tuning import TunedGenerator
from dvd_gan.parts import check_fit

MAX_FRAMES = 4800
OUTPUT_TYPES = ("np", "pt", "pil")


@dataclass
class DVDGANPipelineOutput(BaseOutput):
    """`frames`: (B, T, H, W, C) array or (B, T, C, H, W) tensor, float32 in [0, 1], or lists of pictures."""

    frames: np.ndarray | Tensor | list[list[Image.Image]]


class DVDGANPipeline(DiffusionPipeline):
    """One forward pass from classes and noise to clips.

    A (seed, class) gives the same clip alone, in any place of a batch, and on any call. The discriminators
    only judge clips; a checkpoint without them generates all the same.

    Clips are drawn by the generator's inference form, made at the first call and again if the weights change or move:
    equal to the plain form up to rounding, and in bf16 where measurement finds that worthwhile. `generator` itself
    stays the plain form, the reference.
    """

    _optional_components: ClassVar[list[str]] = [
        "spatial_discriminator",
        "temporal_discriminator",
        "frame_encoder",
    ]

    def __init__(
        self,
        generator: DVDGANGenerator,
        spatial_discriminator: SpatialDiscriminator | None = None,
        temporal_discriminator: TemporalDiscriminator | None = None,
        frame_encoder: FrameEncoder | None = None,
    ):
        super().__init__()
        self.register_modules(
            generator=generator,
            spatial_discriminator=spatial_discriminator,
            temporal_discriminator=temporal_discriminator,
            frame_encoder=frame_encoder,
        )
        self._tuned: tuple[tuple, TunedGenerator] | None = None

    @classmethod
    def from_pretrained(
        cls,
        checkpoint: str | Path,
        *,
        revision: str | None = None,
        token: str | None = None,
        cache_dir: str | Path | None = None,
        local_files_only: bool = False,
        **kwargs: Any,
    ) -> "DVDGANPipeline":
        """Load a bundled name, a local folder, or `owner/name[@revision]`; `kwargs` go on to diffusers.

        Raises what `hub.resolve` raises, and ValueError for weights that do not fit their config.
        """
        if not kwargs.pop("use_safetensors", True):
            raise ValueError("Weights are loaded from safetensors only; leave use_safetensors out.")
        folder = hub.resolve(
            checkpoint, revision=revision, token=token, cache_dir=cache_dir, local_files_only=local_files_only
        )
        check_fit(folder)
        kwargs.setdefault("low_cpu_mem_usage", False)
        return super().from_pretrained(str(folder), use_safetensors=True, local_files_only=True, **kwargs)

    @property
    def class_names(self) -> list[str]:
        """Names in id order; "class 0", "class 1", ... where the checkpoint has none."""
        return hub.class_names_or_numbers(self.generator.config.class_names, self.generator.config.num_classes)

    @property
    def num_given_frames(self) -> int:
        """How many frames this checkpoint continues; 0 for one that starts from nothing."""
        return 0 if self.frame_encoder is None else self.frame_encoder.config.num_frames

    @torch.no_grad()
    def __call__(
        self,
        class_labels: str | int | Sequence[str | int] | None = None,
        seeds: int | Sequence[int] | None = None,
        generator: torch.Generator | list[torch.Generator] | None = None,
        num_frames: int | None = None,
        truncation: float = 1.0,
        output_type: str = "np",
        latents: Tensor | None = None,
        frames: np.ndarray | Tensor | Sequence[Image.Image] | None = None,
        return_dict: bool = True,
    ) -> DVDGANPipelineOutput | tuple:
        """Generate clips, one for each label and seed; one label serves many seeds, and one seed many labels.

        A checkpoint with a frame encoder continues `frames` instead: one clip, by as many futures as there are seeds.

        Args:
            class_labels: names (in any case and spacing) or ids; may be left out where there is one class, and with
                `frames`: then the class is the one that the checkpoint reads in them, if it reads any.
            seeds: whole numbers from 0 to 2**63 - 1; without them noise is `generator`'s or torch's own.
            generator: in the place of seeds, one for all clips or one a clip.
            num_frames: 1 to 4800; None gives the length of training.
            truncation: above 0, at most 1; scales the noise. Smaller is more typical and less varied.
            output_type: "np" (B, T, H, W, C) or "pt" (B, T, C, H, W), float in [0, 1], or "pil" lists.
            latents: (B, Z) noise to use as it is, in the place of seeds.
            frames: one clip to continue by its last `num_given_frames`: (T, H, W, 3) uint8 or float in [0, 1], a
                (T, 3, H, W) tensor in [0, 1], or pictures, of any size: the middle square is resized to fit.
            return_dict: False gives a plain tuple.

        Raises ValueError, with one sentence on what to do, for anything else.
        """
        if output_type not in OUTPUT_TYPES:
            raise ValueError(f"output_type is one of {', '.join(map(repr, OUTPUT_TYPES))}, not {output_type!r}.")
        num_frames = self._check_num_frames(num_frames)
        given_1FCHW = self._check_frames(frames)
        embeddings_BE, states = self._conditions(class_labels, given_1FCHW)
        noise_BZ = self._draw_noise(len(embeddings_BE), seeds, generator, latents, truncation)
        embeddings_BE, noise_BZ = pair_up(embeddings_BE, noise_BZ)
        clips_BTCHW = self._generate(noise_BZ, embeddings_BE, num_frames, states)
        frames = VideoProcessor(vae_scale_factor=1, do_resize=False).postprocess_video(
            clips_BTCHW.transpose(1, 2), output_type
        )
        return DVDGANPipelineOutput(frames=frames) if return_dict else (frames,)

    @torch.no_grad()
    def classes_in(self, frames: np.ndarray | Tensor | Sequence[Image.Image]) -> dict[str, float]:
        """How likely each class is by the last `num_given_frames` of `frames`, adding up to 1; empty for a checkpoint
        that reads no classes. Raises ValueError for frames that cannot be continued."""
        given_1FCHW = self._check_frames(frames).to(self._execution_device, self.generator.dtype)
        logits_1K = self.frame_encoder.read(self.generator, given_1FCHW).class_logits_BK
        return {} if logits_1K is None else dict(zip(self.class_names, logits_1K[0].softmax(0).tolist(), strict=True))

    def stream(
        self,
        class_label: str | int | None = None,
        seed: int = 0,
        truncation: float = 1.0,
        frames: np.ndarray | Tensor | Sequence[Image.Image] | None = None,
    ) -> Iterator[np.ndarray]:
        """Endless (H, W, 3) uint8 frames of one clip in constant memory, the same frames as a call gives.

        Raises ValueError at once for a bad label, seed, truncation or frames, or a checkpoint that cannot stream.
        """
        if self.generator.config.attention != "none":
            raise ValueError("This checkpoint attends over whole clips and cannot stream: call it with num_frames.")
        embeddings_BE, states = self._conditions(class_label, self._check_frames(frames))
        noise_BZ = draw_latents([seed], self.generator.config.latent_dim, truncation)
        frames_BCHW = self.inference_form().stream(self._to_model(noise_BZ), embeddings_BE, states)
        return (video.to_uint8(frame_BCHW)[0].cpu().numpy() for frame_BCHW in frames_BCHW)

    def _check_frames(self, frames: np.ndarray | Tensor | Sequence[Image.Image] | None) -> Tensor | None:
        """The frames to continue, (1, F, 3, H, W) in [-1, 1], or None for a checkpoint that starts from nothing."""
        if self.frame_encoder is None:
            if frames is not None:
                raise ValueError("This checkpoint has no frame encoder and cannot continue frames: leave them out.")
            return None
        if frames is None:
            raise ValueError(f"This checkpoint continues clips: give frames, at least {self.num_given_frames} of them.")
        return video.as_given(frames, self.num_given_frames, self.generator.config.resolution)

    @torch.no_grad()
    def _conditions(
        self, class_labels: str | int | Sequence[str | int] | None, given_1FCHW: Tensor | None
    ) -> tuple[Tensor, list[Tensor | None] | None]:
        """(B, E) embeddings of the labels, or without labels of what is read in the given frames; and the states of
        recurrent units that have seen these, one row each."""
        device = self._execution_device
        reading = None
        if given_1FCHW is not None:
            reading = self.frame_encoder.read(self.generator, given_1FCHW.to(device, self.generator.dtype))
            if class_labels is None:
                return reading.class_embeddings_BE, reading.states
        ids_B = torch.tensor(self._class_ids(class_labels), device=device)
        return self.generator.embed(ids_B), None if reading is None else reading.states

    def _generate(
        self, noise_BZ: Tensor, embeddings_BE: Tensor, num_frames: int, states: list[Tensor | None] | None
    ) -> Tensor:
        """(B, Z), (B, E) -> (B, T, C, H, W) float32 in [-1, 1]."""
        if states is not None:
            states = [None if state is None else state.expand(len(noise_BZ), -1, -1, -1) for state in states]
        return self.inference_form()(self._to_model(noise_BZ), embeddings_BE, num_frames, states)

    def _to_model(self, noise_BZ: Tensor) -> Tensor:
        return noise_BZ.to(self._execution_device, self.generator.dtype)

    def inference_form(self) -> TunedGenerator:
        """What draws the clips, in the dtype and on the threads that are fastest here; measured at the first call."""
        weights = [*self.generator.parameters(), *self.generator.buffers()]
        seen = (self.generator, *((weight.data_ptr(), weight._version) for weight in weights))
        if self._tuned is None or self._tuned[0] != seen:
            self._tuned = seen, TunedGenerator(self.generator)
        return self._tuned[1]

    def _class_ids(self, class_labels: str | int | Sequence[str | int] | None) -> list[int]:
        if class_labels is not None:
            return class_ids(class_labels, self.class_names)
        if len(self.class_names) > 1:
            raise ValueError(f"Give class_labels: this checkpoint knows {len(self.class_names)} classes.")
        return [0]

    def _draw_noise(
        self,
        num_clips: int,
        seeds: int | Sequence[int] | None,
        generator: torch.Generator | list[torch.Generator] | None,
        latents: Tensor | None,
        truncation: float,
    ) -> Tensor:
        latent_dim = self.generator.config.latent_dim
        if sum(source is not None for source in (seeds, generator, latents)) > 1:
            raise ValueError("Give seeds, generator or latents, only one of them.")
        if latents is not None:
            if latents.ndim != 2 or latents.shape[1] != latent_dim:
                raise ValueError(f"latents are (clips, {latent_dim}) here, not {tuple(latents.shape)}.")
            if truncation != 1:
                raise ValueError("truncation scales drawn noise only; scale the latents yourself.")
            return latents
        if seeds is not None:
            return draw_latents(list(seeds) if isinstance(seeds, Iterable) else [seeds], latent_dim, truncation)
        if isinstance(generator, list):
            num_clips = len(generator)
        noise_BZ = randn_tensor((num_clips, latent_dim), generator=generator, dtype=torch.float32)
        return noise_BZ * check_truncation(truncation)

    def _check_num_frames(self, num_frames: int | None) -> int:
        if num_frames is None:
            return self.generator.config.trained_frames
        if not isinstance(num_frames, Integral) or isinstance(num_frames, bool) or not 1 <= num_frames <= MAX_FRAMES:
            raise ValueError(f"num_frames is a whole number from 1 to {MAX_FRAMES}, not {num_frames!r}.")
        return int(num_frames)


diffusers.DVDGANPipeline = DVDGANPipeline  # where a plain DiffusionPipeline.from_pretrained looks it up
