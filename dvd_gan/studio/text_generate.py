"""Every sentence of what the Generate tab offers beyond one clip."""

from collections.abc import Sequence

from dvd_gan.recipe import ClipRecipe, write_variations

SURPRISE = "Surprise me"
KEEP = "♡ Keep"
MORE_LIKE_THIS = "More like this"
VARIATIONS = "Variations"
VARIATIONS_INFO = "Noise moved towards other seeds, such as 8:0.3 for 0.3 of the way to seed 8. Empty: the seed's own."

SEEDS_TAB = "Many seeds"
ABOUT_SEEDS = "The same action from one seed after another. Press a clip to open it above."
NUM_CLIPS = "Clips"
DRAW_SEEDS = "Draw them"

NEAR_TAB = "More like this"
ABOUT_NEAR = (
    "The clip above, then relatives of it: its noise moved a little way towards that of other seeds. "
    "Press one you like better, and go on from there."
)
DISTANCE = "How far"
DISTANCE_INFO = "A little: the same clip, nearly. 1: another seed altogether."
DRAW_NEAR = "Draw others like it"

SWEEP_TAB = "Truncation"
ABOUT_SWEEP = (
    "The same clip at five truncations. Little of its noise gives what the model finds most typical of the action; "
    "all of it gives the most variety, and the most failures."
)
DRAW_SWEEP = "Draw the strip"

TABLE_TAB = "Actions by seeds"
ABOUT_TABLE = "A row for an action, a column for a seed. What stays the same along a row, and what down a column?"
CLASSES = "Actions"
NUM_SEEDS = "Seeds"
DRAW_TABLE = "Draw the table"
MAX_CLASSES = 8
BAD_CLASSES = f"Choose one to {MAX_CLASSES} actions for the rows of the table."

SHEET = "Clips side by side"
PAUSE = "Pause or play"

KEPT_TAB = "Favourites"
NOTHING_KEPT = (
    f"Nothing yet: press {KEEP} under a clip you like. Favourites stay here for this visit, and only for you."
)
NOTHING_SHOWN = "Generate a clip first; then it can be kept."
KEPT = "Kept, under Favourites."
KEPT_ALREADY = "This clip is kept already."
KEPT_GONE = "Favourites are kept for an hour after the last; these are gone."
FORGET_ALL = "Forget all"
SAVE_KEPT = "↓ Their recipes"

REPRODUCE_TAB = "Reproduce"
ABOUT_REPRODUCE = (
    "Every file that is downloaded here carries the recipe of its clip: checkpoint, action, seed, truncation, length. "
    "Give one back, or its recipe as text, and the same clip is drawn again."
)
RECIPE_UPLOAD = "An MP4, GIF, WebM, ZIP or JSON from here"
RECIPE_TEXT = "or a recipe"
RECIPE_HINT = '{"made_by": "DVD-GAN: ...", "checkpoint": ...}'
REPRODUCE = "Draw it again"
NO_RECIPE = "Give a file that was downloaded here, or paste a recipe."
TWO_RECIPES = "Give a file or a recipe, not both."


def seed_and_moves(recipe: ClipRecipe) -> str:
    """Which noise a clip was drawn from."""
    moves = f", varied {write_variations(recipe.variations)}" if recipe.variations else ""
    return f"seed {recipe.seed}{moves}"


def named(recipe: ClipRecipe) -> str:
    """A clip, for a button that opens it."""
    return f"{recipe.class_name}, {seed_and_moves(recipe)}, truncation {recipe.truncation:g}"


def seed_of(recipe: ClipRecipe) -> str:
    """What tells a clip from others of its action."""
    return f"seed {recipe.seed}"


def move_of(recipe: ClipRecipe) -> str:
    """What tells a relative of a clip from the clip."""
    return f"to {recipe.variations[-1][0]}" if recipe.variations else f"seed {recipe.seed}"


def truncation_of(recipe: ClipRecipe) -> str:
    """What tells the clips of a sweep apart."""
    return f"{recipe.truncation:g}"


def class_and_seed_of(recipe: ClipRecipe) -> str:
    """What tells the clips of a table apart."""
    return f"{recipe.class_name}, {recipe.seed}"


def kept_tab(count: int) -> str:
    """The head of the favourites, which counts them."""
    return f"{KEPT_TAB} ({count})" if count else KEPT_TAB


def sheet(recipes: Sequence[ClipRecipe], draw_seconds: float, file_seconds: float) -> str:
    """How long clips side by side took, as Markdown."""
    return (
        f"{len(recipes)} clips of {recipes[0].num_frames} frames, drawn in {draw_seconds:.2f} s, "
        f"encoded in {file_seconds:.2f} s."
    )


def open_named(name: str) -> str:
    """Said of a button over a clip to those who cannot see it."""
    return f"Open {name}"


def forget_named(name: str) -> str:
    """Said of the button that forgets one favourite."""
    return f"Forget {name}"


def no_more_room(most: int) -> str:
    """Said when a visitor keeps too many."""
    return f"{most} favourites are kept; forget one first."


def unknown_checkpoint(checkpoint: str, choices: Sequence[str]) -> str:
    """Said of a recipe whose weights are not offered."""
    return (
        f"This clip was drawn by {checkpoint!r}, which is not offered here; there is {', '.join(choices)}. "
        f"Where its weights are at hand, `python -m dvd_gan reproduce` draws it again."
    )


def too_much(recipe: ClipRecipe, most: int) -> str:
    """Said of a recipe that would take too long, or that this page cannot play."""
    return (
        f"This clip has {recipe.num_frames} frames at {recipe.fps:g} a second. The page draws up to {most}, at 1 to 50 "
        "a second: `python -m dvd_gan reproduce` draws it again without a limit."
    )


def reproduced(recipe: ClipRecipe, revision: str) -> str:
    """What was drawn again, and whether by the same weights, as Markdown."""
    if recipe.revision in (None, revision):
        return f"Drawn again from its recipe: **{named(recipe)}**, {recipe.num_frames} frames."
    return (
        f"Drawn again from its recipe, but the weights of {recipe.checkpoint} have changed since: it had "
        f"{recipe.revision}, here is {revision}. The clip may differ."
    )
