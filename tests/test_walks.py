import numpy as np
import pytest
import torch

from dvd_gan.clips import as_uint8
from dvd_gan.latents import draw_latents, slerp
from dvd_gan.walks import swing, there_and_back, walk


def test_an_arc_starts_and_ends_where_it_should_and_keeps_its_length_on_the_way():
    first, last = draw_latents([3, 4], 120)
    points = slerp(first, last, torch.linspace(0, 1, 9))
    torch.testing.assert_close(points[[0, -1]], torch.stack([first, last]))
    lengths = points.norm(dim=1)
    assert lengths.min() > 0.999 * min(first.norm(), last.norm()), "a straight line would cut the corner"
    angles = torch.cosine_similarity(points[1:], points[:-1]).arccos()
    torch.testing.assert_close(angles, angles[:1].expand(8), atol=1e-3, rtol=0)


@pytest.mark.parametrize("scale", [1.0, 0.5, -1.0])
def test_an_arc_between_ends_in_line_is_still_defined(scale):
    first = draw_latents([3], 8)[0]
    points = slerp(first, scale * first, torch.tensor([0.0, 0.5, 1.0]))
    torch.testing.assert_close(points, torch.stack([first, (1 + scale) / 2 * first, scale * first]))


@pytest.mark.parametrize(("labels", "seeds"), [(("bend", "bend"), (1, 2)), (("bend", "two-hand wave"), (5, 5))])
def test_both_ends_are_the_pipelines_own_clips_and_the_middle_is_neither(pipe, labels, seeds):
    clips = walk(pipe, labels, seeds, num_positions=3, num_frames=5, truncation=0.8)
    ends = [
        as_uint8(pipe(label, seeds=seed, num_frames=5, truncation=0.8).frames[0])
        for label, seed in zip(labels, seeds, strict=True)
    ]
    assert clips.shape == (3, 5, 16, 16, 3) and clips.dtype == np.uint8
    for end, expected in zip(clips[[0, -1]], ends, strict=True):
        assert np.abs(end.astype(int) - expected).max() <= 1
        assert np.abs(clips[1].astype(int) - expected).mean() > 1
    assert np.abs(ends[0].astype(int) - ends[1]).mean() > 1


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (dict(num_positions=1), "A walk has 2 to 64 positions, not 1"),
        (dict(num_frames=0), "1 to 240 frames, not 0"),
        (dict(seeds=(1, -1)), "A seed is a whole number"),
        (dict(class_labels=("bend", "fly")), "There is no class called 'fly'"),
        (dict(truncation=2), "Truncation is above 0"),
    ],
)
def test_a_bad_walk_is_refused_with_one_sentence(pipe, bad, sentence):
    with pytest.raises(ValueError, match=sentence):
        walk(pipe, **{**dict(class_labels=("bend", "bend"), seeds=(1, 2), num_positions=2), **bad})


def test_a_checkpoint_that_continues_frames_cannot_walk(predict_pipe):
    with pytest.raises(ValueError, match="walks need one that starts from a class"):
        walk(predict_pipe, (0, 0), (1, 2), 2)


def test_the_loop_has_no_cut_and_passes_every_position():
    clips = np.arange(5)[:, None] * 100 + np.arange(4)[None]
    loop = there_and_back(clips[..., None, None, None])[:, 0, 0, 0]
    positions, times = loop // 100, loop % 100
    assert len(loop) == 16 and set(positions) == set(range(5)) and set(times) == set(range(4))
    closed = np.append(loop, loop[0])
    assert np.abs(np.diff(closed // 100)).max() == 1 and np.abs(np.diff(closed % 100)).max() == 1


@pytest.mark.parametrize(("count", "length"), [(1, 6), (2, 5), (16, 44), (24, 10)])
def test_a_swing_stays_in_range_and_starts_at_its_first(count, length):
    numbers = swing(count, length)
    assert len(numbers) == length and numbers[0] == 0 and numbers.min() >= 0 and numbers.max() <= count - 1
