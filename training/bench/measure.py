"""Times taken side by side, arithmetic counted, and the machine's own rate to compare with."""

import collections
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version

import torch
import torch.nn.functional as F
from torch.utils.flop_counter import FlopCounterMode

CONV_CHANNELS, CONV_SIDE, CONV_BATCH = 128, 32, 8
"""The plain large convolution whose rate is taken as what this machine can do: 3x3, channels last."""


ROW_SECONDS = 0.5
"""For how long a short case is run within a round, about; the median of those runs counts."""

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
"""Time as it passes, or as this process's threads spend it: on a shared machine the latter leaves other load out."""


@dataclass(frozen=True)
class Meter:
    """How to measure: rounds, a key of CLOCKS, and the plain convolution's GFLOP/s by dtype."""

    rounds: int
    clock: str
    conv_rates: dict[torch.dtype, float]


@dataclass(frozen=True)
class Case:
    """One thing to time: what to run, how many multiply-adds times two it takes, in which dtype it convolves."""

    name: str
    run: Callable[[], object]
    flops: float | None = None
    dtype: torch.dtype = torch.float32
    units: float = 1.0
    """Of what the group counts (frames, clips, windows), how many one run makes."""


@dataclass(frozen=True)
class Row:
    """A measured case. `seconds` is the median; `speedups` the medians, over rounds, of each baseline's time over this
    one's in the same round; rates are None where there is no arithmetic to count."""

    name: str
    gflop: float | None
    seconds: float
    rate_gflops: float | None
    share_of_conv: float | None
    speedups: list[float]
    units_per_second: float


@dataclass(frozen=True)
class Group:
    """Rows measured in the same rounds, in turn; the first ones are the baselines."""

    title: str
    unit: str
    note: str
    rows: list[Row]
    baselines: list[str]


def measure_group(title: str, unit: str, note: str, cases: list[Case], meter: Meter, num_baselines: int = 1) -> Group:
    """Warm every case up, then time all of them in each round, so that a busy neighbour slows them alike; short ones
    several times in a row, since a case that takes seconds leaves caches and memory to the next as nobody meets them
    who draws one clip after another."""
    in_a_row = {case.name: max(1, int(ROW_SECONDS / max(seconds_of(case.run, meter.clock), 1e-3))) for case in cases}
    seconds = {case.name: [] for case in cases}
    for _ in range(meter.rounds):
        for case in cases:
            times = [seconds_of(case.run, meter.clock) for _ in range(in_a_row[case.name])]
            seconds[case.name].append(statistics.median(times))
    baselines = [case.name for case in cases[:num_baselines]]
    rows = []
    for case in cases:
        median = statistics.median(seconds[case.name])
        speedups = [_median_ratio(seconds[name], seconds[case.name]) for name in baselines]
        gflop = rate = share = None
        if case.flops is not None:
            gflop, rate = case.flops / 1e9, case.flops / median / 1e9
            share = rate / meter.conv_rates[case.dtype]
        rows.append(Row(case.name, gflop, median, rate, share, speedups, case.units / median))
    return Group(title, unit, note, rows, baselines)


def _median_ratio(above: list[float], below: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(above, below, strict=True))


def seconds_of(run: Callable[[], object], clock: str) -> float:
    """Time of one run by that clock; waits for a GPU to finish."""
    synchronize()
    started = CLOCKS[clock]()
    run()
    synchronize()
    return CLOCKS[clock]() - started


def synchronize() -> None:
    """Wait until the GPU, if any, has done all it was given."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


def count_flops(run: Callable[[], object]) -> float:
    """Floating-point operations of the matrix products and convolutions of one run (two a multiply-add)."""
    with FlopCounterMode(display=False) as counter:
        run()
    return float(counter.get_total_flops())


def where_time_goes(run: Callable[[], object], most: int = 6) -> str:
    """The operations that take the largest shares of one run's time, on the GPU where there is one."""
    with torch.profiler.profile() as profile:
        run()
        synchronize()
    of = "self_device_time_total" if torch.cuda.is_available() else "self_cpu_time_total"
    spent = collections.Counter()
    for event in profile.key_averages():
        spent["fused arithmetic" if "CompiledFxGraph" in event.key else event.key] += getattr(event, of)
    total = sum(spent.values())
    return ", ".join(f"{name} {seconds / total:.0%}" for name, seconds in spent.most_common(most))


def conv_rate(dtype: torch.dtype, device: str, clock: str, rounds: int) -> float:
    """GFLOP/s of the plain large convolution, the best of some rounds."""
    like = dict(dtype=dtype, device=device)
    x = torch.randn(CONV_BATCH, CONV_CHANNELS, CONV_SIDE, CONV_SIDE, **like).to(memory_format=torch.channels_last)
    kernel = torch.randn(CONV_CHANNELS, CONV_CHANNELS, 3, 3, **like).to(memory_format=torch.channels_last)

    @torch.no_grad()
    def run() -> torch.Tensor:
        return F.conv2d(x, kernel, padding=1)

    run()
    flops = 2 * 9 * CONV_CHANNELS**2 * CONV_SIDE**2 * CONV_BATCH
    return flops / min(seconds_of(run, clock) for _ in range(rounds)) / 1e9


def machine_facts() -> dict[str, str]:
    """What the figures depend on: processor, threads, other load, versions, commit."""
    facts = {
        "processor": _processor(),
        "threads": f"{torch.get_num_threads()} of {os.cpu_count()} cores",
        "load average before": f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown",
        "system": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {version(name)}" for name in ("torch", "diffusers", "numpy")),
    }
    if torch.cuda.is_available():
        facts["GPU"] = torch.cuda.get_device_name()
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {**facts, "commit": done.stdout.strip() or "unknown"}


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or "unknown"
