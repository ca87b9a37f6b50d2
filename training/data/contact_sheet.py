"""A picture of a prepared data set: what each class looks like, decoded from the shards as training will see it."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from training.data.shards import SPLITS, ShardedClips, read_dataset_facts

FRAMES_SHOWN = 12
OTHERS_SHOWN = 6
GAP = 2
CAPTION_WIDTH = 84


def draw_contact_sheet(folder: Path) -> Image.Image:
    """One row a class: its first clip's frames, evenly spaced, then the middle frame of up to six other clips."""
    facts = read_dataset_facts(folder)
    splits = [ShardedClips(folder, s, num_frames=1) for s in SPLITS if facts["splits"][s]]
    cell = facts["resolution"] + GAP
    width = CAPTION_WIDTH + (FRAMES_SHOWN + OTHERS_SHOWN) * cell + 3 * GAP
    sheet = Image.new("RGB", (width, len(facts["class_names"]) * cell), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=14)
    for label, name in enumerate(facts["class_names"]):
        pen.text((4, (label + 0.5) * cell), name, fill="black", font=font, anchor="lm")
        for column, frame_HWC in enumerate(_frames_of_class(splits, label)):
            left = CAPTION_WIDTH + column * cell + (3 * GAP if column >= FRAMES_SHOWN else 0)
            sheet.paste(Image.fromarray(frame_HWC), (left, label * cell))
    return sheet


def _frames_of_class(splits: list[ShardedClips], label: int) -> list[np.ndarray]:
    places = [(clips, index) for clips in splits for index, other in enumerate(clips.labels) if other == label]
    if not places:
        return []
    (clips, first), *others = places[: 1 + OTHERS_SHOWN]
    starts = np.linspace(0, clips.num_starts(first) - 1, FRAMES_SHOWN).round().astype(int)
    frames = [clips.clip(first, int(start))["frames"][0] for start in starts]
    frames += [clips.clip(index, clips.num_starts(index) // 2)["frames"][0] for clips, index in others]
    return [frame.numpy() for frame in frames]
