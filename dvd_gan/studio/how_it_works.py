"""The How it works tab: one clip followed from its noise to its critics, in six steps, each drawn by the real model."""

import shutil
from typing import Any

import gradio as gr
import numpy as np

from dvd_gan import clips, hub, recipe
from dvd_gan.history import TrainingHistory, read_history
from dvd_gan.studio import charts, pictures, quiz, text, text_tour, theme
from dvd_gan.studio.arrival import LinkedTab
from dvd_gan.studio.generate import FIRST_SEED, MAX_LENGTH, first_class
from dvd_gan.studio.links import Link
from dvd_gan.studio.long_work import stoppable
from dvd_gan.studio.session import DEVICE_QUEUE, Checkpoints, new_file

SHOWN_FRAMES = 8


def add_tab(checkpoints: Checkpoints) -> LinkedTab:
    """Draw the tab and wire it; publishes `/score`. Returns what links set."""
    default = checkpoints.default
    facts = checkpoints.facts(default)
    names = list(facts.class_names)

    def draw(class_name: str, seed: int) -> tuple[Any, np.ndarray]:
        if seed is None:
            raise ValueError(text.NO_SEED)
        pipe = checkpoints.pipeline(default)
        return pipe, clips.as_uint8(pipe(class_name, seeds=seed).frames[0])

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

    def show_clip(class_name: str, seed: int, draw_seed: int, change: str) -> tuple:
        """Every step's pictures of one clip."""
        try:
            pipe, frames = draw(class_name, seed)
            mp4 = clips.write_mp4(frames, new_file(f"tour seed {seed}", "mp4"), facts.fps, recipe.NOTICE)
            start = numbers_of(pipe, class_name, seed) + film(frames, text_tour.WHAT_THEY_GIVE)
            shown = start, memories(pipe, class_name, seed), str(mp4), film(frames)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        return *shown, *judge_frames(class_name, seed, draw_seed), *judge_motion(class_name, seed, change)

    def first_show(shown: str | None, *settings) -> tuple:
        return (gr.skip(),) * 9 if shown else show_clip(*settings)

    def judge_frames(class_name: str, seed: int, draw_seed: int) -> tuple[str, str]:
        from dvd_gan.scores import score_clip

        try:
            pipe, frames = draw(class_name, seed)
            scores = score_clip(pipe, frames, class_name, draw_seed)
        except (ValueError, ConnectionError) as error:
            return "", str(error)
        labels = [text_tour.frame(t) for t in scores.frame_ids]
        strip = pictures.scored([[frames[t]] for t in scores.frame_ids], labels, scores.frame_scores)
        return strip, text_tour.spatial_total(scores.spatial, len(labels), len(frames))

    def judge_motion(class_name: str, seed: int, change: str) -> tuple[str | None, str, str]:
        from dvd_gan.scores import FRAMES_PER_STEP, half_size, score_clip

        try:
            pipe, frames = draw(class_name, seed)
            before = score_clip(pipe, frames, class_name)
            changed = clips.change_clip(frames, change)
            scores = score_clip(pipe, changed, class_name)
        except (ValueError, ConnectionError) as error:
            return None, "", str(error)
        small = half_size(changed)
        mp4 = clips.write_mp4(small, new_file(f"{change} seed {seed}", "mp4"), facts.fps, recipe.NOTICE)
        starts = range(0, FRAMES_PER_STEP * len(scores.step_scores), FRAMES_PER_STEP)
        groups = [small[t : t + FRAMES_PER_STEP] for t in starts]
        labels = [text_tour.frames(t, t + FRAMES_PER_STEP - 1) for t in starts]
        strip = pictures.scored(groups, labels, scores.step_scores, before.step_scores)
        return str(mp4), strip, text_tour.temporal_total(scores.temporal, before.temporal, change)

    def fill(link: Link, facts: hub.CheckpointFacts, choices: list[str]) -> dict:
        if link.checkpoint != default:
            raise ValueError(text_tour.follows_only(default))
        return {class_name: link.class_name or first_class(facts), seed: FIRST_SEED if link.seed is None else link.seed}

    def show_training(shown: str | None) -> tuple[str | None, str, str]:
        if shown:
            return (gr.skip(),) * 3
        folder = checkpoints.folder(default)
        history, filmed = read_history(folder), folder / "timeline.mp4"
        told = text_tour.training_history(history.runs)
        copied = shutil.copy(filmed, new_file("timeline", "mp4")) if filmed.is_file() else None
        return copied, told if copied else f"{text_tour.NO_TIMELINE}\n\n{told}", curves(history)

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
                    timeline = _looping_video(text_tour.TIMELINE, "timeline")
                with gr.Column(scale=1, min_width=240):
                    trained = gr.Markdown(elem_id="trained")
                    charts_shown = gr.HTML(elem_id="training-curves")
        quiz.add_quiz(checkpoints)
        gr.api(stoppable(score), api_name="score", **DEVICE_QUEUE)

    chosen = [class_name, seed]
    spatial_shown, temporal_shown = [spatial, spatial_told], [small, temporal, temporal_told]
    shown = [noise, memory, clip, strip, *spatial_shown, *temporal_shown]
    settings = [*chosen, draw_seed, change]
    drawing = dict(outputs=shown, show_progress="minimal", api_visibility="private", **DEVICE_QUEUE)
    showing = dict(fn=stoppable(show_clip), inputs=settings, **drawing)
    gr.on([class_name.input, seed.submit], **showing)
    tab.select(stoppable(first_show), [clip, *settings], **drawing)
    tab.select(show_training, timeline, [timeline, trained, charts_shown], api_visibility="private")
    dice.click(None, None, seed, js=theme.ROLL_SEED, api_visibility="private").then(**showing)
    others.click(None, None, draw_seed, js=theme.ROLL_SEED, api_visibility="private").then(
        stoppable(judge_frames), [*chosen, draw_seed], spatial_shown, api_visibility="private", **DEVICE_QUEUE
    )
    change.input(stoppable(judge_motion), [*chosen, change], temporal_shown, api_visibility="private", **DEVICE_QUEUE)
    return LinkedTab("how-it-works", tab, chosen, fill, {"class": class_name, "seed": seed})


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


def numbers_of(pipe: Any, class_name: str, seed: int) -> str:
    """The noise of the seed and the learnt numbers of the class, side by side."""
    import torch

    from dvd_gan.labels import class_ids
    from dvd_gan.latents import draw_latents

    ids = torch.tensor(class_ids(class_name, pipe.class_names), device=pipe.generator.device)
    noise_Z = draw_latents([seed], pipe.generator.config.latent_dim)[0]
    embedding_E = pipe.generator.embed(ids)[0].detach().float().cpu()
    grids = [
        pictures.numbers(values.numpy(), f"{len(values)} {title}", text_tour.NUMBERS_ALT)
        for values, title in ((noise_Z, text_tour.NOISE), (embedding_E, text_tour.EMBEDDING))
    ]
    return f'<div class="pair">{"".join(grids)}</div>'


def memories(pipe: Any, class_name: str, seed: int) -> str:
    """Every stage's memory in false colours over time; one sentence for a layout that cannot be shown."""
    from dvd_gan.states import as_colours, recurrent_states

    try:
        stages = recurrent_states(pipe, class_name, seed, pipe.generator.config.trained_frames)
    except ValueError as error:
        return str(error)
    rows = []
    for states_TCHW in stages:
        _, channels, side, _ = states_TCHW.shape
        rows.append(film(as_colours(states_TCHW), text_tour.stage(side, channels)))
    return "".join(rows)


def curves(history: TrainingHistory) -> str:
    """The curves of a training as charts, run after run; one sentence where a release has none."""
    drawn = []
    for title, names in text_tour.CHARTS.items():
        lines = {words: history.curves[name] for name, words in names.items() if history.curves.get(name)}
        if lines:
            drawn.append(charts.line_chart(title, lines, text_tour.CLIPS_SEEN, history.starts[1:]))
    return f'<div class="charts">{"".join(drawn)}</div>' if drawn else text_tour.NO_CURVES


def film(frames: np.ndarray, title: str = "") -> str:
    """At most eight frames from first to last, in a row."""
    ids = np.unique(np.linspace(0, len(frames) - 1, min(SHOWN_FRAMES, len(frames))).round().astype(int))
    return pictures.row([frames[t] for t in ids], [text_tour.frame(t) for t in ids], title)
