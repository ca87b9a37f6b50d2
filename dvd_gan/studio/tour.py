"""What the guided tour shows of one clip, step by step; how_it_works.py lays it out."""

import shutil
from typing import TYPE_CHECKING

import gradio as gr
import numpy as np

from dvd_gan import clips, recipe
from dvd_gan.history import TrainingHistory, read_history
from dvd_gan.studio import charts, pictures, text_tour
from dvd_gan.studio.drawing import Opened
from dvd_gan.studio.seeds import page_seed
from dvd_gan.studio.session import new_file
from dvd_gan.studio.visitors import VisitorCheckpoints

if TYPE_CHECKING:
    from dvd_gan.pipeline import DVDGANPipeline

SHOWN_FRAMES = 8


class Tour:
    """Draws the steps for the checkpoints of one page."""

    def __init__(self, visitors: VisitorCheckpoints):
        self.visitors = visitors

    def show_clip(
        self, class_name: str, seed: int, draw_seed: int, change: str, checkpoint: str, opened: Opened
    ) -> tuple:
        """Every step's pictures of one clip."""
        chosen = class_name, seed, checkpoint, opened
        try:
            pipe, frames = self._draw(*chosen)
            file = new_file(f"tour seed {seed}", "mp4")
            mp4 = clips.write_mp4(frames, file, pipe.generator.config.fps, recipe.NOTICE)
            start = numbers_of(pipe, class_name, seed) + film(frames, text_tour.WHAT_THEY_GIVE)
            shown = start, memories(pipe, class_name, seed), str(mp4), film(frames)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        return *shown, *self.judge_frames(*chosen, draw_seed), *self.judge_motion(*chosen, change)

    def judge_frames(
        self, class_name: str, seed: int, checkpoint: str, opened: Opened, draw_seed: int
    ) -> tuple[str, str]:
        """The frames that the spatial critic draws, its scores of them, and their sum; or why there are none."""
        from dvd_gan.scores import score_clip

        try:
            pipe, frames = self._draw(class_name, seed, checkpoint, opened)
            scores = score_clip(pipe, frames, class_name, draw_seed)
        except (ValueError, ConnectionError) as error:
            return "", str(error)
        labels = [text_tour.frame(t) for t in scores.frame_ids]
        strip = pictures.scored([[frames[t]] for t in scores.frame_ids], labels, scores.frame_scores)
        return strip, text_tour.spatial_total(scores.spatial, len(labels), len(frames))

    def judge_motion(
        self, class_name: str, seed: int, checkpoint: str, opened: Opened, change: str
    ) -> tuple[str | None, str, str]:
        """What the temporal critic sees of the changed clip, its scores before and after, and their sums."""
        from dvd_gan.scores import FRAMES_PER_STEP, half_size, score_clip

        try:
            pipe, frames = self._draw(class_name, seed, checkpoint, opened)
            before = score_clip(pipe, frames, class_name)
            changed = clips.change_clip(frames, change)
            scores = score_clip(pipe, changed, class_name)
        except (ValueError, ConnectionError) as error:
            return None, "", str(error)
        small = half_size(changed)
        file = new_file(f"{change} seed {seed}", "mp4")
        mp4 = clips.write_mp4(small, file, pipe.generator.config.fps, recipe.NOTICE)
        starts = range(0, FRAMES_PER_STEP * len(scores.step_scores), FRAMES_PER_STEP)
        groups = [small[t : t + FRAMES_PER_STEP] for t in starts]
        labels = [text_tour.frames(t, t + FRAMES_PER_STEP - 1) for t in starts]
        strip = pictures.scored(groups, labels, scores.step_scores, before.step_scores)
        return str(mp4), strip, text_tour.temporal_total(scores.temporal, before.temporal, change)

    def show_training(self, checkpoint: str, opened: Opened) -> tuple[str | None, str, str]:
        """The film of a checkpoint's training, its runs, and their curves."""
        try:
            folder = self.visitors.folder(checkpoint, opened or {})
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        history, filmed = read_history(folder), folder / "timeline.mp4"
        told = text_tour.training_history(history.runs)
        copied = shutil.copy(filmed, new_file("timeline", "mp4")) if filmed.is_file() else None
        return copied, told if copied else f"{text_tour.NO_TIMELINE}\n\n{told}", curves(history)

    def _draw(self, class_name: str, seed: int, checkpoint: str, opened: Opened) -> tuple["DVDGANPipeline", np.ndarray]:
        pipe = self.visitors.pipeline(checkpoint, opened)
        return pipe, clips.as_uint8(pipe(class_name, seeds=page_seed(seed)).frames[0])


def numbers_of(pipe: "DVDGANPipeline", class_name: str, seed: int) -> str:
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


def memories(pipe: "DVDGANPipeline", class_name: str, seed: int) -> str:
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
    """The curves of a training as charts over the runs that kept any; one sentence where a release has none."""
    drawn, seen = [], [videos for line in history.curves.values() for videos, _ in line]
    first = max((start for start in history.starts if start <= min(seen, default=0)), default=0)
    last = max(seen, default=1)
    for title, names in text_tour.CHARTS.items():
        lines = {words: history.curves[name] for name, words in names.items() if history.curves.get(name)}
        if lines:
            drawn.append(charts.line_chart(title, lines, text_tour.CLIPS_SEEN, history.starts, first, last))
    return f'<div class="charts">{"".join(drawn)}</div>' if drawn else text_tour.NO_CURVES


def film(frames: np.ndarray, title: str = "") -> str:
    """At most eight frames from first to last, in a row."""
    ids = np.unique(np.linspace(0, len(frames) - 1, min(SHOWN_FRAMES, len(frames))).round().astype(int))
    return pictures.row([frames[t] for t in ids], [text_tour.frame(t) for t in ids], title)
