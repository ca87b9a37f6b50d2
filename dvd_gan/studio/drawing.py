"""From recipes to what the Generate tab shows: one clip with its downloads, or many clips side by side."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import gradio as gr
from PIL import Image

from dvd_gan import clips
from dvd_gan.recipe import ClipRecipe, family_json, read_variations, write_variations
from dvd_gan.studio import text, text_generate
from dvd_gan.studio.long_work import expect
from dvd_gan.studio.seeds import page_seed
from dvd_gan.studio.session import ShownClip, new_file
from dvd_gan.studio.visitors import VisitorCheckpoints

SHEET_FRAMES = 48
CELL_PIXELS = 128

Opened = dict[str, Path] | None


@dataclass(frozen=True)
class Controls:
    """The components of the Generate tab: those that say which clip to draw, in the order in which `/generate` takes
    them, the visitor's own checkpoints, then those that show it."""

    class_name: gr.Dropdown
    seed: gr.Number
    num_frames: gr.Slider
    truncation: gr.Slider
    fps: gr.Slider
    checkpoint: gr.Dropdown
    variations: gr.Textbox
    opened: gr.State
    about: gr.Markdown
    clip: gr.Video
    strip: gr.Image
    caption: gr.Markdown
    shown: gr.State

    @property
    def settings(self) -> list:
        """What `settings_of` fills."""
        return [*self.asked, self.about]

    @property
    def asked(self) -> list:
        """What `asked` reads."""
        names = ("class_name", "seed", "num_frames", "truncation", "fps", "checkpoint", "variations")
        return [getattr(self, name) for name in names]

    @property
    def results(self) -> list:
        """What `draw_clip` fills."""
        return [self.clip, self.strip, self.caption, self.shown]


def asked(
    class_name: str,
    seed: int | None,
    num_frames: int,
    truncation: float,
    fps: float,
    checkpoint: str,
    variations: str = "",
) -> ClipRecipe:
    """The recipe of what a visitor asks for. Raises ValueError for no seed, or variations that cannot be read."""
    return ClipRecipe(
        checkpoint=checkpoint,
        class_name=class_name,
        seed=page_seed(seed),
        num_frames=num_frames,
        truncation=truncation,
        fps=fps,
        variations=read_variations(variations or ""),
    )


def draw_clip(
    visitors: VisitorCheckpoints, recipe: ClipRecipe, opened: Opened
) -> tuple[str, Image.Image, str, ShownClip]:
    """The clip as an MP4 file, its film strip, a caption, and what is remembered of it.

    Raises ValueError or ConnectionError, one sentence, where it cannot be drawn.
    """
    _check_seeds([recipe])
    pipe = visitors.pipeline(recipe.checkpoint, opened)
    from dvd_gan.redraw import draw, stamped

    recipe = stamped(pipe, recipe)
    expect(recipe.num_frames)
    started = time.perf_counter()
    frames = draw(pipe, [recipe])[0]
    drawn = time.perf_counter()
    mp4 = clips.write_mp4(frames, new_file(recipe.stem, "mp4"), recipe.fps, recipe.to_json())
    written = time.perf_counter()
    which = text_generate.seed_and_moves(recipe)
    caption = text.caption(recipe.class_name, which, len(frames), drawn - started, written - drawn)
    return str(mp4), clips.film_strip(frames, note=recipe.to_json()), caption, ShownClip(frames, recipe, mp4)


def write_downloads(shown: ShownClip | None) -> list[gr.DownloadButton]:
    """The clip that is shown in every format, and its recipe, each behind its button of `text.DOWNLOADS`; the buttons
    stay as they are where there is none, its drawing having been stopped."""
    if shown is None:
        return [gr.skip()] * len(text.DOWNLOADS)
    fps, recipe = shown.recipe.fps, shown.recipe.to_json()
    beside = shown.mp4.with_suffix(".json")
    beside.write_text(recipe + "\n")
    files = [
        shown.mp4,
        clips.write_gif(shown.frames, shown.mp4.with_suffix(".gif"), fps, recipe),
        clips.write_webm(shown.frames, shown.mp4.with_suffix(".webm"), fps, recipe),
        clips.write_zip(shown.frames, shown.mp4.with_suffix(".zip"), recipe),
        beside,
    ]
    return [gr.DownloadButton(value=str(file), interactive=True) for file in files]


def draw_sheet(
    visitors: VisitorCheckpoints, recipes: Sequence[ClipRecipe], columns: int, opened: Opened
) -> tuple[str, list[dict], str]:
    """Clips of one checkpoint and rate side by side in one MP4 file, their recipes, and a caption.

    At most the first 48 frames are drawn. Raises as `draw_clip`.
    """
    _check_seeds(recipes)
    pipe = visitors.pipeline(recipes[0].checkpoint, opened)
    from dvd_gan.redraw import draw, stamped

    recipes = [stamped(pipe, recipe) for recipe in recipes]
    expect(sum(recipe.num_frames for recipe in recipes))
    started = time.perf_counter()
    drawn = draw(pipe, recipes)
    done = time.perf_counter()
    side = pipe.generator.config.resolution
    tiled = clips.tile(drawn, columns, enlarged=-(-CELL_PIXELS // side))
    path = new_file(f"{recipes[0].stem}-and-{len(recipes) - 1}-more", "mp4")
    clips.write_mp4(tiled, path, recipes[0].fps, family_json(recipes))
    caption = text_generate.sheet(recipes, done - started, time.perf_counter() - done)
    return str(path), [recipe.as_dict() for recipe in recipes], caption


def _check_seeds(recipes: Sequence[ClipRecipe]) -> None:
    for recipe in recipes:
        for seed in (recipe.seed, *(other for other, _ in recipe.variations)):
            page_seed(seed)


def settings_of(visitors: VisitorCheckpoints, recipe: ClipRecipe, opened: Opened) -> tuple:
    """What `Controls.settings` show for a recipe."""
    facts = visitors.facts(recipe.checkpoint, opened)
    return (
        gr.Dropdown(choices=list(facts.class_names), value=recipe.class_name),
        recipe.seed,
        recipe.num_frames,
        recipe.truncation,
        recipe.fps,
        gr.Dropdown(visitors.choices(opened, continues=False), value=recipe.checkpoint),
        write_variations(recipe.variations),
        text.about_checkpoint(facts),
    )
