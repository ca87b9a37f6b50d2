"""What a checkpoint says of itself: card, figures and their protocol, size, classes, data, licence, commit."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from dvd_gan import hub
from dvd_gan.hub import CheckpointFacts

MAX_CARD_CHARACTERS = 20_000
MAX_SHOWN_BYTES = 20 * 2**20

# metrics.json -> words; what a file does not hold is left out.
FIGURES = {
    "class_accuracy": "class accuracy by the judge",
    "inception_score": "Inception Score on the judge's classes",
    "frechet_to_held_out": "Frechet distance to held-out clips",
    "frechet_to_train": "Frechet distance to training clips",
    "motion_over_real": "motion energy over real",
    "nearly_identical_pairs": "nearly identical pairs",
    "frechet_continued": "Frechet distance of continued clips",
    "step_at_the_join_over_real": "change at the join, over that in real clips",
}
PROTOCOL = ("features", "clips_per_class", "num_frames", "frame_stride", "resolution", "truncation", "precision")


@dataclass(frozen=True)
class CheckpointPage:
    """A checkpoint as people compare them.

    `figures` are (what, value) pairs, `protocol` is one line on how they were measured ("" where they were not),
    `parameters` counts each part's, `commit` is the Hub's or None, and the files are None where there are none.
    """

    facts: CheckpointFacts
    commit: str | None
    licence: str
    card: str
    figures: tuple[tuple[str, float], ...]
    protocol: str
    parameters: dict[str, int]
    preview: Path | None
    timeline: Path | None


def describe(folder: Path) -> CheckpointPage:
    """Read all that a checked release folder says; loads no weights."""
    front, card = _card(folder / "README.md")
    figures, protocol = _metrics(folder / "metrics.json")
    return CheckpointPage(
        facts=hub.read_facts(folder),
        commit=hub.commit_of(folder),
        licence=str(front.get("license") or "not stated"),
        card=card,
        figures=figures,
        protocol=protocol,
        parameters=_parameters(folder),
        preview=_shown(folder / "preview.mp4"),
        timeline=_shown(folder / "timeline.mp4"),
    )


def _card(path: Path) -> tuple[dict, str]:
    """Front matter and body, without pictures: a stranger's card makes no visitor's browser ask other servers."""
    if not path.is_file():
        return {}, ""
    text = path.read_text(errors="replace")[:MAX_CARD_CHARACTERS]
    found = re.match(r"---\n(.*?)\n---\n", text, flags=re.DOTALL)
    try:
        front = yaml.safe_load(found[1]) if found else {}
    except yaml.YAMLError:
        front = {}
    body = text[found.end() :] if found else text
    body = re.sub(r"!\[[^\]]*\](\([^)]*\)|\[[^\]]*\])|<[^>]*>", "", body)
    return front if isinstance(front, dict) else {}, body.strip()


def _metrics(path: Path) -> tuple[tuple[tuple[str, float], ...], str]:
    try:
        metrics = json.loads(path.read_text())
        measured = {**metrics.get("generated_clips", {}), **metrics.get("continued_clips", {})}
        protocol = {key: metrics["protocol"][key] for key in PROTOCOL if key in metrics["protocol"]}
        data = metrics["protocol"].get("data", {}).get("name")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return (), ""
    numbers = [(words, measured.get(key)) for key, words in FIGURES.items()]
    told = [f"{key.replace('_', ' ')} {value}" for key, value in protocol.items()]
    told += [f"data {data}"] if data else []
    return tuple((words, value) for words, value in numbers if isinstance(value, (int, float))), "; ".join(told)


def _parameters(folder: Path) -> dict[str, int]:
    from dvd_gan.parts import empty_networks

    networks = empty_networks(folder)
    return {part: sum(p.numel() for p in network.parameters()) for part, network in networks.items()}


def _shown(path: Path) -> Path | None:
    return path if path.is_file() and path.stat().st_size <= MAX_SHOWN_BYTES else None
