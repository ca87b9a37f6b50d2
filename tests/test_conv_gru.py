"""The recurrent unit against its formula, written plainly."""

import torch
import torch.nn.functional as F

from dvd_gan.models.conv_gru import ConvGRU


def plain_step(gru, x, h):
    def gate(kernel, first, second):
        return F.conv2d(torch.cat([first, second], 1), kernel.normalized_weight(), kernel.bias, padding=1)

    r = torch.sigmoid(gate(gru.reset, h, x))
    u = torch.sigmoid(gate(gru.update, h, x))
    c = F.relu(gate(gru.candidate, r * h, x))
    return u * h + (1 - u) * c


def make_gru():
    torch.manual_seed(0)
    gru = ConvGRU(4).eval()
    for kernel in (gru.reset, gru.update, gru.candidate):
        kernel.weight.data.normal_()
        kernel.bias.data.normal_()
        kernel.iterate_power(50)
    return gru


def test_equals_the_formula_at_every_step():
    gru, num_frames, num_clips = make_gru(), 5, 2
    x = torch.randn(num_frames * num_clips, 4, 6, 6)
    states, last = gru(x, num_frames, num_clips)
    h = torch.zeros(num_clips, 4, 6, 6)
    for t, step in enumerate(x.split(num_clips)):
        h = plain_step(gru, step, h)
        torch.testing.assert_close(states[t * num_clips : (t + 1) * num_clips], h, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(last, h, rtol=1e-4, atol=1e-5)


def test_a_constant_input_is_the_same_as_repeating_it():
    gru = make_gru()
    x = torch.randn(2, 4, 6, 6)
    once, _ = gru(x, 4, 2)
    repeated, _ = gru(x.repeat(4, 1, 1, 1), 4, 2)
    torch.testing.assert_close(once, repeated)


def test_the_whole_kernel_of_a_gate_has_norm_one_and_its_halves_less():
    gru = make_gru()
    kernel = gru.candidate
    kernel.iterate_power(500)
    whole = torch.cat(kernel.halves(), dim=1)
    assert abs(torch.linalg.matrix_norm(whole.flatten(1), 2) - 1) < 1e-3
    assert all(torch.linalg.matrix_norm(half.flatten(1), 2) < 1 for half in kernel.halves())


def test_the_update_gate_at_one_keeps_the_old_state():
    gru = make_gru()
    gru.update.bias.data.fill_(1e4)
    state = torch.rand(1, 4, 6, 6)
    states, _ = gru(torch.randn(3, 4, 6, 6), 3, 1, state)
    torch.testing.assert_close(states, state.expand(3, -1, -1, -1))
