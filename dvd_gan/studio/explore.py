"""The Explore tab: walks between two clips, and a clip that keeps going live."""

import time
from collections.abc import Iterator
from functools import partial

import gradio as gr
from PIL import Image

from dvd_gan import clips, recipe
from dvd_gan.hub import CheckpointFacts
from dvd_gan.studio import pictures, share, text, text_tour, theme
from dvd_gan.studio.arrival import LinkedTab
from dvd_gan.studio.device import on_device
from dvd_gan.studio.generate import first_class
from dvd_gan.studio.links import MAX_PLACES, Link
from dvd_gan.studio.long_work import add_stop, expect, stoppable
from dvd_gan.studio.seeds import MAX_SEED, page_seed
from dvd_gan.studio.session import DEVICE_QUEUE, new_file
from dvd_gan.studio.visitors import VisitorCheckpoints

FIRST_SEEDS = (7, 8)
FIRST_POSITIONS = 10
LIVE_QUEUE = dict(concurrency_id="live", concurrency_limit=2)
LIVE_SECONDS = 120
SCRUB = """(position) => {
  const video = document.querySelector("#walk video");
  if (video && video.duration) { video.pause(); video.currentTime = position / 100 * video.duration / 2; }
}"""


def add_tab(visitors: VisitorCheckpoints, opened: gr.State, tabs: gr.Tabs) -> LinkedTab:
    """Draw the tab and wire it; publishes `/interpolate`. Live pictures stop when another of the `tabs` is opened.
    Returns what links set."""
    checkpoints = visitors.checkpoints
    facts = checkpoints.facts(checkpoints.default)
    names = list(facts.class_names)
    start = first_class(facts)

    def interpolate(
        class_from: str,
        seed_from: int,
        class_to: str,
        seed_to: int,
        positions: int = FIRST_POSITIONS,
        checkpoint: str = checkpoints.default,
        opened: dict | None = None,
    ) -> tuple[str, Image.Image, str]:
        """Walk from one clip to another: through the noise along an arc, through the actions on a straight line.

        Args:
            class_from: what happens at the start of the walk; `/list_classes` lists what the checkpoint knows.
            seed_from: a whole number from 0.
            class_to: what happens at the end; the same action gives a walk through the noise alone.
            seed_to: the seed of the end; the same seed gives a morph between the actions alone.
            positions: how many clips are drawn, both ends included.
            checkpoint: id of a checkpoint that starts from a class.

        Returns:
            An MP4 file that loops there and back, a strip of one moment along the walk, and a caption.
        """
        from dvd_gan.walks import there_and_back, walk

        try:
            seeds = page_seed(seed_from), page_seed(seed_to)
            pipe = visitors.pipeline(checkpoint, opened)
            expect(positions * pipe.generator.config.trained_frames)
            began = time.perf_counter()
            drawn = walk(pipe, (class_from, class_to), seeds, positions)
            seconds = time.perf_counter() - began
            file, fps = new_file(f"walk {seed_from} to {seed_to}", "mp4"), pipe.generator.config.fps
            mp4 = clips.write_mp4(there_and_back(drawn), file, fps, recipe.NOTICE)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        caption = text_tour.caption_walk((class_from, class_to), seeds, positions, seconds)
        return str(mp4), clips.film_strip(drawn[:, drawn.shape[1] // 2], note=recipe.NOTICE), caption

    def first_walk(shown: str | None, *settings) -> tuple:
        return (gr.skip(),) * 3 if shown else interpolate(*settings)

    def keep_going(
        class_name: str, seed: int, checkpoint: str, opened: dict | None = None
    ) -> Iterator[tuple[str, str]]:
        """Frames as they are drawn, at the checkpoint's own rate; memory does not grow with their number."""
        try:
            facts = visitors.facts(checkpoint, opened)
            frames = visitors.pipeline(checkpoint, opened).stream(class_name, page_seed(seed))
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        due = time.monotonic()
        for t, frame in enumerate(frames, start=1):
            yield pictures.picture(frame, text_tour.LIVE), text_tour.live(class_name, seed, t, facts)
            if t >= LIVE_SECONDS * facts.fps:
                break
            due = max(time.monotonic(), due + 1 / facts.fps)
            time.sleep(max(0, due - time.monotonic()))
        yield gr.skip(), text_tour.live_paused(LIVE_SECONDS)

    def choose_checkpoint(checkpoint: str, opened: dict | None) -> tuple:
        try:
            facts = visitors.facts(checkpoint, opened)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        return tuple(gr.Dropdown(list(facts.class_names), value=first_class(facts)) for _ in range(3))

    def fill(link: Link, facts: CheckpointFacts, choices: list[str], _: dict | None) -> dict:
        name, first = link.class_name or first_class(facts), FIRST_SEEDS[0] if link.seed is None else link.seed
        classes = {class_from: name, class_to: link.to_class or name, live_class: link.live_class or name}
        return {
            checkpoint: gr.Dropdown(choices, value=link.checkpoint, visible=len(choices) > 1),
            **{field: gr.Dropdown(list(facts.class_names), value=value) for field, value in classes.items()},
            seed_from: first,
            seed_to: min(first + 1, MAX_SEED) if link.to_seed is None else link.to_seed,
            live_seed: first if link.live_seed is None else link.live_seed,
            positions: link.places or FIRST_POSITIONS,
        }

    def far_end(name: str, seed: int, checkpoint: str, opened: dict | None, class_changes: bool, seed_changes: bool):
        names = visitors.facts(checkpoint, opened).class_names
        return next_class(names, name) if class_changes else name, (seed or 0) + seed_changes

    with gr.Tab(text_tour.EXPLORE_TAB, id="explore") as tab:
        with gr.Row():
            with gr.Column(scale=5, min_width=320):
                shown = gr.Video(
                    label=text_tour.WALK,
                    show_label=False,
                    interactive=False,
                    autoplay=True,
                    loop=True,
                    buttons=["download"],
                    elem_id="walk",
                )
                position = gr.Slider(0, 100, 0, step=1, label=text_tour.POSITION, buttons=[], elem_id="walk-position")
                strip = gr.Image(
                    label=text_tour.WALK_STRIP,
                    show_label=False,
                    interactive=False,
                    format="png",
                    image_mode="RGBA",
                    buttons=[],
                    elem_id="walk-strip",
                    alt_text=text_tour.WALK_STRIP_ALT,
                )
                caption = gr.Markdown(label=text.CAPTION, elem_id="walk-caption")
                share.add_page_link("link-to-walk")
            with gr.Column(scale=4, min_width=320):
                gr.Markdown(text_tour.ABOUT_WALKS)
                with gr.Row(elem_classes="walk-end"):
                    class_from = gr.Dropdown(names, value=start, label=text_tour.FROM_CLASS, elem_id="from-class")
                    seed_from = gr.Number(FIRST_SEEDS[0], precision=0, label=text_tour.FROM_SEED, elem_id="from-seed")
                with gr.Row(elem_classes="walk-end"):
                    class_to = gr.Dropdown(names, value=start, label=text_tour.TO_CLASS, elem_id="to-class")
                    seed_to = gr.Number(FIRST_SEEDS[1], precision=0, label=text_tour.TO_SEED, elem_id="to-seed")
                positions = gr.Slider(
                    2, MAX_PLACES, FIRST_POSITIONS, step=1, precision=0, label=text_tour.POSITIONS, buttons=[]
                )
                with gr.Row(elem_classes="go"):
                    go = gr.Button(text_tour.GO_WALK, variant="primary", size="lg", elem_id="go-walk")
                    stop_walk = gr.Button(text.STOP, size="lg", elem_id="stop-walk")
                with gr.Row(elem_classes="try-walks"):
                    tries = [gr.Button(label, size="sm") for label in text_tour.TRY_WALKS.values()]
                checkpoint = gr.Dropdown(
                    checkpoints.generating,
                    value=checkpoints.default,
                    label=text.CHECKPOINT,
                    visible=len(checkpoints.generating) > 1,
                )
        gr.Markdown(text_tour.LIVE_HEAD)
        with gr.Row():
            with gr.Column(scale=2, min_width=260):
                live = gr.HTML(elem_id="live")
            with gr.Column(scale=3, min_width=260):
                live_class = gr.Dropdown(names, value=start, label=text.CLASS, elem_id="live-class")
                live_seed = gr.Number(FIRST_SEEDS[0], precision=0, label=text.SEED, elem_id="live-seed")
                with gr.Row(elem_classes="try-walks"):
                    keep = gr.Button(text_tour.KEEP_GOING, variant="primary", elem_id="keep-going")
                    stop = gr.Button(text.STOP, elem_id="stop-live")
                live_caption = gr.Markdown(text_tour.LIVE_IDLE, elem_id="live-caption")

    ends = [class_from, seed_from, class_to, seed_to]
    making = dict(outputs=[shown, strip, caption], show_progress_on=shown, **DEVICE_QUEUE)
    settings = [*ends, positions, checkpoint, opened]
    walking = stoppable(interpolate)
    made = [
        go.click(walking, settings, api_name="interpolate", **making),
        tab.select(stoppable(first_walk), [shown, *settings], api_visibility="private", **making),
    ]
    go.click(None, js=theme.scroll_to("walk"), api_visibility="private")
    for button, (class_changes, seed_changes) in zip(tries, [(False, True), (True, False), (True, True)], strict=True):
        filled = button.click(
            partial(far_end, class_changes=class_changes, seed_changes=seed_changes),
            [class_from, seed_from, checkpoint, opened],
            [class_to, seed_to],
            api_visibility="private",
        )
        made.append(filled.success(walking, settings, api_visibility="private", **making))
    add_stop(stop_walk, made)
    position.input(None, position, js=SCRUB, api_visibility="private")
    checkpoint.input(
        choose_checkpoint, [checkpoint, opened], [class_from, class_to, live_class], api_visibility="private"
    )
    streaming = keep.click(
        on_device(keep_going),
        [live_class, live_seed, checkpoint, opened],
        [live, live_caption],
        show_progress="hidden",
        api_visibility="private",
        **LIVE_QUEUE,
    )
    gr.on([stop.click, tabs.change], None, cancels=[streaming], api_visibility="private")
    says = {"class": class_from, "seed": seed_from, "to_class": class_to, "to_seed": seed_to, "places": positions}
    says |= {"live_class": live_class, "live_seed": live_seed, "checkpoint": checkpoint}
    return LinkedTab("explore", tab, list(says.values()), fill, says)


def next_class(class_names: tuple[str, ...], name: str) -> str:
    """The class after this one, round and round."""
    return class_names[(class_names.index(name) + 1) % len(class_names)]
