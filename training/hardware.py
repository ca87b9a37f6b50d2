"""What a run ran on and which code it ran: hardware.json."""

import json
import os
import platform
import subprocess
from pathlib import Path

import torch

FILE = "hardware.json"


def describe_hardware(num_processes: int) -> dict[str, str | int | float]:
    """This machine, the versions and the commit; JSON-ready."""
    gpus = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    memory_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processes": num_processes,
        "gpus": ", ".join(gpus) or "none",
        "cpu": cpu_name(),
        "cpu_cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        "threads_per_process": torch.get_num_threads(),
        "memory_gib": round(memory_bytes / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "commit": current_commit(),
    }


def save_hardware(run: Path, num_processes: int) -> None:
    """Write it into the run folder."""
    (run / FILE).write_text(json.dumps(describe_hardware(num_processes), indent=2) + "\n")


def cpu_name() -> str:
    """The processor's model where Linux tells it, else its architecture."""
    facts = Path("/proc/cpuinfo")
    lines = facts.read_text().splitlines() if facts.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def current_commit() -> str:
    """The checkout's commit, or "unknown" outside one."""
    done = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
