"""What the two critics say of a clip, frame by frame and step by step.

Legend: T frames, K drawn frames, S steps of the temporal critic, H and W pixels.
"""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from dvd_gan import clips, video
from dvd_gan.labels import class_ids
from dvd_gan.latents import check_seed

if TYPE_CHECKING:
    from dvd_gan.pipeline import DVDGANPipeline

FRAMES_PER_STEP = 4


@dataclass(frozen=True)
class CriticScores:
    """Scores of one clip; higher is more real. They compare clips of one class before one checkpoint, nothing else.

    `frame_ids` (K) are the frames that the spatial critic drew and `frame_scores` (K) its scores of them;
    `step_scores` (S) are the temporal critic's, each of about four frames in a row.
    """

    frame_ids: list[int]
    frame_scores: list[float]
    step_scores: list[float]

    @property
    def spatial(self) -> float:
        """The spatial critic's score of the clip: the sum over its frames (paper section 3.1)."""
        return sum(self.frame_scores)

    @property
    def temporal(self) -> float:
        """The temporal critic's score of the clip: the sum over its steps."""
        return sum(self.step_scores)

    def as_dict(self) -> dict[str, list[int] | list[float] | float]:
        """Everything, ready for JSON."""
        return {**asdict(self), "spatial": self.spatial, "temporal": self.temporal}


@torch.no_grad()
def score_clip(pipe: "DVDGANPipeline", frames: np.ndarray, class_label: str | int, draw_seed: int = 0) -> CriticScores:
    """Both critics on one clip, (T, H, W, 3) uint8 or float in [0, 1], of any size, as if it showed that class.

    `draw_seed` decides which frames the spatial critic sees. Raises ValueError for a checkpoint without critics, a
    clip shorter than four frames, or a bad class or seed.
    """
    spatial, temporal = pipe.spatial_discriminator, pipe.temporal_discriminator
    if spatial is None or temporal is None:
        raise ValueError("This checkpoint has come without its critics, so nothing here can be scored.")
    square = clips.fit_square(clips.as_uint8(frames), pipe.generator.config.resolution)
    video_1TCHW = video.from_uint8(torch.from_numpy(square))[None].to(spatial.device, spatial.dtype)
    ids = torch.tensor(class_ids(class_label, pipe.class_names), device=spatial.device)
    draw = torch.Generator().manual_seed(check_seed(draw_seed))
    drawn_1K = video.draw_frame_ids(1, len(square), spatial.config.num_frames, draw)
    step_scores = temporal.step_scores(video_1TCHW, ids)[0]
    frame_scores = spatial.frame_scores(video.pick_frames(video_1TCHW, drawn_1K.to(spatial.device)), ids)[0]
    return CriticScores(drawn_1K[0].tolist(), frame_scores.tolist(), step_scores.tolist())


def half_size(frames: np.ndarray) -> np.ndarray:
    """(T, H, W, 3) uint8 -> (T, H / 2, W / 2, 3) uint8: what the temporal critic sees (paper section 3.1)."""
    return video.to_uint8(video.pool_space(video.from_uint8(torch.from_numpy(np.ascontiguousarray(frames)))[None]))[
        0
    ].numpy()
