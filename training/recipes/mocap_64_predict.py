"""Four given frames of a rendered action to the twelve that follow, at 64 px (DVD-GAN-FP, paper section 4).

Data: `python -m training.data.prepare mocap --clips 1300 --resolution 64 --variety low`.
Start: `--init-from` a release of `mocap_64`; the frame encoder starts fresh and reads states and the class.
Hardware: one CPU core with bf16 convolution; a GPU is not needed.
Score: see the card of the checkpoint.
"""

from training.config import TrainConfig
from training.recipes.mocap_64 import recipe as mocap_recipe
from training.recipes.mocap_64 import smoke as mocap_smoke


def predicting(recipe: TrainConfig) -> TrainConfig:
    """The same recipe, its first frames given."""
    return recipe.replace(
        name=recipe.name.replace("_64", "_64_predict"),
        conditioning_frames=4,
        # First states fade within a few frames, and then every start goes on in the same way; the class that is read in
        # the given frames stays.
        class_weight=1.0,
        # Critics alone need many more clips to ask for what the given frames show.
        future_weight=80.0,
        diversity_weight=2.0,
        # The camera stands still: what does not move is taken from the last given frame, not drawn again.
        model={**recipe.model, "compositing": True},
        keep_weight=100.0,
        # Until the encoder knows what the copied generator understands.
        hold_copied_videos=960,
    )


def recipe() -> TrainConfig:
    return predicting(mocap_recipe())


def smoke() -> TrainConfig:
    return predicting(mocap_smoke())
