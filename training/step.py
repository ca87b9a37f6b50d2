"""One training step: the critics' phase, then the generator's.

Clips drawn for the critics move the generator's running BN statistics too, also without gradients. Nothing reads
those: whatever is sampled gets standing statistics of its own (training.ema.ready_to_sample).

Processes that share a step give the losses that one process would give: random numbers are drawn for the clips of all
(training.draws), batch statistics and pairs of clips reach over all, and gradients are averaged in one all-reduce an
optimizer step. DistributedDataParallel does not fit: it wants one forward a backward, through the wrapper, and here
`embed`, `features` and `head` are called by name and frozen critics take part.

Legend: B clips of this process, T frames, C channels, H and W pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from accelerate import Accelerator
from torch import Tensor

from dvd_gan.models.discriminators import SpatialDiscriminator, TemporalDiscriminator
from dvd_gan.models.frame_encoder import FrameEncoder
from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.video import draw_frame_ids, from_uint8, pick_frames
from training.augment import augment
from training.config import TrainConfig
from training.drawing import ALL, draw_clips
from training.draws import Draws
from training.losses import (
    diversity_shortfall,
    future_error,
    futures_shortfall,
    hinge_discriminator,
    hinge_generator,
)
from training.posterior import ClipEncoder


@dataclass
class Players:
    """The networks and their two optimizers; the encoders learn with the generator."""

    generator: DVDGANGenerator
    spatial: SpatialDiscriminator
    temporal: TemporalDiscriminator
    generator_optimizer: torch.optim.Optimizer
    discriminator_optimizer: torch.optim.Optimizer
    clip_encoder: ClipEncoder | None = None
    frame_encoder: FrameEncoder | None = None

    def critics(self) -> dict[str, torch.nn.Module]:
        """The discriminators by the names they have in logs."""
        return {"spatial": self.spatial, "temporal": self.temporal}

    def drawing(self) -> list[torch.nn.Module]:
        """The networks that draw clips and are averaged and released: the generator, and the frame encoder if any."""
        return [self.generator] if self.frame_encoder is None else [self.generator, self.frame_encoder]

    def freeze_discriminators(self, frozen: bool) -> None:
        """Frozen critics pass gradients on but collect none, and their spectral-norm vectors rest."""
        for critic in self.critics().values():
            critic.requires_grad_(not frozen).train(not frozen)


def train_step(
    players: Players,
    batches: Iterator[dict[str, Tensor]],
    config: TrainConfig,
    accelerator: Accelerator,
    rng: torch.Generator,
    pretraining: bool = False,
) -> dict[str, Tensor]:
    """Take all critic steps and the generator step; returns scalar measurements, detached.

    Args:
        batches: micro-batches {"frames": (B, T, H, W, C) uint8, "label": (B,) int64}.
        rng: CPU generator of this step, seeded alike in every process; every random number comes from it.
        pretraining: leave the critics out and only redraw real clips.

    Raises FloatingPointError at the first non-finite loss or gradient, before any optimizer moves.
    """
    draws = Draws(rng, accelerator.process_index, accelerator.num_processes)
    for network in players.drawing():
        network.train()
    stats: dict[str, Tensor] = {}
    if pretraining:
        _redrawing_phase(players, batches, config, accelerator, draws, stats)
        return stats
    for i in range(config.discriminator_steps):
        keep = config.reuse_fakes and i == config.discriminator_steps - 1
        real, drawn = _discriminator_phase(players, batches, config, accelerator, draws, keep, stats)
    if any(parameter.requires_grad for network in players.drawing() for parameter in network.parameters()):
        _generator_phase(players, config, accelerator, draws, real, drawn, stats)
    return stats


def _redrawing_phase(players, batches, config, accelerator, draws, stats):
    for _ in range(_num_micro_batches(config, accelerator)):
        real, real_ids = _to_device(next(batches), config, accelerator)
        with accelerator.autocast():
            drawn = draw_clips(players, real, real_ids, config, draws, stats, redrawn=ALL)
        accelerator.backward(drawn.own_loss / _num_micro_batches(config, accelerator))
    _apply_gradients(players.generator_optimizer, "generator", accelerator, stats)


def _discriminator_phase(players, batches, config, accelerator, draws, keep_graph, stats):
    players.freeze_discriminators(False)
    for _ in range(_num_micro_batches(config, accelerator)):
        real, real_ids = _to_device(next(batches), config, accelerator)
        with torch.set_grad_enabled(keep_graph), accelerator.autocast():
            drawn = draw_clips(players, real, real_ids, config, draws, stats)
        both_ids = torch.cat([real_ids, drawn.class_ids_B])
        wrong_ids = _other_classes(real_ids, players.generator.config.num_classes, draws)
        with accelerator.autocast():
            features = _features(players, [real, drawn.video_BTCHW.detach()], config, draws)
        loss = 0.0
        for name, critic in players.critics().items():
            real_scores, fake_scores = critic.head(features[name], both_ids).sum(1).chunk(2)
            wrong_scores = None
            if config.mismatch_weight > 0:
                wrong_scores = critic.head(features[name][: len(real_ids)], wrong_ids).sum(1)
                stats.update({f"{name}_mislabelled": wrong_scores.mean()})
            critic_loss = hinge_discriminator(real_scores, fake_scores, wrong_scores, config.mismatch_weight)
            stats.update({f"{name}_loss": critic_loss})
            stats.update({f"{name}_real": real_scores.mean(), f"{name}_fake": fake_scores.mean()})
            loss = loss + critic_loss
        accelerator.backward(loss / _num_micro_batches(config, accelerator))
    _apply_gradients(players.discriminator_optimizer, "discriminator", accelerator, stats)
    return (real, real_ids), drawn if keep_graph else None


def _generator_phase(players, config, accelerator, draws, real, drawn, stats):
    players.freeze_discriminators(True)
    for _ in range(_num_micro_batches(config, accelerator)):
        with accelerator.autocast():
            if not config.reuse_fakes:
                drawn = draw_clips(players, *real, config, draws, stats)
            features = _features(players, [drawn.video_BTCHW], config, draws)
        critics = players.critics().items()
        scores = [critic.head(features[name], drawn.class_ids_B).sum(1) for name, critic in critics]
        loss = sum(hinge_generator(scores_B) for scores_B in scores)
        stats.update(generator_loss=loss)
        if config.diversity_weight > 0:
            if config.conditioning_frames:
                shortfall = futures_shortfall(
                    drawn.video_BTCHW, real[0], config.conditioning_frames, accelerator.process_index
                )
            else:
                shortfall = diversity_shortfall(drawn.video_BTCHW, drawn.class_ids_B, *real)
            loss = loss + config.diversity_weight * shortfall
            stats.update(diversity_shortfall=shortfall)
        if config.future_weight > 0:
            error = future_error(drawn.video_BTCHW, real[0], config.conditioning_frames)
            loss = loss + config.future_weight * error
            stats.update(future_error=error)
        accelerator.backward((loss + drawn.own_loss) / _num_micro_batches(config, accelerator))
    _apply_gradients(players.generator_optimizer, "generator", accelerator, stats)


def _to_device(batch, config, accelerator):
    """Clips and classes; all clips are of class 0 for a model that has none."""
    has_classes = config.conditioning_frames == 0 or config.class_weight > 0
    labels = batch["label"] if has_classes else torch.zeros_like(batch["label"])
    return from_uint8(batch["frames"].to(accelerator.device)), labels.to(accelerator.device)


def _features(players, videos, config, draws):
    """What the critics' heads see of augmented clips, of which the spatial critic gets a few frames each, none of
    them given ones. Each of `videos` holds one clip a place of the batch."""
    num_given = config.conditioning_frames
    num_drawn = config.num_frames - num_given

    def draw_ids(rows, generator):
        return num_given + draw_frame_ids(rows, num_drawn, config.spatial_frames, generator)

    video_BTCHW = torch.cat([augment(video, config.translation, config.mirror, draws) for video in videos])
    frame_ids = torch.cat([draws.rows(draw_ids, len(video)) for video in videos]).to(video_BTCHW.device)
    return {
        "spatial": players.spatial.features(pick_frames(video_BTCHW, frame_ids)),
        "temporal": players.temporal.features(video_BTCHW),
    }


def _other_classes(class_ids_B, num_classes, draws):
    """A random class for each clip that is not its own; its own where there is only one."""
    shift = draws.integers(1, max(num_classes, 2), len(class_ids_B)).squeeze(1).to(class_ids_B.device)
    return (class_ids_B + shift) % num_classes


def _num_micro_batches(config: TrainConfig, accelerator: Accelerator) -> int:
    share = config.batch_videos // accelerator.num_processes
    return share // config.clips_at_once(accelerator.num_processes)


def _apply_gradients(optimizer, name, accelerator, stats):
    """Average gradients and measurements over processes, stop on the first non-finite number, then step."""
    gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    measurements = torch.stack([value.detach().float() for value in stats.values()])
    if accelerator.num_processes > 1:
        _average_over_processes([*gradients, measurements], accelerator)
    stats.update(zip(stats, measurements, strict=True))
    stats[f"{name}_gradient_norm"] = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
    bad = sorted(key for key, value in stats.items() if not torch.isfinite(value))
    if bad:
        raise FloatingPointError(f"non-finite {', '.join(bad)}: the {name} was not updated")
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def _average_over_processes(tensors, accelerator):
    """In place, in one message. A number that is not finite in one process is so in all: they stop together."""
    flat = accelerator.reduce(torch.cat([tensor.flatten() for tensor in tensors]), reduction="mean")
    for tensor, averaged in zip(tensors, flat.split([tensor.numel() for tensor in tensors]), strict=True):
        tensor.copy_(averaged.view_as(tensor))
