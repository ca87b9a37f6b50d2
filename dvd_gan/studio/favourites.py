"""Favourites: clips that one visitor keeps for the visit, as their recipes and one frame each."""

import json
from dataclasses import dataclass

import gradio as gr
import numpy as np
from gradio.events import Dependency

from dvd_gan.recipe import ClipRecipe
from dvd_gan.studio import pictures, text_generate, theme
from dvd_gan.studio.drawing import Controls, Opened, draw_clip, settings_of
from dvd_gan.studio.long_work import stoppable
from dvd_gan.studio.session import DEVICE_QUEUE, ShownClip, new_file
from dvd_gan.studio.visitors import VisitorCheckpoints

MAX_KEPT = 24
STATE_SECONDS = 3600


@dataclass(frozen=True, eq=False)
class Favourite:
    """What a clip was made from, and its middle frame, (H, W, 3) uint8."""

    recipe: ClipRecipe
    frame: np.ndarray


def add_tab(visitors: VisitorCheckpoints, controls: Controls, keep: gr.Button) -> Dependency:
    """Draw the tab and wire it; `keep` keeps the clip that is shown. Returns the event that shows another clip."""

    def keep_clip(shown: ShownClip | None, kept: tuple[Favourite, ...] | None) -> tuple:
        kept = kept or ()
        if shown is None:
            raise gr.Error(text_generate.NOTHING_SHOWN, print_exception=False)
        if len(kept) >= MAX_KEPT:
            raise gr.Error(text_generate.no_more_room(MAX_KEPT), print_exception=False)
        if any(favourite.recipe == shown.recipe for favourite in kept):
            gr.Info(text_generate.KEPT_ALREADY)
            return show(kept)
        gr.Info(text_generate.KEPT)
        return show((*kept, Favourite(shown.recipe, shown.frames[len(shown.frames) // 2].copy())))

    def forget(kept: tuple[Favourite, ...] | None, pressed: gr.EventData) -> tuple:
        return show(tuple(kept or ())[: pressed.index] + tuple(kept or ())[pressed.index + 1 :])

    def open_kept(kept: tuple[Favourite, ...] | None, opened: Opened, pressed: gr.EventData) -> tuple:
        if not kept or not 0 <= pressed.index < len(kept):
            raise gr.Error(text_generate.KEPT_GONE, print_exception=False)
        recipe = kept[pressed.index].recipe
        try:
            return *settings_of(visitors, recipe, opened), *draw_clip(visitors, recipe, opened)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    with gr.Tab(text_generate.KEPT_TAB, id="favourites") as tab:
        told = gr.Markdown(text_generate.NOTHING_KEPT)
        shelf = gr.HTML(elem_id="kept", js_on_load=pictures.PRESS)
        with gr.Row(visible=False) as row:
            save = gr.DownloadButton(text_generate.SAVE_KEPT, size="sm", elem_id="save-kept")
            forget_all = gr.Button(text_generate.FORGET_ALL, size="sm", elem_id="forget-all")
    favourites = gr.State(time_to_live=STATE_SECONDS)

    def show(kept: tuple[Favourite, ...]) -> tuple:
        cards = [(favourite.frame, text_generate.named(favourite.recipe)) for favourite in kept]
        recipes = None
        if kept:
            recipes = new_file("favourites", "json")
            recipes.write_text(json.dumps([favourite.recipe.as_dict() for favourite in kept], indent=1) + "\n")
        return (
            kept,
            gr.Markdown(visible=not kept),
            pictures.shelf(cards),
            gr.Row(visible=bool(kept)),
            gr.DownloadButton(value=str(recipes) if recipes else None),
            gr.Tab(label=text_generate.kept_tab(len(kept))),
        )

    outputs = [favourites, told, shelf, row, save, tab]
    quiet = dict(show_progress="hidden", api_visibility="private")
    keep.click(keep_clip, [controls.shown, favourites], outputs, **quiet)
    shelf.forget(forget, favourites, outputs, **quiet)
    forget_all.click(lambda: show(()), None, outputs, **quiet)
    shelf.click(None, js=theme.scroll_to("clip"), api_visibility="private")
    return shelf.click(
        stoppable(open_kept),
        [favourites, controls.opened],
        [*controls.settings, *controls.results],
        show_progress_on=controls.clip,
        api_visibility="private",
        **DEVICE_QUEUE,
    )
