"""Computes what the paper's experiments cost on other machines: estimates from measured numbers."""

import textwrap
from dataclasses import dataclass
from pathlib import Path

from training.config import TrainConfig
from training.recipes import load_recipe
from training.scale.measure import RECIPES, RESOLUTIONS

PAGE = Path(__file__).parents[1] / "SCALE.md"
KINETICS_CLIPS = 500_000  # the paper's count; about a fifth of them have left YouTube since
LOW, HIGH = 0.2, 0.4  # share of an accelerator's peak that a step may reach
MEMORY_SHARE = 0.9  # of which weights and kept activations may take so much
LINK_BYTES_A_SECOND = 50e9  # 400 Gbit/s for each accelerator
CORES_AN_ACCELERATOR = 16
RECOMPUTING = "recomputing_bytes_a_clip"
REFERENCE = "H100"
PAPER_RECIPE = "kinetics600_64x12"


@dataclass(frozen=True)
class Accelerator:
    """Dense bf16 operations a second and memory, from its data sheet."""

    name: str
    flops: float
    memory_gib: float


ACCELERATORS = (
    Accelerator("RTX 4090", 165e12, 24),
    Accelerator("A100", 312e12, 80),
    Accelerator("H100", 989e12, 80),
    Accelerator("H200", 989e12, 141),
)
TPU_V3_CORE = Accelerator("TPU v3 core", 61.5e12, 16)


def hours(step: dict, config: TrainConfig, accelerator: Accelerator, share: float) -> float:
    """Hours of one accelerator for the whole run at that share of its peak."""
    return step["flops_a_clip"] * config.total_videos / (accelerator.flops * share) / 3600


def clips_at_once(step: dict, accelerator: Accelerator, a_clip: str = "kept_bytes_a_clip") -> int:
    """Clips of one micro-batch that fit beside the weights, to a power of two; 0 where not even one fits.

    `a_clip` names what a clip takes: with all activations kept, or with recomputed ones."""
    free = MEMORY_SHARE * accelerator.memory_gib * 2**30 - step["fixed_bytes"]
    fitting = int(free // step[a_clip])
    return 2 ** (fitting.bit_length() - 1) if fitting > 0 else 0


def clips_a_second(step: dict, accelerator: Accelerator, share: float) -> float:
    """Generated clips, each with the critic steps before it."""
    return accelerator.flops * share / step["flops_a_clip"]


def loader_cores(step: dict, config: TrainConfig, measured: dict, accelerator: Accelerator) -> float:
    """Cores like the measured one that must decode, to feed one accelerator at the high share of its peak."""
    resolution = config.preset.removeprefix("paper-")
    window = f"{config.num_frames}x{config.frame_stride}"
    # No window of 16 at stride 2 was measured; one of 48 frames reads three times as many.
    window_ms = measured["clips"][resolution]["window_ms"]
    milliseconds = window_ms[window] if window in window_ms else window_ms["48x2"] * config.num_frames / 48
    return config.discriminator_steps * clips_a_second(step, accelerator, HIGH) * milliseconds / 1000


def widest(step: dict, config: TrainConfig, accelerator: Accelerator) -> float:
    """The number of accelerators at which averaging gradients takes as long as the arithmetic: beyond it more of them
    help little. A ring sends every gradient twice; nothing overlaps."""
    drawing = step["weights"] - step["critic_weights"]
    gradients = 4 * (drawing + config.discriminator_steps * step["critic_weights"])
    seconds_alone = config.batch_videos * step["flops_a_clip"] / (accelerator.flops * HIGH)
    return seconds_alone / (2 * gradients / LINK_BYTES_A_SECOND)


def rounded(number: float) -> str:
    """Two digits that count, thousands apart."""
    if number < 10:
        return f"{number:.2g}"
    digits = max(0, len(str(int(number))) - 2)
    return f"{round(number / 10**digits) * 10**digits:,}"


def span(step: dict, config: TrainConfig, accelerator: Accelerator) -> str:
    """Hours at the high and at the low share."""
    return " to ".join(rounded(hours(step, config, accelerator, share)) for share in (HIGH, LOW))


def render_promise(name: str, measured: dict) -> list[str]:
    """The lines of a recipe's docstring that say what it costs."""
    step, config = measured["steps"][name], load_recipe(name)
    total = step["flops_a_clip"] * config.total_videos
    named = ACCELERATORS[1:3]
    costs = ", ".join(f"{span(step, config, accelerator)} on {accelerator.name}" for accelerator in named)
    tera, zetta = step["flops_a_clip"] / 1e12, total / 1e21
    fixed, a_clip, less = (step[name] / 2**30 for name in ("fixed_bytes", "kept_bytes_a_clip", RECOMPUTING))
    return [
        f"Cost (estimates, training/SCALE.md): {tera:.1f} TFLOP a clip, {zetta:.1f} ZFLOP in all;",
        f"accelerator-hours: {costs}.",
        f"Memory: {fixed:.0f} GiB and {a_clip:.1f} GiB for each clip at once, {less:.1f} with checkpoint_activations.",
    ]


def render_page(measured: dict) -> str:
    """SCALE.md."""
    runs = {name: (measured["steps"][name], load_recipe(name)) for name in RECIPES}
    reference = next(accelerator for accelerator in ACCELERATORS if accelerator.name == REFERENCE)
    return "\n\n".join(
        [
            "# Past this machine",
            _introduction(measured),
            "## Arithmetic",
            _arithmetic(runs),
            "## Memory",
            _memory(runs),
            "## Data",
            _data(measured),
            "## Where it breaks first",
            _limits(runs, measured, reference),
            _advice(runs, measured, reference),
        ]
    )


def _introduction(measured: dict) -> str:
    here, machine = measured["step_on_this_core"], measured["machine"]
    step, product = here["step_gflops_a_second"], here["product_gflops_a_second"]
    return _wrap(
        "What the paper's experiments cost, computed by `python -m training.scale page` from "
        "`training/scale/measured.json`. Measured: operations and kept bytes of each recipe's step (counted on tensors "
        f"without content), stored bytes and decoding times of {measured['num_videos']} real Kinetics clips on one "
        f"core ({machine['processor']}, {machine['date']}). From data sheets: peaks, memory, links. Assumed: that a "
        f"step reaches {LOW:.0%} to {HIGH:.0%} of an accelerator's peak. A small model's step reached "
        f"{step / product:.0%} of the best matrix product of this core ({step:.0f} of {product:.0f} GFLOP/s); no "
        "accelerator was at hand. **All hours are estimates.**"
    )


def _arithmetic(runs: dict) -> str:
    header = ["recipe", "weights", "TFLOP a clip", "ZFLOP in all", *(f"{a.name}, hours" for a in ACCELERATORS)]
    rows = []
    for name, (step, config) in runs.items():
        tera, total = step["flops_a_clip"] / 1e12, step["flops_a_clip"] * config.total_videos / 1e21
        costs = [span(step, config, accelerator) for accelerator in ACCELERATORS]
        rows.append([name, f"{step['weights'] / 1e6:.0f} M", f"{tera:.1f}", f"{total:.1f}", *costs])
    step, config = runs[PAPER_RECIPE]
    low, high = (rounded(hours(step, config, TPU_V3_CORE, share) / 512) for share in (HIGH, LOW))
    note = _wrap(
        f"Hours of one accelerator at {HIGH:.0%} and {LOW:.0%} of its peak; divide by their number. A clip counts with "
        f"its {config.discriminator_steps} critic steps. Against the paper: {PAPER_RECIPE} comes to {low} to {high} "
        "hours on 512 TPU v3 cores; its authors report 12 to 96 hours on 32 to 512 for most models."
    )
    return f"{_table(header, rows)}\n\n{note}"


def _memory(runs: dict) -> str:
    header = ["recipe", "fixed, GiB", "a clip, GiB", "recomputing", *(f"clips at once, {a.name}" for a in ACCELERATORS)]
    rows = []
    for name, (step, _) in runs.items():
        fixed, a_clip, less = (step[key] / 2**30 for key in ("fixed_bytes", "kept_bytes_a_clip", RECOMPUTING))
        fitting = [
            " / ".join(
                str(clips_at_once(step, accelerator, key) or "none") for key in ("kept_bytes_a_clip", RECOMPUTING)
            )
            for accelerator in ACCELERATORS
        ]
        rows.append([name, f"{fixed:.1f}", f"{a_clip:.2f}", f"{less:.2f}", *fitting])
    note = _wrap(
        "Nothing fused. Recomputing is `--set checkpoint_activations=true`: kept is what goes into blocks and "
        "recurrent units, and all of the largest of them while it is computed again; clips at once are without / with "
        "it. "
        f"{1 - MEMORY_SHARE:.0%} of the memory is left to the allocator."
    )
    return f"{_table(header, rows)}\n\n{note}"


def _data(measured: dict) -> str:
    first = measured["clips"][str(RESOLUTIONS[0])]
    windows = [f"ms a window of {window}" for window in first["window_ms"]]
    rows = []
    for resolution in map(str, RESOLUTIONS):
        clips = measured["clips"][resolution]
        size, preparing = clips["bytes"] * KINETICS_CLIPS / 1e12, clips["seconds_to_prepare"] * KINETICS_CLIPS / 3600
        times = [f"{value:.1f}" for value in clips["window_ms"].values()]
        rows.append([resolution, f"{clips['bytes'] / 1e3:.0f}", f"{size:.2g} TB", rounded(preparing), *times])
    note = _wrap(
        f"Originals of 340 x 256; from 1280 x 720 a clip takes {measured['hd_seconds_to_prepare']:.1f} s instead of "
        f"{first['seconds_to_prepare']:.1f} s at {RESOLUTIONS[0]} pixels. A window is named frames x stride."
    )
    header = ["pixels", "KB a clip", f"{KINETICS_CLIPS:,} clips", "preparing, core-hours", *windows]
    return f"{_table(header, rows)}\n\n{note}"


def _limits(runs: dict, measured: dict, reference: Accelerator) -> str:
    header = [
        "recipe",
        f"clips a second, {REFERENCE}",
        "cores that decode for it",
        f"{REFERENCE}s where averaging = half",
    ]
    rows = []
    for name, (step, config) in runs.items():
        speed, cores = clips_a_second(step, reference, HIGH), loader_cores(step, config, measured, reference)
        rows.append([name, f"{speed:.1f}", f"{cores:.1f}", f"{widest(step, config, reference):.0f}"])
    return _table(header, rows)


def _advice(runs: dict, measured: dict, reference: Accelerator) -> str:
    cores = {name: loader_cores(step, config, measured, reference) for name, (step, config) in runs.items()}
    hungriest = max(cores, key=cores.get)
    largest = max(runs, key=lambda name: runs[name][0]["kept_bytes_a_clip"])
    fitting, batch = clips_at_once(runs[largest][0], reference), runs[largest][1].batch_videos
    narrowest = min(runs, key=lambda name: widest(*runs[name], reference))
    across = widest(*runs[narrowest], reference)
    recomputing = clips_at_once(runs[largest][0], reference, RECOMPUTING)
    more = runs[largest][0]["recomputing_flops_a_clip"] / runs[largest][0]["flops_a_clip"] - 1
    enough = "are enough" if cores[hungriest] < CORES_AN_ACCELERATOR else "are not enough"
    link = LINK_BYTES_A_SECOND * 8 / 1e9
    memory, needed = f"{reference.memory_gib:.0f} GiB", batch // max(fitting, 1)
    points = [
        f"**Reading in the training process.** {hungriest} needs {cores[hungriest]:.1f} cores for each {REFERENCE} to "
        "decode. A loader without workers has one, for which training waits. Give it workers (`--set data_workers=N`); "
        f"{CORES_AN_ACCELERATOR} cores an accelerator {enough}.",
        f"**Memory, for long or large clips.** {largest} fits {fitting} clips at once in {memory}: a batch of {batch} "
        f"needs {needed} {REFERENCE}s, or accumulation, whose batch statistics are of fewer clips than the paper's. "
        f"Recompute activations in the backward pass: {recomputing} fit, for {more:.0%} more arithmetic.",
        f"**The network between machines.** {narrowest} averages gradients for as long as it computes on {across:.0f} "
        f"{REFERENCE}s with {link:.0f} Gbit/s each. The batch is fixed, so more of them help ever less: stay below "
        "half of that, average in bf16, or overlap it with the backward pass.",
        "**Missing videos** cost more than time: read report.png. Preparing is done once; `--engine ray` spreads it.",
    ]
    return "\n".join(_wrap(f"{number}. {point}", indent="   ") for number, point in enumerate(points, 1)) + "\n"


def _wrap(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 118, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _table(header: list[str], rows: list[list]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
