"""Four given frames of a rendered action to the twelve that follow, at 64 px (DVD-GAN-FP, paper section 4).

Data: `python -m training.data.prepare mocap --clips 1300 --resolution 64 --variety low`.
Start: `--init-from` a release of `mocap_64`; the frame encoder starts fresh.
Hardware: one CPU core with bf16 convolution; a GPU is not needed.
Score: see the card of the checkpoint.
"""

from training.config import TrainConfig
from training.recipes.mocap_64 import recipe as mocap_recipe
from training.recipes.mocap_64 import smoke as mocap_smoke


def predicting(recipe: TrainConfig) -> TrainConfig:
    """The same recipe without classes, its first frames given."""
    return recipe.replace(
        name=recipe.name.replace("_64", "_64_predict"),
        conditioning_frames=4,
        mismatch_weight=0.0,
        # Left alone one start comes to have one future, whatever the noise.
        diversity_weight=1.0,
        # Nothing is held: the layers that read the given frames are new, and what they feed must learn with them.
        hold_copied_videos=0,
    )


def recipe() -> TrainConfig:
    return predicting(mocap_recipe())


def smoke() -> TrainConfig:
    return predicting(mocap_smoke())
