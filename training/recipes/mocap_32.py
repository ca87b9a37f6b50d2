"""Thirteen actions of one rendered figure at 32 px: the cheap first half of the motion-capture checkpoint.

Data: `python -m training.data.prepare mocap --clips 1300 --resolution 32 --variety low`, about a minute of one core.
Hardware: one CPU core with bf16 convolution; a GPU is not needed.
Score: none is promised; a run's own checkups measure it where it is given a `--judge`.
Then release it and go on with `mocap_64 --init-from`.
"""

from training.config import TrainConfig
from training.recipes.weizmann_32 import recipe as weizmann_recipe
from training.recipes.weizmann_32 import smoke as weizmann_smoke

DATA = "Thirteen actions from motion capture played on one rendered figure (training/data/mocap, variety low)"


def recipe() -> TrainConfig:
    return weizmann_recipe().replace(
        name="mocap_32",
        data="data/mocap-32",
        training_data=DATA,
        # Stored at 12 frames a second, half of Weizmann's 25: sixteen last 1.3 seconds, a step or most of a kick.
        frame_stride=1,
    )


def smoke() -> TrainConfig:
    """The lesson of the README: two or three minutes, most of them redrawing, so that something is seen soon."""
    return weizmann_smoke().replace(
        name="mocap_32_smoke",
        data="data/mocap-32",
        training_data=DATA,
        frame_stride=2,
        batch_videos=16,
        micro_batch_videos=16,
        reconstruction_weight=20.0,
        divergence_weight=0.01,
        pretrain_videos=3_600,
        total_videos=6_400,
        log_every_videos=80,
        sample_every_videos=400,
        save_every_videos=400,
    )
