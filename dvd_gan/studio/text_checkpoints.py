"""Every sentence of the Checkpoints tab."""

TAB = "Checkpoints"
CHOOSE = "Checkpoint"
FACTS = "What it says of itself"
PREVIEW, TIMELINE = "Preview", "The same seeds along training"
CARD = "Its own card"
OPEN_OTHER = "Open another from the Hub, for yourself only"
ID, ID_HINT = "Id", "owner/name or owner/name@revision"
TOKEN, TOKEN_HINT = "Your Hub token", "Only for private or gated ones; used for this download and not kept."
OPEN = "Open"
SIDE_BY_SIDE = "## Side by side\nThe same seeds and the same action in two checkpoints."
LEFT, RIGHT, ACTION, SEEDS = "Left", "Right", "Action", "Seeds"
FIRST_SEEDS = "7, 8"
COMPARE = "Compare"
NO_COMMON_ACTION = "These two have no action in common."
UNMEASURED = "not at all"
BUNDLED = "the files that came with this page"


def bad_seeds(most: int) -> str:
    """Said of anything but a few whole numbers."""
    return f"Give one to {most} seeds, whole numbers with commas between, such as 7, 8."


def commit(name: str) -> str:
    """Where a checkpoint of the Hub is pinned, as Markdown."""
    return f"commit `{name}`"


def facts(
    pinned: str, classes: str, resolution: int, fps: float, trained: str, parameters: str, licence: str, measured: str
) -> dict[str, str]:
    """What a checkpoint is, as (what, in words)."""
    return {
        "pinned to": pinned,
        "classes": classes,
        "picture": f"{resolution} × {resolution} pixels, {fps:g} frames a second",
        "trained on": trained,
        "parameters": parameters,
        "licence": licence,
        "measured": measured,
    }


def trained_on(frames: int, data: str) -> str:
    """What a checkpoint has seen."""
    return f"clips of {frames} frames. {data}"
