"""Kinetics-600 by class: 12 frames at 256 px (Table 1).

Data: `python -m training.data.prepare kinetics600 --input VIDEOS --out data/kinetics600-256 --resolution 256`.
Paper: ch 96, else as kinetics600_64x12; its widths at 256 px are not known, and ours are in the presets.
Cost (estimates, training/SCALE.md): 30.2 TFLOP a clip, 4.6 ZFLOP in all;
accelerator-hours: 10,000 to 21,000 on A100, 3,300 to 6,500 on H100.
Memory: 8 GiB and 8.6 GiB for each clip at once, 3.9 with checkpoint_activations.
Score: the paper has FID 2.05 and IS 62.78, untruncated, on its own I3D. Nobody has run this recipe to its end.
"""

from training.config import TrainConfig
from training.recipes.kinetics600_64x12 import recipe as recipe_64x12
from training.recipes.kinetics600_64x12 import shrink


def recipe() -> TrainConfig:
    return recipe_64x12().replace(
        name="kinetics600_256x12",
        preset="paper-256",
        data="data/kinetics600-256",
        micro_batch_videos=4,
    )


def smoke() -> TrainConfig:
    return shrink(recipe())
