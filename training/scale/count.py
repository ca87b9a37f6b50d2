"""What one training step costs, counted without running it: floating-point operations, and bytes kept for backward.

The networks are built and run on fake tensors, which have shapes and no content, so the paper's sizes are counted on
any machine. Convolutions and matrix products count, two operations a multiply-add; all else is small beside them.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils.flop_counter import FlopCounterMode

from dvd_gan.models.normalization import SpectralWeight
from dvd_gan.models.presets import make_discriminators, make_frame_encoder, make_generator
from training.checkpointing import RECOMPUTED, checkpoint_activations
from training.config import TrainConfig
from training.losses import hinge_discriminator, hinge_generator

BYTES_A_TRAINED_WEIGHT = 16  # float32: the weight, its gradient and Adam's two moments
BYTES_OF_ITS_AVERAGE = 4  # of what draws clips


@dataclass(frozen=True)
class StepCost:
    """Cost of one generator step and the critic steps before it.

    Attributes:
        weights: of all networks together.
        critic_weights: those of the two critics.
        flops_a_clip: operations for each clip of the batch.
        kept_bytes_a_clip: what autograd keeps for each clip at once in a process, at its largest.
        recomputing_bytes_a_clip: the same with `checkpoint_activations`: the inputs of blocks and recurrent units, and
            all that the largest of them keeps while it is computed again.
        recomputing_flops_a_clip: operations for each clip then.
        fixed_bytes: weights, gradients, optimizers' moments, averages, and the normalised weights of one forward pass.
    """

    weights: int
    critic_weights: int
    flops_a_clip: int
    kept_bytes_a_clip: int
    fixed_bytes: int
    recomputing_bytes_a_clip: int
    recomputing_flops_a_clip: int


def count_flops(config: TrainConfig, num_classes: int) -> int:
    """Operations for each clip of the batch. A model that continues clips takes `num_classes` for 1."""
    with FakeTensorMode():
        networks = _Networks(config, num_classes)
        return config.discriminator_steps * networks.critic_step(1).flops + networks.generator_step(1).flops


def count_step(config: TrainConfig, num_classes: int) -> StepCost:
    """Count the step that `config` describes, in bf16 autocast unless it says otherwise, kernels unfused, once with
    all activations kept and once with those inside blocks recomputed."""
    with FakeTensorMode():
        networks = _Networks(config.replace(checkpoint_activations=False), num_classes)
        (critics, more_critics), (generator, more_generator) = networks.both_steps()
        kept_a_clip = max(
            more_critics.kept_bytes - critics.kept_bytes, more_generator.kept_bytes - generator.kept_bytes
        )
        block_a_clip = max(
            more_critics.largest_block_bytes - critics.largest_block_bytes,
            more_generator.largest_block_bytes - generator.largest_block_bytes,
        )
        recomputing = _Networks(config.replace(checkpoint_activations=True), num_classes).both_steps()
        inputs_a_clip = max(more.kept_bytes - one.kept_bytes for one, more in recomputing)
    drawing = _num_weights([networks.generator, networks.encoder])
    critic = _num_weights([networks.spatial, networks.temporal])
    return StepCost(
        weights=drawing + critic,
        critic_weights=critic,
        flops_a_clip=config.discriminator_steps * critics.flops + generator.flops,
        kept_bytes_a_clip=kept_a_clip,
        fixed_bytes=BYTES_A_TRAINED_WEIGHT * (drawing + critic)
        + BYTES_OF_ITS_AVERAGE * drawing
        + max(0, generator.kept_bytes - kept_a_clip),
        recomputing_bytes_a_clip=inputs_a_clip + block_a_clip,
        recomputing_flops_a_clip=config.discriminator_steps * recomputing[0][0].flops + recomputing[1][0].flops,
    )


def _num_weights(networks: list[nn.Module | None]) -> int:
    return sum(p.numel() for network in networks if network is not None for p in network.parameters())


@dataclass
class _Count:
    flops: int = 0
    kept_bytes: int = 0
    largest_block_bytes: int = 0


class _Networks:
    """The players of `config`, and the arithmetic of training.step without what costs nothing."""

    def __init__(self, config: TrainConfig, num_classes: int):
        self.config = config
        self.num_given = config.conditioning_frames
        self.num_drawn = config.num_frames - self.num_given
        arguments = {"trained_frames": self.num_drawn, **config.model}
        self.generator = make_generator(
            config.preset,
            **arguments,
            num_classes=num_classes if config.class_weight or not self.num_given else 1,
            class_names=None,
        )
        self.spatial, self.temporal = make_discriminators(self.generator)
        self.encoder = make_frame_encoder(self.generator, self.num_given) if self.num_given else None
        for network in self._all():
            for module in network.modules():
                module.train(not isinstance(module, SpectralWeight))  # power iterations cost nothing, but time here
        if config.checkpoint_activations:
            for network in (self.generator, self.spatial, self.temporal):
                checkpoint_activations(network)

    def both_steps(self) -> tuple[tuple["_Count", "_Count"], tuple["_Count", "_Count"]]:
        """A critic step and a generator step, each with one clip and with two."""
        return (self.critic_step(1), self.critic_step(2)), (self.generator_step(1), self.generator_step(2))

    def critic_step(self, num_clips: int) -> _Count:
        """Clips drawn without gradients; both critics on real and drawn ones; backward."""
        self._freeze_critics(False)
        with self._counting() as count:
            real, ids = self._real(num_clips)
            with torch.no_grad():
                fake = self._draw(real, ids)
            features = self._features(torch.cat([real, fake]))
            scores = self._scores(features, torch.cat([ids, ids]))
            sum(hinge_discriminator(*score.chunk(2)) for score in scores).backward()
        return count

    def generator_step(self, num_clips: int) -> _Count:
        """Clips drawn, the resting critics on them, backward through all to the generator."""
        self._freeze_critics(True)
        with self._counting() as count:
            real, ids = self._real(num_clips)
            scores = self._scores(self._features(self._draw(real, ids)), ids)
            sum(map(hinge_generator, scores)).backward()
        return count

    def _freeze_critics(self, frozen: bool) -> None:
        for critic in self._critics().values():
            critic.requires_grad_(not frozen)

    def _real(self, num_clips: int) -> tuple[Tensor, Tensor]:
        side = self.generator.config.resolution
        return torch.zeros(num_clips, self.config.num_frames, 3, side, side), torch.zeros(num_clips, dtype=torch.int64)

    def _draw(self, real: Tensor, ids: Tensor) -> Tensor:
        given = real[:, : self.num_given]
        states = self.encoder(given) if self.encoder is not None else None
        noise = torch.zeros(len(ids), self.generator.config.latent_dim)
        return torch.cat([given, self.generator(noise, self.generator.embed(ids), self.num_drawn, states)], dim=1)

    def _features(self, video: Tensor) -> dict[str, Tensor]:
        frames = video[:, self.num_given : self.num_given + self.config.spatial_frames]
        return {"spatial": self.spatial.features(frames), "temporal": self.temporal.features(video)}

    def _scores(self, features: dict[str, Tensor], ids: Tensor) -> list[Tensor]:
        return [critic.head(features[name], ids).sum(1) for name, critic in self._critics().items()]

    def _all(self) -> list[nn.Module]:
        return [network for network in (self.generator, *self._critics().values(), self.encoder) if network is not None]

    def _critics(self) -> dict[str, nn.Module]:
        return {"spatial": self.spatial, "temporal": self.temporal}

    @contextmanager
    def _counting(self) -> Iterator[_Count]:
        """Count operations inside, and the bytes of all tensors kept for backward, each storage once."""
        count, kept, before = _Count(), {}, {}

        def keep(tensor: Tensor) -> Tensor:
            kept[tensor.untyped_storage()._cdata] = tensor.untyped_storage().nbytes()
            return tensor

        def enter(block: nn.Module, _) -> None:
            before[block] = sum(kept.values())

        def leave(block: nn.Module, *_) -> None:
            count.largest_block_bytes = max(count.largest_block_bytes, sum(kept.values()) - before[block])

        blocks = [module for network in self._all() for module in network.modules() if isinstance(module, RECOMPUTED)]
        handles = [block.register_forward_pre_hook(enter) for block in blocks]
        handles += [block.register_forward_hook(leave) for block in blocks]
        autocast = torch.autocast("cpu", torch.bfloat16, enabled=self.config.mixed_precision == "bf16")
        hooks = torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor)
        with FlopCounterMode(display=False) as flops, autocast, hooks:
            yield count
        for handle in handles:
            handle.remove()
        count.flops, count.kept_bytes = flops.get_total_flops(), sum(kept.values())
