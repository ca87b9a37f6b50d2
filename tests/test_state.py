"""The state on disk: complete or absent, and warm starts take what fits."""

import pytest
import torch

from dvd_gan.models.presets import make_generator
from tests.test_step import make_players
from training import state as state_module
from training.ema import Averages
from training.state import list_states, load_matching, load_state, save_state


def test_round_trip_restores_every_tensor_and_the_clock(tmp_path):
    players = make_players()
    loss = sum(p.square().sum() for p in players.generator.parameters())
    loss.backward()
    players.generator_optimizer.step()
    folder = save_state(tmp_path, players, Averages.of(players), 320, 20)

    fresh = make_players()
    average = Averages.of(fresh)
    assert load_state(folder, fresh, average) == (320, 20)
    for key, value in players.generator.state_dict().items():
        assert torch.equal(fresh.generator.state_dict()[key], value)
        assert torch.equal(average.generator.state_dict()[key], value)
    moments = fresh.generator_optimizer.state_dict()["state"]
    assert len(moments) == len(players.generator_optimizer.state_dict()["state"]) > 0


def test_a_new_learning_rate_holds_after_a_resume(tmp_path):
    players = make_players()
    folder = save_state(tmp_path, players, Averages.of(players), 10, 1)
    changed = make_players()
    for group in changed.discriminator_optimizer.param_groups:
        group["lr"] = 0.125
    load_state(folder, changed, Averages.of(changed))
    assert [group["lr"] for group in changed.discriminator_optimizer.param_groups] == [0.125]


def test_only_the_newest_states_are_kept(tmp_path):
    players = make_players()
    average = Averages.of(players)
    for videos in (10, 20, 30):
        save_state(tmp_path, players, average, videos, 1)
    assert [p.name for p in list_states(tmp_path)] == ["state-0000000020", "state-0000000030"]


def test_a_full_disk_says_so_and_leaves_the_earlier_state(tmp_path, monkeypatch):
    players = make_players()
    average = Averages.of(players)
    save_state(tmp_path, players, average, 10, 1)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(state_module.torch, "save", full)
    with pytest.raises(OSError, match="earlier ones are intact"):
        save_state(tmp_path, players, average, 20, 2)
    assert [p.name for p in tmp_path.iterdir()] == ["state-0000000010"]
    monkeypatch.undo()
    assert load_state(list_states(tmp_path)[-1], players, average) == (10, 1)


def test_what_an_interrupted_save_left_is_not_listed_and_goes_with_the_next(tmp_path):
    for name in (".partial-state-0000000040", ".old-state-0000000010"):
        (tmp_path / name).mkdir()
    assert list_states(tmp_path) == []
    players = make_players()
    save_state(tmp_path, players, Averages.of(players), 50, 1)
    assert [p.name for p in tmp_path.iterdir()] == ["state-0000000050"]


def test_a_smaller_model_fills_the_inner_layers_of_a_larger_one():
    torch.manual_seed(0)
    small = make_generator("small-32", base_width=2)
    large = make_generator("small-64", base_width=2)
    fresh = {key: value.clone() for key, value in large.state_dict().items()}
    copied = load_matching(large, small.state_dict())
    assert len(copied) < len(fresh)
    for key in ("stem.weight", "stages.0.gru.reset.weight", "stages.2.up_block.conv2.weight", "class_embedding.weight"):
        assert torch.equal(large.state_dict()[key], small.state_dict()[key]) and key in copied
    assert torch.equal(large.state_dict()["stages.3.gru.reset.weight"], fresh["stages.3.gru.reset.weight"])
