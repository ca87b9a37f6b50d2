import numpy as np
import pytest
import torch

from dvd_gan import DVDGANPipeline
from dvd_gan.clips import CHANGES, as_uint8, change_clip
from dvd_gan.scores import half_size, score_clip


@pytest.fixture(scope="module")
def clip(pipe):
    return as_uint8(pipe("bend", seeds=3, num_frames=12).frames[0])


def test_the_parts_add_up_to_what_the_critics_say_of_the_whole(pipe, clip):
    scores = score_clip(pipe, clip, "bend", draw_seed=1)
    video = torch.from_numpy(clip).movedim(-1, 1)[None] / 127.5 - 1
    ids = torch.tensor([0])
    with torch.no_grad():
        spatial = pipe.spatial_discriminator(video[:, scores.frame_ids], ids).item()
        temporal = pipe.temporal_discriminator(video, ids).item()
    assert scores.spatial == pytest.approx(spatial, abs=1e-4) and scores.temporal == pytest.approx(temporal, abs=1e-4)
    assert len(scores.frame_scores) == 8 and len(scores.step_scores) == 3
    assert scores.frame_ids == sorted(set(scores.frame_ids)) and max(scores.frame_ids) < 12


def test_the_draw_is_the_seeds_and_the_class_matters(pipe, clip):
    def drawn(seed):
        return score_clip(pipe, clip, "bend", seed).frame_ids

    assert drawn(1) == drawn(1) and len({tuple(drawn(seed)) for seed in range(5)}) > 1
    assert score_clip(pipe, clip, "bend").spatial != score_clip(pipe, clip, "jumping jacks").spatial


def test_a_clip_of_another_size_is_fitted(pipe, clip):
    larger = clip.repeat(2, axis=1).repeat(2, axis=2)
    assert score_clip(pipe, larger, "bend") == score_clip(pipe, clip, "bend")


def test_a_changed_clip_has_the_same_frames_in_another_order(clip):
    changed = {change: change_clip(clip, change) for change in CHANGES}
    assert (changed["as it is"] == clip).all() and (changed["reversed"] == clip[::-1]).all()
    assert (changed["frozen"] == clip[6]).all()
    shuffled = changed["shuffled"]
    assert (shuffled != clip).any() and sorted(f.tobytes() for f in shuffled) == sorted(f.tobytes() for f in clip)
    with pytest.raises(ValueError, match="A clip can be 'as it is', 'frozen'"):
        change_clip(clip, "melted")


def test_half_size_is_the_mean_of_four_pixels(clip):
    expected = clip.reshape(12, 8, 2, 8, 2, 3).mean((2, 4))
    assert np.abs(half_size(clip) - expected).max() <= 0.51


def test_a_checkpoint_without_critics_and_a_short_clip_are_told_in_a_sentence(pipe, clip):
    with pytest.raises(ValueError, match="without its critics"):
        score_clip(DVDGANPipeline(pipe.generator), clip, "bend")
    with pytest.raises(ValueError, match="needs 4 frames, got 3"):
        score_clip(pipe, clip[:3], "bend")
