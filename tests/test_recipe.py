"""A clip's recipe travels in its file, and the shell command draws what the pipeline draws."""

import dataclasses

import numpy as np
import pytest

from dvd_gan import clips
from dvd_gan.__main__ import main, parse_seeds
from dvd_gan.recipe import ClipRecipe, read_recipe
from tests.conftest import brightening
from tests.test_clips import probe

RECIPE = ClipRecipe(
    checkpoint="someone/a = b; #1 \\ clips", class_name="jumping jacks", seed=2**40, num_frames=6, truncation=0.5
)


@pytest.mark.parametrize("kind", ["mp4", "webm", "gif"])
def test_a_file_carries_its_recipe_and_plays_as_before(kind, tmp_path):
    write = getattr(clips, f"write_{kind}")
    with_recipe = write(brightening(6), tmp_path / f"with.{kind}", 12, RECIPE.to_json())
    without = write(brightening(6), tmp_path / f"without.{kind}", 12)
    assert read_recipe(with_recipe) == RECIPE
    np.testing.assert_array_equal(probe(with_recipe)[0], probe(without)[0])
    again = write(brightening(6), tmp_path / f"again.{kind}", 12, RECIPE.to_json())
    assert again.read_bytes() == with_recipe.read_bytes()
    with pytest.raises(ValueError, match="no recipe of a clip"):
        read_recipe(without)


def test_a_zip_holds_every_frame_and_the_recipe(tmp_path):
    import io
    import zipfile

    from PIL import Image

    path = clips.write_zip(brightening(3), tmp_path / "frames.zip", RECIPE.to_json())
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["frame-0000.png", "frame-0001.png", "frame-0002.png", "recipe.json"]
        np.testing.assert_array_equal(
            np.asarray(Image.open(io.BytesIO(archive.read("frame-0002.png")))), brightening(3)[2]
        )
        assert ClipRecipe.from_json(archive.read("recipe.json").decode()) == RECIPE


@pytest.mark.parametrize("text", ["", "{", "[1]", '{"seed": 1}', RECIPE.to_json()[:-9] + "}"])
def test_anything_else_is_no_recipe(text, tmp_path):
    (tmp_path / "file").write_text(text)
    with pytest.raises(ValueError, match="no recipe of a clip"):
        read_recipe(tmp_path / "file")


@pytest.mark.parametrize("change", [dict(seed="7"), dict(truncation=None), dict(class_name=3), dict(num_frames=1.5)])
def test_a_recipe_with_a_value_of_another_kind_is_refused(change):
    with pytest.raises(ValueError, match="no recipe of a clip"):
        ClipRecipe.from_json(dataclasses.replace(RECIPE, **change).to_json())


def test_seeds_are_numbers_and_ranges():
    assert parse_seeds("0-3, 7") == [0, 1, 2, 3, 7]
    for bad in ("", "3-1", "-1", "a", "1..3"):
        with pytest.raises(ValueError, match="such as 0-15"):
            parse_seeds(bad)


def test_the_command_writes_the_pipelines_clips_with_recipes_that_give_them_again(tiny_release, pipe, tmp_path, capsys):
    command = ["sample", "--checkpoint", str(tiny_release), "--class", "Bend", "--seeds", "4-5", "--frames", "5"]
    main([*command, "--truncation", "0.8", "--out", str(tmp_path)])
    assert capsys.readouterr().out.split() == [str(tmp_path / f"bend-seed-{seed}.mp4") for seed in (4, 5)]
    for seed in (4, 5):
        recipe = read_recipe(tmp_path / f"bend-seed-{seed}.mp4")
        assert recipe == read_recipe(tmp_path / f"bend-seed-{seed}.json")
        assert (recipe.class_name, recipe.seed, recipe.num_frames, recipe.truncation) == ("bend", seed, 5, 0.8)
        drawn = pipe(recipe.class_name, seeds=recipe.seed, num_frames=5, truncation=0.8).frames[0] * 255
        assert np.abs(probe(tmp_path / f"bend-seed-{seed}.mp4")[0][:, 8::16, 8::16] - drawn).mean() < 4


def test_a_mistake_ends_the_command_with_one_sentence(tiny_release, tmp_path):
    with pytest.raises(SystemExit, match="There is no class called 'fly'"):
        main(["sample", "--checkpoint", str(tiny_release), "--class", "fly", "--out", str(tmp_path)])
