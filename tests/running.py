"""The real training loop in real processes that start in a moment: they fork from one that has imported everything."""

import multiprocessing
import os
import socket
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

SETTINGS = ["preset=tiny", "model={}", "num_frames=4", "frame_stride=1", "spatial_frames=2", "mixed_precision=no"]
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["training.train"])


def start_training(data: Path, run: Path, settings: list[str], num_ranks: int = 1, prepare=None) -> list[BaseProcess]:
    """Start `training.train --resume auto` as so many gloo processes; rank r writes to run/output-<r>.txt.

    `prepare(rank, run)` is called first in each process.
    """
    run.mkdir(parents=True, exist_ok=True)
    command = ["train", "--recipe", "weizmann_64", "--smoke", "--data", str(data), "--out", str(run)]
    command += ["--resume", "auto", "--set", *SETTINGS, *settings]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    processes = []
    for rank in range(num_ranks):
        together = dict(RANK=rank, LOCAL_RANK=rank, WORLD_SIZE=num_ranks, MASTER_ADDR="127.0.0.1", MASTER_PORT=port)
        environment = {name: str(value) for name, value in together.items()} if num_ranks > 1 else {}
        processes.append(_context.Process(target=_train, args=(command, environment, run, rank, prepare), daemon=True))
        processes[-1].start()
    return processes


def train(data: Path, run: Path, settings: list[str], num_ranks: int = 1, prepare=None) -> str:
    """Train to the end; returns what rank 0 printed."""
    for process in start_training(data, run, settings, num_ranks, prepare):
        process.join(120)
        assert process.exitcode == 0, output(run)
    return output(run)


def output(run: Path) -> str:
    """What rank 0 has printed last."""
    return (run / "output-0.txt").read_text()


def _train(command, environment, run, rank, prepare):
    os.environ.update(environment)
    file = os.open(run / f"output-{rank}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    sys.stdout, sys.stderr = os.fdopen(1, "w", buffering=1), os.fdopen(2, "w", buffering=1)
    sys.argv = command
    if prepare is not None:
        prepare(rank, run)
    from training.train import command_line

    command_line()
