"""Every sentence of the page, in one place."""

from dvd_gan.hub import CheckpointFacts

TITLE = "DVD-GAN Studio"
TAGLINE = "Pick an action and a seed, and a neural network draws the whole clip in one pass."
AI_NOTICE = "AI-generated: none of this was filmed."

GENERATE_TAB = "Generate"
CLASS = "Action"
SEED = "Seed"
NO_SEED = "Give a seed: a whole number from 0, such as 7."
DICE = "⚄ Roll"
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
DOWNLOADS = {"mp4": "↓ MP4", "gif": "↓ GIF", "webm": "↓ WebM"}


def header() -> str:
    """The page's head as HTML."""
    return (
        f'<div class="studio-head"><h1>{TITLE}</h1><span class="studio-notice">{AI_NOTICE}</span></div>'
        f'<p class="studio-tagline">{TAGLINE}</p>'
    )


def about_checkpoint(facts: CheckpointFacts) -> str:
    """One line on what the chosen checkpoint can do and what it has seen, as Markdown."""
    actions = "1 action" if len(facts.class_names) == 1 else f"{len(facts.class_names)} actions"
    return (
        f"{facts.resolution} × {facts.resolution} pixels, {actions}, trained on clips of "
        f"{facts.trained_frames} frames at {facts.fps:g} frames per second. {facts.training_data}"
    )


def caption(class_name: str, seed: int, num_frames: int, draw_seconds: float, file_seconds: float) -> str:
    """What is on the screen and how long it took, as Markdown."""
    return (
        f"**{class_name}**, seed {seed}, {num_frames} frames. "
        f"Drawn in {draw_seconds:.2f} s ({num_frames / draw_seconds:.0f} frames a second), "
        f"encoded in {file_seconds:.2f} s."
    )


def fell_back(reason: str, default: str) -> str:
    """Said when a checkpoint cannot be had and the default takes its place."""
    return f"{reason} Showing {default} instead."
