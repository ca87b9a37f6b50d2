"""Reproduce: a file that was downloaded here, or a recipe as text, back to the same clip."""

import gradio as gr
from gradio.events import Dependency
from PIL import Image

from dvd_gan.recipe import ClipRecipe, read_recipe
from dvd_gan.studio import text_generate, theme
from dvd_gan.studio.drawing import Controls, Opened, draw_clip, settings_of
from dvd_gan.studio.long_work import stoppable
from dvd_gan.studio.session import DEVICE_QUEUE, ShownClip
from dvd_gan.studio.visitors import VisitorCheckpoints

FILE_TYPES = [".mp4", ".gif", ".webm", ".zip", ".json"]


def add_tab(visitors: VisitorCheckpoints, controls: Controls) -> list[Dependency]:
    """Draw the tab and wire it; publishes `/reproduce`. Returns the events that show another clip."""

    def reproduce(
        file: str | None = None, recipe: str = "", opened: dict | None = None
    ) -> tuple[str, Image.Image, str, str, dict]:
        """Generate the very clip that a file or a recipe describes.

        Args:
            file: an MP4, GIF, WebM, ZIP or JSON file that was downloaded here.
            recipe: in the place of a file, the recipe as JSON.

        Returns:
            The clip as an MP4 file, a film strip of its frames, a caption, a sentence on whether the weights are still
            the same, and the recipe.
        """
        *clip, _, told, found = draw_again(file, recipe, opened)
        return *clip, told, found

    def draw_again(file: str | None, recipe: str, opened: Opened) -> tuple:
        try:
            if file and recipe.strip():
                raise ValueError(text_generate.TWO_RECIPES)
            if not file and not recipe.strip():
                raise ValueError(text_generate.NO_RECIPE)
            wanted = read_recipe(file) if file else ClipRecipe.from_json(recipe)
            choices = visitors.choices(opened, continues=False)
            if wanted.checkpoint not in choices:
                raise ValueError(text_generate.unknown_checkpoint(wanted.checkpoint, choices))
            most, fps = controls.num_frames.maximum, controls.fps
            if wanted.num_frames > most or not fps.minimum <= wanted.fps <= fps.maximum:
                raise ValueError(text_generate.too_much(wanted, most))
            *clip, shown = draw_clip(visitors, wanted, opened)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        return *clip, shown, text_generate.reproduced(wanted, shown.recipe.revision), shown.recipe.as_dict()

    def from_file(file: str, opened: Opened) -> tuple:
        return draw_again(file, "", opened)

    def fill(shown: ShownClip, opened: Opened) -> tuple:
        return settings_of(visitors, shown.recipe, opened)

    with gr.Tab(text_generate.REPRODUCE_TAB, id="reproduce"):
        gr.Markdown(text_generate.ABOUT_REPRODUCE)
        with gr.Row():
            upload = gr.File(
                label=text_generate.RECIPE_UPLOAD, file_types=FILE_TYPES, height=140, elem_id="recipe-upload"
            )
            pasted = gr.Textbox(
                "",
                label=text_generate.RECIPE_TEXT,
                placeholder=text_generate.RECIPE_HINT,
                lines=4,
                max_lines=8,
                elem_id="recipe-text",
            )
        go = gr.Button(text_generate.REPRODUCE, elem_id="reproduce-go")
        told = gr.Markdown(elem_id="reproduced", elem_classes="told")
        recipe = gr.JSON(visible=False)
        for_programs = gr.Button(visible=False)  # as in the Generate tab, programs are given no state

    drawing = dict(outputs=[*controls.results, told, recipe], show_progress_on=[controls.clip, told], **DEVICE_QUEUE)
    given = [upload, pasted, controls.opened]
    outputs = [*controls.results[:3], told, recipe]
    for_programs.click(stoppable(reproduce), given, outputs, api_name="reproduce", **DEVICE_QUEUE)
    events = [
        go.click(stoppable(draw_again), given, api_visibility="private", **drawing),
        upload.upload(stoppable(from_file), [upload, controls.opened], api_visibility="private", **drawing),
    ]
    for event in events:
        filled = event.success(
            fill, [controls.shown, controls.opened], controls.settings, show_progress="hidden", api_visibility="private"
        )
        filled.then(None, js=theme.scroll_to("clip"), api_visibility="private")
    return events
