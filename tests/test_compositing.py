"""Frames that keep parts of the last given one: which parts, in every form of the generator, and only where asked."""

import pytest
import torch

from dvd_gan import DVDGANPipeline
from dvd_gan.models.inference import InferenceGenerator
from dvd_gan.models.presets import make_frame_encoder, make_generator


@pytest.fixture
def parts():
    """A generator that keeps some of each pixel, its encoder of three frames, noise, and what is read in two starts."""
    torch.manual_seed(0)
    generator = make_generator("tiny", compositing=True)
    encoder = make_frame_encoder(generator, 3).eval()
    torch.nn.init.normal_(generator.output_norm.gain.weight)
    for conv in (generator.mask.conv, generator.mask.reader[-1]):
        torch.nn.init.normal_(conv.weight, std=0.1)
    given = torch.rand(2, 3, 3, 16, 16) * 2 - 1
    reading = encoder.read(generator, given)
    begin = reading.class_embeddings_BE.repeat(2, 1), [torch.cat([state] * 2) for state in reading.states]
    generator.recompute_standing_statistics(2, 4, torch.Generator().manual_seed(0), lambda _: begin)
    return generator.requires_grad_(False), encoder.requires_grad_(False), given


def drawing(generator, encoder, given, seed=1):
    """The arguments of a call that continues the given frames."""
    reading = encoder.read(generator, given)
    z = torch.randn(len(given), 8, generator=torch.Generator().manual_seed(seed))
    return z, reading.class_embeddings_BE, reading.states


def bias_mask(generator, logit):
    torch.nn.init.zeros_(generator.mask.conv.weight)
    torch.nn.init.zeros_(generator.mask.reader[-1].weight)
    torch.nn.init.constant_(generator.mask.conv.bias, logit)


def test_a_full_mask_repeats_the_last_given_frame_and_an_empty_one_keeps_nothing(parts):
    generator, _, given = parts
    z, e, states = drawing(*parts)
    bias_mask(generator, 30)
    kept = generator(z, e, 4, states)
    torch.testing.assert_close(kept, given[:, -1:].expand_as(kept))
    bias_mask(generator, -30)
    drawn = generator(z, e, 4, states)
    torch.testing.assert_close(drawn, generator(z, e, 4, [*states[:-1], None]))
    assert (drawn - given[:, -1:]).abs().mean() > 0.1


def test_each_pixel_lies_between_what_is_drawn_and_what_was_given(parts):
    generator, _, given = parts
    z, e, states = drawing(*parts)
    mixed, drawn = generator(z, e, 4, states), generator(z, e, 4, [*states[:-1], None])
    share = (mixed - drawn) / (given[:, -1:] - drawn)
    clear = (given[:, -1:] - drawn).abs() > 0.1
    assert share[clear].min() >= -1e-4 and share[clear].max() <= 1 + 1e-4
    share = share.where(clear, torch.nan).flatten(3)
    by_pixel = share.nanmean(2)
    assert (by_pixel[..., None, :] - share).abs().nan_to_num().max() < 1e-3, "it differs between the colours"
    assert (by_pixel - by_pixel.nanmean(2, keepdim=True)).abs().nan_to_num().mean() > 0.1, "all pixels are one"


def test_each_clip_keeps_its_own_given_frame(parts):
    z, e, states = drawing(*parts)
    together = parts[0](z, e, 4, states)
    alone = parts[0](z[1:], e[1:], 4, [state[1:] for state in states])
    torch.testing.assert_close(together[1:], alone, rtol=1e-3, atol=1e-3)


def test_the_fast_form_chunks_and_streams_keep_the_same(parts):
    generator = parts[0]
    z, e, states = drawing(*parts)
    plain = generator(z, e, 6, states)
    fast = InferenceGenerator(generator)
    torch.testing.assert_close(fast(z, e, 6, states), plain, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(fast(z, e, 6), generator(z, e, 6), rtol=1e-3, atol=1e-4)
    for stream in (fast.stream(z, e, states), generator.stream(z, e, states)):
        torch.testing.assert_close(torch.stack([next(stream) for _ in range(6)], 1), plain, rtol=1e-3, atol=1e-4)
    first, carried = generator.generate_chunk(z, e, 2, states)
    rest, _ = generator.generate_chunk(z, e, 4, carried, first_frame=2)
    torch.testing.assert_close(torch.cat([first, rest], 1), plain, rtol=1e-4, atol=1e-5)


def test_the_mask_and_what_is_drawn_both_learn(parts):
    generator, _, given = parts
    generator.requires_grad_(True).train()
    target = given[:, -1:]
    z, e, states = drawing(*parts)
    (generator(z, e, 4, states) - target).abs().mean().backward()
    for weight in (generator.mask.conv.weight, generator.mask.reader[0].weight, generator.output_conv.weight):
        assert weight.grad.abs().sum() > 0


def test_a_fresh_mask_keeps_an_eighth_whatever_it_sees():
    torch.manual_seed(0)
    mask = make_generator("tiny", compositing=True).mask
    x, given = torch.randn(6, mask.conv.in_channels, 16, 16), torch.randn(2, 3, 16, 16)
    assert mask(x, given).sub(1 / 8).abs().max() < 0.01


def test_others_have_no_mask_and_are_passed_no_frame():
    generator = make_generator("tiny")
    assert generator.mask is None and generator.num_states == 2
    assert len(make_frame_encoder(generator, 3)(torch.zeros(1, 3, 3, 16, 16))) == 2


def test_a_saved_pipeline_continues_in_the_same_way(parts, tmp_path):
    generator, encoder, given = parts
    pipe = DVDGANPipeline(generator, frame_encoder=encoder)
    frames = (given[0] + 1) / 2
    futures = pipe(frames=frames, seeds=[0, 1], num_frames=5, output_type="pt").frames
    assert (futures[0] != futures[1]).any()
    pipe.save_pretrained(tmp_path)
    again = DVDGANPipeline.from_pretrained(tmp_path)
    same = again(frames=frames, seeds=[0, 1], num_frames=5, output_type="pt").frames
    assert (same - futures).abs().mean() < 0.01, "more than half precision on disk explains"
    bias_mask(generator, 30)
    still = DVDGANPipeline(generator, frame_encoder=encoder)(frames=frames, num_frames=5, output_type="pt").frames
    torch.testing.assert_close(still, frames[None, -1:].expand_as(still), rtol=0, atol=1 / 255)
