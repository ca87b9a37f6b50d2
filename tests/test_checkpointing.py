"""Activation checkpointing keeps less and changes nothing."""

import copy
from types import SimpleNamespace

import pytest
import torch
from accelerate import Accelerator

from tests.test_step import CONFIG, batches, make_players
from training.checkpointing import checkpoint_activations
from training.recipes import load_recipe
from training.step import train_step
from training.train import build_players


def one_step(checkpointed, config):
    """The players after a step, what it measured, and the bytes kept for backward passes at most at once."""
    players = make_players()
    if checkpointed:
        for network in (players.generator, players.spatial, players.temporal):
            checkpoint_activations(network)
    rng = torch.Generator().manual_seed(1)
    stats = train_step(players, batches(config.discriminator_steps), config, Accelerator(cpu=True), rng)
    return players, stats


@pytest.mark.parametrize("reuse_fakes", [True, False])
def test_a_step_with_checkpointing_changes_weights_and_buffers_as_one_without(reuse_fakes):
    config = CONFIG.replace(reuse_fakes=reuse_fakes, discriminator_steps=2)
    (plain, measured), (checkpointed, measured_again) = one_step(False, config), one_step(True, config)
    for name in ("generator", "spatial", "temporal"):
        ours, theirs = getattr(checkpointed, name).state_dict(), getattr(plain, name).state_dict()
        assert [key for key in theirs if not ours[key].equal(theirs[key])] == [], name
    assert measured == measured_again


@pytest.mark.parametrize("name", ["kinetics600_128x12", "kinetics600_256x12"])
def test_at_128_and_256_pixels_a_recipes_step_is_the_same_and_keeps_far_less(name):
    config = load_recipe(name, smoke=True).replace(mixed_precision="no", num_frames=4, discriminator_steps=1)
    side = config.model["resolution"]
    clips = SimpleNamespace(class_names=["a", "b"], resolution=side, fps=25.0)
    frames = torch.randint(256, (2, 4, side, side, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    batch = {"frames": frames, "label": torch.tensor([0, 1])}
    states, kept = [], []
    for checkpointed in (False, True):
        players = build_players(config.replace(checkpoint_activations=checkpointed), clips, torch.device("cpu"))
        kept.append(kept_bytes(players.generator, torch.ones(2, players.generator.config.latent_dim))[0])
        rng = torch.Generator().manual_seed(1)
        train_step(players, iter([batch]), config, Accelerator(cpu=True), rng)
        states.append(players.generator.state_dict() | players.temporal.state_dict(prefix="temporal."))
    plain, again = states
    assert [key for key in plain if not plain[key].equal(again[key])] == []
    assert kept[1] < 0.4 * kept[0]


def kept_bytes(generator, z):
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        clip = generator.train()(z, generator.embed(torch.arange(len(z)) % 2), 4)
    own = {parameter.untyped_storage().data_ptr() for parameter in generator.parameters()}
    return sum(size for place, size in kept.items() if place not in own), clip


def test_it_keeps_less_than_half_for_the_backward_pass():
    generator, z = make_players().generator, torch.randn(8, 8)
    checkpointed = copy.deepcopy(generator)
    checkpoint_activations(checkpointed)
    assert kept_bytes(checkpointed, z)[0] < 0.5 * kept_bytes(generator, z)[0]
