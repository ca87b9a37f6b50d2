"""What a run writes down: log.jsonl, TensorBoard, and a progress bar."""

import json
import time
from pathlib import Path

from torch.utils.tensorboard import SummaryWriter
from tqdm import tqdm


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
        self.board = SummaryWriter(str(run / "tensorboard"), purge_step=videos_seen)
        self.bar = tqdm(total=total_videos, initial=videos_seen, unit="clip", smoothing=0.05, mininterval=5.0)
        self._last = (time.monotonic(), videos_seen)

    def advance(self, videos: int) -> None:
        """Move the bar by so many clips."""
        self.bar.update(videos)

    def record(self, videos_seen: int, measurements: dict[str, float]) -> None:
        """One line: the measurements, the wall time and the clips per second since the last one."""
        now = time.monotonic()
        elapsed, videos = now - self._last[0], videos_seen - self._last[1]
        self._last = (now, videos_seen)
        line = {
            "videos_seen": videos_seen,
            "time": round(time.time(), 1),
            "clips_per_second": round(videos / elapsed, 3),
        }
        line |= {key: round(value, 5) for key, value in measurements.items()}
        with self.path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        for key, value in measurements.items():
            self.board.add_scalar(key, value, videos_seen)
        shown = {key: f"{value:.2f}" for key, value in measurements.items() if key.endswith(("loss", "error"))}
        self.bar.set_postfix(shown, refresh=False)

    def picture(self, videos_seen: int, name: str, picture_HWC) -> None:
        """A uint8 (H, W, 3) sample sheet for TensorBoard."""
        self.board.add_image(name, picture_HWC, videos_seen, dataformats="HWC")

    def close(self) -> None:
        self.bar.close()
        self.board.close()


def _videos_of(line: str) -> int:
    try:
        return json.loads(line)["videos_seen"]
    except json.JSONDecodeError:  # a line cut short by a kill
        return 2**63
