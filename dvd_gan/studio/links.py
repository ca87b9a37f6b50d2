"""Links: what a visitor sees, as plain query parameters of the page's address, and back.

`?tab=generate&checkpoint=weizmann-64&class=jumping+jacks&seed=7&frames=48&truncation=1.0` opens that very clip
anywhere; everything may be left out.
"""

import re
from dataclasses import dataclass, fields
from urllib.parse import parse_qsl, urlencode

from dvd_gan.clips import MAX_GIF_FPS
from dvd_gan.recipe import ClipRecipe, read_variations, write_variations
from dvd_gan.studio import text_share

TABS = ("wall", "generate", "continue", "explore", "how-it-works", "checkpoints")
MAX_SEED = 2**53 - 1  # a browser holds larger whole numbers only nearly
MAX_FRAMES = 240
MIN_TRUNCATION = 0.05
MAX_TEXT = 200
MAX_VARIATIONS = 1000
KEYS = {"class_name": "class", "num_frames": "frames"}


@dataclass(frozen=True, kw_only=True)
class Link:
    """What a link says; None is what it leaves open.

    `tab` is one of TABS; `seed` runs from 0 to 2**53 - 1, `num_frames` from 1 to 240, `truncation` from 0.05 to 1,
    `fps` from 1 to 50; `variations` are as `recipe.write_variations` writes them. `checkpoint` and `class_name` are not
    looked up here.
    """

    tab: str | None = None
    checkpoint: str | None = None
    class_name: str | None = None
    seed: int | None = None
    num_frames: int | None = None
    truncation: float | None = None
    fps: float | None = None
    variations: str | None = None


PARAMETERS = [KEYS.get(field.name, field.name) for field in fields(Link)]


def link_to(recipe: ClipRecipe, tab: str = "generate") -> Link:
    """The link that draws this clip again."""
    values = {
        field.name: getattr(recipe, field.name) for field in fields(Link) if field.name not in ("tab", "variations")
    }
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


def _tab(key: str, value: str) -> str:
    if value not in TABS:
        raise ValueError(text_share.bad_value(key, value, text_share.one_of(TABS)))
    return value


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
    "tab": _tab,
    "checkpoint": _words,
    "class_name": _words,
    "seed": _whole(0, MAX_SEED),
    "num_frames": _whole(1, MAX_FRAMES),
    "truncation": _number(MIN_TRUNCATION, 1),
    "fps": _number(1, MAX_GIF_FPS),
    "variations": _variations,
}
