import re
import subprocess

import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from dvd_gan import clips

WRITERS = {"mp4": clips.write_mp4, "webm": clips.write_webm, "gif": clips.write_gif}


def moving_clip(num_frames: int, height: int = 16, width: int = 16) -> np.ndarray:
    """Frame t is a flat colour of its own with a bright square that wanders."""
    frames = np.zeros((num_frames, height, width, 3), np.uint8)
    for t in range(num_frames):
        frames[t] = [(37 * t) % 200 + 20, (91 * t) % 200 + 20, (53 * t) % 200 + 20]
        x = t % (width - 4)
        frames[t, 2:6, x : x + 4] = 255
    return frames


def probe(path) -> tuple[np.ndarray, str]:
    """Decode with the ffmpeg that moviepy uses -> (T, H, W, 3) uint8 frames, and its report on the file."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-i", str(path), "-fps_mode", "passthrough"]
    done = subprocess.run(
        [*command, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        capture_output=True,
        stdin=subprocess.DEVNULL,
        check=True,
    )
    report = done.stderr.decode()
    width, height = map(int, re.search(r"Video: .*?\b(\d{2,5})x(\d{2,5})\b", report).groups())
    return np.frombuffer(done.stdout, np.uint8).reshape(-1, height, width, 3), report


@pytest.mark.parametrize(
    ("num_frames", "fps"),
    [
        (1, 24),
        (2, 12),
        (7, 25),
        (8, 10),
        (12, 30),
        (16, 12),
        (16, 24),
        (48, 12),
        (48, 29.97),
        (64, 24),
        (101, 50),
    ],
)
@pytest.mark.parametrize("kind", WRITERS)
def test_every_frame_is_written_at_any_length_and_rate(tmp_path, kind, num_frames, fps):
    written, _ = probe(WRITERS[kind](moving_clip(num_frames), tmp_path / f"clip.{kind}", fps))
    assert len(written) == num_frames


@pytest.mark.parametrize("size", [(16, 16), (64, 64), (17, 33), (85, 64), (300, 301)])
@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_every_browser_can_play_it(tmp_path, kind, size):
    frames = moving_clip(3, *size)
    written, report = probe(WRITERS[kind](frames, tmp_path / f"clip.{kind}", 12))
    scale = clips.display_scale(*size)
    assert written.shape[1:3] == (size[0] * scale, size[1] * scale)
    assert written.shape[1] % 2 == written.shape[2] % 2 == 0
    assert min(written.shape[1:3]) >= clips.MIN_DISPLAY_PIXELS
    stream = next(line for line in report.splitlines() if "Video: " in line)
    assert ("h264" if kind == "mp4" else "vp9 (Profile 0)") in stream
    assert re.search(r"\byuv420p\(tv, bt709", stream)


def test_an_mp4_starts_playing_before_it_is_all_there(tmp_path):
    content = clips.write_mp4(moving_clip(8), tmp_path / "clip.mp4", 12).read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("kind", WRITERS)
def test_colours_and_order_come_back(tmp_path, kind):
    frames = moving_clip(6)
    written, _ = probe(WRITERS[kind](frames, tmp_path / f"clip.{kind}", 12))
    scale = clips.display_scale(16, 16)
    back = written[:, scale // 2 :: scale, scale // 2 :: scale].astype(int)
    corner = (slice(None), slice(8, None), slice(None))
    assert np.abs(back[corner] - frames[corner].astype(int)).mean() < 3
    assert np.abs(back[:, 3, :4].max(axis=1).mean(axis=-1)[0] - 255) < 12


@pytest.mark.parametrize("kind", WRITERS)
def test_the_same_frames_give_the_same_bytes(tmp_path, kind):
    first, second = (WRITERS[kind](moving_clip(9), tmp_path / f"{i}.{kind}", 12).read_bytes() for i in range(2))
    assert first == second


def test_floats_round_and_pictures_pass():
    values = np.array([0, 0.5, 0.999, 1.0]).reshape(1, 2, 2, 1).repeat(3, axis=-1)
    assert clips.as_uint8(values)[0, ..., 0].ravel().tolist() == [0, 128, 255, 255]
    frames = moving_clip(3)
    assert np.array_equal(clips.as_uint8([Image.fromarray(frame) for frame in frames]), frames)


NO_CLIPS = [
    np.zeros((0, 8, 8, 3), np.uint8),
    np.zeros((8, 8, 3), np.uint8),
    np.zeros((2, 8, 8, 1), np.uint8),
    np.zeros((1, 8, 8, 3), np.int64),
    np.full((1, 8, 8, 3), 2.0),
    np.full((1, 8, 8, 3), np.nan),
]


@pytest.mark.parametrize("bad", NO_CLIPS)
def test_what_is_no_clip_is_refused(tmp_path, bad):
    with pytest.raises(ValueError, match=r"^[^\n]+\.$"):
        clips.write_mp4(bad, tmp_path / "clip.mp4", 12)


@pytest.mark.parametrize("fps", [0, -1, 121, float("nan")])
def test_a_bad_rate_is_refused(tmp_path, fps):
    with pytest.raises(ValueError, match="Frames per second"):
        clips.write_mp4(moving_clip(2), tmp_path / "clip.mp4", fps)


def test_a_gif_faster_than_its_clock_is_refused(tmp_path):
    with pytest.raises(ValueError, match="at most 50"):
        clips.write_gif(moving_clip(2), tmp_path / "clip.gif", 60)


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(OSError, match=r"."):
        clips.write_mp4(moving_clip(2), tmp_path / "nowhere" / "clip.mp4", 12)


def test_a_film_strip_shows_evenly_spaced_frames_from_first_to_last():
    frames = moving_clip(15)
    strip = np.asarray(clips.film_strip(frames, count=8, gap_pixels=0).convert("RGB"))
    assert strip.shape == (128, 8 * 128, 3)
    for i in range(8):
        assert np.array_equal(strip[::8, i * 128 : (i + 1) * 128 : 8], frames[2 * i])
    assert clips.film_strip(frames[:1], gap_pixels=0).size == (128, 128)
