"""Both critics: one summed score a clip, from the frames they should see."""

import pytest
import torch

from dvd_gan.models.blocks import DiscriminatorBlock, average_pool_3d
from dvd_gan.models.presets import make_discriminators, make_generator


@pytest.fixture
def critics():
    torch.manual_seed(0)
    spatial, temporal = make_discriminators(make_generator("tiny"))
    return spatial.eval(), temporal.eval()


def clips(num_clips=3, num_frames=8):
    torch.manual_seed(1)
    return torch.rand(num_clips, num_frames, 3, 16, 16) * 2 - 1, torch.arange(num_clips)


def test_one_score_a_clip_is_the_sum_of_the_parts(critics):
    video, ids = clips()
    spatial, temporal = critics
    assert spatial.frame_scores(video, ids).shape == (3, 8)
    assert temporal.step_scores(video, ids).shape == (3, 2)
    torch.testing.assert_close(spatial(video, ids), spatial.frame_scores(video, ids).sum(1))
    torch.testing.assert_close(temporal(video, ids), temporal.step_scores(video, ids).sum(1))


def test_scores_do_not_depend_on_neighbours(critics):
    video, ids = clips()
    for critic in critics:
        together = critic(video, ids)
        for i in range(3):
            torch.testing.assert_close(
                critic(video[i : i + 1], ids[i : i + 1]), together[i : i + 1], rtol=1e-4, atol=1e-4
            )


def test_the_class_changes_the_score(critics):
    video, ids = clips()
    for critic in critics:
        assert (critic(video, ids) - critic(video, ids.flip(0)))[0].abs() > 1e-4


def test_only_the_temporal_critic_minds_the_order_of_frames(critics):
    video, ids = clips()
    spatial, temporal = critics
    shuffled = video[:, torch.randperm(8, generator=torch.Generator().manual_seed(0))]
    torch.testing.assert_close(spatial(shuffled, ids), spatial(video, ids), rtol=1e-4, atol=1e-4)
    assert (temporal(shuffled, ids) - temporal(video, ids)).abs().min() > 1e-4


def test_only_the_spatial_critic_sees_detail_finer_than_two_pixels(critics):
    video, ids = clips()
    checkerboard = torch.tensor([[1.0, -1.0], [-1.0, 1.0]]).repeat(8, 8) * 0.3
    spatial, temporal = critics
    torch.testing.assert_close(temporal(video + checkerboard, ids), temporal(video, ids), rtol=1e-3, atol=1e-3)
    assert (spatial(video + checkerboard, ids) - spatial(video, ids)).abs().min() > 1e-2


def test_too_short_a_clip_is_refused(critics):
    video, ids = clips(num_frames=3)
    with pytest.raises(ValueError, match="needs 4 frames"):
        critics[1](video, ids)


def test_pooling_in_three_dimensions_equals_the_library():
    x = torch.randn(2, 3, 7, 6, 6)
    torch.testing.assert_close(average_pool_3d(x), torch.nn.functional.avg_pool3d(x, 2))


@pytest.mark.parametrize("num_dims", [2, 3])
def test_pooling_before_the_skip_equals_pooling_after_it(num_dims):
    block = DiscriminatorBlock(4, 6, num_dims).eval()
    x = torch.randn(2, 4, *[8] * num_dims)
    torch.testing.assert_close(block.skip(block.pool(x)), block.pool(block.skip(x)), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("num_frames", [4, 5, 6, 8])
def test_gradients_in_bf16_are_those_in_float32_however_few_frames(num_frames):
    """The second block sees half the frames; of two, the CPU's bf16 gradients were garbage as large as 1e35."""
    torch.manual_seed(0)
    _, critic = make_discriminators(make_generator("tiny"))
    video = torch.rand(8, num_frames, 3, 16, 16) * 2 - 1

    def gradients(in_bf16):
        critic.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=in_bf16):
            critic.eval()(video, torch.arange(8) % 4).square().mean().backward()
        return {name: parameter.grad.clone() for name, parameter in critic.named_parameters()}

    half, full = gradients(True), gradients(False)
    for name in full:
        assert (half[name] - full[name]).norm() < 0.1 * full[name].norm() + 1e-4, name


def test_a_view_of_differences_tells_a_still_clip_from_a_barely_moving_one():
    torch.manual_seed(0)
    temporal = make_discriminators(make_generator("tiny"), motion_gain=50.0)[1]
    video, ids = clips()
    still = video[:, :1].expand_as(video)
    stirring = still + 0.01 * video
    plain = make_discriminators(make_generator("tiny"))[1].eval()
    change = (temporal.eval()(stirring, ids) - temporal(still, ids)).abs().mean() / temporal(still, ids).abs().mean()
    plain_change = (plain(stirring, ids) - plain(still, ids)).abs().mean() / plain(still, ids).abs().mean()
    assert change > 5 * plain_change
