"""Every sentence of the Explore tab, the guided tour and the quiz."""

from collections.abc import Sequence

from dvd_gan.hub import CheckpointFacts
from dvd_gan.studio.text import SEED

EXPLORE_TAB = "Explore"
TOUR_TAB = "How it works"

WALK = "Walk"
WALK_STRIP = "The same moment along the walk"
WALK_STRIP_ALT = "One moment of the clip at evenly spaced places along the walk, from start to end"
POSITION = "Place on the walk"
FROM_CLASS, FROM_SEED = "From action", f"From {SEED.lower()}"
TO_CLASS, TO_SEED = "To action", f"To {SEED.lower()}"
POSITIONS = "Places on the way"
GO_WALK = "Walk"
TRY_WALKS = {"people": "Two seeds, one action", "actions": "Two actions, one seed", "both": "Both at once"}
ABOUT_WALKS = (
    "A clip starts from noise (the seed) and an action. Every place between two of them gives a clip too: the loop "
    "walks there and back. **Try:** is there a place where one action turns into the other, or do they melt? Who is "
    "half-way between two seeds?"
)

LIVE = "Live picture"
LIVE_HEAD = "## Keep going\nNo clip has to end: the model remembers what it drew and draws the next frame, live."
KEEP_GOING = "▶ Keep going"
LIVE_IDLE = "Press “Keep going”. Watch for the moment when it leaves what it has learnt."

YOUR_CLIP = "The tour follows one clip. Change its action or its seed and every step changes with it."
STEPS = ["Noise", "Memory", "Frames", "Critic of frames", "Critic of motion", "Training"]
NEXT, NEXT_LABEL = "Next", "Next: {step}"

ABOUT_STEPS = [
    "## A clip begins as numbers\n"
    "The seed rolls the numbers on the left; the action looks up those on the right, which were learnt in training. "
    "The whole clip follows from them, in one pass: nothing else is put in.",
    "## A memory that moves\n"
    "The generator keeps a memory at every size, coarse to fine, and updates it once a frame. Places in like colours "
    "hold like things. Coarse memory knows where a body is, fine memory where its edges are.",
    "## Memory becomes frames\n"
    "The finest memory is painted into pixels, one frame after another. The next frame reuses the memory, so that "
    "things move instead of jumping.",
    "## The first critic looks at single frames\n"
    "While training, this critic saw a few frames of a clip, never their order, and learnt to tell real from drawn. "
    "Bars up (teal): looks real to it. Bars down (amber): looks drawn. The score of the clip is the sum.",
    "## The second critic looks at motion\n"
    "This critic sees the whole clip, but at half size: too small for details, enough for movement. It gives one score "
    "for every four frames or so. Undo the motion and watch its bars; the thin line marks the untouched clip.",
    "## Both critics taught the generator\n"
    "What made it sharp were its critics: it learnt to please both, while they learnt to see through it. The film "
    "shows the same seed for every action, from the first clips of its training to the last. Where a critic’s two "
    "lines part, it sees through the generator; where they meet, it is fooled.",
]
QUESTIONS = [
    "**Try:** roll the seed. Which numbers change? Change the action. Which do now?",
    "**Try:** find the frame where something moves most. In which memory does it show first?",
    "**Try:** another seed. What stays, what changes: the person, the place, the speed?",
    "**Try:** draw other frames. Does the total change much? Could this critic notice a clip that stands still?",
    "**Try:** freeze the clip. The first critic could not complain; does the second? And is “reversed” wrong at all?",
    "**Try:** stop the film early. What was learnt first: the place, the body, or the movement?",
]
NOISE, EMBEDDING = "numbers of noise, rolled by the seed", "numbers of the action, learnt"
WHAT_THEY_GIVE = "and the clip they give"
NUMBERS_ALT = "A grid of coloured squares, one a number: teal is above zero, amber below"
TOUR_CLIP = "The clip of the tour"
HALF_SIZE_CLIP = "What the critic of motion sees"
DRAW_OTHERS = "Draw other frames"
CHANGE = "Change the motion"
TIMELINE = "The film of its training"
NO_TIMELINE = "This checkpoint has come without the film of its training."
NO_CURVES = "This checkpoint has come without the curves of its training."
CLIPS_SEEN = "clips seen"
# Title of a chart -> what was measured -> the name of its line; a chart is drawn where the release has a line of it.
CHARTS = {
    "Critic of frames: scores of": {"spatial_real": "real clips", "spatial_fake": "drawn clips"},
    "Critic of motion: scores of": {"temporal_real": "real clips", "temporal_fake": "drawn clips"},
    "Before the critics: error when it redraws": {"redrawing_error": "real clips"},
    "Recognised as their action:": {"judged_class_accuracy": "share of drawn clips"},
    "Distance from real clips:": {"judged_frechet_to_held_out": "drawn clips"},
}

QUIZ_HEAD = (
    "## Real or generated?\nTwo clips: one was in the data, the other was drawn by the model. Which one is **real**?"
)
QUIZ_CLIPS = ["Clip A", "Clip B"]
QUIZ_ANSWERS = ["A is real", "B is real"]
QUIZ_NEW = "New pair"
QUIZ_FIRST = "Press “New pair” first."


def caption_walk(classes: tuple[str, str], seeds: tuple[int, int], num_positions: int, seconds: float) -> str:
    """What the walk shows and how long it took, as Markdown."""
    ends = " to ".join(f"**{name}**, seed {seed}" for name, seed in zip(classes, seeds, strict=True))
    return f"From {ends}: {num_positions} clips, drawn in {seconds:.2f} s, played as a loop there and back."


def live(class_name: str, seed: int, num_frames: int, facts: CheckpointFacts) -> str:
    """What the live picture is at, as Markdown."""
    told = f"**{class_name}**, seed {seed}, frame {num_frames} ({num_frames / facts.fps:.0f} s)."
    if num_frames > facts.trained_frames:
        told += f" Trained on {facts.trained_frames} frames: all beyond is its own idea."
    return told


def live_paused(seconds: int) -> str:
    """Said when a stream has run as long as one visitor may hold it."""
    return f"Paused after {seconds} s to let others have a turn. Press “{KEEP_GOING}” to start again."


def stage(side: int, channels: int) -> str:
    """The name of one memory."""
    return f"{side} × {side} places, {channels} numbers each"


def frame(t: int) -> str:
    """The name of one frame; frames count from 1 on the page."""
    return f"frame {t + 1}"


def frames(first: int, last: int) -> str:
    """The name of a few frames in a row."""
    return f"frames {first + 1} to {last + 1}"


def spatial_total(total: float, num_frames: int, clip_frames: int) -> str:
    """The first critic's verdict, as Markdown."""
    return f"It drew {num_frames} of {clip_frames} frames. **Sum: {total:+.2f}**"


def temporal_total(total: float, before: float, change: str) -> str:
    """The second critic's verdict and how it moved, as Markdown."""
    if change == "as it is":
        return f"**Sum: {total:+.2f}**"
    moved = total - before
    verdict = "lower: it noticed" if moved < -0.05 else "higher: it was fooled" if moved > 0.05 else "hardly moved"
    return (
        f"**Sum, {change}: {total:+.2f}**, untouched {before:+.2f}: {verdict}. A small critic has blind spots; scores "
        "compare clips of one model only."
    )


def too_long(most: int) -> str:
    """Said to a program that wants a very long clip scored."""
    return f"Clips of up to {most} frames are scored here; ask for a shorter one."


def training_history(rows: Sequence[dict]) -> str:
    """How a checkpoint came about, one line a run, as Markdown; "" where nothing is known."""
    if not rows:
        return ""
    return "Its runs, each from the weights of the one before:\n\n" + "\n".join(
        f"{i}. {row['videos_seen']:,} clips of {row['num_frames']} frames at {row['resolution']} × {row['resolution']}"
        " pixels"
        for i, row in enumerate(rows, start=1)
    )


def quiz_verdict(right: bool, real: str, score: int, rounds: int) -> str:
    """Whether the visitor was right, and their score, as Markdown."""
    return f"{'**Right!**' if right else '**Fooled.**'} {real} was real. Your score: {score} of {rounds}."


def quiz_pair(rounds: int) -> str:
    """Asked of every pair, as Markdown."""
    return f"Pair {rounds}: look twice, then choose."
