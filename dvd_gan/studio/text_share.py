"""Every sentence of the wall and about links."""

from collections.abc import Sequence

from dvd_gan.hub import CheckpointFacts

WALL_TAB = "Wall"
WALL_HEAD = "Every action this model has learnt, from one seed. Click one to make it yours."
WALL_SEED = "Seed of the wall"
NEW_WALL = "New wall"
PAUSE, PLAY = "Pause", "Play"
WALL_EMPTY = "The model is drawing…"
WALL_CRITICS = "**Two critics** taught it to draw: one looks at single frames, the other at motion."
MEET_CRITICS = "See what they say of these →"

LINK = "Link to this clip"
LINK_HINT = "Opens this very clip on any computer that reaches this page."
COPY_LINK, COPIED, COPY_BY_HAND = "Copy link", "Copied", "Copy by hand"
COPY_PAGE_LINK = "Copy a link to this"

SOME_VARIATIONS = "seeds and distances such as 8:0.3 15:0.2"


def wall_cell(seed: int) -> str:
    """What a clip on the wall is, for those who cannot see it."""
    return f"Generated clip, seed {seed}:"


def wall_told(num_shown: int, facts: CheckpointFacts, num_frames: int, seconds: float) -> str:
    """What the wall shows and how long it took, as Markdown."""
    known = len(facts.class_names)
    shown = f"{num_shown} of {known} actions" if num_shown < known else f"{known} actions" if known > 1 else "1 action"
    return f"{shown}, {num_frames} frames each, drawn by the model in {seconds:.2f} s."


def wall_too_long(most: int) -> str:
    """Said to a program that wants long clips on its wall."""
    return f"Clips on a wall have at most {most} frames; `/generate` draws longer ones."


def bad_link(reason: str) -> str:
    """Said when a link cannot be followed and the page opens as it always does."""
    return f"{reason} The page opens as without a link."


def bad_value(key: str, value: str, wanted: str) -> str:
    """Said of a value in a link."""
    shown = value if len(value) <= 40 else value[:40] + "…"
    return f"This link says {key}={shown!r}, but {key} is {wanted}."


def one_of(choices: Sequence[str]) -> str:
    """What a choice may be."""
    return f"one of {', '.join(choices)}"


def a_name(longest: int) -> str:
    """What a name may be."""
    return f"a name of 1 to {longest} characters"


def whole_number(first: int, last: int) -> str:
    """What a whole number may be."""
    return f"a whole number from {first} to {last}"


def number(first: float, last: float) -> str:
    """What a number may be."""
    return f"a number from {first:g} to {last:g}"


def no_example(name: str, names: Sequence[str]) -> str:
    """Said of a link to an example that a checkpoint lacks."""
    return f"There is no example {name!r} here; there is {', '.join(names) or 'none'}."


def other_kind(checkpoint: str, continues: bool) -> str:
    """Said of a link to a tab that its checkpoint does not serve."""
    if continues:
        return f"{checkpoint} continues given frames and draws nothing from an action: give it tab=continue."
    return f"{checkpoint} draws from an action and continues nothing: give it tab=generate."
