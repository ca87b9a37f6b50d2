"""Clips side by side, and clips drawn again, as programs see them."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gradio_client import Client, handle_file

from dvd_gan import clips, families, hub, redraw
from dvd_gan.recipe import ClipRecipe, read_recipe
from dvd_gan.studio import favourites, session, text, text_generate
from tests.pages import running_page
from tests.test_clips import probe

SETTINGS = dict(class_name="bend", seed=3, num_frames=5, truncation=0.8, fps=8)


@pytest.fixture(scope="module")
def page(tiny_release, tmp_path_factory):
    with running_page(tiny_release, tmp_path_factory.mktemp("gradio")) as page:
        yield page


@pytest.fixture(scope="module")
def client(page):
    return Client(page.local_url, verbose=False)


@pytest.fixture(scope="module")
def recipe(tiny_release):
    """What SETTINGS draw."""
    return ClipRecipe(checkpoint=str(tiny_release), revision=hub.revision_of(tiny_release), **SETTINGS)


def cells_of(mp4: str, columns: int, rows: int) -> np.ndarray:
    """The clips that a sheet shows, row by row, at the model's own 16 x 16 pixels."""
    frames, _ = probe(mp4)
    step = 18 * clips.display_scale(rows * 18 * 8, columns * 18 * 8) * 8
    middle = step // 18
    cells = [
        frames[:, r * step + middle : (r + 1) * step - middle, c * step + middle : (c + 1) * step - middle]
        for r in range(rows)
        for c in range(columns)
    ]
    return np.stack([cell[:, middle // 2 :: middle, middle // 2 :: middle] for cell in cells]).astype(float)


def check_sheet(drawn: tuple, expected: list[ClipRecipe], pipe, columns: int) -> None:
    """The file shows the clips of the recipes, in order."""
    mp4, recipes, caption = drawn
    assert [ClipRecipe.from_json(json.dumps(recipe)) for recipe in recipes] == expected
    shown = cells_of(mp4, columns, -(-len(expected) // columns))[: len(expected)]
    assert np.abs(shown - np.stack(redraw.draw(pipe, expected))).mean() < 4
    assert caption.startswith(f"{len(expected)} clips of 5 frames, drawn in ")


def test_a_grid_shows_one_seed_after_another(client, pipe, recipe):
    drawn = client.predict(**SETTINGS, count=6, api_name="/grid")
    check_sheet(drawn, families.seed_grid(recipe, 6), pipe, columns=4)
    assert (cells_of(drawn[0], 4, 2)[6:] < 20).all(), "cells without a clip are black"


def test_variations_go_on_from_those_already_made(client, pipe, recipe):
    made = replace(recipe, variations=((8, 0.3),))
    drawn = client.predict(**SETTINGS, variations="8:0.3", distance=0.5, towards=20, api_name="/variations")
    check_sheet(drawn, families.near(made, 8, 0.5, towards=20), pipe, columns=4)


def test_a_sweep_is_one_clip_at_five_truncations(client, pipe, recipe):
    settings = {name: value for name, value in SETTINGS.items() if name != "truncation"}
    drawn = client.predict(**settings, variations="8:0.3", api_name="/truncation_sweep")
    check_sheet(drawn, families.truncation_sweep(replace(recipe, variations=((8, 0.3),))), pipe, columns=5)


def test_a_table_has_a_row_for_an_action_and_a_column_for_a_seed(client, pipe, recipe):
    settings = {name: value for name, value in SETTINGS.items() if name != "class_name"}
    names = ["two-hand wave", "bend"]
    drawn = client.predict(**settings, classes=names, num_seeds=3, api_name="/class_table")
    check_sheet(drawn, families.class_table(recipe, names, 3), pipe, columns=3)


def test_every_sheet_comes_without_arguments_and_says_that_it_is_many_clips(client):
    for name, count in (("grid", 8), ("variations", 8), ("truncation_sweep", 5), ("class_table", 16)):
        mp4, recipes, _ = client.predict(api_name=f"/{name}")
        assert len(recipes) == count
        with pytest.raises(ValueError, match="shows many clips"):
            read_recipe(mp4)


def test_long_clips_side_by_side_are_shown_by_their_start(client):
    _, recipes, _ = client.predict(**{**SETTINGS, "num_frames": 60}, count=2, api_name="/grid")
    assert [recipe["num_frames"] for recipe in recipes] == [48, 48]


@pytest.mark.parametrize(
    ("name", "bad", "sentence"),
    [
        ("grid", dict(count=17), "17 is greater than maximum"),
        ("grid", dict(seed=None), text.NO_SEED),
        ("grid", dict(seed=2**53 - 1), "The page takes seeds from 0 to"),
        ("variations", dict(distance=0), "0 is less than minimum"),
        ("variations", dict(variations="8"), "Variations are written seed:distance"),
        ("generate", dict(variations="8:2"), "A distance is above 0"),
        ("truncation_sweep", dict(class_name="fly"), "There is no class called 'fly'"),
        ("class_table", dict(classes=[]), text_generate.BAD_CLASSES),
        ("class_table", dict(classes=["bend"] * 9), text_generate.BAD_CLASSES),
        ("class_table", dict(classes=["bend", "fly"]), "There is no class called 'fly'"),
    ],
)
def test_a_bad_value_is_answered_with_one_sentence(client, name, bad, sentence):
    with pytest.raises(Exception, match=sentence) as caught:
        client.predict(**bad, api_name=f"/{name}")
    assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)


def test_a_surprise_is_a_class_and_a_seed_to_generate(client, pipe):
    drawn = {client.predict(api_name="/surprise_me") for _ in range(8)}
    assert len({seed for _, seed, _ in drawn}) == 8 and len({name for name, _, _ in drawn}) > 1
    assert {name for name, _, _ in drawn} <= set(pipe.class_names)
    client.predict(*drawn.pop()[:2], num_frames=2, api_name="/generate")


@pytest.mark.parametrize("kind", ["mp4", "gif", "webm", "zip", "json"])
def test_every_kind_of_file_gives_its_very_clip_again(client, recipe, pipe, tmp_path, kind):
    made = replace(recipe, variations=((8, 1 / 3), (2**40, 0.1)))
    mp4, *_ = client.predict(**SETTINGS, variations=f"8:{1 / 3!r} {2**40}:0.1", api_name="/generate")
    assert read_recipe(mp4) == made
    file = write_as(kind, redraw.draw(pipe, [made])[0], made, tmp_path)
    again, _, _, told, found = client.predict(handle_file(file), api_name="/reproduce")
    assert Path(again).read_bytes() == Path(mp4).read_bytes()
    assert ClipRecipe.from_json(json.dumps(found)) == made
    assert told.startswith("Drawn again from its recipe: **bend, seed 3, varied 8:0.333")


def write_as(kind: str, frames: np.ndarray, recipe: ClipRecipe, folder: Path) -> Path:
    """The file that the page would offer for download."""
    file = folder / f"clip.{kind}"
    if kind == "json":
        file.write_text(recipe.to_json())
    elif kind == "zip":
        clips.write_zip(frames, file, recipe.to_json())
    else:
        getattr(clips, f"write_{kind}")(frames, file, recipe.fps, recipe.to_json())
    return file


def test_a_pasted_recipe_gives_its_clip_again_and_says_when_the_weights_have_changed(client, recipe):
    mp4, *_ = client.predict(**SETTINGS, api_name="/generate")
    again, *_ = client.predict(recipe=recipe.to_json(), api_name="/reproduce")
    assert Path(again).read_bytes() == Path(mp4).read_bytes()
    other = replace(recipe, revision="sha256:0123456789abcdef").to_json()
    _, _, _, told, found = client.predict(recipe=other, api_name="/reproduce")
    assert "have changed since: it had sha256:0123456789abcdef, here is " + recipe.revision in told
    assert found["revision"] == recipe.revision


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (dict(checkpoint="someone/clips"), "drawn by 'someone/clips', which is not offered here; there is "),
        (dict(class_name="fly"), "There is no class called 'fly'"),
        (dict(num_frames=4800), "The page draws up to 240"),
        (dict(fps=100), "at 1 to 50 a second"),
        (dict(seed=-1), "A seed is a whole number from 0"),
        (dict(seed=2**53), "The page takes seeds from 0 to"),
        (dict(variations=((8, 2.0),)), "A distance is above 0"),
    ],
)
def test_a_recipe_that_cannot_be_drawn_here_is_answered_with_one_sentence(client, recipe, change, sentence):
    with pytest.raises(Exception, match=sentence) as caught:
        client.predict(recipe=replace(recipe, **change).to_json(), api_name="/reproduce")
    assert "\n" not in str(caught.value)


def test_what_carries_no_recipe_is_answered_with_one_sentence(client, recipe, tmp_path):
    plain = clips.write_mp4(np.zeros((2, 16, 16, 3), np.uint8), tmp_path / "plain.mp4", 8)
    for file, pasted, sentence in (
        (handle_file(plain), "", "no recipe of a clip"),
        (None, "{}", "no recipe of a clip"),
        (None, " ", text_generate.NO_RECIPE),
        (handle_file(plain), recipe.to_json(), text_generate.TWO_RECIPES),
    ):
        with pytest.raises(Exception, match=sentence) as caught:
            client.predict(file, pasted, api_name="/reproduce")
        assert "\n" not in str(caught.value)


def test_a_visitor_keeps_so_many_favourites_and_no_more(page, recipe):
    keep = next(f.fn for f in page.fns.values() if f.fn and f.fn.__name__ == "keep_clip")
    kept = None
    for seed in range(favourites.MAX_KEPT):
        shown = session.ShownClip(np.zeros((2, 16, 16, 3), np.uint8), replace(recipe, seed=seed), Path("clip.mp4"))
        kept = keep(shown, kept)[0]
    assert [favourite.recipe.seed for favourite in kept] == list(range(favourites.MAX_KEPT))
    with pytest.raises(Exception, match="forget one first"):
        keep(replace(shown, recipe=recipe), kept)
