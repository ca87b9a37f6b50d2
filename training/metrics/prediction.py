"""How well given frames are continued: against the real continuation, against copying the last frame, and one future
against another.

A future is as good as the truth may be only one of many: so besides the mean over futures there is the best of them,
and the Frechet distance, which asks whether continued clips look and move like real ones, not whether they guessed
right. Differences are mean absolute differences of pixels in [-1, 1].
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from skimage.metrics import structural_similarity
from torch import Tensor

from training.data.shards import ShardedClips
from training.metrics.frechet import frechet_distance
from training.metrics.judge import Judge, features_of
from training.metrics.real_clips import windows_of_class

NUM_FUTURES = 10

Continue = Callable[[Tensor, Sequence[int]], Tensor]
"""(B,) class ids, all the same, and B seeds -> (B, T, 3, H, W) in [-1, 1]; seed s continues start s modulo their
number."""


def copy_last_frame(video_BTCHW: Tensor, num_given: int) -> Tensor:
    """Clips whose frames after the given ones all repeat the last of those: the baseline to beat."""
    last = video_BTCHW[:, num_given - 1 : num_given]
    return torch.cat([video_BTCHW[:, :num_given], last.expand(-1, video_BTCHW.shape[1] - num_given, -1, -1, -1)], 1)


def psnr(video_BTCHW: Tensor, real_BTCHW: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of every frame, (B, T) float64 in dB, held below 100."""
    error_BT = (video_BTCHW.double() - real_BTCHW.double()).square().mean((2, 3, 4))
    return 10 * torch.log10(4 / error_BT.clamp_min(4e-10))


def ssim(video_BTCHW: Tensor, real_BTCHW: Tensor) -> Tensor:
    """Structural similarity of every frame (Wang et al. 2004, scikit-image, 7x7 windows), (B, T) float64, at most 1."""

    def one(frame: np.ndarray, real: np.ndarray) -> float:
        return structural_similarity(frame, real, data_range=2.0, channel_axis=0)

    pairs = zip(video_BTCHW.flatten(0, 1).float().numpy(), real_BTCHW.flatten(0, 1).float().numpy(), strict=True)
    return torch.tensor([one(*pair) for pair in pairs], dtype=torch.float64).view(video_BTCHW.shape[:2])


@torch.inference_mode()
def measure_prediction(
    continue_clips: Continue, judge: Judge, held_out: ShardedClips, num_given: int, starts_per_class: int
) -> dict:
    """Every figure of a model that continues clips, on `starts_per_class` held-out starts of each class; JSON-ready.

    Curves have one number for each frame after the given ones.
    """
    sets: dict[str, list[Tensor]] = {"continued": [], "copied": [], "real": [], "other_real": []}
    curves, joins, spreads = [], [], []
    for label in range(len(held_out.class_names)):
        real = windows_of_class(held_out, label, starts_per_class)
        ids = torch.full((starts_per_class,), label)
        futures = [
            continue_clips(ids, range(k * starts_per_class, (k + 1) * starts_per_class)) for k in range(NUM_FUTURES)
        ]
        copied = copy_last_frame(real, num_given)
        other = windows_of_class(held_out, label, starts_per_class, phase=0.5)
        for name, clips in zip(sets, (futures[0], copied, real, other), strict=True):
            sets[name].append(features_of(judge, clips.split(16)))
        drawn_FBTCHW = torch.stack(futures)[:, :, num_given:]
        curves.append(_curves(drawn_FBTCHW, real[:, num_given:], copied[:, num_given:]))
        joins.append((_step(futures[0], num_given), _step(real, num_given)))
        spreads.append((_apart(drawn_FBTCHW), (drawn_FBTCHW - real[:, num_given:]).abs().mean().item()))

    features = {name: torch.cat(parts) for name, parts in sets.items()}
    distance = {
        name: frechet_distance(features[name], features["other_real"]) for name in ("continued", "copied", "real")
    }
    drawn_step, real_step = np.mean(joins, axis=0)
    spread, error = np.mean(spreads, axis=0)
    return {
        "starts_per_class": starts_per_class,
        "futures": NUM_FUTURES,
        "given_frames": num_given,
        "frechet_continued": distance["continued"],
        "frechet_copy_last_frame": distance["copied"],
        "frechet_real": distance["real"],
        "step_at_the_join": float(drawn_step),
        "step_at_the_join_over_real": float(drawn_step / real_step),
        "difference_between_futures": float(spread),
        "difference_between_futures_over_error": float(spread / max(error, 1e-9)),
        "curves": {name: np.mean([c[name] for c in curves], axis=0).round(4).tolist() for name in curves[0]},
    }


def _curves(drawn_FBTCHW: Tensor, real_BTCHW: Tensor, copied_BTCHW: Tensor) -> dict[str, list[float]]:
    """Per-frame PSNR and SSIM: the mean over futures, the best future of each start, and the copied frame."""
    curves = {}
    for name, measure in (("psnr", psnr), ("ssim", ssim)):
        by_future = torch.stack([measure(drawn, real_BTCHW) for drawn in drawn_FBTCHW])
        best_B = by_future.mean(2).argmax(0)
        curves[f"{name}_mean"] = by_future.mean((0, 1)).tolist()
        curves[f"{name}_best"] = by_future[best_B, torch.arange(len(best_B))].mean(0).tolist()
        curves[f"{name}_copy_last_frame"] = measure(copied_BTCHW, real_BTCHW).mean(0).tolist()
    return curves


def _step(video_BTCHW: Tensor, num_given: int) -> float:
    """How much changes from the last given frame to the next one."""
    return (video_BTCHW[:, num_given] - video_BTCHW[:, num_given - 1]).abs().mean().item()


def _apart(drawn_FBTCHW: Tensor) -> float:
    """Mean difference between two futures of one start."""
    pairs = torch.combinations(torch.arange(len(drawn_FBTCHW)))
    return float(np.mean([(drawn_FBTCHW[a] - drawn_FBTCHW[b]).abs().mean().item() for a, b in pairs.tolist()]))
