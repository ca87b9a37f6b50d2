"""Run state on disk: everything needed to go on as if nothing had happened.

A state is one folder, state-<videos seen>, written under a temporary name and renamed, and renamed again before it is
deleted, so that a kill at any moment leaves complete ones only. Randomness, the position in the data and the learning
rates need no state: they are functions of the settings, the step and the videos seen. Nothing depends on the number of
processes, so that a run may go on with another.
"""

import json
import os
import shutil
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_model, save_model

from training.ema import Averages
from training.step import Players

KEPT_STATES = 2
WRITING_FAILED = (OSError, RuntimeError, SafetensorError)  # what Python, torch.save and safetensors raise


def save_state(
    run: Path, players: Players, averages: Averages, videos_seen: int, step: int, keep: int = KEPT_STATES
) -> Path:
    """Write run/state-<videos_seen> and drop all but the newest `keep`; returns the folder.

    Raises OSError (say, a full disk) with the earlier states untouched.
    """
    final = run / f"state-{videos_seen:010d}"
    partial = run / f".partial-{final.name}"
    try:
        _clean_up(run)
        partial.mkdir(parents=True)
        for name, network in _networks(players, averages).items():
            save_model(network, str(partial / f"{name}.safetensors"))
        for name, optimizer in _optimizers(players).items():
            torch.save(optimizer.state_dict(), partial / f"{name}.pt")
        (partial / "progress.json").write_text(json.dumps({"videos_seen": videos_seen, "step": step}))
        for path in [*partial.iterdir(), partial]:
            _write_through(path)
        if final.exists():
            _remove(final)
        partial.rename(final)
        _write_through(run)
    except WRITING_FAILED as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise OSError(
            f"The state at {videos_seen} videos was not saved ({error}); earlier ones are intact. "
            f"Make room where {run} lies, then go on with --resume auto."
        ) from error
    for old in list_states(run)[:-keep]:
        _remove(old)
    return final


def _clean_up(run: Path) -> None:
    """Drop what an interrupted save left."""
    for leftover in run.glob(".*-state-*"):
        shutil.rmtree(leftover)


def _remove(state: Path) -> None:
    """Under another name first: killed in between, it is no longer listed as a state."""
    doomed = state.with_name(f".old-{state.name}")
    state.rename(doomed)
    shutil.rmtree(doomed)


def _write_through(path: Path) -> None:
    """Ask the system to bring a file or folder to the disk now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def load_state(state: Path, players: Players, averages: Averages) -> tuple[int, int]:
    """Load a state in place; returns (videos seen, step). Learning rates stay as the run's settings have them now."""
    load_networks(state, _networks(players, averages))
    for name, optimizer in _optimizers(players).items():
        rates = [group["lr"] for group in optimizer.param_groups]
        optimizer.load_state_dict(torch.load(state / f"{name}.pt", weights_only=True))
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate
    progress = json.loads((state / "progress.json").read_text())
    return progress["videos_seen"], progress["step"]


def load_networks(state: Path, networks: dict[str, torch.nn.Module]) -> None:
    """Load some of a state's networks in place, by the names `save_state` gives them."""
    for name, network in networks.items():
        load_model(network, str(state / f"{name}.safetensors"))


def list_states(run: Path) -> list[Path]:
    """Complete states of a run, oldest first."""
    return sorted(run.glob("state-*"))


def load_matching(network: torch.nn.Module, weights: dict[str, torch.Tensor]) -> list[str]:
    """Warm start: copy every tensor whose name and shape agree, leave the rest as it is; returns the names copied.

    Stages and blocks are named by place and resolution, so a 32 px model fills the inner layers of a 64 px one.
    """
    own = network.state_dict()
    matching = {name: tensor for name, tensor in weights.items() if name in own and own[name].shape == tensor.shape}
    network.load_state_dict(matching, strict=False)
    return sorted(matching)


def _networks(players: Players, averages: Averages) -> dict[str, torch.nn.Module]:
    networks = {
        "generator": players.generator,
        "average": averages.generator,
        "spatial_discriminator": players.spatial,
        "temporal_discriminator": players.temporal,
        "clip_encoder": players.clip_encoder,
        "frame_encoder": players.frame_encoder,
        "average_frame_encoder": averages.frame_encoder,
    }
    return {name: network for name, network in networks.items() if network is not None}


def _optimizers(players: Players) -> dict[str, torch.optim.Optimizer]:
    return {
        "generator_optimizer": players.generator_optimizer,
        "discriminator_optimizer": players.discriminator_optimizer,
    }
