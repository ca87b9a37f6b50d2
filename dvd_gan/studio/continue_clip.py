"""The Continue tab: a few given frames to what comes next."""

import time

import gradio as gr
import numpy as np

from dvd_gan import clips, hub, recipe
from dvd_gan.labels import file_stem
from dvd_gan.studio import share, text, theme
from dvd_gan.studio.arrival import LinkedTab
from dvd_gan.studio.links import FUTURES, Link
from dvd_gan.studio.long_work import add_stop, expect, stoppable
from dvd_gan.studio.seeds import page_seed
from dvd_gan.studio.session import DEVICE_QUEUE, ShownClip, new_file
from dvd_gan.studio.starts import BORDER_PIXELS, Starts, latest
from dvd_gan.studio.visitors import VisitorCheckpoints
from dvd_gan.uploads import MAX_SECONDS

FIRST_LENGTH = 24
FIRST_SEED = 7
MAX_LENGTH = 240
STATE_SECONDS = 3600
FIRST_FUTURES = 2


def add_tab(
    tab: gr.Tab, visitors: VisitorCheckpoints, opened: gr.State, buttons: gr.Row, shown: gr.State, tabs: gr.Tabs
) -> LinkedTab:
    """Draw the tab and wire it; publishes `/continue_clip`. Adds a button to the Generate tab's `buttons` that brings
    its `shown` clip here. Only a sentence appears where no checkpoint can continue clips. Returns what links set."""
    continuing = visitors.checkpoints.continuing
    if not continuing:
        gr.Markdown(text.NOTHING_CONTINUES)
        return LinkedTab("continue", tab, [], lambda *_: {}, {}, continues=True)
    first = continuing[0]
    facts, starts = visitors.facts(first, None), Starts(visitors)
    examples = list(starts.examples(first, None))

    def show_start(upload: list[str] | None, start_frame: int | None, checkpoint: str, opened: dict | None) -> tuple:
        try:
            return starts.show(upload, start_frame, checkpoint, opened)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    def take_upload(upload: list[str] | None, checkpoint: str, opened: dict | None) -> tuple:
        return latest(upload) or None, *show_start(latest(upload), 0, checkpoint, opened)

    def choose_checkpoint(upload: list[str] | None, checkpoint: str, opened: dict | None) -> tuple:
        names = list(starts.examples(checkpoint, opened))
        return gr.Radio(names, value=None, visible=bool(names)), *show_start(upload, 0, checkpoint, opened)

    def take_example(name: str, checkpoint: str, opened: dict | None) -> tuple:
        try:
            copy = starts.copy_example(name, checkpoint, opened)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        return copy, name, *show_start(copy, 0, checkpoint, opened)

    def take_last_frames(plain: str | None, checkpoint: str, opened: dict | None) -> tuple:
        if plain is None:
            raise gr.Error(text.NOTHING_YET, print_exception=False)
        return [plain], None, *show_start([plain], None, checkpoint, opened)

    def take_generated(clip: ShownClip | None, checkpoint: str, opened: dict | None) -> tuple:
        if clip is None:
            raise gr.Error(text.NOTHING_DRAWN, print_exception=False)
        upload = [str(clip.mp4)]
        return gr.Tabs(selected="continue"), upload, None, *show_start(upload, None, checkpoint, opened)

    def fill(link: Link, facts: hub.CheckpointFacts, choices: list[str], opened: dict | None) -> dict:
        names, filled = list(starts.examples(link.checkpoint, opened)), {}
        if link.example:
            copy, first_frame = starts.copy_example(link.example, link.checkpoint, opened), link.start or 0
            last = len(starts.read(copy, link.checkpoint, opened)[0]) - facts.num_given_frames
            if first_frame > last:
                raise ValueError(text.start_out_of_range(first_frame, last))
            strip_shown, slider, told = starts.show(copy, first_frame, link.checkpoint, opened)
            filled = {upload: copy, strip: strip_shown, start_frame: slider, about_start: told, linked: True}
        return {
            checkpoint: gr.Dropdown(choices, value=link.checkpoint, visible=len(choices) > 1),
            seed: FIRST_SEED if link.seed is None else link.seed,
            num_frames: link.num_frames or FIRST_LENGTH,
            futures: link.futures or FIRST_FUTURES,
            example: gr.Radio(names, value=link.example, visible=bool(names)),
            **filled,
        }

    def continue_clip(
        upload: list[str],
        start_frame: int = 0,
        num_frames: int = FIRST_LENGTH,
        futures: int = FIRST_FUTURES,
        seed: int = FIRST_SEED,
        checkpoint: str = first,
        opened: dict | None = None,
    ) -> tuple[str, str, str]:
        """Continue a clip.

        Args:
            upload: one video (MP4, MOV, AVI, WebM, GIF), or pictures in the order of their names.
            start_frame: the first frame that the model is given, counted from 0 at the checkpoint's frame rate.
            num_frames: how many frames to draw after the given ones.
            futures: 1, 2 or 4 continuations of the same start, side by side.
            seed: a whole number from 0; the futures have this seed and those after it.
            checkpoint: id of a checkpoint with a frame encoder.

        Returns:
            An MP4 file with given frames in teal and drawn ones in amber, beside the real continuation where the upload
            has one; the first future alone as an MP4 file, without borders; and a caption.
        """
        try:
            seeds = list(range(page_seed(seed), seed + futures))
            frames, facts = starts.read(upload, checkpoint, opened)
            last = len(frames) - facts.num_given_frames
            if not 0 <= start_frame <= last:
                raise ValueError(text.start_out_of_range(start_frame, last))
            given = frames[start_frame : start_frame + facts.num_given_frames]
            pipe = visitors.pipeline(checkpoint, opened)
            expect(num_frames * futures)
            began = time.perf_counter()
            drawn = pipe(frames=given, seeds=seeds, num_frames=num_frames).frames
            seconds, seen = time.perf_counter() - began, pipe.classes_in(given)
            real = frames[start_frame : start_frame + len(given) + num_frames]
            joined = [np.concatenate([given, clips.as_uint8(future)]) for future in drawn]
            shown = side_by_side(real, joined, len(given))
            path, plain = (
                clips.write_mp4(frames, new_file(file_stem("continued", seed), "mp4"), facts.fps, recipe.NOTICE)
                for frames in (shown, joined[0])
            )
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        has_truth = len(real) > len(given)
        return str(path), str(plain), text.continued(seeds, num_frames, seconds, facts, has_truth, seen)

    def meet_example(upload: list[str] | None, checkpoint: str, opened: dict | None) -> tuple:
        """A visitor who brings nothing meets the first example."""
        names = list(starts.examples(checkpoint, opened))
        return (gr.skip(),) * 6 if upload or not names else (*take_example(names[0], checkpoint, opened), True)

    def continue_first(linked: bool | None, *settings) -> tuple:
        return (*continue_clip(*settings), None) if linked else (gr.skip(),) * 4

    with gr.Row():
        with gr.Column(scale=5, min_width=320):
            result = gr.Video(
                label=text.CONTINUED,
                show_label=False,
                interactive=False,
                autoplay=True,
                loop=True,
                buttons=["download"],
                elem_id="continued",
            )
            caption = gr.Markdown(label=text.CAPTION, elem_id="continued-caption")
            again = gr.Button(text.CONTINUE_AGAIN, elem_id="continue-again")
            gr.Markdown(text.BORDERS, elem_id="borders")
            share.add_page_link("link-to-continued")
        with gr.Column(scale=4, min_width=320):
            example = gr.Radio(examples, label=text.EXAMPLES, value=None, visible=bool(examples), elem_id="examples")
            upload = gr.File(
                label=text.UPLOAD, file_count="multiple", file_types=["video", "image"], height=110, elem_id="upload"
            )
            strip = gr.Image(
                label=text.GIVEN,
                show_label=False,
                interactive=False,
                format="png",
                image_mode="RGBA",
                buttons=[],
                elem_id="given-strip",
                alt_text=text.GIVEN_ALT,
            )
            about_start = gr.Markdown(text.NO_START, elem_id="about-start")
            last_start = int(MAX_SECONDS * facts.fps)
            start_frame = gr.Slider(
                0, last_start, 0, step=1, precision=0, label=text.START_FRAME, interactive=False, elem_id="start-frame"
            )
            futures = gr.Radio(list(FUTURES), value=FIRST_FUTURES, label=text.FUTURES, elem_id="futures")
            num_frames = gr.Slider(1, MAX_LENGTH, FIRST_LENGTH, step=1, precision=0, label=text.CONTINUED_LENGTH)
            with gr.Row(elem_classes="seed-row"):
                seed = gr.Number(FIRST_SEED, precision=0, label=text.SEED, elem_id="continue-seed")
                dice = gr.Button(text.DICE, elem_classes="dice")
            with gr.Row(elem_classes="go"):
                go = gr.Button(text.CONTINUE, variant="primary", size="lg", elem_id="continue")
                stop = gr.Button(text.STOP, size="lg", elem_id="stop-continue")
            checkpoint = gr.Dropdown(
                continuing,
                value=first,
                label=text.CHECKPOINT,
                visible=len(continuing) > 1,
                elem_id="continue-checkpoint",
            )
            gr.Markdown(text.about_continuing(facts))
    plain = gr.File(visible=False)
    linked = gr.State(time_to_live=STATE_SECONDS)

    with buttons:
        continue_this = gr.Button(text.CONTINUE_THIS, size="sm", elem_id="continue-this")

    start = [strip, start_frame, about_start]
    settings, results = [upload, start_frame, num_frames, futures, seed, checkpoint, opened], [result, plain, caption]
    drawing = dict(show_progress_on=result, **DEVICE_QUEUE)
    making = dict(fn=stoppable(continue_clip), inputs=settings, outputs=results, **drawing)
    rolled = dice.click(None, None, seed, js=theme.ROLL_SEED, api_visibility="private")
    made = [
        go.click(api_name="continue_clip", **making),
        seed.submit(api_visibility="private", **making),
        rolled.then(api_visibility="private", **making),
    ]
    taken = [upload, checkpoint, opened]
    start_frame.release(show_start, [upload, start_frame, checkpoint, opened], start, api_visibility="private")
    uploaded = [upload.upload, upload.clear, upload.delete]
    gr.on(uploaded, lambda: None, None, example, queue=False, show_progress="hidden", api_visibility="private")
    gr.on(uploaded, take_upload, taken, [upload, *start], api_visibility="private")
    checkpoint.input(choose_checkpoint, taken, [example, *start], api_visibility="private")
    given = [upload, example, *start]
    met = tab.select(meet_example, taken, [*given, linked], api_visibility="private")
    made.append(
        met.success(
            stoppable(continue_first), [linked, *settings], [*results, linked], api_visibility="private", **drawing
        )
    )
    for event in (
        example.input(take_example, [example, checkpoint, opened], given, api_visibility="private"),
        again.click(take_last_frames, [plain, checkpoint, opened], given, api_visibility="private"),
        continue_this.click(take_generated, [shown, checkpoint, opened], [tabs, *given], api_visibility="private"),
    ):
        made.append(event.success(api_visibility="private", **making))
    add_stop(stop, made)
    go.click(None, js=theme.scroll_to("continued"), api_visibility="private")
    says = {"checkpoint": checkpoint, "seed": seed, "frames": num_frames}
    says |= {"example": example, "start": start_frame, "futures": futures}
    filled = [*says.values(), upload, strip, about_start, linked]
    return LinkedTab("continue", tab, filled, fill, says, continues=True)


def side_by_side(real: np.ndarray, futures: list[np.ndarray], num_given: int) -> np.ndarray:
    """The real clip, where it goes on after the given frames, and the futures, framed in colours, in one row or two.

    A real clip that ends sooner holds its last frame. (T, H, W, 3) uint8, as long as the futures.
    """
    length = len(futures[0])
    cells = [clips.frame_colours(future, num_given, BORDER_PIXELS) for future in futures]
    if len(real) > num_given:
        held = np.concatenate([real, np.repeat(real[-1:], length - len(real), axis=0)])
        cells.insert(0, clips.frame_colours(held, length, BORDER_PIXELS))
    columns = len(cells) if len(cells) < 4 else -(-len(cells) // 2)
    cells += [np.zeros_like(cells[0])] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i : i + columns], axis=2) for i in range(0, len(cells), columns)]
    return np.concatenate(rows, axis=1)
