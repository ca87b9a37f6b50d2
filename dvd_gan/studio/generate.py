"""The Generate tab: an action and a seed to a clip."""

import random

import gradio as gr
from PIL import Image

from dvd_gan import clips
from dvd_gan.hub import CheckpointFacts
from dvd_gan.studio import further, text, text_generate, theme
from dvd_gan.studio.arrival import LinkedTab
from dvd_gan.studio.drawing import Controls, asked, draw_clip, write_downloads
from dvd_gan.studio.links import Link
from dvd_gan.studio.long_work import add_stop, stoppable
from dvd_gan.studio.session import DEVICE_QUEUE, ShownClip
from dvd_gan.studio.visitors import VisitorCheckpoints

FIRST_CLASS = "jumping jacks"
FIRST_SEED = 7
FIRST_LENGTH = 48
MAX_LENGTH = 240
STATE_SECONDS = 3600
ROLL_AND_CLEAR = f"() => [({theme.ROLL_SEED})(), '']"
CLEAR = "() => ''"
SAYS = ("class", "seed", "frames", "truncation", "fps", "checkpoint", "variations")


def add_tab(tab: gr.Tab, visitors: VisitorCheckpoints, opened: gr.State) -> tuple[gr.Row, gr.State, LinkedTab]:
    """Draw the tab and wire it; publishes `/generate` and `/list_classes`. Returns the row of buttons under the clip,
    the clip that is shown, and what links set."""
    checkpoints = visitors.checkpoints
    facts = checkpoints.facts(checkpoints.default)

    def generate(
        class_name: str,
        seed: int,
        num_frames: int,
        truncation: float,
        fps: float,
        checkpoint: str,
        variations: str = "",
        opened: dict | None = None,
    ) -> tuple[str, Image.Image, str]:
        """Generate one clip of a class.

        Args:
            class_name: what happens in the clip; `/list_classes` lists what the checkpoint knows.
            seed: a whole number from 0; the same seed and class give the same clip.
            num_frames: length of the clip in frames.
            truncation: above 0, at most 1; lower is more typical and less varied.
            fps: frames per second of the file.
            checkpoint: id of the checkpoint.
            variations: moves of the noise towards other seeds, such as "8:0.3 15:0.2"; nothing for the seed's own.

        Returns:
            The clip as an MP4 file, a film strip of its frames, and a caption with the time taken.
        """
        return show(class_name, seed, num_frames, truncation, fps, checkpoint, variations, opened)[:3]

    def show(*settings) -> tuple[str, Image.Image, str, ShownClip]:
        *wanted, opened = settings
        try:
            return draw_clip(visitors, asked(*wanted), opened)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    def first_clip(shown: ShownClip | None, *settings) -> tuple:
        return (gr.skip(),) * 4 if shown else show(*settings)

    def choose_checkpoint(checkpoint: str, opened: dict | None) -> tuple:
        try:
            facts = visitors.facts(checkpoint, opened)
        except (ValueError, ConnectionError) as error:
            gr.Warning(text.fell_back(str(error), checkpoints.default))
            checkpoint, facts = checkpoints.default, checkpoints.facts(checkpoints.default)
        return (
            checkpoint,
            gr.Dropdown(choices=list(facts.class_names), value=first_class(facts)),
            facts.fps,
            text.about_checkpoint(facts),
        )

    def surprise_me(checkpoint: str = checkpoints.default, opened: dict | None = None) -> tuple[str, int, str]:
        """An action and a seed that nobody chose.

        Args:
            checkpoint: id of the checkpoint.

        Returns:
            A class name, a seed, and no variations, as `/generate` takes them.
        """
        try:
            names = visitors.facts(checkpoint, opened).class_names
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        return random.choice(names), random.randrange(2**31), ""

    def fill(link: Link, facts: CheckpointFacts, choices: list[str], _: dict | None) -> dict:
        return {
            checkpoint: gr.Dropdown(choices, value=link.checkpoint),
            class_name: gr.Dropdown(list(facts.class_names), value=link.class_name or first_class(facts)),
            seed: FIRST_SEED if link.seed is None else link.seed,
            num_frames: link.num_frames or FIRST_LENGTH,
            truncation: link.truncation or 1.0,
            fps: link.fps or facts.fps,
            variations: link.variations or "",
            about: text.about_checkpoint(facts),
            shown: None,
        }

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
            with gr.Row(elem_id="downloads"):
                downloads = [
                    gr.DownloadButton(label, size="sm", interactive=False, elem_id=f"download-{kind}")
                    for kind, label in text.DOWNLOADS.items()
                ]
            taste = gr.Row(elem_id="taste")
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
            surprise = gr.Button(text_generate.SURPRISE, elem_id="surprise")
            with gr.Accordion(text.MORE, open=False):
                fps = gr.Slider(1, clips.MAX_GIF_FPS, facts.fps, step=1, label=text.FPS)
                checkpoint = gr.Dropdown(
                    choices=checkpoints.generating,
                    value=checkpoints.default,
                    label=text.CHECKPOINT,
                    elem_id="checkpoint",
                )
                variations = gr.Textbox(
                    "",
                    label=text_generate.VARIATIONS,
                    info=text_generate.VARIATIONS_INFO,
                    max_length=1000,
                    elem_id="variations",
                )
            about = gr.Markdown(text.about_checkpoint(facts), elem_id="about")
        shown = gr.State(time_to_live=STATE_SECONDS)
        gr.api(list_classes, api_name="list_classes")

    settings = [class_name, seed, num_frames, truncation, fps, checkpoint, variations]
    results = [clip, strip, caption, shown]
    drawing = dict(outputs=results, show_progress_on=clip, **DEVICE_QUEUE)
    making = dict(fn=stoppable(show), inputs=[*settings, opened], **drawing)
    # gradio's MCP server stumbles over a state among what a tool gives, and programs need none.
    for_programs = gr.Button(visible=False)
    for_programs.click(stoppable(generate), [*settings, opened], results[:3], api_name="generate", **DEVICE_QUEUE)
    rolled = dice.click(None, None, [seed, variations], js=ROLL_AND_CLEAR, api_visibility="private")
    seed.input(None, None, variations, js=CLEAR, api_visibility="private")
    surprised = surprise.click(
        surprise_me, [checkpoint, opened], [class_name, seed, variations], api_name="surprise_me"
    )
    chosen = checkpoint.input(
        choose_checkpoint, [checkpoint, opened], [checkpoint, class_name, fps, about], api_visibility="private"
    )
    made = [
        gr.on([go.click, seed.submit], api_visibility="private", **making),
        tab.select(stoppable(first_clip), [shown, *settings, opened], api_visibility="private", **drawing),
        rolled.then(api_visibility="private", **making),
        chosen.then(api_visibility="private", **making),
        surprised.success(api_visibility="private", **making),
        *further.add_tabs(visitors, Controls(*settings, opened, about, *results), taste),
    ]
    for event in made:
        event.success(write_downloads, shown, downloads, show_progress="hidden", api_visibility="private")
    add_stop(stop, made)
    gr.on([go.click, surprise.click], None, js=theme.scroll_to("clip"), api_visibility="private")
    says = dict(zip(SAYS, settings, strict=True))
    return taste, shown, LinkedTab("generate", tab, [*settings, about, shown], fill, says)


def first_class(facts: CheckpointFacts) -> str:
    """The class that a visitor meets first."""
    return FIRST_CLASS if FIRST_CLASS in facts.class_names else facts.class_names[0]
