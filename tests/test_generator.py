"""What users of the generator rely on, for both layouts of the paper."""

import copy

import pytest
import torch

from dvd_gan.models.blocks import LeakyTanh
from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.models.normalization import SpectralWeight
from dvd_gan.models.presets import PRESETS, make_discriminators, make_generator

V1 = dict(recurrence="first_stage", attention="separable")


@pytest.fixture(params=[{}, V1], ids=["v2", "v1"])
def generator(request):
    return scrambled(make_generator("tiny", **request.param))


def scrambled(generator):
    """Weights away from their init, so that no zero hides a fault; statistics that fit."""
    torch.manual_seed(1)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    for module in generator.modules():
        if isinstance(module, SpectralWeight):
            module.iterate_power(50)
    generator.recompute_standing_statistics(4, 8, torch.Generator().manual_seed(0))
    return generator


def inputs(generator, num_clips=3):
    torch.manual_seed(2)
    ids = torch.arange(num_clips) % generator.config.num_classes
    return torch.randn(num_clips, generator.config.latent_dim), generator.embed(ids)


def test_clips_have_the_promised_shape_and_range(generator):
    clip = generator(*inputs(generator), num_frames=6)
    assert clip.shape == (3, 6, 3, 16, 16) and clip.dtype == torch.float32
    assert clip.abs().max() <= 1 and clip.std() > 0.01


def test_a_clip_does_not_depend_on_its_neighbours(generator):
    z, e = inputs(generator)
    together = generator(z, e, 5)
    for i in range(3):
        torch.testing.assert_close(together[i : i + 1], generator(z[i : i + 1], e[i : i + 1], 5), rtol=1e-4, atol=1e-5)


def test_eval_never_changes_the_state(generator):
    before = copy.deepcopy(generator.state_dict())
    first = generator(*inputs(generator), 5)
    second = generator(*inputs(generator), 5)
    assert torch.equal(first, second)
    assert all(torch.equal(before[key], value) for key, value in generator.state_dict().items())


def test_latent_and_class_both_change_the_clip(generator):
    z, e = inputs(generator, 2)
    base = generator(z[:1], e[:1], 4)
    assert (generator(z[1:], e[:1], 4) - base).abs().mean() > 1e-3
    assert (generator(z[:1], e[1:], 4) - base).abs().mean() > 1e-3


def test_frames_differ_from_one_another(generator):
    clip = generator(*inputs(generator), 4)
    assert (clip[:, 1:] - clip[:, :-1]).abs().mean() > 1e-4


def test_burnt_in_pixels_still_get_a_gradient():
    x = torch.tensor([-30.0, 0.5, 30.0], requires_grad=True)
    y = LeakyTanh.apply(x)
    y.sum().backward()
    torch.testing.assert_close(y.detach(), torch.tanh(x.detach()))
    torch.testing.assert_close(x.grad, torch.tensor([0.1, 1 - torch.tanh(torch.tensor(0.5)) ** 2, 0.1]))


def test_v2_is_causal_and_v1_is_not():
    for layout, causal in (({}, True), (V1, False)):
        generator = scrambled(make_generator("tiny", trained_frames=12, **layout))
        z, e = inputs(generator)
        short, long = generator(z, e, 4), generator(z, e, 8)
        assert torch.allclose(short, long[:, :4], atol=1e-5) is causal


def test_chunks_and_stream_equal_one_call():
    generator = scrambled(make_generator("tiny"))
    z, e = inputs(generator)
    whole = generator(z, e, 9)
    first, states = generator.generate_chunk(z, e, 4)
    second, _ = generator.generate_chunk(z, e, 5, states, first_frame=4)
    torch.testing.assert_close(torch.cat([first, second], 1), whole, rtol=1e-4, atol=1e-5)
    streamed = [frame for frame, _ in zip(generator.stream(z, e), range(9), strict=False)]
    torch.testing.assert_close(torch.stack(streamed, 1), whole, rtol=1e-4, atol=1e-5)


def test_initial_states_change_the_clip():
    generator = scrambled(make_generator("tiny"))
    z, e = inputs(generator)
    states = [torch.rand(3, c, 4 * 2**i, 4 * 2**i) for i, c in enumerate((16, 8))]
    assert (generator(z, e, 4, states) - generator(z, e, 4)).abs().mean() > 1e-3


def test_v1_refuses_to_stream():
    generator = make_generator("tiny", **V1)
    with pytest.raises(ValueError, match="cannot stream"):
        next(generator.stream(*inputs(generator)))


@pytest.mark.parametrize("max_shard_size", ["10GB", "100KB"])
def test_save_and_load_give_the_same_weights_buffers_and_config(generator, tmp_path, max_shard_size):
    generator.save_pretrained(tmp_path, max_shard_size=max_shard_size)
    assert (len(list(tmp_path.glob("*.safetensors"))) > 1) is (max_shard_size == "100KB")
    loaded = DVDGANGenerator.from_pretrained(tmp_path, use_safetensors=True, low_cpu_mem_usage=False)
    assert not loaded.training
    for key, value in generator.state_dict().items():
        assert torch.equal(loaded.state_dict()[key], value), key
    torch.testing.assert_close(loaded(*inputs(loaded), 5), generator(*inputs(generator), 5), rtol=1e-4, atol=1e-5)


def test_standing_statistics_leave_weights_and_singular_vectors_alone(generator):
    before = copy.deepcopy(generator.state_dict())
    generator.recompute_standing_statistics(2, 4, torch.Generator().manual_seed(5))
    after = generator.state_dict()
    changed = {key.rsplit(".", 1)[-1] for key, value in after.items() if not torch.equal(before[key], value)}
    assert changed == {"running_mean", "running_var", "num_standing_batches"}


def test_every_parameter_gets_a_gradient(generator):
    generator.train()
    ids = torch.tensor([0, 1, 2, 3])
    clip = generator(torch.randn(4, generator.config.latent_dim), generator.embed(ids), 4)
    clip.square().sum().backward()
    without = [name for name, p in generator.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert without == []


@pytest.mark.parametrize("name", PRESETS)
def test_presets_build_a_clip_that_their_discriminators_score(name):
    generator = make_generator(name, base_width=2, num_classes=2, trained_frames=4)
    side, ids = generator.config.resolution, torch.tensor([0, 1])
    with torch.no_grad():
        clip = generator(torch.randn(2, generator.config.latent_dim), generator.embed(ids), 4)
        assert clip.shape == (2, 4, 3, side, side)
        assert all(critic(clip, ids).shape == (2,) for critic in make_discriminators(generator))


def test_paper_width_at_64_pixels():
    generator = make_generator("paper-64", base_width=2)
    assert [stage.gru.channels for stage in generator.stages] == [16, 16, 16, 8]
    assert generator.output_conv.weight.shape[1] == 4


@pytest.mark.parametrize(
    "change, message",
    [
        ({"resolution": 32}, "give 16 px"),
        ({"recurrence": "some"}, "recurrence"),
        ({"attention": "full"}, "attention"),
        ({"class_names": ["one"]}, "class names"),
    ],
)
def test_wrong_configs_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        make_generator("tiny", **change)
