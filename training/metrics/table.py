"""The figures of a report as a few lines for a terminal."""

from collections.abc import Iterator

BASELINES = ("train_clips", "frozen_train_clips", "shuffled_train_clips")
PUBLISHED_BASELINES = ("floor_real_against_real", "frozen_real", "shuffled_real")


def render(metrics: dict) -> str:
    """The figures as a small table: generated clips over all repeats, and training clips as they are, frozen and
    shuffled."""
    columns = [metrics["real"][name] for name in BASELINES]
    rows = {name: figures for name, figures in metrics["repeats"].items() if name in columns[0]}
    lines = [f"{'':22}{'generated':>18}{'real train':>12}{'frozen':>12}{'shuffled':>12}"]
    lines += [
        f"{name:22}{spread['mean']:9.3f} ± {spread['std']:<6.3f}"
        + "".join(f"{column[name]:12.3f}" for column in columns)
        for name, spread in rows.items()
    ]
    if "continued_clips" in metrics:
        futures = metrics["continued_clips"]
        lines.append(
            f"continued: Frechet {futures['frechet_continued']:.3f}, copying the last frame "
            f"{futures['frechet_copy_last_frame']:.3f}, real {futures['frechet_real']:.3f}; step at the join over real "
            f"{futures['step_at_the_join_over_real']:.2f}; futures differ by "
            f"{futures['difference_between_futures_over_error']:.2f} of their error"
        )
    lines += [line for report in metrics.get("published", []) for line in _published(report)]
    generated = metrics["generated_clips"]
    held_out = metrics["real"]["held_out_clips"]["class_accuracy"]
    lines.append(f"judge on held-out real clips: {held_out:.1%}")
    lines.append(
        f"over real: Frechet {generated['frechet_to_held_out_over_floor']:.2f}, "
        f"motion {generated['motion_over_real']:.2f}, "
        f"pose distance {generated['pose_distance_over_real']:.2f}, "
        f"appearance distance {generated['appearance_distance_over_real']:.2f}; "
        f"nearly identical pairs: {generated['nearly_identical_pairs']}; distance to the nearest training clip "
        f"{metrics['memorisation']['nearest_distance_over_held_out']:.2f} of that of held-out clips"
    )
    return "\n".join(lines)


def _published(report: dict) -> Iterator[str]:
    """One line a figure of a published network: generated clips, then the real ones as above."""
    for name, spread in report["generated"].items():
        baselines = "".join(f"{report[key][name]:12.3f}" for key in PUBLISHED_BASELINES)
        yield f"{report['network']} {name}: {spread['mean']:.3f} ± {spread['std']:.3f}{baselines}"
