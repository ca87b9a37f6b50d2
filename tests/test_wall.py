import base64
import io
import threading

import numpy as np
import pytest
from gradio_client import Client
from PIL import ExifTags, Image

from dvd_gan.clips import as_uint8
from dvd_gan.recipe import ClipRecipe
from dvd_gan.studio import layout, links, session, walls
from dvd_gan.studio.long_work import before_visitors
from dvd_gan.studio.visitors import VisitorCheckpoints


@pytest.fixture(scope="module")
def checkpoints(tiny_release):
    return session.Checkpoints(str(tiny_release))


@pytest.fixture
def drawer(checkpoints):
    return walls.Walls(VisitorCheckpoints(checkpoints))


def frames_of(webp: bytes) -> np.ndarray:
    picture = Image.open(io.BytesIO(webp))
    frames = []
    for t in range(picture.n_frames):
        picture.seek(t)
        frames.append(np.asarray(picture.convert("RGB")))
    return np.stack(frames)


def test_a_wall_hangs_every_action_of_one_seed_as_the_pipeline_draws_it(drawer, checkpoints, pipe, monkeypatch):
    told = []
    monkeypatch.setattr(walls, "expect", told.append)
    wall = drawer.draw(5, 6, 0.5, checkpoints.default)
    assert told == [4 * 6] and wall.seconds > 0
    assert [clip.recipe.class_name for clip in wall.clips] == pipe.class_names
    for clip in wall.clips:
        recipe = clip.recipe
        drawn = pipe(recipe.class_name, seeds=5, num_frames=6, truncation=0.5).frames[0]
        frames = frames_of(clip.looping)
        assert frames.shape == (6, 16, 16, 3) and Image.open(io.BytesIO(clip.looping)).info["loop"] == 0
        assert np.abs(frames.astype(int).mean((1, 2)) - as_uint8(drawn).mean((1, 2))).max() < 4
        asked = dict(checkpoint=checkpoints.default, seed=5, num_frames=6, truncation=0.5, fps=12)
        assert recipe == ClipRecipe(class_name=recipe.class_name, **asked)
        assert len(frames_of(clip.still)) == 1
        for picture in (clip.looping, clip.still):
            said = Image.open(io.BytesIO(picture)).getexif()[ExifTags.Base.ImageDescription]
            assert ClipRecipe.from_json(said) == recipe and "AI-generated" in said


def test_a_clip_keeps_its_rate_and_large_ones_are_made_smaller():
    frames = np.random.default_rng(0).integers(0, 256, (3, 256, 256, 3), dtype=np.uint8)
    recipe = ClipRecipe(checkpoint="a", class_name="b", seed=0, num_frames=3, fps=12.5)
    picture = Image.open(io.BytesIO(walls.hang(frames, recipe).looping))
    assert picture.size == (128, 128)
    picture.load()
    assert picture.info["duration"] == 80


def test_a_wall_has_at_most_twelve_clips_chosen_by_the_seed():
    assert walls.shown_classes(4, 7) == [0, 1, 2, 3]
    chosen = [walls.shown_classes(600, seed) for seed in (1, 2, 1)]
    assert chosen[0] == chosen[2] != chosen[1] and chosen[0] == sorted(set(chosen[0])) and len(chosen[0]) == 12


def test_the_still_is_the_first_frame():
    frames = np.full((3, 16, 16, 3), 255, np.uint8)
    frames[0] = 0
    hung = walls.hang(frames, ClipRecipe(checkpoint="a", class_name="b", seed=0, num_frames=3))
    assert frames_of(hung.still).max() < 20 and frames_of(hung.looping)[-1].min() > 235


def test_a_wall_is_drawn_once_for_many_visitors_and_the_few_last_asked_for_are_kept(drawer, checkpoints):
    def draw(seed: int) -> walls.Wall:
        return drawer.draw(seed, 1, 1.0, checkpoints.default)

    hung = [draw(seed) for seed in range(walls.KEPT_WALLS)]
    assert draw(0) is hung[0]
    draw(walls.KEPT_WALLS)
    assert draw(0) is hung[0] and draw(1) is not hung[1]
    assert len(drawer._kept) == walls.KEPT_WALLS


def test_a_wall_that_is_kept_is_never_shown_for_another(drawer, checkpoints):
    for asked in ((0, 1, 1.0), (0, 2, 1.0), (0, 1, 0.5), (1, 1, 1.0), (0, walls.MAX_LENGTH, 1.0)):
        recipe = drawer.draw(*asked, checkpoints.default).clips[0].recipe
        assert (recipe.seed, recipe.num_frames, recipe.truncation) == asked


def test_the_first_wall_hangs_before_the_first_visitor_comes(drawer, checkpoints, monkeypatch):
    drawer.warm_up()
    done = threading.Event()
    before_visitors(done.set)
    assert done.wait(60)
    monkeypatch.setattr(drawer.visitors, "pipeline", None)
    assert drawer.draw(walls.FIRST_SEED, walls.FIRST_LENGTH, 1.0, checkpoints.default).clips


def test_the_endpoint_gives_recipes_links_and_pictures(tiny_release, checkpoints, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    page = layout.build(checkpoints)
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **layout.launch_settings())
    try:
        client = Client(url, verbose=False)
        cells = client.predict(api_name="/wall")
        assert [cell["class_name"] for cell in cells] == client.predict(api_name="/list_classes")
        for cell in client.predict(seed=9, num_frames=5, truncation=0.5, api_name="/wall"):
            assert len(frames_of(base64.b64decode(cell["webp"].partition(",")[2]))) == 5
            link = links.parse(cell["link"])
            assert (link.class_name, link.seed, link.truncation) == (cell["class_name"], 9, 0.5)
        too_large = (dict(seed=2**53), "The page takes seeds from 0 to")
        for bad, sentence in ((dict(seed=-1), "A seed is"), too_large, (dict(num_frames=97), "at most 96 frames")):
            with pytest.raises(Exception, match=sentence) as caught:
                client.predict(api_name="/wall", **bad)
            assert "Traceback" not in str(caught.value)
        with pytest.raises(Exception, match="There is no checkpoint '/etc' here"):
            client.predict(checkpoint="/etc", api_name="/wall")
    finally:
        page.close()
