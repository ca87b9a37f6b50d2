# %% Load: a bundled name, a folder, or owner/name[@revision] of the Hub
import os

import numpy as np

from dvd_gan import DVDGANPipeline, write_mp4
from dvd_gan.clips import as_uint8
from dvd_gan.walks import there_and_back, walk
from training import publish

CHECKPOINT = os.environ.get("CHECKPOINT", "weizmann-64")
REPO = os.environ.get("REPO")  # owner/name of yours, to publish to; log in first with `hf auth login`

pipe = DVDGANPipeline.from_pretrained(CHECKPOINT)
fps = pipe.generator.config.fps

# %% Sample a grid: one row a class, one column a seed
rows = [np.concatenate([as_uint8(c) for c in pipe(name, seeds=range(4)).frames], axis=2) for name in pipe.class_names]
write_mp4(np.concatenate(rows, axis=1), "grid.mp4", fps)

# %% Interpolate: from one class and seed to another, and back
clips = walk(pipe, (pipe.class_names[0], pipe.class_names[-1]), seeds=(1, 2), num_positions=9)
write_mp4(there_and_back(clips), "walk.mp4", fps)

# %% Push: the checkpoint under a name of yours; without REPO, only a list of what would be sent
dry_run = [] if REPO else ["--dry-run"]
publish.main(["model", "--checkpoint", CHECKPOINT, "--repo", REPO or "me/first-steps", *dry_run])
