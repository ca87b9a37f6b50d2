"""UCF-101 by class: 16 frames at 128 px (Table 2).

Data: `python -m training.data.prepare ucf101 --input VIDEOS --out data/ucf101-128 --resolution 128`; its sides are the
paper's 144 and 128. The first official fold trains and tests here; the paper is said to have trained on both lists.
Paper: ch 96, batches of 512, 2 critic steps, 1e-4 and 5e-4, clips mirrored half of the time. Its steps and stride for
this set are not known: taken as for Kinetics. Clips are mirrored here for the critics, real and drawn ones alike.
Cost (estimates, training/SCALE.md): 11.5 TFLOP a clip, 1.8 ZFLOP in all;
accelerator-hours: 3,900 to 7,800 on A100, 1,200 to 2,500 on H100.
Memory: 7 GiB and 3.0 GiB for each clip at once, 1.3 with checkpoint_activations.
Score: the paper has IS 32.97 +- 1.7 by C3D. Nobody has run this recipe to its end.
"""

from training.config import TrainConfig
from training.recipes.kinetics600_64x12 import recipe as kinetics_recipe
from training.recipes.kinetics600_64x12 import shrink


def recipe() -> TrainConfig:
    return kinetics_recipe().replace(
        name="ucf101_128x16",
        preset="paper-128",
        data="data/ucf101-128",
        training_data="UCF-101, first official training list, 101 actions from YouTube; research use only",
        num_frames=16,
        mirror=True,
        micro_batch_videos=16,
    )


def smoke() -> TrainConfig:
    return shrink(recipe())
