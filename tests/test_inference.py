"""The inference form draws what the plain form draws."""

import itertools
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from dvd_gan.models import folding, inference
from dvd_gan.models.inference import InferenceGenerator
from dvd_gan.models.presets import make_generator
from tests.test_generator import V1, inputs, scrambled

LAYOUTS = {"v2": {}, "v1": V1, "spectral": dict(spectral_norm_conditioning=True, embedding_std=None)}
CLOSE = dict(rtol=1e-4, atol=1e-4)


@pytest.fixture(params=LAYOUTS, scope="module")
def plain(request):
    return scrambled(make_generator("tiny", **LAYOUTS[request.param]))


def conditions(generator, num_clips=3):
    return [part.detach() for part in inputs(generator, num_clips)]


def given_states(num_clips=3):
    torch.manual_seed(3)
    return [torch.rand(num_clips, c, 4 * 2**i, 4 * 2**i) for i, c in enumerate((16, 8))]


@torch.no_grad()
@pytest.mark.parametrize("num_frames", [1, 4, 11])
def test_both_forms_draw_the_same_clips_within_and_beyond_the_trained_length(plain, num_frames):
    z, e = conditions(plain)
    torch.testing.assert_close(InferenceGenerator(plain)(z, e, num_frames), plain(z, e, num_frames), **CLOSE)


@torch.no_grad()
def test_both_forms_continue_the_same_initial_states():
    plain = scrambled(make_generator("tiny"))
    z, e = conditions(plain)
    drawn = InferenceGenerator(plain)(z, e, 6, given_states())
    torch.testing.assert_close(drawn, plain(z, e, 6, given_states()), **CLOSE)
    assert (drawn - plain(z, e, 6)).abs().mean() > 1e-3


def test_a_clip_is_the_same_to_the_bit_alone_in_any_slot_and_on_any_call(plain):
    fast, (z, e) = InferenceGenerator(plain), conditions(plain)
    together = fast(z, e, 6)
    for b in range(3):
        assert torch.equal(together[b : b + 1], fast(z[b : b + 1], e[b : b + 1], 6))
    assert torch.equal(fast(z, e, 6), together)


@torch.no_grad()
def test_frames_drawn_a_few_or_one_at_a_time_are_those_of_one_call(monkeypatch):
    plain = scrambled(make_generator("tiny"))
    fast, (z, e) = InferenceGenerator(plain), conditions(plain)
    whole = plain(z, e, 11)
    monkeypatch.setattr(inference, "CACHED_BYTES", 3 * 16 * 16 * 8 * 4)
    assert fast.frames_at_once == 3
    torch.testing.assert_close(fast(z, e, 11), whole, **CLOSE)
    streamed = list(itertools.islice(fast.stream(z, e), 11))
    torch.testing.assert_close(torch.stack(streamed, 1), whole, **CLOSE)


def test_clips_drawn_together_are_those_drawn_one_by_one():
    """What a GPU does with a batch, on the CPU."""
    fast = InferenceGenerator(scrambled(make_generator("tiny")))
    z, e = conditions(make_generator("tiny"))
    together = fast.advance(fast.begin(z, e, given_states()), 6)
    torch.testing.assert_close(together, fast(z, e, 6, given_states()), **CLOSE)


@torch.no_grad()
def test_bf16_is_a_grey_level_or_two_off(plain):
    z, e = conditions(plain)
    rounded, exact = InferenceGenerator(plain, torch.bfloat16)(z, e, 6), plain(z, e, 6)
    assert rounded.dtype == torch.float32
    assert 0 < (rounded - exact).abs().mean() < 2.5 / 127.5


@torch.no_grad()
def test_without_packed_kernels_the_clips_are_the_same(plain, monkeypatch):
    z, e = conditions(plain)
    packed = InferenceGenerator(plain)(z, e, 6)
    monkeypatch.setattr(inference.FoldedConv, "__init__", unpacked(folding.FoldedConv.__init__))
    fast = InferenceGenerator(plain)
    assert fast.output_conv.packed is None
    torch.testing.assert_close(fast(z, e, 6), packed, **CLOSE)


def unpacked(init):
    def init_without_packing(self, *arguments):
        init(self, *arguments)
        self.packed = None

    return init_without_packing


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("bias", [None, torch.randn(6)])
def test_a_convolution_adds_another_map_and_takes_the_relu(dtype, bias):
    x, weight, plus = torch.randn(2, 4, 8, 8), torch.randn(6, 4, 3, 3), torch.randn(2, 6, 8, 8)
    x, plus = (part.to(dtype).contiguous(memory_format=torch.channels_last) for part in (x, plus))
    conv = folding.FoldedConv(weight, bias, dtype, 8)
    bias = None if bias is None else bias.to(dtype).float()
    expected = F.conv2d(x.float(), weight.to(dtype).float(), bias, padding=1)
    close = dict(rtol=0.02, atol=0.05) if dtype == torch.bfloat16 else CLOSE
    torch.testing.assert_close(conv(x).float(), expected, **close)
    torch.testing.assert_close(conv(x, plus=plus).float(), expected + plus.float(), **close)
    torch.testing.assert_close(conv(x, plus=plus, relu=True).float(), F.relu(expected + plus.float()), **close)


def test_drawing_changes_no_weight_and_later_changes_of_weights_change_no_clip():
    plain = scrambled(make_generator("tiny"))
    before = {key: value.clone() for key, value in plain.state_dict().items()}
    fast, (z, e) = InferenceGenerator(plain), conditions(plain)
    clip = fast(z, e, 4)
    assert all(torch.equal(before[key], value) for key, value in plain.state_dict().items())
    with torch.no_grad():
        for tensor in plain.state_dict().values():
            tensor.zero_()
    assert torch.equal(fast(z, e, 4), clip)


def test_v1_refuses_to_stream():
    plain = make_generator("tiny", **V1)
    with pytest.raises(ValueError, match="cannot stream"):
        next(InferenceGenerator(plain).stream(*conditions(plain)))


def test_a_clip_under_way_takes_as_much_memory_after_4800_frames_as_after_16():
    code = """if True:
        import resource, torch
        from dvd_gan.models.inference import InferenceGenerator
        from dvd_gan.models.presets import make_generator
        torch.set_num_threads(1)
        fast = InferenceGenerator(make_generator("tiny"))
        clip = fast.begin(torch.zeros(1, 8), torch.zeros(1, 8))
        sizes, peaks = [], []
        for _ in range(1200):
            fast.advance(clip, 4)
            if clip.frames_drawn in (16, 4800):
                sizes.append(clip.num_bytes())
                peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        assert clip.frames_drawn == 4800 and sizes[0] == sizes[1] > 0, sizes
        assert peaks[1] - peaks[0] < 4096, peaks"""
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
