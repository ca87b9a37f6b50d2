"""The training step against the straightforward one.

Straightforward means: eager float32 in the default memory layout, critics called on real and on generated clips in
turn, and new clips drawn for the generator's update. The networks, losses, batch and frame counts are the same.
"""

import copy
import dataclasses

import torch
from accelerate import Accelerator
from torch import Tensor

from dvd_gan.models.fusing import fused_arithmetic
from dvd_gan.models.presets import make_discriminators, make_generator
from dvd_gan.video import draw_frame_ids, from_uint8, pick_frames
from training.allocator import keep_freed_memory
from training.bench.measure import Case, Group, Meter, count_flops, measure_group, where_time_goes
from training.config import TrainConfig
from training.losses import hinge_discriminator, hinge_generator
from training.recipes import load_recipe
from training.step import Players, train_step

NUM_CLASSES = 4


def bench_recipe(quick: bool) -> TrainConfig:
    """The Weizmann recipe without what the straightforward step has not: both then minimise the same losses."""
    extras = dict(mismatch_weight=0.0, diversity_weight=0.0, reconstruction_weight=0.0, pretrain_videos=0)
    config = load_recipe("weizmann_32" if quick else "weizmann_64", smoke=quick)
    return config.replace(**extras, translation=0.0, mirror=False)


def bench_training_step(quick: bool, meter: Meter) -> Group:
    """Clips a second of both steps."""
    keep_freed_memory()
    config = bench_recipe(quick)
    players = _players(config, torch.channels_last)
    plain_players = _players(config, torch.contiguous_format)
    side = players.generator.config.resolution
    batch = {
        "frames": torch.randint(256, (config.batch_videos, config.num_frames, side, side, 3), dtype=torch.uint8),
        "label": torch.arange(config.batch_videos) % NUM_CLASSES,
    }
    accelerator = Accelerator(mixed_precision=config.mixed_precision, cpu=not torch.cuda.is_available())

    def unfused() -> None:
        train_step(players, iter([batch] * 4), config, accelerator, torch.Generator().manual_seed(0))

    def ours() -> None:
        with fused_arithmetic(config.compile):
            unfused()

    def straightforward() -> None:
        straightforward_step(plain_players, batch, config)

    clips = config.batch_videos
    dtype = torch.bfloat16 if config.mixed_precision == "bf16" else torch.float32
    cases = [
        Case("straightforward step, eager float32", straightforward, count_flops(straightforward), units=clips),
        Case("training.step", ours, count_flops(unfused), dtype, clips),
    ]
    title = f"Training step: {clips} clips of {config.num_frames} frames at {side} px"
    note = (
        "The step does less arithmetic because it scores the critics' clips again instead of drawing new ones. Both "
        "keep freed memory in the process, as training does; without, both are slower."
    )
    group = measure_group(title, "clips/s", note, cases, meter)
    return dataclasses.replace(group, note=f"{note} Where training.step spends its time: {where_time_goes(ours)}.")


def straightforward_step(players: Players, batch: dict[str, Tensor], config: TrainConfig) -> None:
    """One update of the critics and of the generator as the paper's text reads, in plain PyTorch."""
    generator = players.generator.train()
    real_BTCHW, real_ids_B = from_uint8(batch["frames"]).to(generator.device), batch["label"].to(generator.device)
    for _ in range(config.discriminator_steps):
        with torch.no_grad():
            fake_BTCHW, fake_ids_B = _draw(players, len(real_ids_B), config)
        players.freeze_discriminators(False)
        real_scores = _scores(players, real_BTCHW, real_ids_B, config)
        fake_scores = _scores(players, fake_BTCHW, fake_ids_B, config)
        loss = sum(hinge_discriminator(real, fake) for real, fake in zip(real_scores, fake_scores, strict=True))
        players.discriminator_optimizer.zero_grad()
        loss.backward()
        players.discriminator_optimizer.step()
    players.freeze_discriminators(True)
    fake_BTCHW, fake_ids_B = _draw(players, len(real_ids_B), config)
    loss = sum(hinge_generator(scores) for scores in _scores(players, fake_BTCHW, fake_ids_B, config))
    players.generator_optimizer.zero_grad()
    loss.backward()
    players.generator_optimizer.step()


def _draw(players: Players, num_clips: int, config: TrainConfig) -> tuple[Tensor, Tensor]:
    generator = players.generator
    noise_BZ = torch.randn(num_clips, generator.config.latent_dim, device=generator.device)
    ids_B = torch.randint(NUM_CLASSES, (num_clips,), device=generator.device)
    return generator(noise_BZ, generator.embed(ids_B), config.num_frames), ids_B


def _scores(players: Players, video_BTCHW: Tensor, ids_B: Tensor, config: TrainConfig) -> list[Tensor]:
    frame_ids = draw_frame_ids(*video_BTCHW.shape[:2], config.spatial_frames).to(video_BTCHW.device)
    return [players.spatial(pick_frames(video_BTCHW, frame_ids), ids_B), players.temporal(video_BTCHW, ids_B)]


def _players(config: TrainConfig, memory_format: torch.memory_format) -> Players:
    torch.manual_seed(0)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    generator = make_generator(
        config.preset, num_classes=NUM_CLASSES, trained_frames=config.num_frames, **copy.deepcopy(config.model)
    )
    spatial, temporal = make_discriminators(generator)
    generator.to(device, memory_format=memory_format)
    spatial.to(device, memory_format=memory_format)
    temporal.to(device)
    critics = [*spatial.parameters(), *temporal.parameters()]
    fused = memory_format is torch.channels_last
    return Players(
        generator,
        spatial,
        temporal,
        torch.optim.Adam(generator.parameters(), config.generator_lr, betas=(0.0, config.adam_beta2), fused=fused),
        torch.optim.Adam(critics, config.discriminator_lr, betas=(0.0, config.adam_beta2), fused=fused),
    )
