"""The judge: a small 3-D CNN that names the action in a clip, and the features its distances are measured on.

It is trained on the real training split by classifier.py. A judge is a folder: judge.safetensors and
protocol.json, which tells what it was trained on and how well it does on people it never saw.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

WIDTHS = (24, 48, 64, 96)


@dataclass(frozen=True, kw_only=True)
class JudgeProtocol:
    """Everything needed to read a judge's figures, saved beside its weights."""

    class_names: list[str]
    resolution: int
    num_frames: int
    frame_stride: int
    data_name: str
    data_sha256: str
    train_clips: int
    seed: int
    steps: int
    batch_clips: int
    train_seconds: float
    held_out_groups: list[str]
    held_out_windows: int
    held_out_accuracy: float
    held_out_accuracy_by_class: dict[str, float]
    held_out_confusion: list[list[int]]
    torch_version: str


class Judge(nn.Module):
    """(B, T, 3, H, W) float clips in [-1, 1] -> (B, classes) logits. Any length; at least 16 pixels.

    It sees each frame beside its difference from the one before: where looks vary more than actions do, what moves
    is what tells them apart.
    """

    def __init__(self, num_classes: int):
        super().__init__()
        stem, *rest = WIDTHS
        layers: list[nn.Module] = [
            nn.Conv3d(6, stem, (1, 5, 5), stride=(1, 2, 2), padding=(0, 2, 2), bias=False),
            nn.BatchNorm3d(stem),
            nn.ReLU(inplace=True),
        ]
        for inputs, outputs in zip(WIDTHS, rest, strict=False):
            layers += [
                nn.Conv3d(inputs, outputs, 3, stride=2, padding=1, bias=False),
                nn.BatchNorm3d(outputs),
                nn.ReLU(inplace=True),
            ]
        self.trunk = nn.Sequential(*layers)
        self.dropout = nn.Dropout(0.3)
        self.head = nn.Linear(WIDTHS[-1], num_classes)

    def features(self, video_BTCHW: Tensor) -> Tensor:
        """(B, T, 3, H, W) float in [-1, 1] -> (B, 96) float32: the averaged last layer, for distances."""
        changes_BTCHW = torch.diff(video_BTCHW, dim=1, prepend=video_BTCHW[:, :1])
        video_BCTHW = torch.cat([video_BTCHW, changes_BTCHW], dim=2).transpose(1, 2)
        video_BCTHW = video_BCTHW.contiguous(memory_format=torch.channels_last_3d)
        return self.trunk(video_BCTHW).mean((2, 3, 4)).float()

    def classify(self, features_BF: Tensor) -> Tensor:
        """(B, 96) features -> (B, classes) logits."""
        return self.head(self.dropout(features_BF))

    def forward(self, video_BTCHW: Tensor) -> Tensor:
        return self.classify(self.features(video_BTCHW))


@torch.inference_mode()
def features_of(judge: Judge, batches: Iterable[Tensor]) -> Tensor:
    """Batches of clips, each (B, T, 3, H, W) float in [-1, 1] -> (N, 96) float32 on the CPU."""
    device = next(judge.parameters()).device
    return torch.cat([judge.features(batch.to(device)).cpu() for batch in batches])


@torch.inference_mode()
def probabilities_of(judge: Judge, features_NF: Tensor) -> Tensor:
    """(N, 96) features -> (N, classes) float64 probabilities on the CPU."""
    device = next(judge.parameters()).device
    return F.softmax(judge.classify(features_NF.to(device)).double().cpu(), dim=1)


def save_judge(judge: Judge, protocol: JudgeProtocol, folder: str | Path) -> None:
    """Write judge.safetensors and protocol.json into `folder`, made if need be."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.contiguous() for name, tensor in judge.state_dict().items()}, _weights(folder))
    (folder / "protocol.json").write_text(json.dumps(asdict(protocol), indent=2) + "\n")


def load_judge(folder: str | Path) -> tuple[Judge, JudgeProtocol]:
    """A saved judge in eval mode, and its protocol.

    Raises FileNotFoundError where the folder holds none, and ValueError for weights of another network.
    """
    folder = Path(folder)
    if not _weights(folder).is_file():
        raise FileNotFoundError(f"{folder} holds no judge: train one with `python -m training.metrics.classifier`.")
    protocol = JudgeProtocol(**json.loads((folder / "protocol.json").read_text()))
    judge = Judge(len(protocol.class_names))
    try:
        judge.load_state_dict(load_file(_weights(folder)))
    except RuntimeError as error:
        raise ValueError(
            f"The judge in {folder} is of an older version: train one with `python -m training.metrics.classifier`."
        ) from error
    return judge.eval().requires_grad_(False), protocol


def judge_sha256(judge: Judge) -> str:
    """Digest of a judge's weights: names the judge in every report."""
    digest = hashlib.sha256()
    for name, tensor in sorted(judge.state_dict().items()):
        digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _weights(folder: Path) -> Path:
    return folder / "judge.safetensors"
