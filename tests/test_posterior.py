import torch

from training.posterior import ClipEncoder, divergence


def blink(at: int) -> torch.Tensor:
    """(1, 64, 3, 32, 32): black but for one white frame."""
    video = torch.full((1, 64, 3, 32, 32), -1.0)
    video[:, at] = 1
    return video


def test_the_noise_of_a_clip_tells_when_something_happens():
    """Both frames lie far from the ends and on the same phase of the strides: an average over time is blind to them."""
    torch.manual_seed(0)
    encoder = ClipEncoder(latent_dim=8).eval()
    with torch.no_grad():
        early, late = (encoder(blink(at))[0] for at in (24, 40))
    assert (early - late).abs().max() > 0.01


def test_divergence_is_zero_for_plain_noise_only():
    zeros = torch.zeros(2, 3)
    assert divergence(zeros, zeros) == 0
    assert divergence(zeros + 1, zeros).item() == 1.5 and divergence(zeros, zeros - 1) > 0
