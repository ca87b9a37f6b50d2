"""Thirteen actions of one rendered figure at 64 px: the second half of the motion-capture checkpoint.

Data: `python -m training.data.prepare mocap --clips 1300 --resolution 64 --variety low`, a few minutes of one core.
Start: `--init-from` a release of `mocap_32`.
Hardware: one CPU core with bf16 convolution; a GPU allows `--variety full` and `--set batch_videos=128`.
Score: see the card of checkpoints/mocap-64, which says how many clips stand behind it.
"""

from training.config import TrainConfig
from training.recipes.mocap_32 import recipe as recipe_32
from training.recipes.mocap_32 import smoke as smoke_32


def recipe() -> TrainConfig:
    return recipe_32().replace(
        name="mocap_64",
        preset="small-64",
        data="data/mocap-64",
        # By then the new last stage draws what the copied ones mean; let loose at once it wrecks them.
        hold_copied_videos=4_000,
    )


def smoke() -> TrainConfig:
    return smoke_32().replace(
        name="mocap_64_smoke",
        data="data/mocap-64",
        model={"resolution": 64, "channel_multipliers": [4, 4, 2, 1, 1]},
    )
