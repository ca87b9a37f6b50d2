"""Measure this machine: generation, streaming, what length, size and batch cost, the training step, the loader.

python -m training.bench [--peer DIR] [--only generation streaming cost step loader large]
"""

import argparse
import sys
from pathlib import Path

import torch

from dvd_gan import hub
from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.models.presets import make_generator
from training.bench.generation import bench_cost, bench_generation, bench_streaming
from training.bench.gpu import bench_paper, matrix_rate, matrix_shares
from training.bench.growth import draw_large_apart
from training.bench.loader import bench_loader
from training.bench.measure import CLOCKS, Meter, conv_rate, machine_facts
from training.bench.report import cost_table, facts_line, plot_cost, replace_section, slopes, table
from training.bench.training_step import bench_recipe, bench_training_step

SECTIONS = {
    "generation": "Generation",
    "streaming": "Streaming",
    "cost": "Cost against length, size and batch",
    "step": "Training step",
    "loader": "Loader",
    "large": "Large clips",
    "paper": "The paper's size, on a GPU",
}
GPU_ONLY = ("paper",)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", default=hub.known_checkpoints()[0].id, help="whose generator is measured")
    parser.add_argument("--peer", type=Path, metavar="DIR", help="checkout of the public re-implementation")
    parser.add_argument("--data", type=Path, help="prepared data for the loader; made-up clips by default")
    usual = [name for name in SECTIONS if name not in GPU_ONLY or torch.cuda.is_available()]
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=usual, help="sections to measure")
    parser.add_argument("--rounds", type=int, default=7, help="how often every row is timed")
    parser.add_argument(
        "--clock", choices=CLOCKS, default="wall", help="cpu: time spent by this process, for a machine that is shared"
    )
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="CPU threads of everything")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, a few seconds: to see that all works")
    parser.add_argument("--note", default="", help="a sentence on the machine, such as what else was running")
    parser.add_argument(
        "--out", type=Path, default=Path("BENCHMARKS.md"), help="file to write; the plot lies beside it"
    )
    return parser.parse_args()


def main() -> None:
    wanted = parse()
    torch.set_num_threads(wanted.threads)
    rounds = 1 if wanted.quick else wanted.rounds
    device = "cuda" if torch.cuda.is_available() else "cpu"
    facts = facts_line(machine_facts())
    rates = {dtype: conv_rate(dtype, device, wanted.clock, rounds + 2) for dtype in (torch.float32, torch.bfloat16)}
    meter = Meter(rounds, wanted.clock, rates)
    exact, rounded = rates.values()
    measured = f"The plain convolution reached {exact:.0f} GFLOP/s in float32 and {rounded:.0f} in bf16."
    measured = f"{measured} Times are {wanted.clock} time."
    generator = _generator(wanted).to(device)
    length = 4 if wanted.quick else 48

    for name in wanted.only:
        if name == "generation":
            shapes = ((1, length), (4, max(1, length // 3)))
            wide = _twice_as_wide(generator).to(device)
            groups = [
                bench_generation(drawn, *shape, wanted.peer, meter) for drawn in (generator, wide) for shape in shapes
            ]
            body = "\n".join(map(table, groups))
        elif name == "streaming":
            body = table(bench_streaming(generator, length, meter))
        elif name == "cost":
            curves = bench_cost(wanted.quick, meter)
            plot = wanted.out.with_suffix(".png")
            plot_cost(curves, plot)
            body = f"![cost]({plot.name})\n\n{slopes(curves)}\n\n{cost_table(curves)}"
        elif name == "step":
            group = bench_training_step(wanted.quick, meter)
            body = table(group)
            if device == "cuda":
                body = f"{matrix_shares(group, matrix_rate(device))}\n\n{body}"
        elif name == "loader":
            body = table(bench_loader(bench_recipe(wanted.quick), generator.config.resolution, wanted.data, meter))
        elif name == "paper":
            group = bench_paper("tiny" if wanted.quick else "paper-64", 2, length, device, meter)
            rate = matrix_rate(device, *([256] if wanted.quick else []))
            body = f"{matrix_shares(group, rate)}\n\n{table(group)}"
        else:
            preset, width, frames = ("tiny", 4, 4) if wanted.quick else ("paper-256", 48, 48)
            large = draw_large_apart(preset, width, frames)
            body = (
                f"{large['frames']} frames at {large['resolution']} px, base width {large['width']}, {large['dtype']}: "
                f"{large['seconds']} s of wall time, and the process never took more than {large['peak_gib']} GiB."
            )
        replace_section(wanted.out, SECTIONS[name], "\n\n".join([f"{facts} {measured} {wanted.note}".strip(), body]))
        print(f"{SECTIONS[name]}\n{body}", flush=True)


def _generator(wanted: argparse.Namespace) -> DVDGANGenerator:
    if wanted.quick:
        return make_generator("tiny").eval()
    folder = hub.resolve(wanted.checkpoint)
    return DVDGANGenerator.from_pretrained(folder / "generator", use_safetensors=True, low_cpu_mem_usage=False)


def _twice_as_wide(generator: DVDGANGenerator) -> DVDGANGenerator:
    """The same layout with random weights: small maps keep a processor from its rate, wide ones less so."""
    return DVDGANGenerator(**{**dict(generator.config), "base_width": 2 * generator.config.base_width}).eval()


if __name__ == "__main__":
    try:
        main()
    except (ValueError, FileNotFoundError, ConnectionError) as mistake:
        sys.exit(str(mistake))
