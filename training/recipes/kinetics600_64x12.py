"""Kinetics-600 by class: 12 frames at 64 px, the paper's main setting (Table 1, first row).

Data: `python -m training.data.prepare kinetics600 --input VIDEOS --out data/kinetics600-64 --resolution 64`.
Paper: ch 128, batches of 512, 2 critic steps, 1e-4 and 5e-4, 300,000 steps, every second frame, average of 0.9999.
Cost (estimates, training/SCALE.md): 12.2 TFLOP a clip, 1.9 ZFLOP in all;
accelerator-hours: 4,200 to 8,300 on A100, 1,300 to 2,600 on H100.
Memory: 13 GiB and 1.4 GiB for each clip at once, 0.6 with checkpoint_activations.
Score: the paper has FID 0.85 and IS 53.81, untruncated, on its own I3D. Nobody has run this recipe to its end.
"""

from training.config import TrainConfig

DATA = "Kinetics-600 training clips, 600 actions from YouTube; research use only"
BATCH = 512


def recipe() -> TrainConfig:
    return TrainConfig(
        name="kinetics600_64x12",
        preset="paper-64",
        data="data/kinetics600-64",
        training_data=DATA,
        num_frames=12,
        frame_stride=2,
        batch_videos=BATCH,
        # Fits 80 GiB. Batch statistics are those of the clips at once in all processes: use many, accumulate little.
        micro_batch_videos=32,
        total_videos=300_000 * BATCH,
        # A window takes about 6 ms of a core to decode (training/SCALE.md).
        data_workers=8,
        log_every_videos=100 * BATCH,
        sample_every_videos=5_000 * BATCH,
        save_every_videos=1_000 * BATCH,
    )


def smoke() -> TrainConfig:
    return shrink(recipe())


def shrink(config: TrainConfig) -> TrainConfig:
    """The same run at a size for a laptop: the same data, stride and given frames, a tiny model and a few clips."""
    resolution = int(config.preset.removeprefix("paper-"))
    multipliers = {64: [4, 4, 2, 1, 1], 128: [4, 4, 2, 1, 1, 1], 256: [4, 2, 1, 1, 1, 1, 1]}[resolution]
    return config.replace(
        name=f"{config.name}_smoke",
        preset="tiny",
        model={"resolution": resolution, "channel_multipliers": multipliers},
        num_frames=8,
        spatial_frames=2,
        batch_videos=2,
        micro_batch_videos=2,
        data_workers=0,
        total_videos=8,
        log_every_videos=2,
        sample_every_videos=4,
        save_every_videos=4,
    )
