"""Preprocessing of videos: the paper's resize and crop, the frames in order, and broken files that harm nobody."""

import dataclasses
import subprocess

import av
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from tests.video_files import REAL_CLIPS, instants, needs_real_clips, ramp, write_video
from training.data.decoding import Preprocessing, decode_video, longest_still
from training.data.source import SkippedClip
from training.data.video_clips import Video, VideoClips, read_clip

HOW = Preprocessing(resolution=32, short_side=36, crop="random", seed=0, stride=1, frames=4, max_frames=100)
CENTRE = dataclasses.replace(HOW, crop="centre")


def clip_of(path, how=HOW, key="clip"):
    return read_clip(Video(str(path), "source", key, "train", "class", "group"), how)


@pytest.mark.parametrize("size", [(48, 80), (80, 48), (24, 30)])
@pytest.mark.parametrize("corner", [(0.0, 0.0), (0.999, 0.999), (0.5, 0.5)])
def test_frames_are_the_bilinear_resize_and_the_crop_of_the_original(tmp_path, size, corner):
    frames = ramp(4, *size)
    path = write_video(tmp_path / "clip.mp4", frames)
    height, width = (round(side * 36 / min(size)) for side in size)
    top, left = (int(place * (room - 31)) for place, room in zip(corner, (height, width), strict=True))
    decoded, _ = decode_video(str(path), HOW, corner)
    for frame, original in zip(decoded, frames, strict=True):
        resized = np.asarray(Image.fromarray(original).resize((width, height), Image.Resampling.BILINEAR))
        error = frame.astype(int) - resized[top : top + 32, left : left + 32]
        assert abs(error[..., :2]).max() < 9 and abs(error[..., :2]).mean() < 3


def test_pixels_that_are_not_square_are_made_so(tmp_path):
    path = write_video(tmp_path / "clip.mp4", ramp(4, 48, 80), pixel_aspect="3/2")
    decoded, _ = decode_video(str(path), CENTRE, (0.5, 0.5))
    plain, _ = decode_video(str(write_video(tmp_path / "plain.mp4", ramp(4, 48, 120))), CENTRE, (0.5, 0.5))
    assert abs(decoded.astype(int) - plain).mean() < 2


def test_a_turned_picture_is_set_upright(tmp_path):
    plain = write_video(tmp_path / "plain.mp4", ramp(4, 48, 80))
    turned = tmp_path / "turned.mp4"
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    subprocess.run(
        [ffmpeg, "-v", "error", "-display_rotation", "90", "-i", plain, "-c", "copy", turned], check=True, timeout=60
    )
    upright = subprocess.run(
        [ffmpeg, "-v", "error", "-i", turned, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        check=True,
        capture_output=True,
        timeout=60,
    ).stdout
    upright = np.frombuffer(upright, np.uint8).reshape(4, 80, 48, 3)
    expected, _ = decode_video(str(write_video(tmp_path / "upright.mp4", upright)), CENTRE, (0.5, 0.5))
    decoded, _ = decode_video(str(turned), CENTRE, (0.5, 0.5))
    assert abs(decoded.astype(int) - expected).mean() < 3


def test_random_crops_are_a_function_of_seed_and_key_and_reach_everywhere(tmp_path):
    path = write_video(tmp_path / "clip.mp4", ramp(4, 48, 80))

    def lefts(seed):
        clips = [clip_of(path, dataclasses.replace(HOW, seed=seed), f"clip-{number}") for number in range(60)]
        return [int(clip.frames_THWC[0, 16, 0, 0]) for clip in clips]

    first = lefts(0)
    assert first == lefts(0) and first != lefts(1)
    assert min(first) < 35 and max(first) > 105


@pytest.mark.parametrize("extension", [".mp4", ".avi"])
def test_frames_come_in_order_at_the_stride_and_the_rate_says_so(tmp_path, extension):
    path = write_video(tmp_path / f"clip{extension}", ramp(15), fps=30)
    for stride, expected in ((1, list(range(15))), (2, [0, 2, 4, 6, 8, 10, 12, 14]), (4, [0, 4, 8, 12])):
        clip = clip_of(path, dataclasses.replace(HOW, stride=stride))
        assert instants(clip.frames_THWC) == expected
        assert clip.fps == pytest.approx(30 / stride)
    assert len(clip_of(path, dataclasses.replace(HOW, max_frames=5)).frames_THWC) == 5


def test_short_videos_are_left_out_and_counted_as_such(tmp_path):
    path = write_video(tmp_path / "clip.mp4", ramp(7))
    assert len(clip_of(path, dataclasses.replace(HOW, frames=7)).frames_THWC) == 7
    assert clip_of(path, dataclasses.replace(HOW, frames=8)).reason == "too short"
    assert clip_of(path, dataclasses.replace(HOW, frames=4, stride=3)).reason == "too short"


def broken_files(folder):
    good = write_video(folder / "good.avi", ramp(60)).read_bytes()
    loose = write_video(folder / "good.mkv", ramp(60)).read_bytes()
    sealed = write_video(folder / "good.mp4", ramp(60)).read_bytes()
    contents = {
        "empty.mp4": b"",
        "junk.mp4": np.random.default_rng(0).bytes(5000),
        "page.mp4": b"<html>This video is not available</html>",
        "cut.avi": good[: len(good) * 7 // 10],
        "cut.mkv": loose[: len(loose) * 7 // 10],
        "cut.mp4": sealed[: len(sealed) // 2],
        "header.avi": good[:300],
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        yield folder / name
    (folder / "folder.mp4").mkdir()
    yield folder / "folder.mp4"
    yield folder / "gone.mp4"
    tone = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "sine=d=1", folder / "sound.mp4"]
    subprocess.run(tone, check=True, timeout=60)
    yield folder / "sound.mp4"


def test_no_broken_file_is_fatal(tmp_path):
    paths = list(broken_files(tmp_path))
    assert len(paths) == 10
    for path in paths:
        skipped = clip_of(path)
        assert isinstance(skipped, SkippedClip) and skipped.reason == "undecodable", path


def test_a_video_that_lost_only_its_end_is_kept_without_the_damaged_frame(tmp_path):
    content = write_video(tmp_path / "clip.avi", ramp(60)).read_bytes()
    assert len(clip_of(tmp_path / "clip.avi").frames_THWC) == 60
    (tmp_path / "clip.avi").write_bytes(content[: len(content) * 93 // 100])
    frames = clip_of(tmp_path / "clip.avi").frames_THWC
    assert 57 <= len(frames) < 60
    assert instants(frames) == [number % 32 for number in range(len(frames))]


def with_damage(path, after, folder):
    """The file with a hole in the packet of frame `after`, as a bad download has."""
    content = bytearray(path.read_bytes())
    with av.open(path) as container:
        packet = [packet for packet in container.demux(video=0) if packet.size][after]
        start, end = packet.pos + packet.size // 4, packet.pos + packet.size
    content[start:end] = bytes(end - start)
    damaged = folder / f"damaged-{after}{path.suffix}"
    damaged.write_bytes(content)
    return damaged


@pytest.mark.parametrize("extension", [".mp4", ".avi"])
def test_damage_costs_all_frames_up_to_the_next_key_frame(tmp_path, extension):
    """The decoder marks one picture; those after it are drawn from it and look as wrong."""
    rng = np.random.default_rng(0)
    texture = rng.integers(0, 255, (60, 60, 3), np.uint8).repeat(4, 0).repeat(4, 1)
    original = np.stack([texture[i : i + 96, 2 * i : 2 * i + 96] for i in range(70)])
    path = write_video(tmp_path / f"clip{extension}", original, key_frame_interval=30)
    whole = clip_of(path).frames_THWC.astype(int)
    assert clip_of(with_damage(path, 40, tmp_path)).reason == "undecodable"
    late = clip_of(with_damage(path, 67, tmp_path)).frames_THWC
    assert len(late) == 67 and abs(late - whole[:67]).mean((1, 2, 3)).max() < 1
    early = decode_video(str(with_damage(path, 2, tmp_path)), dataclasses.replace(CENTRE, max_frames=30), (0.5, 0.5))[0]
    centre = decode_video(str(path), CENTRE, (0.5, 0.5))[0].astype(int)
    assert len(early) == 30 and abs(early - centre[30:60]).mean((1, 2, 3)).max() < 1


def test_a_picture_that_stands_still_is_told_from_a_quiet_one():
    rng = np.random.default_rng(0)
    noisy = rng.integers(0, 3, (20, 16, 16, 3), np.uint8) + 100
    still = np.concatenate([noisy[:4], noisy[4:5].repeat(9, 0), noisy[5:]])
    assert (longest_still(noisy), longest_still(still), longest_still(noisy[:1])) == (0, 8, 0)


def test_clips_for_training_come_first():
    videos = [
        Video("", f"{split} {i}", "", split, "", "", "missing") for i in (0, 1) for split in ("held_out", "train")
    ]
    assert [clip.source for clip in VideoClips(videos, HOW)] == ["train 0", "train 1", "held_out 0", "held_out 1"]


def test_missing_videos_are_skipped_without_a_look():
    clips = VideoClips([Video("", "a.avi", "a", "train", "class", "group", "missing")], HOW)
    assert clips[0] == SkippedClip(split="train", class_name="class", source="a.avi", reason="missing")


@needs_real_clips
def test_real_clips_decode_and_a_cut_download_does_not(tmp_path):
    how = Preprocessing(resolution=128, short_side=144, crop="centre", seed=0, stride=1, frames=31, max_frames=1800)
    lengths = {"test.avi": 164, "test.mp4": 300, "demo.mp4": 280, "part_0.mp4": 32}
    for name, num_frames in lengths.items():
        clip = clip_of(REAL_CLIPS / name, how)
        assert clip.frames_THWC.shape == (num_frames, 128, 128, 3)
        content = (REAL_CLIPS / name).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) * 2 // 3])
        assert clip_of(tmp_path / name, how).reason == "undecodable"
