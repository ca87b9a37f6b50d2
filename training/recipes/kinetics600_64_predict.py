"""Five given frames of a Kinetics-600 clip to the eleven that follow, at 64 px (DVD-GAN-FP, Table 4).

Data: that of kinetics600_64x12; every frame is taken, and classes are not used.
Paper: ch 128, batches of 512, 2 critic steps, 1e-4 and 5e-4, up to 1,000,000 steps.
Cost (estimates, training/SCALE.md): 13.0 TFLOP a clip, 6.6 ZFLOP in all;
accelerator-hours: 15,000 to 30,000 on A100, 4,700 to 9,300 on H100.
Memory: 19 GiB and 1.4 GiB for each clip at once, 0.6 with checkpoint_activations.
Score: the paper has FVD 69.15 +- 1.16 on the test split, 16 frames. Nobody has run this recipe to its end.
"""

from training.config import TrainConfig
from training.recipes.kinetics600_64x12 import BATCH, shrink
from training.recipes.kinetics600_64x12 import recipe as kinetics_recipe


def recipe() -> TrainConfig:
    return kinetics_recipe().replace(
        name="kinetics600_64_predict",
        num_frames=16,
        conditioning_frames=5,
        frame_stride=1,
        total_videos=1_000_000 * BATCH,
    )


def smoke() -> TrainConfig:
    return shrink(recipe())
