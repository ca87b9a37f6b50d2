"""Links: what a visitor sees, as plain query parameters of the page's address, and back.

`?tab=generate&checkpoint=weizmann-64&class=jumping+jacks&seed=7&frames=48&truncation=1.0` opens that very clip
anywhere; everything may be left out.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode

from dvd_gan.clips import CHANGES, MAX_GIF_FPS
from dvd_gan.recipe import ClipRecipe, read_variations, write_variations
from dvd_gan.studio import text_share
from dvd_gan.studio.seeds import MAX_SEED

T = TypeVar("T")
TABS = ("wall", "generate", "continue", "explore", "how-it-works", "checkpoints")
MAX_FRAMES = 240
MIN_TRUNCATION = 0.05
MAX_TEXT = 200
MAX_VARIATIONS = 1000
MAX_PLACES = 32
MAX_START = 10_000
FUTURES = (1, 2, 4)
NUM_STEPS = 6
KEYS = {"class_name": "class", "num_frames": "frames"}


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a link says; None is what it leaves open.

    `tab` is one of TABS; `seed` runs from 0 to 2**53 - 1, `num_frames` from 1 to 240, `truncation` from 0.05 to 1,
    `fps` from 1 to 50; `variations` are as `recipe.write_variations` writes them. A walk goes to `to_class` and
    `to_seed` by 2 to 32 `places`, beside a live picture; a continuation starts from an `example` at frame `start` and
    has 1, 2 or 4 `futures`; the tour is at one of six `step`s, its clip has undergone a `change` of `clips.CHANGES`,
    and the seed `draw` decides which of its frames the spatial critic sees. Names are not looked up here.
    """

    tab: str | None = None
    checkpoint: str | None = None
    class_name: str | None = None
    seed: int | None = None
    num_frames: int | None = None
    truncation: float | None = None
    fps: float | None = None
    variations: str | None = None
    to_class: str | None = None
    to_seed: int | None = None
    places: int | None = None
    live_class: str | None = None
    live_seed: int | None = None
    example: str | None = None
    start: int | None = None
    futures: int | None = None
    step: int | None = None
    change: str | None = None
    draw: int | None = None


PARAMETERS = [KEYS.get(field.name, field.name) for field in fields(Link)]


def link_to(recipe: ClipRecipe, tab: str = "generate") -> Link:
    """The link that draws this clip again."""
    shared = {field.name for field in fields(Link)} & {field.name for field in fields(recipe)} - {"variations"}
    values = {name: getattr(recipe, name) for name in shared}
    return Link(tab=tab, variations=write_variations(recipe.variations) or None, **values)


def render(link: Link) -> str:
    """The part of an address after its question mark; `parse` gives the same link back."""
    said = {KEYS.get(field.name, field.name): getattr(link, field.name) for field in fields(Link)}
    return urlencode({key: value for key, value in said.items() if value is not None})


def parse(address: str) -> Link:
    """An address, or its part after the question mark, to what it says; other people's parameters are passed over.

    Raises ValueError, one sentence, for the first value that cannot be meant.
    """
    query = address.partition("#")[0].rpartition("?")[2]
    given = dict(parse_qsl(query, keep_blank_values=True))
    values = {}
    for field in fields(Link):
        key = KEYS.get(field.name, field.name)
        if key in given:
            values[field.name] = _READERS[field.name](key, given[key].strip())
    return Link(**values)


def _one_of(choices: Sequence[T], kind: Callable[[str], T] = str) -> Callable[[str, str], T]:
    def read(key: str, value: str) -> T:
        if value not in map(str, choices):
            raise ValueError(text_share.bad_value(key, value, text_share.one_of(list(map(str, choices)))))
        return kind(value)

    return read


def _words(key: str, value: str) -> str:
    if not value or len(value) > MAX_TEXT or not value.isprintable():
        raise ValueError(text_share.bad_value(key, value, text_share.a_name(MAX_TEXT)))
    return value


def _whole(first: int, last: int):
    def read(key: str, value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,16}", value) or not first <= int(value) <= last:
            raise ValueError(text_share.bad_value(key, value, text_share.whole_number(first, last)))
        return int(value)

    return read


def _number(first: float, last: float):
    def read(key: str, value: str) -> float:
        if not re.fullmatch(r"[0-9.e-]{1,30}", value) or not _is_between(value, first, last):
            raise ValueError(text_share.bad_value(key, value, text_share.number(first, last)))
        return float(value)

    return read


def _variations(key: str, value: str) -> str:
    try:
        if not value or len(value) > MAX_VARIATIONS:
            raise ValueError
        return write_variations(read_variations(value))
    except ValueError:
        raise ValueError(text_share.bad_value(key, value, text_share.SOME_VARIATIONS)) from None


def _is_between(value: str, first: float, last: float) -> bool:
    try:
        return first <= float(value) <= last
    except ValueError:
        return False


_READERS = {
    "tab": _one_of(TABS),
    "checkpoint": _words,
    "class_name": _words,
    "seed": _whole(0, MAX_SEED),
    "num_frames": _whole(1, MAX_FRAMES),
    "truncation": _number(MIN_TRUNCATION, 1),
    "fps": _number(1, MAX_GIF_FPS),
    "variations": _variations,
    "to_class": _words,
    "to_seed": _whole(0, MAX_SEED),
    "places": _whole(2, MAX_PLACES),
    "live_class": _words,
    "live_seed": _whole(0, MAX_SEED),
    "example": _words,
    "start": _whole(0, MAX_START),
    "futures": _one_of(FUTURES, int),
    "step": _whole(1, NUM_STEPS),
    "change": _one_of(list(CHANGES)),
    "draw": _whole(0, MAX_SEED),
}
