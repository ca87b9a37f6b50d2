"""Kinetics-600 by class: 48 frames at 64 px, four seconds (Table 1).

Data: `python -m training.data.prepare kinetics600 --input VIDEOS --out data/kinetics600-64 --resolution 64`;
videos of fewer than 95 frames are left out when they are read.
Paper: ch 128, else as kinetics600_64x12.
Cost (estimates, training/SCALE.md): 39.4 TFLOP a clip, 6.1 ZFLOP in all;
accelerator-hours: 13,000 to 27,000 on A100, 4,300 to 8,500 on H100.
Memory: 13 GiB and 5.4 GiB for each clip at once, 2.5 with checkpoint_activations.
Score: the paper has FID 13.75 and IS 104.09, untruncated, on its own I3D. Nobody has run this recipe to its end.
"""

from training.config import TrainConfig
from training.recipes.kinetics600_64x12 import recipe as recipe_64x12
from training.recipes.kinetics600_64x12 import shrink


def recipe() -> TrainConfig:
    return recipe_64x12().replace(
        name="kinetics600_64x48",
        num_frames=48,
        micro_batch_videos=8,
    )


def smoke() -> TrainConfig:
    return shrink(recipe())
