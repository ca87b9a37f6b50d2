"""The 13 classes: which recordings play each, how fast, and from where it reads best."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Recording:
    """A motion file and the part of it, in seconds, where the action happens. The rest plays faster."""

    file: str
    busy: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Action:
    """One class. Angles are azimuths of the camera in degrees: 0 sees the face, 90 the actor's left side."""

    name: str
    recordings: tuple[Recording, ...]
    speed: float
    view: float
    view_range: float  # at full variety the camera stands anywhere within this of `view`
    seen_from_both_sides: bool = True
    picture_height: float = 1.0  # how much more than usual the picture takes in
    heads_where_it_travels: bool = False
    repeats: bool = True
    turns_back: bool = False  # the actor ends a cycle turned round: it pivots back while idle


def _whole(*files: str) -> tuple[Recording, ...]:
    return tuple(Recording(file, (0.0, float("inf"))) for file in files)


ACTIONS = (
    Action(
        name="walk",
        recordings=_whole("humanoid3d_walk", "walker/0walk_forward"),
        speed=1.0,
        view=90,
        view_range=75,
        heads_where_it_travels=True,
    ),
    Action(
        name="run", recordings=_whole("humanoid3d_run"), speed=1.0, view=90, view_range=65, heads_where_it_travels=True
    ),
    Action(name="jump", recordings=(Recording("humanoid3d_jump", (0.26, 1.5)),), speed=1.05, view=90, view_range=70),
    Action(
        name="backflip", recordings=(Recording("humanoid3d_backflip", (0.2, 1.42)),), speed=1.0, view=90, view_range=55
    ),
    Action(
        name="cartwheel",
        recordings=(Recording("humanoid3d_cartwheel", (0.4, 2.1)),),
        speed=1.35,
        view=0,
        view_range=45,
    ),
    Action(
        name="crawl",
        recordings=_whole("humanoid3d_crawl"),
        speed=1.6,
        view=90,
        view_range=50,
        picture_height=0.92,
        heads_where_it_travels=True,
    ),
    Action(name="roll", recordings=(Recording("humanoid3d_roll", (0.1, 1.45)),), speed=1.3, view=90, view_range=50),
    Action(
        name="spin",
        recordings=(Recording("humanoid3d_spin", (0.85, 2.5)),),
        speed=1.3,
        view=60,
        view_range=60,
        picture_height=1.06,
    ),
    Action(
        name="spinkick",
        recordings=_whole("humanoid3d_spinkick"),
        speed=0.95,
        view=90,
        view_range=40,
        seen_from_both_sides=False,
        picture_height=1.08,
    ),
    Action(
        name="kick",
        recordings=(Recording("humanoid3d_kick", (0.2, 1.15)),),
        speed=0.95,
        view=90,
        view_range=35,
        seen_from_both_sides=False,
        picture_height=1.08,
        turns_back=True,
    ),
    Action(
        name="punch",
        recordings=(Recording("humanoid3d_punch", (0.3, 1.05)),),
        speed=1.35,
        view=60,
        view_range=40,
        seen_from_both_sides=False,
    ),
    Action(
        name="dance",
        recordings=_whole("humanoid3d_dance_a", "humanoid3d_dance_b"),
        speed=1.1,
        view=30,
        view_range=90,
    ),
    Action(
        name="get up",
        recordings=(
            Recording("humanoid3d_getup_faceup", (0.15, 3.6)),
            Recording("humanoid3d_getup_facedown", (0.0, 2.8)),
        ),
        speed=1.0,
        view=90,
        view_range=60,
        repeats=False,
    ),
)
CLASS_NAMES = tuple(action.name for action in ACTIONS)


def action_of_clip(number: int) -> Action:
    """Clip `number` shows class number mod 13."""
    return ACTIONS[number % len(ACTIONS)]
