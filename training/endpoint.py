"""What a Hugging Face Inference Endpoint runs; published as handler.py, in one file with all it needs."""

import base64
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dvd_gan.clips import write_mp4
from dvd_gan.pipeline import DVDGANPipeline

MAX_CLIPS_PER_REQUEST = 16
MAX_FRAMES_PER_REQUEST = 480


class EndpointHandler:
    """Loaded once in each replica; called with the JSON of every request.

    Args:
        path: the folder that the Endpoint has put the repository's files in.
    """

    def __init__(self, path: str = ""):
        self.pipe = DVDGANPipeline.from_pretrained(path, use_safetensors=True, low_cpu_mem_usage=False)
        self.pipe.set_progress_bar_config(disable=True)
        if torch.cuda.is_available():
            self.pipe.to("cuda")

    def __call__(self, data: dict[str, Any]) -> dict[str, Any]:
        """{"inputs": class name or id, or a list; "parameters": {...}} -> {"clips": [...]} or {"error": one sentence}.

        Parameters: `seeds` (a number or a list), `num_frames`, `truncation`, `fps`, and, for a checkpoint that
        continues clips, `frames`: pixel values 0 to 255, (frames, height, width, 3). A clip is an MP4 file in base64.
        """
        parameters = dict(data.get("parameters") or {})
        unknown = parameters.keys() - {"seeds", "num_frames", "truncation", "fps", "frames"}
        try:
            if unknown:
                raise ValueError(f"There is no parameter {sorted(unknown)[0]!r}.")
            return {"clips": self._clips(data.get("inputs"), parameters)}
        except (ValueError, TypeError) as error:
            return {"error": str(error)}

    def _clips(self, class_labels: Any, parameters: dict[str, Any]) -> list[dict[str, Any]]:
        seeds = parameters.pop("seeds", 0)
        seeds = seeds if isinstance(seeds, list) else [seeds]
        labels = class_labels if isinstance(class_labels, list) else [class_labels]
        if max(len(seeds), len(labels)) > MAX_CLIPS_PER_REQUEST:
            raise ValueError(f"A request may ask for {MAX_CLIPS_PER_REQUEST} clips at most.")
        num_frames = parameters.get("num_frames")
        if isinstance(num_frames, int) and num_frames > MAX_FRAMES_PER_REQUEST:
            raise ValueError(f"A request may ask for {MAX_FRAMES_PER_REQUEST} frames at most.")
        fps = parameters.pop("fps", self.pipe.generator.config.fps)
        if parameters.get("frames") is not None:
            parameters["frames"] = np.asarray(parameters["frames"], np.uint8)
        clips = self.pipe(None if class_labels == "" else class_labels, seeds, **parameters).frames
        with tempfile.TemporaryDirectory() as folder:
            files = [write_mp4(clip, Path(folder) / f"{i}.mp4", fps) for i, clip in enumerate(clips)]
            return [{"mp4": base64.b64encode(file.read_bytes()).decode(), "fps": fps} for file in files]
