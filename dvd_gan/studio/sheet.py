"""A sheet: one video of many clips in a grid, each of which a press opens in the Generate tab."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

import gradio as gr
from gradio.events import Dependency

from dvd_gan.recipe import ClipRecipe
from dvd_gan.studio import pictures, text_generate, theme
from dvd_gan.studio.drawing import Controls, Opened, draw_clip, settings_of
from dvd_gan.studio.long_work import stoppable
from dvd_gan.studio.session import DEVICE_QUEUE
from dvd_gan.studio.visitors import VisitorCheckpoints


class Sheet:
    """One video of many clips, a button over each, and what they were made from."""

    def __init__(
        self, elem_id: str, columns: Callable[[Sequence[ClipRecipe]], int], label: Callable[[ClipRecipe], str]
    ):
        self.elem_id, self.columns, self.label = elem_id, columns, label
        with gr.Column(elem_id=elem_id, elem_classes="sheet"):
            self.video = gr.Video(
                label=text_generate.SHEET,
                show_label=False,
                interactive=False,
                autoplay=True,
                loop=True,
                buttons=[],
            )
            self.buttons = gr.HTML(js_on_load=pictures.PRESS, elem_classes="over-clips")
        self.caption = gr.Markdown(elem_classes="told")
        self.cells = gr.JSON(visible=False)

    def draws(
        self, event: Callable, handler: Callable, inputs: list, api_name: str, api_visibility: str = "public"
    ) -> Dependency:
        """Draw the sheet by `handler` at an event, and lay the buttons over its clips. Returns the drawing."""
        drawn = event(
            stoppable(handler),
            inputs,
            [self.video, self.cells, self.caption],
            api_name=api_name,
            api_visibility=api_visibility,
            show_progress_on=[self.video, self.caption],
            **DEVICE_QUEUE,
        )
        drawn.success(self._lay, self.cells, self.buttons, show_progress="hidden", api_visibility="private")
        return drawn

    def opens(self, visitors: VisitorCheckpoints, controls: Controls) -> Dependency:
        """Let the buttons open their clips in the Generate tab, at the length that is set there."""

        def open_cell(cells: list[dict], num_frames: int, opened: Opened, pressed: gr.EventData) -> tuple:
            try:
                recipe = replace(ClipRecipe.from_json(json.dumps(cells[pressed.index])), num_frames=num_frames)
                return *settings_of(visitors, recipe, opened), *draw_clip(visitors, recipe, opened)
            except (ValueError, ConnectionError) as error:
                raise gr.Error(str(error), print_exception=False) from None

        self.buttons.click(None, js=theme.scroll_to("clip"), api_visibility="private")
        return self.buttons.click(
            stoppable(open_cell),
            [self.cells, controls.num_frames, controls.opened],
            [*controls.settings, *controls.results],
            show_progress_on=controls.clip,
            api_visibility="private",
            **DEVICE_QUEUE,
        )

    def _lay(self, cells: list[dict]) -> str:
        recipes = [ClipRecipe.from_json(json.dumps(cell)) for cell in cells]
        labels = [(self.label(recipe), text_generate.open_named(text_generate.named(recipe))) for recipe in recipes]
        return pictures.over(labels, self.columns(recipes))
