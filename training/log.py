"""What a run writes down: log.jsonl, TensorBoard, and one status line."""

import json
import time
from pathlib import Path

import numpy as np
from tensorboard.compat.proto.summary_pb2 import Summary
from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm

from training.samples import gif_bytes
from training.watch import CollapseWatch


class RunLog:
    """Records measurements against videos seen. Only the main process makes one.

    Args:
        run: run folder; log.jsonl is appended to, lines past `videos_seen` (of a lost interval) are dropped.
        videos_seen, total_videos: where the bar starts and ends.
    """

    def __init__(self, run: Path, videos_seen: int, total_videos: int):
        self.path = run / "log.jsonl"
        if self.path.exists():
            kept = [line for line in self.path.read_text().splitlines() if _videos_of(line) <= videos_seen]
            rewritten = self.path.with_suffix(".partial")
            rewritten.write_text("".join(line + "\n" for line in kept))
            rewritten.replace(self.path)
        self.watch = CollapseWatch(run)
        self.board = SummaryWriter(str(run / "tensorboard"), purge_step=videos_seen)
        self.bar = tqdm(total=total_videos, initial=videos_seen, unit="clip", smoothing=0.05, mininterval=5.0)
        self._last = (time.monotonic(), videos_seen)

    def advance(self, videos: int) -> None:
        """Move the bar by so many clips."""
        self.bar.update(videos)

    def record(self, videos_seen: int, measurements: dict[str, float]) -> None:
        """One line: the measurements, the wall time and the clips per second since the last one; and a notice if they
        tell of a collapse."""
        now = time.monotonic()
        elapsed, videos = now - self._last[0], videos_seen - self._last[1]
        self._last = (now, videos_seen)
        if videos:
            measurements = {"clips_per_second": videos / elapsed, **measurements}
        self._write(videos_seen, {key: round(value, 5) for key, value in measurements.items()})
        for key, value in measurements.items():
            self.board.add_scalar(key, value, videos_seen)
        for text in self.watch.see(measurements):
            self._write(videos_seen, {"notice": text})
            self.board.add_text("notice", text, videos_seen)
            self.bar.write(text)
        shown = {key: f"{value:.2f}" for key, value in measurements.items() if key.endswith(("loss", "error"))}
        if shown:
            self.bar.set_postfix(shown, refresh=False)

    def _write(self, videos_seen: int, facts: dict[str, float | str]) -> None:
        with self.path.open("a") as file:
            file.write(json.dumps({"videos_seen": videos_seen, "time": round(time.time(), 1), **facts}) + "\n")

    def layers(self, videos_seen: int, name: str, values: dict[str, float]) -> None:
        """One number a layer, for TensorBoard only."""
        for layer, value in values.items():
            self.board.add_scalar(f"{name}/{layer}", value, videos_seen)

    def picture(self, videos_seen: int, name: str, picture_HWC) -> None:
        """A uint8 (H, W, 3) sample sheet for TensorBoard."""
        self.board.add_image(name, picture_HWC, videos_seen, dataformats="HWC")

    def clip(self, videos_seen: int, name: str, clip_THWC: np.ndarray, fps: float) -> None:
        """A uint8 (T, H, W, 3) clip that plays in TensorBoard, which shows GIFs among its images."""
        height, width = clip_THWC.shape[1:3]
        image = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=gif_bytes(clip_THWC, fps))
        self.board.file_writer.add_summary(Summary(value=[Summary.Value(tag=name, image=image)]), videos_seen)

    def close(self) -> None:
        self.bar.close()
        self.board.close()


def _videos_of(line: str) -> int:
    try:
        return json.loads(line)["videos_seen"]
    except json.JSONDecodeError:  # a line cut short by a kill
        return 2**63
