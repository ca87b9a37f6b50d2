"""A clip's recipe travels in its file, and the shell command draws what the pipeline draws."""

import dataclasses
import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image

from dvd_gan import clips, hub, recipe
from dvd_gan.__main__ import main, parse_seeds
from dvd_gan.recipe import ClipRecipe, read_recipe
from tests.conftest import brightening
from tests.test_clips import probe

RECIPE = ClipRecipe(
    checkpoint="someone/a = b; #1 \\ clips",
    class_name="jumping jacks",
    seed=2**40,
    num_frames=6,
    truncation=0.5,
    revision="0123456789abcdef" * 2 + "01234567",
    variations=((2**40, 0.1), (8, 1 / 3)),
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
    path = clips.write_zip(brightening(3), tmp_path / "frames.zip", RECIPE.to_json())
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["frame-0000.png", "frame-0001.png", "frame-0002.png", "recipe.json"]
        np.testing.assert_array_equal(
            np.asarray(Image.open(io.BytesIO(archive.read("frame-0002.png")))), brightening(3)[2]
        )
        assert ClipRecipe.from_json(archive.read("recipe.json").decode()) == RECIPE
    assert read_recipe(path) == RECIPE


def test_a_file_is_read_by_its_contents_and_never_whole(tmp_path):
    write_zip(tmp_path / "clip.mp4", {"recipe.json": RECIPE.to_json().encode()})
    assert read_recipe(tmp_path / "clip.mp4") == RECIPE
    padded = RECIPE.to_json()[:-1] + " " * recipe.MAX_CHARACTERS + "}"
    write_zip(tmp_path / "padded.zip", {"recipe.json": padded.encode()})
    (tmp_path / "padded.json").write_text(padded)
    write_zip(tmp_path / "other.zip", {"other.json": RECIPE.to_json().encode()})
    cut = (tmp_path / "clip.mp4").read_bytes()
    (tmp_path / "cut.zip").write_bytes(cut[: len(cut) // 2])
    (tmp_path / "nested.json").write_text('{"a": ' + "[" * 30_000)
    (tmp_path / "empty.mp4").write_bytes(b"")
    for name in ("padded.zip", "padded.json", "other.zip", "cut.zip", "nested.json", "empty.mp4"):
        with pytest.raises(ValueError, match="no recipe of a clip"):
            read_recipe(tmp_path / name)


def write_zip(path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def test_a_recipe_from_before_variations_is_still_read():
    old = json.loads(dataclasses.replace(RECIPE, variations=()).to_json())
    del old["variations"]
    assert ClipRecipe.from_json(json.dumps(old)) == dataclasses.replace(RECIPE, variations=())


@pytest.mark.parametrize("bad", [[8], [[8]], [["8", 0.3]], [[8, "0.3"]], [[8.5, 0.3]], "8:0.3", 8, {"8": 0.3}])
def test_variations_of_another_kind_are_refused(bad):
    values = {**json.loads(RECIPE.to_json()), "variations": bad}
    with pytest.raises(ValueError, match="no recipe of a clip"):
        ClipRecipe.from_json(json.dumps(values))


def test_variations_are_typed_as_they_are_written():
    assert recipe.write_variations(RECIPE.variations) == f"{2**40}:0.1 8:{1 / 3!r}"
    assert recipe.read_variations(recipe.write_variations(RECIPE.variations)) == RECIPE.variations
    assert recipe.read_variations(" 8:.5,9:1e-3 ") == ((8, 0.5), (9, 0.001)) and recipe.read_variations("") == ()
    for bad in ("8", "8:", ":0.3", "-8:0.3", "a:0.3", "8:nan", "8:0.3:1"):
        with pytest.raises(ValueError, match="are written seed:distance"):
            recipe.read_variations(bad)


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
        made = read_recipe(tmp_path / f"bend-seed-{seed}.mp4")
        assert made == read_recipe(tmp_path / f"bend-seed-{seed}.json")
        assert (made.class_name, made.seed, made.num_frames, made.truncation) == ("bend", seed, 5, 0.8)
        assert made.revision == hub.revision_of(tiny_release)
        drawn = pipe(made.class_name, seeds=made.seed, num_frames=5, truncation=0.8).frames[0] * 255
        assert np.abs(probe(tmp_path / f"bend-seed-{seed}.mp4")[0][:, 8::16, 8::16] - drawn).mean() < 4


def test_a_mistake_ends_the_command_with_one_sentence(tiny_release, tmp_path):
    with pytest.raises(SystemExit, match="There is no class called 'fly'"):
        main(["sample", "--checkpoint", str(tiny_release), "--class", "fly", "--out", str(tmp_path)])


def test_the_command_draws_a_file_again_byte_for_byte(tiny_release, tmp_path, capsys):
    main(["sample", "--checkpoint", str(tiny_release), "--class", "bend", "--seeds", "4", "--out", str(tmp_path / "a")])
    made, again = tmp_path / "a" / "bend-seed-4.mp4", tmp_path / "b" / "bend-seed-4.mp4"
    main(["reproduce", str(made), "--out", str(tmp_path / "b")])
    assert again.read_bytes() == made.read_bytes()
    assert "changed" not in capsys.readouterr().err
    other = dataclasses.replace(read_recipe(made), revision="sha256:0123456789abcdef", variations=((8, 0.3),))
    made.write_text(other.to_json())
    main(["reproduce", str(made), "--out", str(tmp_path / "b")])
    assert "have changed since" in capsys.readouterr().err
    assert read_recipe(tmp_path / "b" / "bend-seed-4-varied-8.mp4").variations == ((8, 0.3),)
