"""The Generate tab: an action and a seed to a clip."""

import time

import gradio as gr
from PIL import Image

from dvd_gan import clips
from dvd_gan.hub import CheckpointFacts
from dvd_gan.labels import class_ids, file_stem
from dvd_gan.recipe import ClipRecipe
from dvd_gan.studio import text, theme
from dvd_gan.studio.long_work import add_stop, expect, stoppable
from dvd_gan.studio.session import DEVICE_QUEUE, Checkpoints, ShownClip, new_file

FIRST_CLASS = "jumping jacks"
FIRST_SEED = 7
FIRST_LENGTH = 48
MAX_LENGTH = 240
STATE_SECONDS = 3600


def add_tab(page: gr.Blocks, checkpoints: Checkpoints) -> tuple[gr.Row, gr.State]:
    """Draw the tab inside `page` and wire it; publishes `/generate` and `/list_classes`. Returns the row of buttons
    under the clip and the clip that is shown."""
    facts = checkpoints.facts(checkpoints.default)

    def generate(
        class_name: str, seed: int, num_frames: int, truncation: float, fps: float, checkpoint: str
    ) -> tuple[str, Image.Image, str]:
        """Generate one clip of a class.

        Args:
            class_name: what happens in the clip; `/list_classes` lists what the checkpoint knows.
            seed: a whole number from 0; the same seed and class give the same clip.
            num_frames: length of the clip in frames.
            truncation: above 0, at most 1; lower is more typical and less varied.
            fps: frames per second of the file.
            checkpoint: id of the checkpoint.

        Returns:
            The clip as an MP4 file, a film strip of its frames, and a caption with the time taken.
        """
        return show(class_name, seed, num_frames, truncation, fps, checkpoint)[:3]

    def show(
        class_name: str, seed: int, num_frames: int, truncation: float, fps: float, checkpoint: str
    ) -> tuple[str, Image.Image, str, ShownClip]:
        if seed is None:
            raise gr.Error(text.NO_SEED, print_exception=False)
        try:
            pipe = checkpoints.pipeline(checkpoint)
            class_id = class_ids(class_name, pipe.class_names)[0]
            expect(num_frames)
            started = time.perf_counter()
            frames = pipe(class_id, seeds=seed, num_frames=num_frames, truncation=truncation).frames[0]
            drawn = time.perf_counter()
            shown_name = pipe.class_names[class_id]
            frames = clips.as_uint8(frames)
            recipe = ClipRecipe(
                checkpoint=checkpoint,
                class_name=shown_name,
                seed=seed,
                num_frames=num_frames,
                truncation=truncation,
                fps=fps,
            )
            path = new_file(file_stem(shown_name, seed), "mp4")
            mp4 = clips.write_mp4(frames, path, fps, recipe.to_json())
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        written = time.perf_counter()
        caption = text.caption(shown_name, seed, len(frames), drawn - started, written - drawn)
        return str(mp4), clips.film_strip(frames), caption, ShownClip(frames, recipe, mp4)

    def write_downloads(shown: ShownClip | None) -> list[gr.DownloadButton]:
        if shown is None:
            return [gr.skip()] * len(text.DOWNLOADS)
        fps, recipe = shown.recipe.fps, shown.recipe.to_json()
        files = [
            shown.mp4,
            clips.write_gif(shown.frames, shown.mp4.with_suffix(".gif"), fps, recipe),
            clips.write_webm(shown.frames, shown.mp4.with_suffix(".webm"), fps, recipe),
            clips.write_zip(shown.frames, shown.mp4.with_suffix(".zip"), recipe),
        ]
        return [gr.DownloadButton(value=str(file), interactive=True) for file in files]

    def choose_checkpoint(checkpoint: str) -> tuple:
        try:
            facts = checkpoints.facts(checkpoint)
        except (ValueError, ConnectionError) as error:
            gr.Warning(text.fell_back(str(error), checkpoints.default))
            checkpoint, facts = checkpoints.default, checkpoints.facts(checkpoints.default)
        return (
            checkpoint,
            gr.Dropdown(choices=list(facts.class_names), value=first_class(facts)),
            facts.fps,
            text.about_checkpoint(facts),
        )

    def list_classes(checkpoint: str = checkpoints.default) -> list[str]:
        """The class names that a checkpoint knows, in the order of their ids."""
        try:
            return list(checkpoints.facts(checkpoint).class_names)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    with gr.Row():
        with gr.Column(scale=5, min_width=320):
            clip = gr.Video(
                label=text.CLIP,
                show_label=False,
                interactive=False,
                autoplay=True,
                loop=True,
                buttons=[],
                elem_id="clip",
            )
            strip = gr.Image(
                label=text.STRIP,
                show_label=False,
                interactive=False,
                format="png",
                image_mode="RGBA",
                buttons=[],
                elem_id="strip",
                alt_text=text.STRIP_ALT,
            )
            caption = gr.Markdown(label=text.CAPTION, elem_id="caption")
            with gr.Row(elem_id="downloads") as buttons:
                downloads = [
                    gr.DownloadButton(label, size="sm", interactive=False, elem_id=f"download-{kind}")
                    for kind, label in text.DOWNLOADS.items()
                ]
        with gr.Column(scale=4, min_width=320):
            class_name = gr.Dropdown(
                choices=list(facts.class_names),
                value=first_class(facts),
                label=text.CLASS,
                allow_custom_value=True,
                elem_id="class-name",
            )
            with gr.Row(elem_id="seed-row"):
                seed = gr.Number(FIRST_SEED, precision=0, label=text.SEED, elem_id="seed")
                dice = gr.Button(text.DICE, elem_id="dice")
            num_frames = gr.Slider(1, MAX_LENGTH, FIRST_LENGTH, step=1, precision=0, label=text.LENGTH)
            truncation = gr.Slider(0.05, 1.0, 1.0, step=0.05, label=text.TRUNCATION, info=text.TRUNCATION_INFO)
            with gr.Row(elem_classes="go"):
                go = gr.Button(text.GENERATE, variant="primary", size="lg", elem_id="generate")
                stop = gr.Button(text.STOP, size="lg", elem_id="stop-generate")
            with gr.Accordion(text.MORE, open=False):
                fps = gr.Slider(1, clips.MAX_GIF_FPS, facts.fps, step=1, label=text.FPS)
                checkpoint = gr.Dropdown(
                    choices=checkpoints.generating,
                    value=checkpoints.default,
                    label=text.CHECKPOINT,
                    elem_id="checkpoint",
                )
            about = gr.Markdown(text.about_checkpoint(facts), elem_id="about")
        shown = gr.State(time_to_live=STATE_SECONDS)
        gr.api(list_classes, api_name="list_classes")

    settings = [class_name, seed, num_frames, truncation, fps, checkpoint]
    results = [clip, strip, caption, shown]
    making = dict(fn=stoppable(show), inputs=settings, outputs=results, show_progress_on=clip, **DEVICE_QUEUE)
    # gradio's MCP server stumbles over a state among what a tool gives, and programs need none.
    for_programs = gr.Button(visible=False)
    for_programs.click(stoppable(generate), settings, results[:3], api_name="generate", **DEVICE_QUEUE)
    rolled = dice.click(None, None, seed, js=theme.ROLL_SEED, api_visibility="private")
    chosen = checkpoint.input(
        choose_checkpoint, checkpoint, [checkpoint, class_name, fps, about], api_visibility="private"
    )
    made = [
        gr.on([page.load, go.click, seed.submit], api_visibility="private", **making),
        rolled.then(api_visibility="private", **making),
        chosen.then(api_visibility="private", **making),
    ]
    for event in made:
        event.success(write_downloads, shown, downloads, show_progress="hidden", api_visibility="private")
    add_stop(stop, made)
    go.click(None, js=theme.scroll_to("clip"), api_visibility="private")
    return buttons, shown


def first_class(facts: CheckpointFacts) -> str:
    """The class that a visitor meets first."""
    return FIRST_CLASS if FIRST_CLASS in facts.class_names else facts.class_names[0]
