"""One HTML page about a run: curves, samples over time, metrics, settings, hardware. Nothing is loaded from elsewhere.

python -m training.report runs/weizmann_64
"""

import argparse
import base64
import html
import io
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from training.checkup import BASELINES
from training.curves import draw_curves
from training.hardware import FILE as HARDWARE_FILE
from training.logged import read_log, series_of
from training.metrics.nearest import PICTURE
from training.pictures import caption, grid_columns, tile
from training.samples import gif_bytes
from training.watch import DIVERSITY

MOMENTS = 8
HIGHER_IS_BETTER = {"judged_class_accuracy", "judged_inception_score"}
LOWER_IS_BETTER = {"judged_frechet_to_held_out", "judged_frechet_to_train", "judged_nearly_identical_pairs"}
REAL = {
    "train_clips": "real training clips",
    "frozen_train_clips": "these frozen",
    "shuffled_train_clips": "their frames shuffled",
}
META = '<meta charset="utf-8"><meta name="viewport" content="width=device-width">'
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1c1917 }
figure { display: inline-block; margin: 0 1rem 1rem 0; vertical-align: top }
img { max-width: 100%; image-rendering: pixelated } .curve img { image-rendering: auto }
.moment img { min-width: 14rem }
table { border-collapse: collapse } td, th { padding: .15rem 1.25rem .15rem 0; text-align: left; vertical-align: top }
td + td, th + th { font-variant-numeric: tabular-nums } tr { border-bottom: 1px solid #e7e5e4 }
.notice { border-left: 4px solid #b91c1c; padding-left: .75rem }
"""


def build_report(run: Path) -> str:
    """The page, as HTML."""
    lines = read_log(run)
    if not lines:
        raise FileNotFoundError(f"{run} holds no log.jsonl: name the folder of a run that has logged something.")
    series, settings = series_of(lines), _read(run / "run.json")
    title = html.escape(f"{settings.get('name', run.name)}: {lines[-1]['videos_seen'] if lines else 0:,} clips seen")
    notices = [f"at {line['videos_seen']:,} clips: {line['notice']}" for line in lines if "notice" in line]
    parts = [f"<h1>{title}</h1>", f"<p>{_summary(lines, settings)}</p>"]
    parts += [f'<p class="notice">{html.escape(notice)}</p>' for notice in notices]
    parts += ["<h2>Curves</h2>", *(_curve(name, svg) for name, svg in draw_curves(series))]
    parts += ["<h2>Samples over time</h2>", *_samples(run, _read(run / "model.json"))]
    parts += ["<h2>Metrics</h2>", _metrics(series, _read(run / BASELINES)), *_nearest(run)]
    parts += ["<h2>Configuration</h2>", _table(settings), "<h2>Hardware</h2>", _table(_read(run / HARDWARE_FILE))]
    head = f"{META}<title>{title}</title><style>{STYLE}</style>"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{"".join(parts)}</body></html>\n'


def _summary(lines, settings) -> str:
    rates = [line["clips_per_second"] for line in lines if "clips_per_second" in line]
    if not rates:
        return "Nothing was logged yet."
    total = settings.get("total_videos")
    planned = f" of {total:,}" if total else ""
    return f"{lines[-1]['videos_seen']:,}{planned} clips, {np.median(rates):.3g} a second (median)."


def _read(path: Path) -> dict:
    return json.loads(path.read_text()) if path.exists() else {}


def _table(facts: dict) -> str:
    if not facts:
        return "<p>Not recorded.</p>"
    rows = (
        f"<tr><th>{html.escape(str(key))}</th><td>{html.escape(str(value))}</td></tr>" for key, value in facts.items()
    )
    return f"<table>{''.join(rows)}</table>"


def _picture(data: bytes, kind: str, alt: str) -> str:
    encoded = base64.b64encode(data).decode()
    return f'<img alt="{html.escape(alt)}" src="data:image/{kind};base64,{encoded}">'


def _captioned(data: bytes, kind: str, text: str, style: str = "") -> str:
    return f'<figure class="{style}">{_picture(data, kind, text)}<figcaption>{text}</figcaption></figure>'


def _curve(name: str, svg: bytes) -> str:
    return f'<figure class="curve">{_picture(svg, "svg+xml", name)}</figure>'


def _samples(run: Path, model: dict) -> list[str]:
    """At most 8 moments, evenly spaced: one clip a class that plays, and the last sheet."""
    moments = sorted((run / "samples").glob("*.npy"))
    if not moments:
        return ["<p>Nothing was sampled yet.</p>"]
    picks = np.unique(np.linspace(0, len(moments) - 1, min(MOMENTS, len(moments))).round().astype(int))
    parts = []
    for moment in (moments[i] for i in picks):
        clips = list(np.load(moment, allow_pickle=False))
        grid = tile(clips, grid_columns(len(clips)))
        text = f"after {int(moment.stem):,} clips"
        parts.append(_captioned(gif_bytes(grid, model.get("fps", 12.0)), "gif", text, "moment"))
    text = "The last sheet: a row a clip, fixed seeds, nothing chosen."
    return [
        "<p>One clip of every class, seed 0, as the averaged generator draws it.</p>",
        *parts,
        _captioned(_sheet(moments[-1], model.get("class_names")), "png", text),
    ]


def _sheet(moment: Path, class_names: list[str] | None) -> bytes:
    """The sheet of a moment in two columns, a PNG; the rows of each class under its name, if all classes are shown."""
    num_shown = len(np.load(moment, mmap_mode="r", allow_pickle=False))
    with Image.open(moment.with_suffix(".png")) as picture:
        blocks = np.split(np.asarray(picture.convert("RGB")), num_shown)
    if class_names and len(class_names) == num_shown:
        names = [caption(name, blocks[0].shape[1], 20) for name in class_names]
        blocks = [np.concatenate(pair) for pair in zip(names, blocks, strict=True)]
    file = io.BytesIO()
    Image.fromarray(tile(blocks, columns=2)).save(file, "PNG", optimize=True)
    return file.getvalue()


def _metrics(series, baselines: dict) -> str:
    """First, last and best of each figure, and the same figure of real clips: as they are, frozen and shuffled."""
    measured = {name: pair for name, pair in series.items() if name.startswith("judged_") or name == DIVERSITY}
    if not measured:
        return "<p>None: give the run a --judge.</p>"
    kinds = {key: name for key, name in REAL.items() if key in baselines}
    header = ["figure", "first", "last", "best", *kinds.values()]
    rows = [f"<tr>{''.join(f'<th>{name}</th>' for name in header)}</tr>"]
    for name, (videos, values) in measured.items():
        best = "1 is like real"
        if name in HIGHER_IS_BETTER | LOWER_IS_BETTER:
            place = int(np.argmax(values) if name in HIGHER_IS_BETTER else np.argmin(values))
            best = f"{values[place]:.4g} at {videos[place]:,}"
        real = [baselines[kind].get(name.removeprefix("judged_")) for kind in kinds]
        cells = [f"{values[0]:.4g}", f"{values[-1]:.4g}", best, *("" if x is None else f"{x:.4g}" for x in real)]
        rows.append(f"<tr><th>{name}</th>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>")
    return f"<table>{''.join(rows)}</table>{_judge(baselines)}"


def _judge(baselines: dict) -> str:
    if not baselines:
        return ""
    accuracy = baselines["held_out_clips"]["class_accuracy"]
    return (
        f"<p>{baselines['clips_per_class']} clips of every class a time, always the same seeds. The judge is right on "
        f"{accuracy:.1%} of held-out real clips; sha256 of its weights: <code>{baselines['judge_sha256']}</code>.</p>"
    )


def _nearest(run: Path) -> list[str]:
    """The pairs that training.release drew when it measured the run's weights, if it did."""
    if not (run / PICTURE).exists():
        return []
    text = "Released weights: each generated clip above its nearest training clip. Not for handing on."
    return [_captioned((run / PICTURE).read_bytes(), "png", text)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake of the user ends it with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m training.report", description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a run, finished or not")
    parser.add_argument("--out", type=Path, help="page to write; default: report.html in the run folder")
    options = parser.parse_args(arguments)
    out = options.out or options.run / "report.html"
    try:
        out.write_text(build_report(options.run))
    except OSError as error:
        sys.exit(str(error))
    print(out)


if __name__ == "__main__":
    main()
