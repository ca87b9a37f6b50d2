"""Run state on disk: everything needed to go on as if nothing had happened.

A state is one folder, state-<videos seen>, written under a temporary name and renamed, so that a kill at any moment
leaves the last complete one. Randomness needs no state: every step derives its own from (seed, videos seen).
"""

import json
import os
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_model, save_model

from training.ema import Averages
from training.step import Players

KEPT_STATES = 2


def save_state(
    run: Path, players: Players, averages: Averages, videos_seen: int, step: int, keep: int = KEPT_STATES
) -> Path:
    """Write run/state-<videos_seen> and drop all but the newest `keep`; returns the folder.

    Raises OSError (say, a full disk) with the earlier states untouched.
    """
    final = run / f"state-{videos_seen:010d}"
    partial = run / f".partial-{final.name}"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        for name, network in _networks(players, averages).items():
            save_model(network, str(partial / f"{name}.safetensors"))
        for name, optimizer in _optimizers(players).items():
            torch.save(optimizer.state_dict(), partial / f"{name}.pt")
        (partial / "progress.json").write_text(json.dumps({"videos_seen": videos_seen, "step": step}))
        for path in partial.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
        shutil.rmtree(final, ignore_errors=True)
        partial.rename(final)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise OSError(f"The state at {videos_seen} videos was not saved ({error}); earlier ones are intact.") from error
    for old in list_states(run)[:-keep]:
        shutil.rmtree(old)
    return final


def load_state(state: Path, players: Players, averages: Averages) -> tuple[int, int]:
    """Load a state in place; returns (videos seen, step)."""
    load_networks(state, _networks(players, averages))
    for name, optimizer in _optimizers(players).items():
        optimizer.load_state_dict(torch.load(state / f"{name}.pt", weights_only=True))
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
