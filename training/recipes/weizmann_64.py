"""Four actions of nine people, 64 px."""

from training.config import TrainConfig

DATA = "Weizmann action clips of eight people (one-hand wave, two-hand wave, jumping jacks, bend); research use only"


def recipe() -> TrainConfig:
    return TrainConfig(
        name="weizmann_64",
        preset="small-64",
        data="data/weizmann-64",
        training_data=DATA,
        num_frames=16,
        frame_stride=2,
        batch_videos=16,
        micro_batch_videos=16,
        total_videos=200_000,
        # One step and slower critics learn more a clip than the paper's two at 5e-4 when a batch is 16, not 512.
        discriminator_steps=1,
        generator_lr=2e-4,
        discriminator_lr=4e-4,
        reuse_fakes=True,
        ema_halflife_videos=2_000,
        translation=0.125,
        mirror=True,
        compile=True,
        log_every_videos=160,
        sample_every_videos=1_600,
        save_every_videos=1_600,
    )


def smoke() -> TrainConfig:
    return recipe().replace(
        name="weizmann_64_smoke",
        preset="tiny",
        compile=False,
        model={"resolution": 64, "channel_multipliers": [4, 4, 2, 1, 1]},
        num_frames=8,
        frame_stride=4,
        batch_videos=4,
        micro_batch_videos=4,
        total_videos=32,
        log_every_videos=4,
        sample_every_videos=16,
        save_every_videos=16,
    )
