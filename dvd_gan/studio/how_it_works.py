"""The How it works tab: one clip followed from its noise to its critics, in six steps, each drawn by the real model."""

import gradio as gr

from dvd_gan import clips, hub
from dvd_gan.studio import quiz, share, text, text_tour, theme
from dvd_gan.studio.arrival import LinkedTab
from dvd_gan.studio.generate import FIRST_SEED, MAX_LENGTH, first_class
from dvd_gan.studio.links import Link
from dvd_gan.studio.long_work import stoppable
from dvd_gan.studio.session import DEVICE_QUEUE
from dvd_gan.studio.tour import Tour
from dvd_gan.studio.visitors import VisitorCheckpoints

STATE_SECONDS = 3600


def add_tab(visitors: VisitorCheckpoints, opened: gr.State) -> LinkedTab:
    """Draw the tab and wire it; publishes `/score`. Returns what links set."""
    checkpoints, tour_of = visitors.checkpoints, Tour(visitors)
    default = checkpoints.default
    facts = checkpoints.facts(default)
    names = list(facts.class_names)

    def score(
        class_name: str,
        seed: int,
        change: str = "as it is",
        draw_seed: int = 0,
        num_frames: int = facts.trained_frames,
        checkpoint: str = default,
    ) -> dict:
        """What both critics say of a generated clip; higher is more real.

        Args:
            class_name: what happens in the clip; `/list_classes` lists what the checkpoint knows.
            seed: a whole number from 0.
            change: "as it is", "frozen", "shuffled" or "reversed", done to the clip before it is scored.
            draw_seed: decides which frames the spatial critic draws.
            num_frames: length of the clip in frames, 4 to 240.
            checkpoint: id of a checkpoint that starts from a class.

        Returns:
            frame_ids (counted from 0), frame_scores and their sum "spatial"; step_scores and their sum "temporal".
        """
        from dvd_gan.scores import score_clip

        try:
            checkpoints.facts(checkpoint)
            if num_frames > MAX_LENGTH:
                raise ValueError(text_tour.too_long(MAX_LENGTH))
            pipe = checkpoints.pipeline(checkpoint)
            frames = clips.as_uint8(pipe(class_name, seeds=seed, num_frames=num_frames).frames[0])
            return score_clip(pipe, clips.change_clip(frames, change), class_name, draw_seed).as_dict()
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None

    def show_clip(*settings) -> tuple:
        return *tour_of.show_clip(*settings), settings[:-1]

    def show_clip_once(toured: tuple | None, *settings) -> tuple:
        return (gr.skip(),) * 10 if toured == settings[:-1] else show_clip(*settings)

    def show_training(checkpoint: str, opened: dict | None) -> tuple:
        return *tour_of.show_training(checkpoint, opened), checkpoint

    def show_training_once(trained_of: str | None, checkpoint: str, opened: dict | None) -> tuple:
        return (gr.skip(),) * 4 if trained_of == checkpoint else show_training(checkpoint, opened)

    def choose_checkpoint(checkpoint: str, opened: dict | None) -> gr.Dropdown:
        try:
            facts = visitors.facts(checkpoint, opened)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        return gr.Dropdown(list(facts.class_names), value=first_class(facts))

    def fill(link: Link, facts: hub.CheckpointFacts, choices: list[str], _: dict | None) -> dict:
        return {
            checkpoint: gr.Dropdown(choices, value=link.checkpoint, visible=len(choices) > 1),
            class_name: gr.Dropdown(list(facts.class_names), value=link.class_name or first_class(facts)),
            seed: FIRST_SEED if link.seed is None else link.seed,
            change: link.change or clips.CHANGES[0],
            draw_seed: link.draw or 0,
            step: link.step or 1,
            tour: gr.Walkthrough(selected=(link.step or 1) - 1),
        }

    with gr.Tab(text_tour.TOUR_TAB, id="how-it-works") as tab:
        gr.Markdown(text_tour.YOUR_CLIP)
        with gr.Row(elem_classes="seed-row"):
            class_name = gr.Dropdown(names, value=first_class(facts), label=text.CLASS, elem_id="tour-class")
            seed = gr.Number(FIRST_SEED, precision=0, label=text.SEED, elem_id="tour-seed")
            dice = gr.Button(text.DICE, elem_classes="dice", elem_id="tour-dice")
        with gr.Walkthrough(selected=0, elem_id="tour") as tour:
            with _step(tour, 0):
                noise = gr.HTML(elem_id="tour-noise")
            with _step(tour, 1):
                memory = gr.HTML(elem_id="tour-memory")
            with _step(tour, 2), gr.Row():
                with gr.Column(scale=2, min_width=240):
                    clip = _looping_video(text_tour.TOUR_CLIP, "tour-clip", "half")
                with gr.Column(scale=3, min_width=240):
                    strip = gr.HTML(elem_id="tour-frames")
            with _step(tour, 3):
                spatial = gr.HTML(elem_id="tour-spatial")
                spatial_told = gr.Markdown(elem_id="tour-spatial-told")
                others = gr.Button(text_tour.DRAW_OTHERS, elem_id="draw-others")
                draw_seed = gr.Number(0, precision=0, visible=False)
            with _step(tour, 4):
                change = gr.Radio(
                    list(clips.CHANGES), value=clips.CHANGES[0], label=text_tour.CHANGE, elem_id="tour-change"
                )
                with gr.Row():
                    with gr.Column(scale=1, min_width=200):
                        small = _looping_video(text_tour.HALF_SIZE_CLIP, "tour-half", "half")
                    with gr.Column(scale=3, min_width=300):
                        temporal = gr.HTML(elem_id="tour-temporal")
                        temporal_told = gr.Markdown(elem_id="tour-temporal-told")
            with _step(tour, 5), gr.Row():
                with gr.Column(scale=1, min_width=260):
                    timeline = _looping_video(text_tour.TIMELINE, "tour-timeline")
                with gr.Column(scale=1, min_width=240):
                    trained = gr.Markdown(elem_id="trained")
                    charts_shown = gr.HTML(elem_id="training-curves")
        step = gr.Number(1, precision=0, visible=False)
        toured, trained_of = (gr.State(time_to_live=STATE_SECONDS) for _ in range(2))  # what is shown, and of what
        share.add_page_link("link-to-tour")
        checkpoint = gr.Dropdown(
            checkpoints.generating,
            value=default,
            label=text.CHECKPOINT,
            visible=len(checkpoints.generating) > 1,
            elem_id="tour-checkpoint",
        )
        quiz.add_quiz(checkpoints)
        gr.api(stoppable(score), api_name="score", **DEVICE_QUEUE)

    chosen = [class_name, seed, checkpoint, opened]
    spatial_shown, temporal_shown = [spatial, spatial_told], [small, temporal, temporal_told]
    shown = [noise, memory, clip, strip, *spatial_shown, *temporal_shown, toured]
    settings = [class_name, seed, draw_seed, change, checkpoint, opened]
    drawing = dict(outputs=shown, show_progress="minimal", api_visibility="private", **DEVICE_QUEUE)
    showing = dict(fn=stoppable(show_clip), inputs=settings, **drawing)
    training = dict(outputs=[timeline, trained, charts_shown, trained_of], api_visibility="private")
    gr.on([class_name.input, seed.submit], **showing)
    picked = checkpoint.input(choose_checkpoint, [checkpoint, opened], class_name, api_visibility="private")
    picked.success(**showing)
    picked.success(show_training, [checkpoint, opened], **training)
    tab.select(stoppable(show_clip_once), [toured, *settings], **drawing)
    tab.select(show_training_once, [trained_of, checkpoint, opened], **training)
    dice.click(None, None, seed, js=theme.ROLL_SEED, api_visibility="private").then(**showing)
    others.click(None, None, draw_seed, js=theme.ROLL_SEED, api_visibility="private").then(
        stoppable(tour_of.judge_frames), [*chosen, draw_seed], spatial_shown, api_visibility="private", **DEVICE_QUEUE
    )
    change.input(
        stoppable(tour_of.judge_motion), [*chosen, change], temporal_shown, api_visibility="private", **DEVICE_QUEUE
    )
    for number, one in enumerate(tour.children, start=1):
        one.select(None, None, step, js=f"() => {number}", api_visibility="private")
    says = {"class": class_name, "seed": seed, "checkpoint": checkpoint, "step": step, "change": change}
    says |= {"draw": draw_seed}
    return LinkedTab("how-it-works", tab, [*says.values(), tour], fill, says)


class _step:
    """One step of the tour: its words, then what the block draws, then questions and the way on."""

    def __init__(self, tour: gr.Walkthrough, number: int):
        self.tour, self.number = tour, number
        self.step = gr.Step(text_tour.STEPS[number], id=number)

    def __enter__(self) -> None:
        self.step.__enter__()
        gr.Markdown(text_tour.ABOUT_STEPS[self.number])

    def __exit__(self, *exception) -> None:
        gr.Markdown(text_tour.QUESTIONS[self.number])
        if self.number + 1 < len(text_tour.STEPS):
            label = text_tour.NEXT_LABEL.format(step=text_tour.STEPS[self.number + 1])
            gr.Button(label, elem_id=f"tour-next-{self.number}").click(
                lambda: gr.Walkthrough(selected=self.number + 1), None, self.tour, api_visibility="private", queue=False
            )
        self.step.__exit__(*exception)


def _looping_video(label: str, elem_id: str, elem_class: str | None = None) -> gr.Video:
    return gr.Video(
        label=label,
        show_label=False,
        interactive=False,
        autoplay=True,
        loop=True,
        buttons=[],
        elem_id=elem_id,
        elem_classes=elem_class,
    )
