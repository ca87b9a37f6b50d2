"""The Checkpoints tab: what each checkpoint says of itself, two of them side by side, and opening another by its id."""

import gradio as gr
import numpy as np

from dvd_gan import clips, hub, recipe
from dvd_gan.catalogue import CheckpointPage, describe
from dvd_gan.labels import file_stem
from dvd_gan.studio import text, text_checkpoints
from dvd_gan.studio.arrival import LinkedTab
from dvd_gan.studio.links import Link
from dvd_gan.studio.long_work import add_stop, expect, stoppable
from dvd_gan.studio.session import DEVICE_QUEUE, new_file
from dvd_gan.studio.visitors import VisitorCheckpoints, can_log_in

MAX_SEEDS = 4
COMPARED_FRAMES = 48
GAP_PIXELS = 2
PROGRESS = gr.Progress()


def add_tab(visitors: VisitorCheckpoints, opened: gr.State) -> LinkedTab:
    """Draw the tab and wire it; publishes `/describe_checkpoint` and `/compare`. Returns what links set."""
    checkpoints = visitors.checkpoints
    every = [*checkpoints.generating, *checkpoints.continuing]

    def describe_checkpoint(checkpoint: str, opened: dict | None) -> tuple[str, dict, dict, str]:
        """What a checkpoint says of itself.

        Args:
            checkpoint: id of a checkpoint that the page offers.

        Returns:
            Its classes, size, data, licence and figures as Markdown; a preview and a film of its training as MP4 files,
            where it has them; and its card as Markdown.
        """
        try:
            found = describe(visitors.folder(checkpoint, opened or {}))
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        preview, timeline = found.preview, found.timeline
        return (
            about(checkpoint, found),
            gr.Video(str(preview) if preview else None, visible=preview is not None),
            gr.Video(str(timeline) if timeline else None, visible=timeline is not None),
            found.card,
        )

    def open_other(checkpoint: str, token: str | None, opened: dict | None, progress: gr.Progress) -> tuple:
        try:
            opened = {**(opened or {}), **visitors.open(checkpoint, token, lambda done, total: progress(done / total))}
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        newest = list(opened)[-1]
        continues = {name: hub.read_facts(folder).num_given_frames > 0 for name, folder in opened.items()}
        from_class = [*checkpoints.generating, *(name for name in opened if not continues[name])]
        other = gr.Dropdown(from_class) if continues[newest] else gr.Dropdown(from_class, value=newest)
        return opened, gr.Dropdown([*every, *opened], value=newest), gr.Dropdown(from_class), other

    def open_logged_in(
        checkpoint: str, opened: dict | None, token: gr.OAuthToken | None, progress: gr.Progress = PROGRESS
    ) -> tuple:
        return open_other(checkpoint, token.token if token else None, opened, progress)

    def open_with_token(checkpoint: str, token: str, opened: dict | None, progress: gr.Progress = PROGRESS) -> tuple:
        return *open_other(checkpoint, token or None, opened, progress), ""

    def common_actions(left: str, right: str, opened: dict | None) -> gr.Dropdown:
        try:
            names = [hub.read_facts(visitors.folder(name, opened or {})).class_names for name in (left, right)]
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        common = [name for name in names[0] if name in names[1]]
        if not common:
            gr.Info(text_checkpoints.NO_COMMON_ACTION)
        return gr.Dropdown(common, value=common[0] if common else None)

    def compare(left: str, right: str, action: str, seeds: str, opened: dict | None) -> tuple[str, str]:
        """The same seeds and the same action in two checkpoints.

        Args:
            left: id of a checkpoint that starts from a class.
            right: id of another.
            action: a class that both know.
            seeds: one to four whole numbers with commas between, such as "7, 8".

        Returns:
            Two MP4 files, in each the clips of these seeds beside one another.
        """
        try:
            numbers = read_seeds(seeds)
            expect(2 * len(numbers) * COMPARED_FRAMES)
            return tuple(draw(visitors.pipeline(name, opened or {}), name, action, numbers) for name in (left, right))
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    def fill(link: Link, facts: hub.CheckpointFacts, choices: list[str], _: dict | None) -> dict:
        return {chosen: gr.Dropdown(choices, value=link.checkpoint)}

    with gr.Tab(text_checkpoints.TAB, id="checkpoints") as tab:
        with gr.Row():
            with gr.Column(scale=4, min_width=320):
                chosen = gr.Dropdown(
                    every, value=checkpoints.default, label=text_checkpoints.CHOOSE, elem_id="checkpoint-shown"
                )
                told = gr.Markdown(label=text_checkpoints.FACTS, elem_id="checkpoint-facts")
                with gr.Accordion(text_checkpoints.OPEN_OTHER, open=False):
                    other_id = gr.Textbox(
                        label=text_checkpoints.ID, placeholder=text_checkpoints.ID_HINT, max_lines=1, elem_id="other-id"
                    )
                    if can_log_in():
                        gr.LoginButton()
                    else:
                        token = gr.Textbox(
                            label=text_checkpoints.TOKEN,
                            info=text_checkpoints.TOKEN_HINT,
                            type="password",
                            elem_id="other-token",
                        )
                    open_it = gr.Button(text_checkpoints.OPEN, elem_id="open-other")
            with gr.Column(scale=5, min_width=320):
                preview = gr.Video(
                    label=text_checkpoints.PREVIEW, interactive=False, loop=True, buttons=[], elem_id="preview"
                )
                timeline = gr.Video(
                    label=text_checkpoints.TIMELINE, interactive=False, loop=True, buttons=[], elem_id="timeline"
                )
        with gr.Accordion(text_checkpoints.CARD, open=False):
            card = gr.Markdown(label=text_checkpoints.CARD, elem_id="card")
        gr.Markdown(text_checkpoints.SIDE_BY_SIDE)
        facts = checkpoints.facts(checkpoints.default)
        with gr.Row():
            left, right = (
                gr.Dropdown(checkpoints.generating, value=value, label=label)
                for value, label in (
                    (checkpoints.default, text_checkpoints.LEFT),
                    (checkpoints.generating[-1], text_checkpoints.RIGHT),
                )
            )
            action = gr.Dropdown(list(facts.class_names), value=facts.class_names[0], label=text_checkpoints.ACTION)
            seeds = gr.Textbox(text_checkpoints.FIRST_SEEDS, label=text_checkpoints.SEEDS, max_lines=1)
        with gr.Row(elem_classes="go"):
            go = gr.Button(text_checkpoints.COMPARE, variant="primary", elem_id="compare")
            stop = gr.Button(text.STOP, elem_id="stop-compare")
        with gr.Row():
            clips_shown = [
                gr.Video(label=label, interactive=False, autoplay=True, loop=True, buttons=[], elem_id=elem_id)
                for elem_id, label in (("clip-left", text_checkpoints.LEFT), ("clip-right", text_checkpoints.RIGHT))
            ]

    private = dict(api_visibility="private")
    shown = dict(fn=describe_checkpoint, inputs=[chosen, opened], outputs=[told, preview, timeline, card])
    chosen.change(**shown, api_name="describe_checkpoint")
    tab.select(**shown, **private)
    outputs = [opened, chosen, left, right]
    if can_log_in():
        open_it.click(open_logged_in, [other_id, opened], outputs, concurrency_limit=4, **private)
    else:
        open_it.click(open_with_token, [other_id, token, opened], [*outputs, token], concurrency_limit=4, **private)
    gr.on([left.change, right.change], common_actions, [left, right, opened], action, **private)
    settings = [left, right, action, seeds, opened]
    add_stop(stop, [go.click(stoppable(compare), settings, clips_shown, api_name="compare", **DEVICE_QUEUE)])
    return LinkedTab("checkpoints", tab, [chosen], fill, {"checkpoint": chosen}, continues=None)


def about(checkpoint: str, page: CheckpointPage) -> str:
    """What a checkpoint is, as a Markdown list."""
    facts = page.facts
    parameters = ", ".join(f"{part.replace('_', ' ')} {number:,}" for part, number in page.parameters.items())
    told = text_checkpoints.facts(
        pinned=text_checkpoints.commit(page.commit) if page.commit else text_checkpoints.BUNDLED,
        classes=", ".join(facts.class_names),
        resolution=facts.resolution,
        fps=facts.fps,
        trained=text_checkpoints.trained_on(facts.trained_frames, facts.training_data),
        parameters=parameters,
        licence=page.licence,
        measured=page.protocol or text_checkpoints.UNMEASURED,
    )
    lines = [f"- **{what}**: {plain(value)}" for what, value in told.items()]
    lines += [f"    - {what}: **{value:.4g}**" for what, value in page.figures]
    return "\n".join([f"## {plain(checkpoint)}", "", *lines])


def plain(value: str) -> str:
    """Text of a stranger's checkpoint that cannot start a line of its own or draw a picture."""
    return str(value).replace("\n", " ").replace("![", "[").replace("<", "‹")[:2000]


def read_seeds(text: str) -> list[int]:
    """ "7, 8" -> [7, 8]; ValueError unless there are one to four whole numbers."""
    words = text.replace(",", " ").split()
    if not 1 <= len(words) <= MAX_SEEDS or not all(word.isdecimal() for word in words):
        raise ValueError(text_checkpoints.bad_seeds(MAX_SEEDS))
    return [int(word) for word in words]


def draw(pipe, checkpoint: str, action: str, seeds: list[int]) -> str:
    """The clips of these seeds beside one another, in one MP4 file."""
    drawn = [clips.as_uint8(clip) for clip in pipe(action, seeds=seeds, num_frames=COMPARED_FRAMES).frames]
    padded = [np.pad(clip, [(0, 0), (0, 0), (0, GAP_PIXELS), (0, 0)]) for clip in drawn]
    row = np.concatenate(padded, axis=2)[:, :, :-GAP_PIXELS]
    file = new_file(file_stem(f"{checkpoint} {action}", seeds[0]), "mp4")
    return str(clips.write_mp4(row, file, pipe.generator.config.fps, recipe.NOTICE))
