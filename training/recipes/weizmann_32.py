"""Four actions of nine people at 32 px: the cheap first half of the Weizmann checkpoint.

Data: `python -m training.data.prepare weizmann ... --resolution 32`; eight people train, the ninth is held out.
Hardware: one CPU core with bf16 convolution made 5 to 7 clips a second beside other work, two cores 10. An earlier form
of this recipe, with 8 frames, drew people after 10,000 clips; this one has been seen up to 4,800 (training/LOG.md).
Then release it and go on with `weizmann_64 --init-from`.
"""

from training.config import TrainConfig

DATA = "Weizmann action clips of eight people (one-hand wave, two-hand wave, jumping jacks, bend); research use only"


def recipe() -> TrainConfig:
    return TrainConfig(
        name="weizmann_32",
        preset="small-32",
        data="data/weizmann-32",
        training_data=DATA,
        num_frames=16,
        frame_stride=2,
        batch_videos=16,
        micro_batch_videos=16,
        total_videos=200_000,
        # Half of the paper's 8: at 16 frames a clip the critic of frames costs as much as the generator.
        spatial_frames=4,
        # One step of a fast critic learns more a clip than the paper's two at 5e-4 when a batch is 16, not 512; about
        # the paper's ratio of 5 between the rates.
        discriminator_steps=1,
        generator_lr=1.5e-4,
        discriminator_lr=8e-4,
        reuse_fakes=True,
        # Short, for short runs: the paper's 0.9999 a step would average over more clips than are ever seen.
        ema_halflife_videos=3_000,
        # Without it the critic of motion scores frozen clips as it scores moving ones; with it the judge's accuracy
        # went from 72% to 100% in 3,200 clips.
        motion_gain=4.0,
        # 32 clips are soon known by heart.
        translation=0.125,
        mirror=True,
        # Left alone the critics go by texture, and all classes come to look alike.
        mismatch_weight=0.5,
        # Left alone all seeds of a class come to look alike; 3 makes classes borrow from one another.
        diversity_weight=1.0,
        compile=True,
        log_every_videos=160,
        sample_every_videos=1_600,
        save_every_videos=1_600,
    )


def smoke() -> TrainConfig:
    return recipe().replace(
        name="weizmann_32_smoke",
        preset="tiny",
        model={"resolution": 32, "channel_multipliers": [4, 4, 2, 1]},
        compile=False,
        num_frames=8,
        frame_stride=4,
        batch_videos=4,
        micro_batch_videos=4,
        total_videos=32,
        log_every_videos=4,
        sample_every_videos=16,
        save_every_videos=16,
    )
