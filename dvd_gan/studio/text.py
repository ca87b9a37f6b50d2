"""Every sentence of the page, in one place."""

from dvd_gan.hub import CheckpointFacts

TITLE = "DVD-GAN Studio"
TAGLINE = "Pick an action and a seed: a neural network, taught by two critics, draws the whole clip in one pass."
AI_NOTICE = "AI-generated: none of this was filmed."

GENERATE_TAB = "Generate"
CLASS = "Action"
SEED = "Seed"
NO_SEED = "Give a seed: a whole number from 0, such as 7."
DICE = "⚄ Roll"
STOP = "■ Stop"
STOPPED = "Stopped."
PROGRESS_UNIT = "frames"
LENGTH = "Length in frames"
TRUNCATION = "Truncation"
TRUNCATION_INFO = "Lower is calmer: clips get more typical and more alike."
FPS = "Frames per second"
CHECKPOINT = "Checkpoint"
MORE = "More settings"
GENERATE = "Generate"
CLIP = "Clip"
STRIP = "Film strip"
STRIP_ALT = "Frames of the clip, from first to last"
CAPTION = "Caption"
DOWNLOADS = {"mp4": "↓ MP4", "gif": "↓ GIF", "webm": "↓ WebM", "zip": "↓ Frames", "json": "↓ Recipe"}

CONTINUE_TAB = "Continue a clip"
NOTHING_CONTINUES = (
    "No checkpoint here continues clips. Start the app with one that has a frame encoder: "
    "`python app.py --checkpoint owner/name`."
)
EXAMPLES = "Start from an example"
UPLOAD = "or from your own video or pictures"
OTHER_FILE = "Upload another file"
GIVEN = "What the model is given"
GIVEN_ALT = "The given frames, in order, cut to their middle square"
NO_START = "Pick an example or upload a clip: the model reads its first frames and imagines what comes next."
START_FRAME = "Start at frame"
FUTURES = "Futures, side by side"
CONTINUED_LENGTH = "Frames to imagine"
CONTINUE = "Continue"
CONTINUED = "Continued clip"
CONTINUE_AGAIN = "Continue again from the first future's last frames"
CONTINUE_THIS = "Continue this clip"
NOTHING_YET = "Continue a clip first; then its end can be continued again."
NOTHING_DRAWN = "Generate a clip first; then it can be continued."
BORDERS = "Teal frames are given or real; amber frames are imagined by the model."


def header() -> str:
    """The page's head as HTML."""
    return (
        f'<div class="studio-head"><h1>{TITLE}</h1><span class="studio-notice">{AI_NOTICE}</span></div>'
        f'<p class="studio-tagline">{TAGLINE}</p>'
    )


def seed_too_large(most: int) -> str:
    """Said of a seed that a browser would round."""
    return (
        f"The page takes seeds from 0 to {most}, which every browser holds exactly: "
        "`python -m dvd_gan` takes larger ones."
    )


def about_checkpoint(facts: CheckpointFacts) -> str:
    """One line on what the chosen checkpoint can do and what it has seen, as Markdown."""
    actions = "1 action" if len(facts.class_names) == 1 else f"{len(facts.class_names)} actions"
    return (
        f"{facts.resolution} × {facts.resolution} pixels, {actions}, trained on clips of "
        f"{facts.trained_frames} frames at {facts.fps:g} frames per second. {facts.training_data}"
    )


def caption(class_name: str, which: str, num_frames: int, draw_seconds: float, file_seconds: float) -> str:
    """What is on the screen and how long it took, as Markdown."""
    return (
        f"**{class_name}**, {which}, {num_frames} frames. "
        f"Drawn in {draw_seconds:.2f} s ({num_frames / draw_seconds:.0f} frames a second), "
        f"encoded in {file_seconds:.2f} s."
    )


def fell_back(reason: str, default: str) -> str:
    """Said when a checkpoint cannot be had and the default takes its place."""
    return f"{reason} Showing {default} instead."


def too_few_frames(num_frames: int, facts: CheckpointFacts) -> str:
    """Said of an upload that is too short."""
    frames = "1 frame" if num_frames == 1 else f"{num_frames} frames"
    return (
        f"That is {frames} at {facts.fps:g} frames a second, and the model continues {facts.num_given_frames}: "
        "upload a longer clip."
    )


def start_out_of_range(start_frame: int, last: int) -> str:
    """Said to a program that starts past the end."""
    return f"The start lies between frame 0 and frame {last} of this clip, not at {start_frame}."


def given_frames(num_given: int, start_frame: int, num_frames: int, facts: CheckpointFacts) -> str:
    """What a start consists of, as Markdown."""
    return (
        f"Frames {start_frame} to {start_frame + num_given - 1} of {num_frames}, the middle square at "
        f"{facts.resolution} × {facts.resolution} pixels, {facts.fps:g} a second."
    )


def continued(
    seeds: list[int], num_frames: int, seconds: float, facts: CheckpointFacts, has_truth: bool, seen: dict[str, float]
) -> str:
    """What is on the screen, how long it took, which action was seen in the given frames, by how likely each is, and
    whether the clip goes past what was trained, as Markdown."""
    named = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]} to {seeds[-1]}"
    shown = f"**The real clip, then {named}.**" if has_truth else f"**{named.capitalize()}.**"
    told = f"{shown} {num_frames} frames each, imagined in {seconds:.2f} s."
    if seen:
        likeliest = max(seen, key=seen.get)
        told += f" In the given frames it sees: {likeliest} ({seen[likeliest]:.0%})."
    if num_frames > facts.trained_frames:
        told += f" The model was trained to imagine {facts.trained_frames}: beyond that it may drift."
    return told


def about_continuing(facts: CheckpointFacts) -> str:
    """One line on what a checkpoint continues, as Markdown."""
    return (
        f"Reads {facts.num_given_frames} frames and was trained to imagine the next {facts.trained_frames}, at "
        f"{facts.resolution} × {facts.resolution} pixels. {facts.training_data}"
    )
