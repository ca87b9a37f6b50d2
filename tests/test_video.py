import pytest
import torch

from dvd_gan import video


def test_every_byte_survives_the_round_trip_through_floats():
    frames = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16, 1).expand(2, 3, 16, 16, 3).contiguous()
    assert torch.equal(video.to_uint8(video.from_uint8(frames)), frames)


def test_bytes_round_and_clamp():
    values = torch.tensor([-2.0, -1.0, 0.0, 0.999, 1.0, 3.0]).view(1, 1, 1, 1, 6).expand(1, 1, 3, 1, 6)
    assert video.to_uint8(values)[0, 0, 0, :, 0].tolist() == [0, 0, 128, 255, 255, 255]


def test_each_frame_meets_its_own_clips_condition():
    clips = torch.arange(3.0)[:, None, None].expand(3, 4, 5)
    condition = torch.arange(3.0)[:, None].expand(3, 5)
    assert torch.equal(video.fold_time(clips), video.per_frame(condition, 4))
    assert torch.equal(video.unfold_time(video.fold_time(clips), 4), clips)


def test_frames_are_picked_for_each_clip_by_its_own_row():
    clips = torch.arange(2 * 5).view(2, 5, 1, 1, 1)
    assert video.pick_frames(clips, torch.tensor([[0, 4], [1, 2]])).flatten().tolist() == [0, 4, 6, 7]


@pytest.mark.parametrize(("num_frames", "k"), [(12, 8), (4, 8), (8, 8)])
def test_drawn_frames_are_distinct_and_differ_between_clips(num_frames, k):
    ids = video.draw_frame_ids(64, num_frames, k, torch.Generator().manual_seed(0))
    assert ids.shape == (64, min(k, num_frames))
    assert all(len(set(row)) == len(row) and min(row) >= 0 and max(row) < num_frames for row in ids.tolist())
    assert (len(ids.unique(dim=0)) > 1) == (k < num_frames)


def test_pooling_averages_two_by_two_in_space_only():
    clips = torch.randn(2, 3, 3, 8, 8)
    expected = clips.unflatten(-1, (4, 2)).unflatten(-3, (4, 2)).mean(dim=(-1, -3))
    torch.testing.assert_close(video.pool_space(clips), expected)
