"""One given frame of a BAIR robot-pushing clip to the fifteen that follow, at 64 px (DVD-GAN-FP, Table 3).

Data: the set's records as lossless videos train/robot/*.mkv and test/robot/*.mkv, 64 x 64, 30 frames each, then
`python -m training.data.prepare folder --input VIDEOS --out data/bair-64 --resolution 64 --frames 16`.
Paper: ch 128, batches of 512, 2 critic steps, 1e-4 and 5e-4; its steps for this set are not known: up to 1,000,000.
Cost (estimates, training/SCALE.md): 14.9 TFLOP a clip, 7.6 ZFLOP in all;
accelerator-hours: 17,000 to 34,000 on A100, 5,400 to 11,000 on H100.
Memory: 16 GiB and 1.7 GiB for each clip at once, 0.8 with checkpoint_activations.
Score: the paper has FVD 109.8. Nobody has run this recipe to its end.
"""

from training.config import TrainConfig
from training.recipes.kinetics600_64_predict import recipe as kinetics_recipe
from training.recipes.kinetics600_64x12 import shrink


def recipe() -> TrainConfig:
    return kinetics_recipe().replace(
        name="bair_64_predict",
        data="data/bair-64",
        training_data="BAIR robot pushing, training split (Ebert et al., 2017); a robot arm before one table",
        conditioning_frames=1,
        micro_batch_videos=16,
    )


def smoke() -> TrainConfig:
    return shrink(recipe())
