"""What only a GPU is asked: its own bf16 matrix rate, and the paper's full-width generator."""

import torch

from dvd_gan.models.inference import InferenceGenerator
from dvd_gan.models.presets import make_generator
from dvd_gan.models.recording import RecordedDraws
from training.bench.generation import FOLDED, PLAIN, conditions, draw_plain
from training.bench.measure import Case, Group, Meter, count_flops, measure_group, seconds_of

MATRIX_SIDE = 8192
PAPER = "The paper reports two such clips in 150 ms on one TPU core"


def matrix_rate(device: str, side: int = MATRIX_SIDE, rounds: int = 5) -> float:
    """GFLOP/s of a square bf16 matrix product, the best of some rounds: the most that this chip's matrix units give."""
    left, right = (torch.randn(side, side, dtype=torch.bfloat16, device=device) for _ in range(2))
    left @ right
    return 2 * side**3 / min(seconds_of(lambda: left @ right, "wall") for _ in range(rounds)) / 1e9


def bench_paper(preset: str, num_clips: int, num_frames: int, device: str, meter: Meter) -> Group:
    """The paper's generator at its full width: plain, inference form, and that replayed from one CUDA graph."""
    generator = make_generator(preset).eval().to(device)
    inputs = conditions(generator, num_clips)
    flops, frames = count_flops(lambda: draw_plain(generator, num_clips, num_frames)), num_clips * num_frames
    form = InferenceGenerator(generator, torch.bfloat16)
    cases = [
        Case(PLAIN, lambda: draw_plain(generator, num_clips, num_frames), flops, units=frames),
        Case(f"{FOLDED}, bfloat16", lambda: form(*inputs, num_frames), flops, torch.bfloat16, frames),
    ]
    if device == "cuda":
        recorded = RecordedDraws(form)
        name = f"{FOLDED}, bfloat16, one CUDA graph"
        cases.append(Case(name, lambda: recorded(*inputs, num_frames), flops, torch.bfloat16, frames))
    title = f"The paper's size: {num_clips} x {num_frames} frames of {preset}"
    return measure_group(title, "frames/s", f"{PAPER}.", cases, meter)


def matrix_shares(group: Group, rate_gflops: float) -> str:
    """A sentence on how much of the matrix rate each row reaches."""
    shares = (f"{row.rate_gflops / rate_gflops:.0%} by {row.name}" for row in group.rows if row.rate_gflops)
    return f"A square bf16 matrix product reaches {rate_gflops / 1e3:.1f} TFLOP/s; of that: {'; '.join(shares)}."
