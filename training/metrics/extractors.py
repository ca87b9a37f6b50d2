"""Feature networks of published figures: TorchScript files that you have, by path or Hub id.

None comes with this project. A TorchScript file runs code when it is loaded: name only files that you trust. Each
protocol says which frames the network gets, how they are brought to it, and how many clips the figure is taken on
(sources: reference protocols named in each docstring line).

Legend: N clips, T frames, H and W pixels, F features, K classes. Clips come as (N, T, 3, H, W) float in [-1, 1].
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from dvd_gan.video import fold_time, unfold_time


@dataclass(frozen=True, kw_only=True)
class Protocol:
    """How one published figure is taken. `read` turns what the network answers into features (N, F) and class
    probabilities (N, K), either of them None where the protocol has no use for it."""

    description: str
    num_frames: int | None
    num_clips: int
    repeats: int
    call: Callable[[torch.jit.ScriptModule, Tensor], tuple[Tensor | None, Tensor | None]]


def _call_i3d_k400(network: torch.jit.ScriptModule, video_NTCHW: Tensor) -> tuple[Tensor, None]:
    return network(_as_bytes(video_NTCHW), rescale=True, resize=True, return_features=True), None


def _call_i3d_k600(network: torch.jit.ScriptModule, video_NTCHW: Tensor) -> tuple[Tensor, Tensor]:
    num_frames = video_NTCHW.shape[1]
    resized = F.interpolate(fold_time(video_NTCHW), size=(224, 224), mode="bilinear", align_corners=False)
    pooled_NF, logits_NK = network(unfold_time(resized, num_frames).transpose(1, 2))
    return pooled_NF, logits_NK.softmax(1)


def _call_c3d_ucf101(network: torch.jit.ScriptModule, video_NTCHW: Tensor) -> tuple[None, Tensor]:
    return None, network(_as_bytes(video_NTCHW))


def _as_bytes(video_NTCHW: Tensor) -> Tensor:
    """(N, 3, T, H, W) float32 from 0 to 255, rounded as a stored video is."""
    return ((video_NTCHW.transpose(1, 2).float() + 1) * 127.5).round().clamp(0, 255)


PROTOCOLS: dict[str, Protocol] = {
    "i3d-k400": Protocol(
        description="FVD (Unterthiner et al. 2018): I3D logits of Kinetics-400 in the TorchScript form of StyleGAN-V's "
        "authors, which takes (N, 3, T, H, W) from 0 to 255 and rescales and resizes to 224 x 224 itself; 16 frames; "
        "2,048 clips a side (FVD-16).",
        num_frames=16,
        num_clips=2048,
        repeats=4,
        call=_call_i3d_k400,
    ),
    "i3d-k600": Protocol(
        description="FID and IS on Kinetics-600 (Clark et al. 2019, footnote on metrics): average-pool features and "
        "softmax of an I3D trained on Kinetics-600; (N, 3, T, 224, 224) in [-1, 1], resized bilinearly; the file "
        "returns (features, logits). All frames of a clip. The paper does not state the number of clips: 2,048 here.",
        num_frames=None,
        num_clips=2048,
        repeats=4,
        call=_call_i3d_k600,
    ),
    "c3d-ucf101": Protocol(
        description="IS on UCF-101 (TGAN, TGANv2): softmax of Sports-1M C3D fine-tuned on UCF-101, in the TorchScript "
        "form of StyleGAN-V's authors, which takes (N, 3, 16, H, W) from 0 to 255, and swaps channels, resizes to "
        "112 x 112 and subtracts the mean itself; 10 times 2,048 clips, one split.",
        num_frames=16,
        num_clips=2048,
        repeats=10,
        call=_call_c3d_ucf101,
    ),
}


class Extractor:
    """A network of one of `PROTOCOLS`, loaded.

    Args:
        name: key of `PROTOCOLS`.
        where: path of a TorchScript file, or `owner/name/path/in/repo[@revision]` on the Hub.

    Raises ValueError for an unknown protocol or a file that is no TorchScript, FileNotFoundError where there is none.
    """

    def __init__(self, name: str, where: str, device: str = "cpu"):
        if name not in PROTOCOLS:
            raise ValueError(f"unknown feature network {name!r}; known: {', '.join(PROTOCOLS)}.")
        self.name, self.protocol, self.device = name, PROTOCOLS[name], device
        file = _find(where)
        self.sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
        try:
            self.network = torch.jit.load(str(file), map_location=device).eval()
        except RuntimeError as error:
            raise ValueError(f"{where} is no TorchScript file: {str(error).splitlines()[0]}") from None

    @torch.inference_mode()
    def __call__(self, video_NTCHW: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """(N, T, 3, H, W) in [-1, 1] -> features (N, F) and probabilities (N, K) float64 on the CPU, or None.

        Longer clips are cut to the protocol's frames; raises ValueError for shorter ones.
        """
        wanted = self.protocol.num_frames or video_NTCHW.shape[1]
        if video_NTCHW.shape[1] < wanted:
            raise ValueError(f"{self.name} looks at {wanted} frames and these clips have {video_NTCHW.shape[1]}.")
        answers = self.protocol.call(self.network, video_NTCHW[:, :wanted].to(self.device))
        return tuple(None if answer is None else answer.double().cpu() for answer in answers)


def _find(where: str) -> Path:
    path = Path(where)
    if path.is_file():
        return path
    name, _, revision = where.partition("@")
    parts = name.split("/")
    if path.is_absolute() or len(parts) < 3:
        raise FileNotFoundError(f"There is no file {where}: give a path, or owner/name/file on the Hub.")
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download("/".join(parts[:2]), "/".join(parts[2:]), revision=revision or None))
