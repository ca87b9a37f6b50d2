"""Settings: one home, unknown ones fail, and none is dead."""

import dataclasses
import pkgutil
from pathlib import Path

import pytest

from training import recipes
from training.config import TrainConfig
from training.recipes import load_recipe

NAMES = sorted(module.name for module in pkgutil.iter_modules(recipes.__path__))


@pytest.mark.parametrize("name", NAMES)
def test_every_recipe_and_its_smoke_variant_loads_and_round_trips(name, tmp_path):
    for smoke in (False, True):
        config = load_recipe(name, smoke)
        config.save(tmp_path / "run.json")
        assert TrainConfig.load(tmp_path / "run.json") == config


def test_unknown_recipes_and_settings_name_the_known():
    with pytest.raises(ValueError, match="weizmann_64"):
        load_recipe("weizman")
    with pytest.raises(ValueError, match="generator_lr"):
        load_recipe("weizmann_64").with_assignments(["generator_learning_rate=1"])
    with pytest.raises(ValueError, match="key=value"):
        load_recipe("weizmann_64").with_assignments(["seed"])


def test_assignments_take_json_text_and_model_keys():
    config = load_recipe("weizmann_64").with_assignments(["seed=7", "data=some/folder", "model.base_width=24"])
    assert (config.seed, config.data, config.model["base_width"]) == (7, "some/folder", 24)
    assert "base_width" not in load_recipe("weizmann_64").model


@pytest.mark.parametrize(
    "change",
    [
        {"batch_videos": 0},
        {"micro_batch_videos": 3},
        {"save_every_videos": 17},
        {"mixed_precision": "fp8"},
        {"discriminator_steps": 0},
        {"reuse_fakes": True, "micro_batch_videos": 8},
        {"class_weight": 1.0},
        {"future_weight": 1.0},
        {"keep_weight": 1.0},
    ],
)
def test_impossible_settings_are_refused(change):
    with pytest.raises(ValueError, match=next(iter(change))):
        load_recipe("weizmann_64").replace(**change)


def test_two_futures_of_each_start_need_an_even_batch():
    every = dict.fromkeys(("log_every_videos", "sample_every_videos", "save_every_videos"), 150)
    with pytest.raises(ValueError, match="even number"):
        load_recipe("mocap_64_predict").replace(batch_videos=15, micro_batch_videos=15, **every)


def test_processes_share_a_batch_or_say_why_not():
    config = load_recipe("weizmann_64").replace(batch_videos=32, micro_batch_videos=16, reuse_fakes=False)
    assert [config.clips_at_once(n) for n in (1, 2, 4)] == [16, 16, 8]
    with pytest.raises(ValueError, match="3 processes cannot share"):
        config.clips_at_once(3)


def test_the_position_in_the_data_counts_one_batch_a_pretraining_step():
    config = load_recipe("weizmann_64").replace(
        batch_videos=32, discriminator_steps=3, pretrain_videos=40, reconstruction_weight=1.0, reuse_fakes=False
    )
    assert [config.draws_before(videos) for videos in (0, 32, 64, 96)] == [0, 32, 64, 160]


def test_every_setting_is_read_somewhere():
    source = "".join(p.read_text() for p in Path("training").rglob("*.py") if p.name != "config.py")
    source = source.replace("config.clips_at_once", "config.micro_batch_videos")  # the method reads that setting
    unread = [f.name for f in dataclasses.fields(TrainConfig) if f"config.{f.name}" not in source]
    assert unread == []
