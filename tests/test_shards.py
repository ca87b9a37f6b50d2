"""The shard format: what is stored comes back, and a draw number alone decides what is read."""

import hashlib
import tarfile

import numpy as np
import pytest
import torch
import webdataset

from training.data.codec import decode_frames, encode_clip
from training.data.shard_writer import write_dataset
from training.data.shards import ShardedClips
from training.data.source import Source, SourceClip

SIZE = 16


def moving_square(number: int, num_frames: int) -> np.ndarray:
    """Frames that tell their clip by one colour and their instant by another."""
    frames = np.zeros((num_frames, SIZE, SIZE, 3), np.uint8)
    frames[..., 0] = 20 * number + 10
    frames[..., 1] = (4 * np.arange(num_frames))[:, None, None]
    return frames


def instant(frames: torch.Tensor) -> list[int]:
    return [round(value / 4) for value in frames[..., 1].float().mean((1, 2)).tolist()]


def write(out, lengths=(20, 25, 30, 9, 40), shard_bytes=10**8):
    clips = [
        SourceClip(
            key=f"clip-{number}",
            split="held_out" if number == 4 else "train",
            class_name=["run", "walk"][number % 2],
            group=f"person {number}",
            fps=25.0,
            frames_THWC=moving_square(number, length),
            source=f"{number}.png",
        )
        for number, length in enumerate(lengths)
    ]
    source = Source(name="squares", class_names=["run", "walk"], fps=25.0, resolution=SIZE, licence="none", clips=clips)
    return write_dataset(source, out, shard_bytes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("shards") / "squares"
    write(out)
    return out


def test_a_stored_clip_is_nearly_lossless():
    frames = np.random.default_rng(0).integers(0, 255, (30, 4, 4, 3), dtype=np.uint8)
    frames = frames.repeat(8, axis=1).repeat(8, axis=2)
    error = decode_frames(encode_clip(frames, 25.0), 0, 30).astype(float) - frames
    assert 10 * np.log10(255**2 / np.mean(error**2)) > 38


@pytest.mark.parametrize("fps", [25.0, 30000 / 1001, 12.5])
@pytest.mark.parametrize("start", [0, 1, 11, 12, 13, 24])
def test_any_window_of_a_stored_clip_is_the_right_one(fps, start):
    window = decode_frames(encode_clip(moving_square(0, 40), fps), start, 4, 5)
    assert instant(torch.from_numpy(window)) == [start, start + 5, start + 10, start + 15]


def test_a_window_past_the_end_is_refused():
    with pytest.raises(ValueError, match="prepare the data again"):
        decode_frames(encode_clip(moving_square(0, 10), 25.0), 8, 4)


def test_the_webdataset_library_streams_the_shards(folder):
    samples = list(webdataset.WebDataset(str(folder / "train-000000.tar"), shardshuffle=False).decode())
    assert [sample["__key__"] for sample in samples] == ["clip-0", "clip-1", "clip-2", "clip-3"]
    assert samples[1]["json"]["class_name"] == "walk" and samples[1]["json"]["label"] == 1
    assert len(decode_frames(samples[1]["mp4"], 0, 25)) == 25


def test_the_same_clips_give_the_same_bytes(folder, tmp_path):
    write(tmp_path / "again")
    for path in folder.iterdir():
        again = (tmp_path / "again" / path.name).read_bytes()
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(again).digest(), path.name


def test_small_shards_hold_the_same_clips_in_the_same_order(folder, tmp_path):
    write(tmp_path / "small", shard_bytes=3000)
    assert len(list((tmp_path / "small").glob("train-*.tar"))) > 1
    one, many = (ShardedClips(path, num_frames=4) for path in (folder, tmp_path / "small"))
    assert one.groups == many.groups
    assert all(torch.equal(one[draw]["frames"], many[draw]["frames"]) for draw in range(20))


def test_a_draw_is_a_function_of_seed_and_number_alone(folder):
    forwards, backwards = (ShardedClips(folder, num_frames=4, seed=3) for _ in range(2))
    draws = {draw: forwards[draw] for draw in range(30)}
    for draw in reversed(range(30)):
        assert torch.equal(backwards[draw]["frames"], draws[draw]["frames"])
    other = ShardedClips(folder, num_frames=4, seed=4)
    assert any(not torch.equal(other[draw]["frames"], draws[draw]["frames"]) for draw in range(30))


def test_workers_read_what_one_process_reads(folder):
    clips = ShardedClips(folder, num_frames=4)
    loader = torch.utils.data.DataLoader(clips, batch_size=3, sampler=range(5, 17), num_workers=2)
    read = torch.cat([batch["frames"] for batch in loader])
    assert torch.equal(read, torch.stack([clips[draw]["frames"] for draw in range(5, 17)]))


def test_each_epoch_meets_every_clip_once_in_its_own_order(folder):
    clips = ShardedClips(folder, num_frames=4)
    tints = [round((clips[draw]["frames"][..., 0].float().mean().item() - 10) / 20) for draw in range(40)]
    epochs = [tuple(tints[first : first + 4]) for first in range(0, 40, 4)]
    assert all(sorted(epoch) == [0, 1, 2, 3] for epoch in epochs)
    assert len(set(epochs)) > 1


def test_windows_keep_the_stride_and_reach_both_ends(folder):
    clips = ShardedClips(folder, split="held_out", num_frames=16, frame_stride=2)
    starts = []
    for draw in range(120):
        instants = instant(clips[draw]["frames"])
        assert instants == list(range(instants[0], instants[0] + 31, 2))
        starts.append(instants[0])
    assert set(starts) == set(range(clips.num_starts(0))) == set(range(10))


def test_keeping_decoded_clips_changes_no_pixel(folder, monkeypatch):
    kept = ShardedClips(folder, num_frames=4)
    monkeypatch.setattr("training.data.shards.KEEP_DECODED_BYTES", 0)
    fresh = ShardedClips(folder, num_frames=4)
    assert fresh._decoded is None and kept._decoded is not None
    assert all(torch.equal(kept[draw]["frames"], fresh[draw]["frames"]) for draw in range(20))


def test_changing_a_window_leaves_the_stored_clip_alone(folder):
    clips = ShardedClips(folder, num_frames=4)
    clips[0]["frames"].zero_()
    assert clips[0]["frames"].any()


def test_clips_too_short_are_counted_and_never_drawn(folder):
    clips = ShardedClips(folder, num_frames=8, frame_stride=2)
    assert (len(clips), clips.num_too_short, clips.span_frames) == (3, 1, 15)
    assert "person 3" not in clips.groups
    with pytest.raises(ValueError, match="fewer frames"):
        ShardedClips(folder, num_frames=64, frame_stride=2)


def test_labels_follow_their_clips(folder):
    clips = ShardedClips(folder, num_frames=4)
    for index, group in enumerate(clips.groups):
        assert clips.clip(index)["label"] == int(group[-1]) % 2 == clips.labels[index]


def test_mistakes_are_named(folder, tmp_path):
    with pytest.raises(FileNotFoundError, match="prepare"):
        ShardedClips(tmp_path)
    with pytest.raises(ValueError, match="no split 'test'"):
        ShardedClips(folder, split="test")
    clips = ShardedClips(folder, num_frames=4)
    with pytest.raises(IndexError, match="start at 0"):
        clips[-1]
    with pytest.raises(IndexError, match="windows starting at 0 to 13"):
        clips.clip(0, start=14)


def test_a_shard_never_passes_its_cap_but_for_a_single_clip(tmp_path):
    write(tmp_path / "capped", shard_bytes=4000)
    for path in (tmp_path / "capped").glob("*.tar"):
        with tarfile.open(path) as tar:
            members = tar.getmembers()
        assert len(members) == 2 or sum(member.size for member in members) <= 4000
