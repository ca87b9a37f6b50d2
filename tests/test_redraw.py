"""Families of recipes, and the clips that recipes give back."""

from dataclasses import replace

import numpy as np
import pytest

from dvd_gan import clips, families, hub, redraw
from dvd_gan.latents import MAX_SEED
from dvd_gan.recipe import ClipRecipe

RECIPE = ClipRecipe(checkpoint="tiny", class_name="bend", seed=7, num_frames=5, truncation=0.8, fps=12)
VARIED = replace(RECIPE, variations=((8, 0.3), (9, 0.5)))


def test_a_recipe_gives_the_pipelines_clip(pipe):
    expected = clips.as_uint8(pipe("bend", seeds=7, num_frames=5, truncation=0.8).frames[0])
    np.testing.assert_array_equal(redraw.draw(pipe, [RECIPE])[0], expected)


def test_a_recipe_gives_the_same_clip_in_any_company(pipe, monkeypatch):
    family = [RECIPE, VARIED, replace(RECIPE, class_name="two-hand wave", truncation=0.3), replace(RECIPE, seed=1)]
    together = redraw.draw(pipe, family)
    for recipe, clip in zip(family, together, strict=True):
        np.testing.assert_array_equal(clip, redraw.draw(pipe, [recipe])[0])
    monkeypatch.setattr(redraw, "BATCH_BYTES", 3 * 5 * 16 * 16 * 3 * 4)
    np.testing.assert_array_equal(redraw.draw(pipe, family), together)
    assert len(np.unique(np.stack(together), axis=0)) == 4


def test_a_near_variation_changes_less_than_a_far_one(pipe):
    def change(distance: float) -> float:
        drawn = np.stack(redraw.draw(pipe, families.near(RECIPE, 6, distance, towards=20))).astype(float)
        return np.abs(drawn[1:] - drawn[0]).mean()

    assert 0 < change(0.1) < change(0.4) < change(1.0)


def test_families_keep_all_else():
    assert [r.seed for r in families.seed_grid(replace(VARIED, seed=MAX_SEED), 3)] == [MAX_SEED, 0, 1]
    assert families.seed_grid(VARIED, 2) == [RECIPE, replace(RECIPE, seed=8)]
    near = families.near(VARIED, 3, 0.25, towards=4)
    assert near[0] == VARIED and near[2] == replace(VARIED, variations=(*VARIED.variations, (5, 0.25)))
    assert families.truncation_sweep(VARIED) == [replace(VARIED, truncation=v) for v in (0.2, 0.4, 0.6, 0.8, 1.0)]
    table = families.class_table(RECIPE, ["bend", "two-hand wave"], 2)
    assert [(r.class_name, r.seed) for r in table] == [
        ("bend", 7),
        ("bend", 8),
        ("two-hand wave", 7),
        ("two-hand wave", 8),
    ]
    with pytest.raises(ValueError, match="A distance is above 0"):
        families.near(RECIPE, 3, 0)


def test_a_stamp_says_which_weights_drew_it(pipe, tiny_release, tmp_path):
    stamped = redraw.stamped(pipe, replace(RECIPE, class_name="BEND"))
    assert stamped == replace(RECIPE, revision=hub.revision_of(tiny_release))
    assert stamped.revision.startswith("sha256:") and len(stamped.revision) == 23
    (tmp_path / "generator").mkdir()
    (tmp_path / "generator" / "weights.safetensors").write_bytes(b"others")
    assert hub.revision_of(tmp_path) != stamped.revision
    commit = "0123456789abcdef0123456789abcdef01234567"
    assert hub.revision_of(tmp_path / "snapshots" / commit) == commit


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (dict(class_name="fly"), "There is no class called 'fly'"),
        (dict(seed=-1), "A seed is a whole number"),
        (dict(truncation=float("nan")), "Truncation is above 0"),
        (dict(num_frames=0), "num_frames is a whole number"),
        (dict(variations=((8, 2.0),)), "A distance is above 0"),
    ],
)
def test_an_impossible_recipe_is_refused_in_one_sentence(pipe, change, sentence):
    with pytest.raises(ValueError, match=sentence):
        redraw.draw(pipe, [replace(RECIPE, **change)])


def test_clips_of_different_lengths_are_not_drawn_together(pipe):
    with pytest.raises(ValueError, match="have one length"):
        redraw.draw(pipe, [RECIPE, replace(RECIPE, num_frames=6)])
