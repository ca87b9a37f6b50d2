"""The pipeline of a checkpoint that continues clips: what it takes, what it gives, what it says to bad input."""

import itertools

import numpy as np
import pytest
import torch
from PIL import Image

from dvd_gan.hub import read_facts


def clip(num_frames=5, height=16, width=16, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (num_frames, height, width, 3), dtype=np.uint8)


def test_one_start_has_a_future_for_every_seed_and_always_the_same(predict_pipe):
    futures = predict_pipe(frames=clip(), seeds=[1, 2], num_frames=6).frames
    assert futures.shape == (2, 6, 16, 16, 3)
    assert np.abs(futures[0] - futures[1]).max() > 1e-2
    alone = predict_pipe(frames=clip(), seeds=2, num_frames=6).frames
    np.testing.assert_allclose(alone[0], futures[1], atol=1e-5)


def test_only_the_last_given_frames_count_and_they_do(predict_pipe):
    one = predict_pipe(frames=clip(5), seeds=1).frames
    np.testing.assert_allclose(predict_pipe(frames=clip(5)[2:], seeds=1).frames, one, atol=1e-6)
    assert np.abs(predict_pipe(frames=clip(5)[:4], seeds=1).frames - one).max() > 1e-3


def test_arrays_tensors_and_pictures_are_the_same_start(predict_pipe):
    frames = clip()
    one = predict_pipe(frames=frames, seeds=1).frames
    tensor = torch.from_numpy(frames).movedim(-1, 1).float() / 255
    for other in (frames / 255.0, tensor, [Image.fromarray(frame) for frame in frames]):
        np.testing.assert_allclose(predict_pipe(frames=other, seeds=1).frames, one, atol=1e-4)


def test_other_sizes_give_their_middle_square(predict_pipe):
    wide = np.zeros((3, 32, 64, 3), dtype=np.uint8)
    wide[:, :, 16:48] = clip(3).repeat(2, axis=1).repeat(2, axis=2)
    one = predict_pipe(frames=clip(3), seeds=1).frames
    np.testing.assert_allclose(predict_pipe(frames=wide, seeds=1).frames, one, atol=1e-5)


def test_long_continuations_in_chunks_and_streams_equal_one_call(predict_pipe, monkeypatch):
    whole = predict_pipe(frames=clip(), seeds=3, num_frames=11).frames[0]
    monkeypatch.setattr("dvd_gan.models.inference.CACHED_BYTES", 3 * 16 * 16 * 8 * 4)
    np.testing.assert_allclose(predict_pipe(frames=clip(), seeds=3, num_frames=11).frames[0], whole, atol=1e-5)
    streamed = np.stack(list(itertools.islice(predict_pipe.stream(frames=clip(), seed=3), 11)))
    assert np.abs(streamed.astype(int) - np.rint(whole * 255).astype(int)).max() <= 1


def test_what_cannot_be_continued_is_said(pipe, predict_pipe):
    with pytest.raises(ValueError, match="give frames, at least 3"):
        predict_pipe(seeds=1)
    with pytest.raises(ValueError, match="continues 3 frames or more; 2 were given"):
        predict_pipe(frames=clip(2), seeds=1)
    with pytest.raises(ValueError, match="no frame encoder"):
        pipe("bend", frames=clip(), seeds=1)
    with pytest.raises(ValueError, match="A clip is"):
        predict_pipe(frames=np.zeros((3, 16, 16)), seeds=1)


def test_the_facts_say_how_many_frames_are_continued(tiny_release, tiny_predict_release):
    assert (read_facts(tiny_release).num_given_frames, read_facts(tiny_predict_release).num_given_frames) == (0, 3)
