"""Trains the judge on the real training split: `python -m training.metrics.classifier --data DIR --out DIR`.

Colour is made useless (every clip's channels are mixed at random), so that the judge must look at shape and
motion.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from dvd_gan.video import from_uint8
from training.data.shards import ShardedClips, read_dataset_facts
from training.metrics.confusion import accuracy_by_class, confusion_matrix, draw_confusion
from training.metrics.judge import Judge, JudgeProtocol, load_judge, save_judge

STEPS_PER_CLASS = 110
BATCH_CLIPS = 24
PEAK_LEARNING_RATE = 3e-3
HELD_OUT_WINDOWS_PER_CLASS = 48


def augment(video_BTCHW: Tensor, generator: torch.Generator) -> Tensor:
    """Each clip moved, zoomed, mirrored and recoloured at random, all its frames alike. Same shape and dtype.

    Values may leave [-1, 1] by a little: contrast and brightness are not clamped.
    """
    num_clips, num_frames, channels, height, width = video_BTCHW.shape

    def uniform(low: float, high: float) -> Tensor:
        return torch.rand(num_clips, generator=generator) * (high - low) + low

    mirror = torch.randint(0, 2, (num_clips,), generator=generator) * 2 - 1
    zoom, shift_x, shift_y = uniform(0.85, 1.15), uniform(-0.2, 0.2), uniform(-0.2, 0.2)
    zero = torch.zeros(num_clips)
    moves_B23 = torch.stack([torch.stack([zoom * mirror, zero, shift_x], 1), torch.stack([zero, zoom, shift_y], 1)], 1)
    grid = F.affine_grid(moves_B23, [num_clips, 1, height, width], align_corners=False)
    moved = F.grid_sample(video_BTCHW.flatten(1, 2), grid, padding_mode="border", align_corners=False)
    moved = moved.unflatten(1, (num_frames, channels))
    mix_BCC = torch.softmax(2 * torch.randn(num_clips, channels, channels, generator=generator), dim=2)
    mixed = torch.einsum("bdc,btchw->btdhw", mix_BCC, moved)
    contrast, brightness = uniform(0.6, 1.4), uniform(-0.3, 0.3)
    return mixed * contrast.view(-1, 1, 1, 1, 1) + brightness.view(-1, 1, 1, 1, 1)


def train_judge(
    data: str | Path,
    num_frames: int = 16,
    frame_stride: int = 2,
    seed: int = 0,
    steps: int | None = None,
    batch_clips: int = BATCH_CLIPS,
) -> tuple[Judge, JudgeProtocol]:
    """Train on a prepared folder's train split, measure on its held-out split; the judge comes in eval mode.

    Without `steps` it takes 110 a class: a minute or two on one CPU thread for four classes at 64 pixels. The global
    random state is untouched.
    """
    clips = ShardedClips(data, "train", num_frames, frame_stride, seed)
    steps = steps if steps is not None else STEPS_PER_CLASS * len(clips.class_names)
    generator = torch.Generator().manual_seed(seed)
    began = time.monotonic()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)  # initial weights and dropout
        judge = Judge(len(clips.class_names)).to(memory_format=torch.channels_last_3d)
        optimizer = torch.optim.AdamW(judge.parameters(), lr=PEAK_LEARNING_RATE, weight_decay=0.05)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_LEARNING_RATE, total_steps=steps)
        for step in range(steps):
            batch = [clips[draw] for draw in range(step * batch_clips, (step + 1) * batch_clips)]
            video = augment(from_uint8(torch.stack([item["frames"] for item in batch])), generator)
            labels = torch.tensor([item["label"] for item in batch])
            loss = F.cross_entropy(judge(video), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    judge.eval().requires_grad_(False)
    seconds = time.monotonic() - began
    held_out = ShardedClips(data, "held_out", num_frames, frame_stride)
    confusion = confusion_matrix(judge, held_out, HELD_OUT_WINDOWS_PER_CLASS)
    accuracies = accuracy_by_class(confusion)
    return judge, JudgeProtocol(
        class_names=clips.class_names,
        resolution=clips.resolution,
        num_frames=num_frames,
        frame_stride=frame_stride,
        data_name=read_dataset_facts(data)["name"],
        data_sha256=clips.sha256,
        train_clips=len(clips),
        seed=seed,
        steps=steps,
        batch_clips=batch_clips,
        train_seconds=round(seconds, 1),
        held_out_groups=sorted(set(held_out.groups)),
        held_out_windows=HELD_OUT_WINDOWS_PER_CLASS * len(accuracies),
        held_out_accuracy=accuracies.mean().item(),
        held_out_accuracy_by_class=dict(zip(clips.class_names, accuracies.tolist(), strict=True)),
        held_out_confusion=confusion.tolist(),
        torch_version=torch.__version__,
    )


def write_judge(judge: Judge, protocol: JudgeProtocol, folder: str | Path) -> None:
    """Save the judge with confusion.png, the picture of what it takes for what on held-out real clips, beside it."""
    save_judge(judge, protocol, folder)
    title = f"{protocol.data_name}: {protocol.held_out_accuracy:.1%} of {protocol.held_out_windows} held-out windows"
    draw_confusion({title: protocol.held_out_confusion}, protocol.class_names, Path(folder) / "confusion.png")


def get_judge(
    folder: Path | None, data: Path, facts: dict, num_frames: int, frame_stride: int
) -> tuple[Judge, JudgeProtocol]:
    """The judge saved in `folder`, or one trained now (and written there, if a folder is named).

    Raises ValueError when a saved judge was trained for other clips than these.
    """
    if folder is not None and folder.exists():
        judge, protocol = load_judge(folder)
        wanted = (facts["class_names"], facts["resolution"], num_frames, frame_stride)
        has = (protocol.class_names, protocol.resolution, protocol.num_frames, protocol.frame_stride)
        if has != wanted:
            raise ValueError(
                f"The judge in {folder} was trained for (classes, pixels, frames, stride) {has} and these "
                f"clips are {wanted}: name another folder, and a fitting judge is trained and saved there."
            )
        return judge, protocol
    judge, protocol = train_judge(data, num_frames, frame_stride)
    if folder is not None:
        write_judge(judge, protocol, folder)
    return judge, protocol


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake of the user ends it with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m training.metrics.classifier", description=__doc__)
    parser.add_argument("--data", required=True, help="prepared data set")
    parser.add_argument("--out", required=True, help="folder for the judge")
    parser.add_argument("--num-frames", type=int, default=16, help="frames in a window")
    parser.add_argument("--frame-stride", type=int, default=2, help="stored frames from one to the next")
    parser.add_argument("--steps", type=int, help="default: 110 a class")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        judge, protocol = train_judge(
            options.data, options.num_frames, options.frame_stride, options.seed, options.steps
        )
    except (OSError, ValueError) as error:
        sys.exit(str(error))
    write_judge(judge, protocol, options.out)
    print(
        f"held-out accuracy {protocol.held_out_accuracy:.1%} on {protocol.held_out_windows} windows by",
        end=" ",
    )
    print(f"{', '.join(protocol.held_out_groups)}; trained in {protocol.train_seconds:.0f} s; {options.out}")
    for name, accuracy in protocol.held_out_accuracy_by_class.items():
        print(f"  {accuracy:6.1%}  {name}")


if __name__ == "__main__":
    main()
