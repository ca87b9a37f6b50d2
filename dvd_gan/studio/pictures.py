"""Frames, numbers and scores as small HTML figures: sharp at any width, in the colours of day and night.

Frames are (H, W, 3) uint8 and travel inside the page, so that nothing is left on the server.
"""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
from PIL import Image

from dvd_gan.clips import DRAWN_COLOUR, GIVEN_COLOUR
from dvd_gan.studio import text_generate

BAR_PERCENT = 46
SMALLEST_SCALE = 0.25
# What `over` and `shelf` need to be pressed: events with the `index` of the clip.
PRESS = """element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-does]");
  const video = element.closest(".sheet")?.querySelector("video");
  if (button?.dataset.does === "open") trigger("click", {index: Number(button.dataset.index)});
  if (button?.dataset.does === "forget") trigger("forget", {index: Number(button.dataset.index)});
  if (button?.dataset.does === "pause") video.paused ? video.play() : video.pause();
});"""


def picture(frame: np.ndarray, alt: str) -> str:
    """One frame as an <img>."""
    buffer = io.BytesIO()
    Image.fromarray(frame).save(buffer, "PNG")
    data = base64.b64encode(buffer.getvalue()).decode()
    return f'<img class="pixels" src="data:image/png;base64,{data}" alt="{html.escape(alt)}">'


def row(frames: Sequence[np.ndarray], names: Sequence[str], title: str = "") -> str:
    """Frames side by side under a title, each named for those who cannot see it."""
    cells = "".join(picture(frame, name) for frame, name in zip(frames, names, strict=True))
    head = f"<figcaption>{html.escape(title)}</figcaption>" if title else ""
    return f'<figure class="film">{head}<div class="cells" style="--cells: {len(frames)}">{cells}</div></figure>'


def numbers(values: np.ndarray, title: str, alt: str) -> str:
    """A list of numbers as a grid of squares, teal above zero and amber below."""
    columns = next(n for n in range(int(np.ceil(len(values) ** 0.5)), len(values) + 1) if len(values) % n == 0)
    strength = np.clip(np.abs(values) / max(np.abs(values).max(), 1e-12), 0, 1)[:, None]
    colours = np.where(values[:, None] > 0, GIVEN_COLOUR, DRAWN_COLOUR)
    squares = (strength * colours + (1 - strength) * 24).astype(np.uint8).reshape(-1, columns, 3)
    return f'<figure class="numbers">{picture(squares, alt)}<figcaption>{html.escape(title)}</figcaption></figure>'


def scored(
    groups: Sequence[Sequence[np.ndarray]],
    names: Sequence[str],
    scores: Sequence[float],
    before: Sequence[float] | None = None,
) -> str:
    """A film strip with one bar under every group of frames: up and teal where it looks real, down and amber where it
    looks drawn; a thin line marks the score `before` a change."""
    largest = max(SMALLEST_SCALE, *map(abs, scores), *map(abs, before or [0]))
    cells = []
    for i, (group, name, score) in enumerate(zip(groups, names, scores, strict=True)):
        height, side = abs(score) / largest * BAR_PERCENT, "real" if score > 0 else "drawn"
        marks = f'<i class="{side}" style="height: {height:.1f}%"></i>'
        if before is not None:
            marks += f'<b style="bottom: {50 + before[i] / largest * BAR_PERCENT:.1f}%"></b>'
        shown = "".join(picture(frame, "") for frame in group)
        cells.append(
            f'<figure><div class="group">{shown}</div><div class="bar" aria-hidden="true">{marks}</div>'
            f"<figcaption>{html.escape(name)}<br><strong>{score:+.2f}</strong></figcaption></figure>"
        )
    return f'<div class="scored" style="--cells: {len(cells)}">{"".join(cells)}</div>'


def over(labels: Sequence[tuple[str, str]], columns: int) -> str:
    """Buttons to lie over a video of clips in a grid, row by row: what each shows, and what it says to those who cannot
    see it; and one that pauses the video."""
    rows = -(-len(labels) // columns)
    buttons = "".join(
        f'<button type="button" data-does="open" data-index="{i}" aria-label="{html.escape(name)}">'
        f"<span>{html.escape(label)}</span></button>"
        for i, (label, name) in enumerate(labels)
    )
    pause = f'<button type="button" class="pause" data-does="pause" aria-label="{text_generate.PAUSE}">❚❚</button>'
    return f'<div class="over" style="--columns: {columns}; --rows: {rows}">{buttons}{pause}</div>'


def shelf(cards: Sequence[tuple[np.ndarray, str]]) -> str:
    """Pictures with their names, each to be opened or forgotten."""
    shown = []
    for i, (frame, name) in enumerate(cards):
        opens, forgets = (html.escape(told(name)) for told in (text_generate.open_named, text_generate.forget_named))
        shown.append(
            f'<figure><button type="button" data-does="open" data-index="{i}" aria-label="{opens}">'
            f"{picture(frame, '')}<span>{html.escape(name)}</span></button>"
            f'<button type="button" class="forget" data-does="forget" data-index="{i}" aria-label="{forgets}">'
            "✕</button></figure>"
        )
    return f'<div class="shelf">{"".join(shown)}</div>' if cards else ""
