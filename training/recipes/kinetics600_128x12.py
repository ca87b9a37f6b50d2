"""Kinetics-600 by class: 12 frames at 128 px (Table 1).

Data: `python -m training.data.prepare kinetics600 --input VIDEOS --out data/kinetics600-128 --resolution 128`.
Paper: ch 96, else as kinetics600_64x12.
Cost (estimates, training/SCALE.md): 9.1 TFLOP a clip, 1.4 ZFLOP in all;
accelerator-hours: 3,100 to 6,200 on A100, 990 to 2,000 on H100.
Memory: 7 GiB and 2.3 GiB for each clip at once, 1.0 with checkpoint_activations.
Score: the paper has FID 1.16 and IS 77.45, untruncated, on its own I3D. Nobody has run this recipe to its end.
"""

from training.config import TrainConfig
from training.recipes.kinetics600_64x12 import recipe as recipe_64x12
from training.recipes.kinetics600_64x12 import shrink


def recipe() -> TrainConfig:
    return recipe_64x12().replace(
        name="kinetics600_128x12",
        preset="paper-128",
        data="data/kinetics600-128",
        micro_batch_videos=16,
    )


def smoke() -> TrainConfig:
    return shrink(recipe())
