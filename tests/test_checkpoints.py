"""The bundled checkpoints keep their promises: they load, fit the repository, and are what their cards say."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from huggingface_hub import ModelCard

from dvd_gan import DVDGANPipeline, hub
from dvd_gan.studio.starts import examples_in
from dvd_gan.uploads import read_upload
from training.card import figures_section

ROWS = [row for row in hub.known_checkpoints() if row.bundled]
MAX_FILE_BYTES = 15e6
MAX_ALL_BYTES = 60 * 2**20


@pytest.fixture(params=ROWS, ids=lambda row: row.id)
def folder(request) -> Path:
    return hub.BUNDLED / request.param.bundled


@pytest.fixture(params=[row for row in ROWS if not row.continues], ids=lambda row: row.id)
def generating_folder(request) -> Path:
    return hub.BUNDLED / request.param.bundled


@pytest.fixture(params=[row for row in ROWS if row.continues], ids=lambda row: row.id)
def continuing_folder(request) -> Path:
    return hub.BUNDLED / request.param.bundled


def test_something_is_bundled_and_listed_in_the_table():
    table = (hub.BUNDLED / "README.md").read_text()
    assert ROWS and all(f"`{row.id}`" in table for row in ROWS)


def test_weights_are_small_safetensors_and_nothing_is_pickled(folder):
    assert max(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < MAX_FILE_BYTES
    assert not [path for path in folder.rglob("*") if path.suffix in (".bin", ".pt", ".pth", ".pkl", ".ckpt")]


def test_all_bundled_files_leave_room_in_the_repository():
    assert sum(path.stat().st_size for path in hub.BUNDLED.rglob("*") if path.is_file()) < MAX_ALL_BYTES


def test_every_class_gives_a_moving_picture_of_its_own(generating_folder):
    pipe = DVDGANPipeline.from_pretrained(generating_folder)
    names = pipe.class_names
    clips = pipe(class_labels=names, seeds=[7] * len(names), num_frames=12).frames
    assert np.abs(np.diff(clips, axis=1)).mean() > 0.002
    for i, clip in enumerate(clips):
        assert clip.std() > 0.05
        assert all(np.abs(clip - other).mean() > 0.005 for other in clips[i + 1 :])


def test_an_example_is_continued_where_it_ends(continuing_folder):
    """Nearer to its last frame than to that of any other example, as the action that it is, and differently for another
    seed."""
    pipe = DVDGANPipeline.from_pretrained(continuing_folder)
    config = pipe.generator.config
    files = sorted((continuing_folder / "examples").glob("*.mp4"))
    starts = [read_upload(file, config.resolution, config.fps)[: pipe.num_given_frames] for file in files]
    lasts = np.stack([start[-1] for start in starts]) / 255
    for i, start in enumerate(starts):
        first, other = (future[0] for future in pipe(frames=start, seeds=[1, 2], num_frames=2).frames)
        assert np.abs(lasts - first).mean((1, 2, 3)).argmin() == i
        seen = pipe.classes_in(start)
        assert max(seen, key=seen.get).replace(" ", "-") == files[i].stem
        assert np.abs(first - other).mean() > 1e-3


def test_examples_stand_in_the_order_of_the_classes(continuing_folder):
    assert tuple(examples_in(continuing_folder)) == hub.read_facts(continuing_folder).class_names


def test_the_card_of_one_that_continues_clips_beats_copying(continuing_folder):
    futures = json.loads((continuing_folder / "metrics.json").read_text())["continued_clips"]
    assert futures["frechet_real"] < futures["frechet_continued"] < futures["frechet_copy_last_frame"]


def test_the_kind_in_the_index_is_that_of_the_release(folder):
    (row,) = [row for row in ROWS if row.bundled == folder.name]
    assert row.continues == (hub.read_facts(folder).num_given_frames > 0)


def test_the_critics_load_and_score(folder):
    pipe = DVDGANPipeline.from_pretrained(folder)
    if pipe.spatial_discriminator is None:
        assert pipe.num_given_frames, "the tour needs the critics of a checkpoint that draws from a class"
        return
    given = np.zeros((pipe.num_given_frames, 8, 8, 3), np.uint8) if pipe.num_given_frames else None
    clip = pipe(class_labels=0, seeds=7, num_frames=8, output_type="pt", frames=given).frames * 2 - 1
    ids = torch.tensor([0])
    assert pipe.spatial_discriminator(clip, ids).shape == pipe.temporal_discriminator(clip, ids).shape == (1,)


def test_card_and_metrics_agree(folder):
    card = ModelCard.load(folder / "README.md")
    metrics = json.loads((folder / "metrics.json").read_text())
    generated = metrics["generated_clips"]
    stated = {result.metric_type: result.metric_value for result in card.data.eval_results}
    assert stated["accuracy"] == round(generated["class_accuracy"], 4)
    assert stated["frechet-distance"] == round(generated["frechet_to_held_out"], 4)
    assert metrics["protocol"]["checkpoint"] == folder.name
    assert figures_section(folder.name, metrics) in card.text
    for name in ("sheet.png", "preview.mp4", "timeline.mp4", "training.json"):
        assert (folder / name).stat().st_size > 0
