"""Activation checkpointing keeps less and changes nothing."""

import copy

import pytest
import torch
from accelerate import Accelerator

from tests.test_step import CONFIG, batches, make_players
from training.checkpointing import checkpoint_activations
from training.step import train_step


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


def kept_bytes(generator, z):
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        clip = generator.train()(z, generator.embed(torch.arange(len(z)) % 4), 4)
    own = {parameter.untyped_storage().data_ptr() for parameter in generator.parameters()}
    return sum(size for place, size in kept.items() if place not in own), clip


def test_it_keeps_less_than_half_for_the_backward_pass():
    generator, z = make_players().generator, torch.randn(8, 8)
    checkpointed = copy.deepcopy(generator)
    checkpoint_activations(checkpointed)
    assert kept_bytes(checkpointed, z)[0] < 0.5 * kept_bytes(generator, z)[0]
