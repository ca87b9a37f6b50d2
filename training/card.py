"""The model card of a release: what it is, what it has seen, how well it does, what it cannot do."""

from pathlib import Path

from huggingface_hub import EvalResult, ModelCard, ModelCardData

from dvd_gan.models.generator import DVDGANGenerator
from training.config import TrainConfig
from training.history import as_table

TEMPLATE = """---
{{ card_data }}
---

# {{ name }}

{{ introduction }} It is DVD-GAN
(Clark, Donahue and Simonyan, arXiv 1907.06571, second version's layout) at a width small enough for a laptop, trained
from scratch with this project's `training` package.{{ note }}

| | |
| --- | --- |
| classes | {{ classes }} |
| picture | {{ resolution }} x {{ resolution }} pixels, {{ fps }} frames a second |
| trained length | {{ trained_frames }} frames; longer clips hold the last step's batch statistics |
| generator | {{ parameters }} parameters, {{ layout }} |
| training data | {{ training_data }} |
| recipe | `{{ recipe }}` |

Each run went on from the weights before it; a smaller picture's weights fill the inner layers of a larger one's.

{{ history }}

```python
from dvd_gan import DVDGANPipeline

pipe = DVDGANPipeline.from_pretrained("{{ name }}")
{{ example_call }}
```

## Samples, uncurated

{{ samples }}

## Figures
{{ figures }}

## Limits

- The data set is small and so is the network: expect few looks, seen again and again. Clips are not portraits of
  anybody, but they resemble the people and places of the training data.
- Clips longer than the trained length were never seen in training and may drift.
- Scores of the two discriminators are relative to this checkpoint and mean nothing across checkpoints.
- Generated video: say so wherever you show it.
"""

FROM_CLASSES = """A class-conditional video GAN: one latent and one class in, a whole clip out in one forward pass."""
FROM_FRAMES = """A video GAN that continues clips: {given} frames and one latent in, the frames that follow out in one
forward pass; another latent gives another future."""
READS_CLASSES = """ The model reads in the given
frames which action it sees, and goes on with that one; `class_labels="{example}"` makes it go on with another."""

PROGRESS = """

What the judge said along the last run (32 clips a class, other seeds than the figures'):

![Class accuracy and Frechet distance against clips seen](progress.png)"""

CLASS_CALL = """clip = pipe(class_labels=["{example}"], seeds=[7], num_frames=48).frames[0]"""
FRAMES_CALL = """futures = pipe(frames=clip, seeds=[1, 2, 3], num_frames=24).frames  # clip: (T, H, W, 3) uint8"""

CLASS_SAMPLES = """Seeds 0 to 7 of every class, no truncation, 8 of {frames} frames a row. Nothing was chosen.

![Seeds 0 to 7 of every class](sheet.png)

`preview.mp4` shows seed 0 of every class at three times the trained length, `timeline.mp4` seed 0 along training."""
FUTURE_SAMPLES = """The first two held-out starts of every action: the real clip, then the futures of seeds 0 and 1.
Given and real frames have a teal border, drawn ones an amber one. Nothing was chosen.

![Real clips and two futures of each](sheet.png)

`preview.mp4` shows the first start of every action in motion, `timeline.mp4` one start along training."""

FUTURE_FIGURES = """
Continued clips, {given_frames} frames given, {starts_per_class} held-out starts of every action, {futures} futures of
each. The best future is the one with the highest mean over the horizon.

| figure | continued | last frame copied | real |
| --- | --- | --- | --- |
| Frechet distance to other held-out clips, judge's features | {frechet_continued:.3f} | \
{frechet_copy_last_frame:.3f} | {frechet_real:.3f} |
| change at the join, over that in real clips | {step_at_the_join_over_real:.2f} | 0 | 1 |
| difference between two futures, over their difference from the truth | \
{difference_between_futures_over_error:.2f} | 0 | |

![PSNR and SSIM over the horizon](curves.png)
"""

FIGURES = """
Measured with `python -m training.evaluate --checkpoint {name} --data DIR --out metrics.json`; the protocol is in
`metrics.json`. A small 3-D network, the judge, trained on the real training clips, names the action; it is right on
{held_out:.1%} of real clips of the performer that nobody trained on. The sha256 of its weights begins with `{judge}`.

| figure | generated | real training clips | frozen | frames shuffled |
| --- | --- | --- | --- | --- |
| class accuracy by the judge | {accuracy:.1%} | {real[class_accuracy]:.1%} | {frozen[class_accuracy]:.1%} | \
{shuffled[class_accuracy]:.1%} |
| Inception Score on the judge's classes | {generated[inception_score]:.2f} | {real[inception_score]:.2f} | \
{frozen[inception_score]:.2f} | {shuffled[inception_score]:.2f} |
| Frechet distance to held-out real clips, judge's features | {generated[frechet_to_held_out]:.2f} | \
{real[frechet_to_held_out]:.2f} | {frozen[frechet_to_held_out]:.2f} | {shuffled[frechet_to_held_out]:.2f} |
| Frechet distance to training clips | {generated[frechet_to_train]:.2f} | {real[frechet_to_train]:.2f} | \
{frozen[frechet_to_train]:.2f} | {shuffled[frechet_to_train]:.2f} |
| motion energy over real | {generated[motion_over_real]:.2f} | 1 | 0 | |
| distance in pose between seeds, over that between real clips | {generated[pose_distance_over_real]:.2f} | 1 | | |
| distance in appearance between seeds, over that between real clips | \
{generated[appearance_distance_over_real]:.2f} | 1 | | |
| nearly identical pairs among {generated[clips_per_class]} seeds a class | {generated[nearly_identical_pairs]} | | | |
| distance to the nearest training clip, over that of held-out clips | \
{memorisation[nearest_distance_over_held_out]:.2f} | | | |

Over {repeats[count]} sets of seeds: class accuracy {repeats[class_accuracy][mean]:.1%} ± \
{repeats[class_accuracy][std]:.1%}, Inception Score {repeats[inception_score][mean]:.2f} ± \
{repeats[inception_score][std]:.2f},
Frechet distance to held-out clips {repeats[frechet_to_held_out][mean]:.2f} ± {repeats[frechet_to_held_out][std]:.2f} \
and to training clips {repeats[frechet_to_train][mean]:.2f} ± {repeats[frechet_to_train][std]:.2f}.

What the judge takes clips for, in percent of each row:

![Confusion matrices of generated and of held-out real clips](confusion.png)
"""


def write_card(
    path: Path,
    name: str,
    config: TrainConfig,
    generator: DVDGANGenerator,
    history: list[dict],
    metrics: dict | None,
    note: str = "",
    judged: bool = False,
) -> None:
    """Write README.md with the Hub's front matter.

    `metrics` is what training.evaluate returns, or None; `note` says what the weights can and cannot do; `judged`
    whether progress.png lies beside it.
    """
    facts, given = generator.config, config.conditioning_frames
    names = facts.class_names or []
    card = ModelCard.from_template(
        ModelCardData(
            license="apache-2.0",
            library_name="diffusers",
            pipeline_tag="text-to-video",
            tags=["dvd-gan", "gan", "video-generation", "class-conditional"],
            model_name=name,
            eval_results=_eval_results(name, metrics) if metrics else None,
        ),
        template_str=TEMPLATE,
        name=name,
        classes=", ".join(names) or ("none" if given else facts.num_classes),
        resolution=facts.resolution,
        fps=f"{facts.fps:g}",
        trained_frames=facts.trained_frames,
        parameters=f"{sum(p.numel() for p in generator.parameters()):,}",
        note=f"\n\n**{note}**" if note else "",
        introduction=_introduction(given, names),
        example_call=FRAMES_CALL if given else CLASS_CALL.format(example=names[0] if names else 0),
        samples=FUTURE_SAMPLES if given else CLASS_SAMPLES.format(frames=facts.trained_frames),
        layout="a recurrent unit at every resolution" if facts.recurrence == "every_stage" else "one recurrent unit",
        training_data=facts.training_data,
        history=as_table(history) + (PROGRESS if judged else ""),
        recipe=config.name,
        figures=figures_section(name, metrics) if metrics else "\nNot measured: the data was not at hand.\n",
    )
    card.save(path)


def _introduction(given: int, names: list[str]) -> str:
    if not given:
        return FROM_CLASSES
    return FROM_FRAMES.format(given=given) + (READS_CLASSES.format(example=names[-1]) if names else "")


def figures_section(name: str, metrics: dict) -> str:
    """What a card says under Figures: everything measured, beside real, frozen and shuffled clips, in Markdown."""
    real = metrics["real"]
    futures = FUTURE_FIGURES.format_map(metrics["continued_clips"]) if "continued_clips" in metrics else ""
    return futures + FIGURES.format(
        name=name,
        accuracy=metrics["generated_clips"]["class_accuracy"],
        generated=metrics["generated_clips"],
        real=real["train_clips"],
        frozen=real["frozen_train_clips"],
        shuffled=real["shuffled_train_clips"],
        memorisation=metrics["memorisation"],
        repeats=metrics["repeats"],
        judge=metrics["protocol"]["judge"]["weights_sha256"][:12],
        held_out=real["held_out_clips"]["class_accuracy"],
    )


def _eval_results(name: str, metrics: dict) -> list[EvalResult]:
    data = metrics["protocol"]["data"]["name"]
    generated = metrics["generated_clips"]
    return [
        EvalResult(
            task_type="text-to-video",
            task_name="class-conditional video generation",
            dataset_type=data,
            dataset_name=data,
            metric_type=kind,
            metric_name=label,
            metric_value=round(generated[key], 4),
        )
        for kind, label, key in (
            ("accuracy", "class accuracy by the judge", "class_accuracy"),
            ("inception-score", "Inception Score on the judge's classes", "inception_score"),
            ("frechet-distance", "Frechet distance to held-out clips, judge's features", "frechet_to_held_out"),
        )
    ]
