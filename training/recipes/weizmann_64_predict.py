"""Four given frames of a Weizmann clip to the twelve that follow, at 64 px (DVD-GAN-FP, paper section 4).

Data: `python -m training.data.prepare weizmann ... --resolution 64`; eight people train, the ninth is held out.
Start: `--init-from` a release of `weizmann_64`; the frame encoder starts fresh.
Hardware: one CPU core with bf16 convolution; a GPU is not needed.
Score: none is promised.
"""

from training.config import TrainConfig
from training.recipes.mocap_64_predict import predicting
from training.recipes.weizmann_64 import recipe as weizmann_recipe
from training.recipes.weizmann_64 import smoke as weizmann_smoke


def recipe() -> TrainConfig:
    return predicting(weizmann_recipe())


def smoke() -> TrainConfig:
    return predicting(weizmann_smoke())
