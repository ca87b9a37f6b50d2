"""Clips side by side: seeds, relatives of a clip, truncations, actions by seeds. Pressing one opens it above."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr
from gradio.events import Dependency

from dvd_gan import families
from dvd_gan.recipe import ClipRecipe
from dvd_gan.studio import text, text_generate, theme
from dvd_gan.studio.drawing import SHEET_FRAMES, Controls, Opened, asked, draw_sheet
from dvd_gan.studio.long_work import add_stop
from dvd_gan.studio.sheet import Sheet
from dvd_gan.studio.visitors import VisitorCheckpoints

FIRST_CLIPS, MAX_CLIPS = 8, 16
FIRST_CLASSES = 4
FIRST_SEEDS, MAX_SEEDS = 4, 4
FIRST_DISTANCE = 0.35
ROLL_TOWARDS = "() => Math.floor(Math.random() * 1e4)"


def add_tabs(visitors: VisitorCheckpoints, controls: Controls, tabs: gr.Tabs, more: gr.Button) -> list[Dependency]:
    """Draw the tabs and wire them; publishes `/grid`, `/variations`, `/truncation_sweep` and `/class_table`. `more`
    draws relatives of the clip that is set. Returns the events that show another clip."""

    def draw(sheet: Sheet, family: Callable[[ClipRecipe], list[ClipRecipe]], opened: Opened, *values: Any) -> tuple:
        try:
            recipe = asked(*values)
            recipes = family(replace(recipe, num_frames=min(recipe.num_frames, SHEET_FRAMES)))
            return draw_sheet(visitors, recipes, sheet.columns(recipes), opened)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    def grid(
        class_name: str,
        seed: int,
        num_frames: int,
        truncation: float,
        fps: float,
        checkpoint: str,
        count: int,
        opened: dict | None = None,
    ) -> tuple[str, list[dict], str]:
        """Generate clips of one class from one seed after another, side by side.

        Args:
            class_name: what happens in the clips; `/list_classes` lists what the checkpoint knows.
            seed: the first seed, a whole number from 0.
            num_frames: length of the clips in frames; at most 48 are drawn.
            truncation: above 0, at most 1.
            fps: frames per second of the file.
            checkpoint: id of the checkpoint.
            count: how many clips, 2 to 16.

        Returns:
            One MP4 file of all clips, four a row; the recipe of each clip, for `/reproduce`; and a caption.
        """
        settings = (class_name, seed, num_frames, truncation, fps, checkpoint)
        return draw(seeds_sheet, lambda recipe: families.seed_grid(recipe, count), opened, *settings)

    def variations(
        class_name: str,
        seed: int,
        num_frames: int,
        truncation: float,
        fps: float,
        checkpoint: str,
        variations: str,
        distance: float,
        towards: int,
        opened: dict | None = None,
    ) -> tuple[str, list[dict], str]:
        """Generate a clip and seven relatives of it, side by side: its noise is moved towards that of other seeds.

        Args:
            class_name: what happens in the clips.
            seed: a whole number from 0.
            num_frames: length of the clips in frames; at most 48 are drawn.
            truncation: above 0, at most 1.
            fps: frames per second of the file.
            checkpoint: id of the checkpoint.
            variations: moves that the clip has already made, as `/generate` takes them.
            distance: how far the relatives are, above 0, at most 1: the share of the arc to the other seeds' noise.
            towards: the first of the seven seeds that the noise is moved towards.

        Returns:
            One MP4 file of all clips, four a row, the clip itself first; the recipe of each; and a caption.
        """
        settings = (class_name, seed, num_frames, truncation, fps, checkpoint, variations)
        return draw(near_sheet, lambda recipe: families.near(recipe, FIRST_CLIPS, distance, towards), opened, *settings)

    def truncation_sweep(
        class_name: str,
        seed: int,
        num_frames: int,
        fps: float,
        checkpoint: str,
        variations: str,
        opened: dict | None = None,
    ) -> tuple[str, list[dict], str]:
        """Generate the same clip at five truncations, 0.2 to 1, side by side.

        Args:
            class_name: what happens in the clip.
            seed: a whole number from 0.
            num_frames: length of the clips in frames; at most 48 are drawn.
            fps: frames per second of the file.
            checkpoint: id of the checkpoint.
            variations: moves of the noise, as `/generate` takes them.

        Returns:
            One MP4 file of all clips in one row; the recipe of each; and a caption.
        """
        settings = (class_name, seed, num_frames, 1.0, fps, checkpoint, variations)
        return draw(sweep_sheet, families.truncation_sweep, opened, *settings)

    def class_table(
        classes: list[str],
        seed: int,
        num_frames: int,
        truncation: float,
        fps: float,
        checkpoint: str,
        num_seeds: int,
        opened: dict | None = None,
    ) -> tuple[str, list[dict], str]:
        """Generate a table of clips: a row for each class, a column for each seed.

        Args:
            classes: one to eight class names.
            seed: the seed of the first column, a whole number from 0.
            num_frames: length of the clips in frames; at most 48 are drawn.
            truncation: above 0, at most 1.
            fps: frames per second of the file.
            checkpoint: id of the checkpoint.
            num_seeds: how many columns, 2 to 4.

        Returns:
            One MP4 file of the table; the recipe of each clip, row by row; and a caption.
        """
        if not 1 <= len(classes or []) <= text_generate.MAX_CLASSES:
            raise gr.Error(text_generate.BAD_CLASSES, print_exception=False)
        settings = (classes[0], seed, num_frames, truncation, fps, checkpoint)
        return draw(table_sheet, lambda recipe: families.class_table(recipe, classes, num_seeds), opened, *settings)

    with gr.Tab(text_generate.SEEDS_TAB, id="seeds"):
        gr.Markdown(text_generate.ABOUT_SEEDS)
        with gr.Row(elem_classes="sheet-settings"):
            count = gr.Slider(2, MAX_CLIPS, FIRST_CLIPS, step=1, precision=0, label=text_generate.NUM_CLIPS, buttons=[])
            go_seeds, stop_seeds = _go_and_stop(text_generate.DRAW_SEEDS, "draw-seeds")
        seeds_sheet = Sheet("seeds-sheet", _four_a_row, text_generate.seed_of)
    with gr.Tab(text_generate.NEAR_TAB, id="near"):
        gr.Markdown(text_generate.ABOUT_NEAR)
        with gr.Row(elem_classes="sheet-settings"):
            distance = gr.Slider(
                0.05,
                1.0,
                FIRST_DISTANCE,
                step=0.05,
                label=text_generate.DISTANCE,
                info=text_generate.DISTANCE_INFO,
                buttons=[],
            )
            go_near, stop_near = _go_and_stop(text_generate.DRAW_NEAR, "draw-near")
        towards = gr.Number(0, precision=0, visible=False)
        near_sheet = Sheet("near-sheet", _four_a_row, text_generate.move_of)
    with gr.Tab(text_generate.SWEEP_TAB, id="sweep"):
        gr.Markdown(text_generate.ABOUT_SWEEP)
        go_sweep, stop_sweep = _go_and_stop(text_generate.DRAW_SWEEP, "draw-sweep")
        sweep_sheet = Sheet("sweep-sheet", len, text_generate.truncation_of)
    with gr.Tab(text_generate.TABLE_TAB, id="table"):
        gr.Markdown(text_generate.ABOUT_TABLE)
        names = list(visitors.facts(visitors.checkpoints.default, None).class_names)
        with gr.Row(elem_classes="sheet-settings"):
            classes = gr.Dropdown(
                names,
                value=names[:FIRST_CLASSES],
                multiselect=True,
                allow_custom_value=True,
                label=text_generate.CLASSES,
                min_width=300,
                elem_id="table-classes",
            )
            num_seeds = gr.Slider(
                2,
                MAX_SEEDS,
                FIRST_SEEDS,
                step=1,
                precision=0,
                label=text_generate.NUM_SEEDS,
                buttons=[],
                min_width=200,
            )
            go_table, stop_table = _go_and_stop(text_generate.DRAW_TABLE, "draw-table")
        table_sheet = Sheet("table-sheet", _as_first_class, text_generate.class_and_seed_of)

    c = controls
    plain = [c.class_name, c.seed, c.num_frames, c.truncation, c.fps, c.checkpoint]
    near_inputs = [*plain, c.variations, distance, towards, c.opened]
    sweep_inputs = [c.class_name, c.seed, c.num_frames, c.fps, c.checkpoint, c.variations, c.opened]
    add_stop(stop_seeds, [seeds_sheet.draws(go_seeds.click, grid, [*plain, count, c.opened], "grid")])
    drawn_near = []
    for button, visibility in ((go_near, "public"), (more, "private")):
        rolled = button.click(None, None, towards, js=ROLL_TOWARDS, api_visibility="private")
        drawn_near.append(near_sheet.draws(rolled.then, variations, near_inputs, "variations", visibility))
    add_stop(stop_near, drawn_near)
    add_stop(stop_sweep, [sweep_sheet.draws(go_sweep.click, truncation_sweep, sweep_inputs, "truncation_sweep")])
    table_inputs = [classes, *plain[1:], num_seeds, c.opened]
    add_stop(stop_table, [table_sheet.draws(go_table.click, class_table, table_inputs, "class_table")])
    more.click(lambda: gr.Tabs(selected="near"), None, tabs, queue=False, api_visibility="private")
    more.click(None, js=theme.scroll_to("further"), api_visibility="private")
    c.checkpoint.change(
        lambda checkpoint, opened: _rows(visitors.facts(checkpoint, opened).class_names),
        [c.checkpoint, c.opened],
        classes,
        show_progress="hidden",
        api_visibility="private",
    )
    return [sheet.opens(visitors, controls) for sheet in (seeds_sheet, near_sheet, sweep_sheet, table_sheet)]


def _go_and_stop(label: str, elem_id: str) -> tuple[gr.Button, gr.Button]:
    with gr.Row(elem_classes="go"):
        return gr.Button(label, elem_id=elem_id), gr.Button(text.STOP, elem_id=f"stop-{elem_id}")


def _rows(class_names: Sequence[str]) -> gr.Dropdown:
    return gr.Dropdown(list(class_names), value=list(class_names[:FIRST_CLASSES]))


def _four_a_row(recipes: Sequence[ClipRecipe]) -> int:
    return min(4, len(recipes))


def _as_first_class(recipes: Sequence[ClipRecipe]) -> int:
    return sum(recipe.class_name == recipes[0].class_name for recipe in recipes)
