"""Four actions of nine people at 64 px: the second half of the Weizmann checkpoint.

Data: `python -m training.data.prepare weizmann ... --resolution 64`; eight people train, the ninth is held out.
Start: `--init-from` a release of `weizmann_32`; from scratch, 3,200 clips gave dark shapes only (training/LOG.md).
Hardware: one CPU core with bf16 convolution makes about 4 clips a second; a GPU is not needed.
Score: see the card of checkpoints/weizmann-64, which says how many clips stand behind it.
"""

from training.config import TrainConfig
from training.recipes.weizmann_32 import recipe as recipe_32
from training.recipes.weizmann_32 import smoke as smoke_32


def recipe() -> TrainConfig:
    return recipe_32().replace(
        name="weizmann_64",
        preset="small-64",
        data="data/weizmann-64",
        # By then the new last stage draws what the copied ones mean; let loose at once it wrecks them.
        hold_copied_videos=4_000,
    )


def smoke() -> TrainConfig:
    return smoke_32().replace(
        name="weizmann_64_smoke",
        data="data/weizmann-64",
        model={"resolution": 64, "channel_multipliers": [4, 4, 2, 1, 1]},
    )
