"""Film strips: frames come out in order, unmixed, and performers stay on their side of the split."""

import argparse

import numpy as np
import pytest
from PIL import Image

from training.data import film_strips

SIZE = 8


def write_strip(path, num_frames, tint):
    frames = np.zeros((num_frames, SIZE, SIZE, 3), np.uint8)
    frames[..., 0], frames[..., 1] = tint, 10 * np.arange(num_frames)[:, None, None]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(list(frames), axis=1)).save(path)
    return frames


@pytest.fixture
def folder(tmp_path):
    for label, class_name in enumerate(["one-hand_wave", "bend"]):
        for person in range(3):
            write_strip(tmp_path / class_name / f"actor_{person}.png", 5 + person, 40 * label)
    return tmp_path


def read(folder, held_out=None, resolution=SIZE):
    return film_strips.read(argparse.Namespace(input=folder, held_out=held_out, resolution=resolution))


def test_frames_come_out_in_order(tmp_path):
    frames = write_strip(tmp_path / "bend" / "a.png", 6, 7)
    np.testing.assert_array_equal(film_strips.read_strip(tmp_path / "bend" / "a.png", SIZE), frames)


@pytest.mark.parametrize("resolution", [SIZE // 2, 2 * SIZE])
def test_resizing_mixes_no_neighbouring_frames(tmp_path, resolution):
    frames = write_strip(tmp_path / "bend" / "a.png", 6, 7)
    resized = film_strips.read_strip(tmp_path / "bend" / "a.png", resolution)
    assert resized.shape == (6, resolution, resolution, 3)
    np.testing.assert_array_equal(resized, np.broadcast_to(frames[:, :1, :1], resized.shape))


def test_shrinking_averages_each_area(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    averaged = pixels.reshape(SIZE // 2, 2, SIZE // 2, 2, 3).mean((1, 3))
    assert abs(film_strips.read_strip(tmp_path / "a.png", SIZE // 2)[0] - averaged).max() <= 1


def test_the_split_is_by_performer(folder):
    source = read(folder)
    clips = list(source.clips)
    assert {clip.group for clip in clips if clip.split == "held_out"} == {"actor_2"}
    assert {clip.group for clip in clips if clip.split == "train"} == {"actor_0", "actor_1"}
    assert {clip.group for clip in read(folder, "actor_0").clips if clip.split == "held_out"} == {"actor_0"}


def test_class_names_read_as_a_person_writes_them(folder):
    source = read(folder)
    assert source.class_names == ["bend", "one-hand wave"]
    assert {clip.class_name for clip in source.clips} == set(source.class_names)


def test_mistakes_are_named(folder, tmp_path):
    with pytest.raises(ValueError, match=r"choose --held-out from \['actor_0'"):
        read(folder, "actor_9")
    with pytest.raises(FileNotFoundError, match=r"expected <class>/<performer>\.png"):
        read(tmp_path / "nothing")
    Image.new("RGB", (SIZE * 3 + 1, SIZE)).save(folder / "bend" / "broken.png")
    with pytest.raises(ValueError, match=r"broken\.png is 25x8"):
        list(read(folder).clips)
