"""Uploads: every format that is promised, and one sentence for everything else, however broken."""

import io
import random
import subprocess
import time
import wave

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from dvd_gan import clips, uploads
from dvd_gan.uploads import read_upload

FPS = 8.0


def ramp(num_frames=8, height=48, width=48):
    """Frame t is grey of brightness 20 + 25 t, its left half darker: time, place and order can be read off."""
    frames = np.zeros((num_frames, height, width, 3), np.uint8)
    for t in range(num_frames):
        frames[t, :, width // 2 :] = 20 + 25 * t
        frames[t, :, : width // 2] = 10 + 12 * t
    return frames


def ffmpeg(*arguments):
    subprocess.run([get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)], check=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("uploads")
    clips.write_mp4(ramp(), folder / "clip.mp4", FPS)
    for suffix in ("mov", "avi", "webm"):
        ffmpeg("-i", folder / "clip.mp4", folder / f"clip.{suffix}")
    clips.write_gif(ramp(), folder / "clip.gif", FPS)
    return folder


@pytest.mark.parametrize("suffix", ["mp4", "mov", "avi", "webm", "gif"])
def test_every_promised_format_gives_its_frames_in_order(folder, suffix):
    frames = read_upload(folder / f"clip.{suffix}", side=16, fps=FPS)
    assert frames.shape == (8, 16, 16, 3) and frames.dtype == np.uint8
    assert np.abs(frames[:, 8, 12].mean(1) - (20 + 25 * np.arange(8))).max() < 10
    assert np.abs(frames[:, 8, 3].mean(1) - (10 + 12 * np.arange(8))).max() < 10


def test_contents_decide_and_not_the_name(folder, tmp_path):
    (tmp_path / "clip.txt").write_bytes((folder / "clip.webm").read_bytes())
    assert len(read_upload(tmp_path / "clip.txt", 16, FPS)) == 8


def test_frames_are_taken_at_the_rate_of_the_model(folder):
    half = read_upload(folder / "clip.mp4", 16, FPS / 2)
    assert len(half) == 4 and (np.diff(half[:, 8, 12].mean(1)) > 30).all()


def test_a_variable_frame_rate_is_evened_out(folder, tmp_path):
    ffmpeg(
        "-i", folder / "clip.mp4", "-vf", "setpts='if(lt(N,4),N,N*2-4)/8/TB'", "-fps_mode", "vfr", tmp_path / "v.mp4"
    )
    frames = read_upload(tmp_path / "v.mp4", 16, FPS)
    assert 11 <= len(frames) <= 13 and abs(int(frames[6, 8, 12, 0]) - int(frames[5, 8, 12, 0])) <= 26


def test_the_middle_square_is_kept_upright_and_in_proportion(tmp_path):
    wide = np.zeros((4, 32, 96, 3), np.uint8)
    wide[:, :16, 32:64] = 250  # the upper half of the middle square is bright
    clips.write_mp4(wide, tmp_path / "wide.mp4", FPS)
    ffmpeg("-display_rotation", "180", "-i", tmp_path / "wide.mp4", "-c", "copy", tmp_path / "turned.mp4")
    ffmpeg("-i", tmp_path / "wide.mp4", "-vf", "scale=96:128,setsar=4/1", tmp_path / "squeezed.mp4")
    upright, turned, squeezed = (
        read_upload(tmp_path / name, 16, FPS)[0].mean(2) for name in ("wide.mp4", "turned.mp4", "squeezed.mp4")
    )
    for frame, bright, dark in ((upright, 3, 12), (turned, 12, 3), (squeezed, 3, 12)):
        assert frame[bright, 2:14].min() > 200 and frame[dark, 2:14].max() < 50


def test_pictures_come_in_the_order_of_their_numbers_upright_and_opaque(tmp_path):
    for number, brightness in ((1, 50), (2, 100), (10, 200)):
        Image.fromarray(np.full((40, 30, 3), brightness, np.uint8)).save(tmp_path / f"frame{number}.png")
    frames = read_upload(sorted(tmp_path.iterdir()), 16, FPS)
    assert frames[:, 8, 8, 0].tolist() == [50, 100, 200]
    picture = Image.new("RGBA", (32, 32))
    picture.paste((255, 0, 0, 255), (0, 0, 32, 16))
    exif = picture.getexif()
    exif[0x0112] = 3  # taken upside down
    picture.save(tmp_path / "alpha.png", exif=exif)
    alone = read_upload(tmp_path / "alpha.png", 16, FPS)
    assert alone.shape == (1, 16, 16, 3)
    assert alone[0, 3, 8].tolist() == [255, 255, 255] and alone[0, 12, 8].tolist() == [255, 0, 0]


def test_odd_sizes_and_one_frame_are_read(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "color=red:s=31x17:d=0.1:r=8", "-c:v", "ffv1", tmp_path / "odd.avi")
    assert read_upload(tmp_path / "odd.avi", 16, FPS).shape == (1, 16, 16, 3)


def bad_files(folder, tmp_path):
    """Name, maker and a word of the sentence."""
    mp4 = (folder / "clip.mp4").read_bytes()
    (tmp_path / "text.mp4").write_text("this is a letter, not a film\n" * 50)
    yield "text.mp4", "no video"
    (tmp_path / "empty.mp4").write_bytes(b"")
    yield "empty.mp4", "empty"
    (tmp_path / "cut.mov").write_bytes((folder / "clip.mov").read_bytes()[:300])
    yield "cut.mov", "no video"
    (tmp_path / "header.mp4").write_bytes(mp4[:40])
    yield "header.mp4", "no video"
    (tmp_path / "list.mp4").write_text("#EXTM3U\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n")
    yield "list.mp4", "no video"
    (tmp_path / "concat.mp4").write_text(f"ffconcat version 1.0\nfile {folder / 'clip.mp4'}\n")
    yield "concat.mp4", "no video"
    with wave.open(str(tmp_path / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    ffmpeg("-i", tmp_path / "sound.wav", tmp_path / "sound.mp4")
    yield "sound.mp4", "no pictures"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=32x32:r=1:d=3600", "-preset", "ultrafast", tmp_path / "hour.mp4")
    yield "hour.mp4", "lasts 3600 seconds"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=7680x4320:r=4:d=0.5", "-preset", "ultrafast", tmp_path / "8k.mp4")
    yield "8k.mp4", "7680 x 4320"
    Image.new("L", (9000, 9000)).save(tmp_path / "huge.png")
    yield "huge.png", "9000 x 9000"
    Image.new("RGB", (64, 64), "red").save(tmp_path / "whole.png")
    (tmp_path / "half.png").write_bytes((tmp_path / "whole.png").read_bytes()[:100])
    yield "half.png", "damaged picture"
    yield "nowhere.mp4", "did not arrive"


def test_bad_files_get_one_sentence_that_names_them(folder, tmp_path):
    for name, word in bad_files(folder, tmp_path):
        with pytest.raises(ValueError, match=word) as caught:
            read_upload(tmp_path / name, 16, FPS)
        assert name in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="Nothing was uploaded"):
        read_upload([], 16, FPS)
    with pytest.raises(ValueError, match=r"'clip.mp4' is no picture"):
        read_upload([folder / "clip.mp4", tmp_path / "whole.png"], 16, FPS)
    with pytest.raises(ValueError, match="too many"):
        read_upload([tmp_path / "whole.png"] * 241, 16, FPS)


def test_too_many_bytes_are_not_even_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(uploads, "MAX_BYTES", 1024**2)
    (tmp_path / "big.mp4").write_bytes(bytes(2 * 1024**2))
    with pytest.raises(ValueError, match="has 2 MB: upload at most 1 MB"):
        read_upload(tmp_path / "big.mp4", 16, FPS)


def test_a_decoder_that_does_not_finish_is_stopped(folder, monkeypatch):
    monkeypatch.setattr(uploads, "DECODING_SECONDS", 0.001)
    with pytest.raises(ValueError, match="takes too long"):
        read_upload(folder / "clip.mp4", 16, FPS)


@pytest.mark.slow
def test_mutated_files_give_frames_or_one_sentence_and_always_soon(folder, tmp_path):
    """Two hundred damaged files: bytes flipped, runs zeroed, cut, joined. None hangs, none gives anything else."""
    rng = random.Random(0)
    sources = [(folder / f"clip.{suffix}").read_bytes() for suffix in ("mp4", "mov", "avi", "webm", "gif")]
    for picture_format in ("PNG", "JPEG", "WEBP"):
        buffer = io.BytesIO()
        Image.fromarray(ramp(1)[0]).save(buffer, picture_format)
        sources.append(buffer.getvalue())
    refused = 0
    for number in range(200):
        data = bytearray(sources[number % len(sources)])
        kind = rng.randrange(4)
        if kind == 0:
            for _ in range(rng.choice((1, 8, 64, 512))):
                data[rng.randrange(len(data))] = rng.randrange(256)
        elif kind == 1:
            start = rng.randrange(len(data))
            data[start : start + rng.randrange(1, 200)] = bytes(rng.randrange(1, 200))
        elif kind == 2:
            del data[rng.randrange(len(data)) :]
        else:
            data = data[: rng.randrange(len(data))] + rng.choice(sources)
        file = tmp_path / f"mutant-{number}.mp4"
        file.write_bytes(data)
        began = time.monotonic()
        try:
            frames = read_upload(file, 16, FPS)
            assert frames.ndim == 4 and frames.shape[1:] == (16, 16, 3) and frames.dtype == np.uint8 and len(frames)
        except ValueError as sentence:
            refused += 1
            assert file.name in str(sentence) and len(str(sentence)) < 200
        assert time.monotonic() - began < uploads.DECODING_SECONDS + 10
    assert 20 < refused < 190
