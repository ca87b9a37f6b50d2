"""What a preparation tells: clips kept and clips skipped, by class and reason, as JSON, as text and as a picture."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

from training.data.source import SkippedClip

STILL_SECONDS = 1.0
CLASSES_IN_TEXT = 40
WORST_IN_TEXT = 10

ROWS_A_COLUMN, ROW_HEIGHT, HEADER_HEIGHT = 100, 15, 52
NAME_WIDTH, BAR_WIDTH, COLUMN_WIDTH = 190, 220, 430
COLOURS = {
    "train": "#2c7fb8",
    "held_out": "#7fcdbb",
    "missing": "#bdbdbd",
    "too short": "#fdae61",
    "undecodable": "#d7191c",
    "crashed": "#7b3294",
    "also held out": "#8c6d31",
    "stands still": "#f781bf",
}


@dataclass
class SplitReport:
    """Counts of one split."""

    clips: int = 0
    frames: int = 0
    classes: Counter = field(default_factory=Counter)
    groups: set = field(default_factory=set)
    still: Counter = field(default_factory=Counter)
    skipped: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))

    def count(self, entries: list[dict]) -> None:
        """Add the clips of one shard, by the entries of its index."""
        self.clips += len(entries)
        self.frames += sum(entry["frames"] for entry in entries)
        self.classes.update(entry["class_name"] for entry in entries)
        self.groups.update(entry["group"] for entry in entries)
        self.still.update(entry["class_name"] for entry in entries if entry.get("still_seconds", 0) >= STILL_SECONDS)

    def count_skipped(self, clip: SkippedClip) -> None:
        """Add one clip that is not there."""
        self.skipped[clip.reason][clip.class_name] += 1

    def as_dict(self, class_names: list[str]) -> dict:
        """Numbers of clips, frames, groups, clips a class, of these the ones that stand still for a second or more, and
        skipped clips a reason and class, for report.json."""

        def in_order(counts: Counter) -> dict:
            return {name: counts[name] for name in class_names if counts[name]}

        return {
            "clips": self.clips,
            "frames": self.frames,
            "groups": len(self.groups),
            "classes": in_order(self.classes),
            "stand_still": in_order(self.still),
            "skipped": {reason: in_order(counts) for reason, counts in sorted(self.skipped.items())},
        }


def outcomes_by_class(report: dict) -> dict[str, Counter]:
    """Class -> how many clips went to each split and how many were lost to each reason."""
    outcomes: dict[str, Counter] = defaultdict(Counter)
    for split, counts in report.items():
        for name, clips in counts["classes"].items():
            outcomes[name][split] += clips
        for reason, classes in counts["skipped"].items():
            for name, clips in classes.items():
                outcomes[name][reason] += clips
    return outcomes


def render_report(report: dict) -> str:
    """The totals of each split as lines of text, then its classes; of many classes the ones with fewest clips."""
    lines = []
    for split, counts in report.items():
        skipped = {reason: sum(classes.values()) for reason, classes in counts["skipped"].items()}
        lost = "".join(f"; {clips} {reason}" for reason, clips in skipped.items())
        if still := sum(counts["stand_still"].values()):
            lost = f", of which {still} stand still for {STILL_SECONDS:g} s or more{lost}"
        lines.append(f"{split}: {counts['clips']} clips, {counts['frames']} frames, {counts['groups']} groups{lost}")
        names = {name for classes in [counts["classes"], *counts["skipped"].values()] for name in classes}
        rows = sorted((counts["classes"].get(name, 0), name) for name in names)
        if len(rows) <= CLASSES_IN_TEXT:
            rows.sort(key=lambda row: row[1])
        else:
            lines.append(f"  {len(rows)} classes, of which the smallest are:")
            rows = rows[:WORST_IN_TEXT]
        lines += [f"  {clips:6d}  {name}" for clips, name in rows]
    return "\n".join(lines)


def draw_report(report: dict, class_names: list[str]) -> Image.Image:
    """One bar a class: clips kept in each split and clips lost to each reason; the longest bar is the largest class."""
    outcomes = outcomes_by_class(report)
    total = sum(outcomes.values(), Counter())
    longest = max((counts.total() for counts in outcomes.values()), default=1)
    num_columns = -(-len(class_names) // ROWS_A_COLUMN)
    height = HEADER_HEIGHT + ROW_HEIGHT * min(len(class_names), ROWS_A_COLUMN)
    picture = Image.new("RGB", (max(2, num_columns) * COLUMN_WIDTH, height), "white")
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(size=11)
    left = 8
    for kind, colour in COLOURS.items():
        if total[kind] or kind in report:
            text = f"{kind}: {total[kind]}"
            pen.rectangle([left, 18, left + 10, 28], fill=colour)
            pen.text((left + 14, 23), text, fill="black", font=font, anchor="lm")
            left += 34 + round(pen.textlength(text, font=font))
    for row, name in enumerate(class_names):
        column, place = divmod(row, ROWS_A_COLUMN)
        left, top = column * COLUMN_WIDTH + 8, HEADER_HEIGHT + place * ROW_HEIGHT
        counts = outcomes[name]
        pen.text((left, top + ROW_HEIGHT / 2), _shorten(name, pen, font), fill="black", font=font, anchor="lm")
        left += NAME_WIDTH
        for kind, colour in COLOURS.items():
            right = left + BAR_WIDTH * counts[kind] / longest
            if counts[kind]:
                pen.rectangle([left, top + 2, right, top + ROW_HEIGHT - 3], fill=colour)
            left = right
    return picture


def _shorten(name: str, pen: ImageDraw.ImageDraw, font) -> str:
    if pen.textlength(name, font=font) <= NAME_WIDTH - 6:
        return name
    while pen.textlength(name + "…", font=font) > NAME_WIDTH - 6:
        name = name[:-1]
    return name + "…"
