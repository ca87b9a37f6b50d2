"""Kinetics-600 by class: 48 frames at 128 px, four seconds (Table 1).

Data: `python -m training.data.prepare kinetics600 --input VIDEOS --out data/kinetics600-128 --resolution 128`;
videos of fewer than 95 frames are left out when they are read.
Paper: ch 96, else as kinetics600_64x12.
Cost (estimates, training/SCALE.md): 30.0 TFLOP a clip, 4.6 ZFLOP in all;
accelerator-hours: 10,000 to 21,000 on A100, 3,200 to 6,500 on H100.
Memory: 7 GiB and 8.7 GiB for each clip at once, 3.9 with checkpoint_activations.
Score: the paper has FID 28.44 and IS 81.41, untruncated, on its own I3D. Nobody has run this recipe to its end.
"""

from training.config import TrainConfig
from training.recipes.kinetics600_64x12 import recipe as recipe_64x12
from training.recipes.kinetics600_64x12 import shrink


def recipe() -> TrainConfig:
    return recipe_64x12().replace(
        name="kinetics600_128x48",
        preset="paper-128",
        data="data/kinetics600-128",
        num_frames=48,
        micro_batch_videos=4,
    )


def smoke() -> TrainConfig:
    return shrink(recipe())
