"""One run's settings: a frozen dataclass, checked, saved as run.json, changed only by `--set key=value`."""

import dataclasses
import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True)
class TrainConfig:
    """Every setting of a training run. The clock is videos seen: clips shown to the critics for each generator step."""

    name: str
    """Recipe name; the default run folder is runs/<name>."""
    preset: str
    """Generator size, a key of dvd_gan.models.presets.PRESETS."""
    model: dict[str, Any] = field(default_factory=dict)
    """Generator constructor arguments that differ from the preset's."""
    data: str
    """Folder written by training.data.prepare."""
    training_data: str
    """One sentence for the model card: what the weights have seen, and on whose terms."""
    num_frames: int
    """Frames of a training clip."""
    frame_stride: int
    """Every how many stored frames one is taken."""
    conditioning_frames: int = 0
    """Frames at the beginning of a training clip that are given, for a model that continues clips (DVD-GAN-FP); the
    generator draws the rest. Such a model has no classes (paper section 4) but for a class_weight above 0."""
    class_weight: float = 0.0
    """Weight of the cross-entropy of the class that the frame encoder reads in given frames; above 0 such a model has
    classes, and the generator is told what was read. Not in the paper."""
    batch_videos: int
    """Clips a step, over all processes."""
    micro_batch_videos: int
    """At most so many clips at once in one process; gradients are accumulated over the rest of its share."""
    total_videos: int
    """When to stop."""
    spatial_frames: int = 8
    """Frames of a clip the spatial critic draws (the paper's k)."""
    discriminator_steps: int = 2
    """Critic steps a generator step."""
    generator_lr: float = 1e-4
    discriminator_lr: float = 5e-4
    adam_beta2: float = 0.999
    """Adam's second decay; the first is 0."""
    ema_halflife_videos: float = 3_550_000
    """Half-life of the averaged generator; the paper's 0.9999 a step at 512 clips a step is 3.55 million clips."""
    reuse_fakes: bool = False
    """The generator step scores the clips of the last critic step again instead of drawing new ones."""
    hold_copied_videos: int = 0
    """After a warm start the generator's copied layers hold still for so many clips: until its new layers, and the
    critics, know them. Otherwise a fresh last stage wrecks the ones before it within a hundred steps."""
    motion_gain: float = 0.0
    """What the temporal critic's further view of frame differences is multiplied by; 0, as in the paper, for none."""
    translation: float = 0.0
    """Largest shift the critics' clips get, as a fraction of the side; small data sets only."""
    mirror: bool = False
    """Whether the critics' clips are mirrored half of the time; small data sets only."""
    mismatch_weight: float = 0.0
    """Weight, in the critics' loss, of real clips under a wrong label as clips to reject; not in the paper."""
    diversity_weight: float = 0.0
    """Weight of the generator's penalty for clips of a class that differ less than real ones do, or with
    conditioning_frames for two futures of one start that do; not in the paper."""
    future_weight: float = 0.0
    """Weight of how far two futures of a start lie from the real one, later on only the nearer of them, for a model
    with conditioning_frames; not in the paper (training/losses.py)."""
    keep_weight: float = 0.0
    """Weight of how much a generator with `compositing` keeps of what changes in the real clip; not in the paper
    (training/losses.py)."""
    reconstruction_weight: float = 0.0
    """Weight of the mean absolute error of clips redrawn from what an encoder reads in real ones; 0 trains no encoder.
    Half of the drawn clips are such; not in the paper (training/posterior.py)."""
    divergence_weight: float = 0.1
    """Weight of what the encoder's noise tells of a clip, per nat; matters only beside a reconstruction_weight."""
    pretrain_videos: int = 0
    """For so many clips at first the critics rest and all clips are redrawn ones."""
    pretrain_lr: float = 1e-3
    """The generator's learning rate until then."""
    mixed_precision: str = "bf16"
    """"no" or "bf16"."""
    compile: bool = False
    """Compile the generator's normalisation, where most of a CPU step's memory traffic is; costs a minute or two."""
    checkpoint_activations: bool = False
    """Keep only the inputs of residual blocks and recurrent units for the backward pass and compute the rest again: a
    third more time for a fraction of the memory; for 128 and 256 px."""
    data_workers: int = 0
    """Processes that decode clips ahead, for each training process; 0 decodes in the training process itself."""
    log_every_videos: int
    sample_every_videos: int
    save_every_videos: int
    seed: int = 0

    def __post_init__(self):
        for name in ("batch_videos", "micro_batch_videos", "num_frames", "frame_stride", "total_videos"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}.")
        for name in ("log_every_videos", "sample_every_videos", "save_every_videos"):
            if getattr(self, name) < 1 or getattr(self, name) % self.batch_videos:
                raise ValueError(f"{name} must be a multiple of batch_videos ({self.batch_videos}).")
        if self.batch_videos % self.micro_batch_videos:
            raise ValueError("batch_videos must be a multiple of micro_batch_videos.")
        if self.discriminator_steps < 1:
            raise ValueError("discriminator_steps must be at least 1.")
        if self.reuse_fakes and self.micro_batch_videos != self.batch_videos:
            raise ValueError("reuse_fakes keeps one whole batch in memory: it needs micro_batch_videos = batch_videos.")
        if not 0 <= self.conditioning_frames < self.num_frames:
            raise ValueError("conditioning_frames must be at least 0 and fewer than num_frames.")
        if self.conditioning_frames and self.mismatch_weight > 0 and self.class_weight == 0:
            raise ValueError(
                "mismatch_weight needs classes, and a model with conditioning_frames has them only with a class_weight "
                "above 0: set mismatch_weight to 0."
            )
        if self.class_weight > 0 and not self.conditioning_frames:
            raise ValueError("class_weight needs conditioning_frames: without given frames no class is read in them.")
        if self.future_weight > 0 and not self.conditioning_frames:
            raise ValueError("future_weight needs conditioning_frames: without given frames a clip has no one future.")
        if self.keep_weight > 0 and not self.model.get("compositing"):
            raise ValueError("keep_weight needs model.compositing: nothing is kept of given frames without it.")
        if self.draws_two_futures and self.micro_batch_videos % 2:
            raise ValueError(
                "diversity_weight and future_weight compare two futures of each start: set micro_batch_videos to an "
                "even number."
            )
        if self.pretrain_videos > 0 and self.reconstruction_weight <= 0:
            raise ValueError("pretrain_videos needs a reconstruction_weight above 0: without one nothing is learnt.")
        if self.mixed_precision not in ("no", "bf16"):
            raise ValueError(f"mixed_precision must be 'no' or 'bf16', not {self.mixed_precision!r}.")

    @property
    def draws_two_futures(self) -> bool:
        """Whether drawn clips come in pairs that continue the same given frames."""
        return self.conditioning_frames > 0 and (self.diversity_weight > 0 or self.future_weight > 0)

    def clips_at_once(self, num_processes: int) -> int:
        """Clips of one micro-batch in one process; raises ValueError if the batch cannot be shared out evenly."""
        share, rest = divmod(self.batch_videos, num_processes)
        at_once = min(self.micro_batch_videos, share)
        if rest or share % at_once:
            raise ValueError(
                f"{num_processes} processes cannot share batches of {self.batch_videos} in micro-batches of {at_once}: "
                "set batch_videos or micro_batch_videos so that they divide."
            )
        return at_once

    def draws_before(self, videos_seen: int) -> int:
        """Clips that the data have given when the clock stands at `videos_seen`: pretraining takes one batch a step,
        training one a critic step."""
        pretraining_steps = -(-self.pretrain_videos // self.batch_videos)
        pretrained = min(videos_seen, pretraining_steps * self.batch_videos)
        return pretrained + (videos_seen - pretrained) * self.discriminator_steps

    def replace(self, **changes: Any) -> "TrainConfig":
        """A copy with some settings changed; unknown ones raise ValueError naming the known."""
        known = {f.name for f in fields(self)}
        unknown = sorted(changes.keys() - known)
        if unknown:
            raise ValueError(f"unknown settings {unknown}; known: {', '.join(sorted(known))}")
        return dataclasses.replace(self, **changes)

    def with_assignments(self, assignments: list[str]) -> "TrainConfig":
        """Apply "key=value" strings; values are JSON, or plain text. `model.key=value` reaches into `model`."""
        changes: dict[str, Any] = {}
        for assignment in assignments:
            key, separator, text = assignment.partition("=")
            if not separator:
                raise ValueError(f"--set takes key=value, got {assignment!r}.")
            try:
                value = json.loads(text)
            except json.JSONDecodeError:
                value = text
            if key.startswith("model."):
                changes.setdefault("model", dict(self.model))[key.removeprefix("model.")] = value
            else:
                changes[key] = value
        return self.replace(**changes)

    def save(self, path: Path) -> None:
        """Write as JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self), indent=2) + "\n")

    @classmethod
    def load(cls, path: Path) -> "TrainConfig":
        """Read what `save` wrote; unknown keys raise ValueError."""
        raw = json.loads(path.read_text())
        unknown = sorted(raw.keys() - {f.name for f in fields(cls)})
        if unknown:
            raise ValueError(f"{path}: unknown settings {unknown}.")
        return cls(**raw)
