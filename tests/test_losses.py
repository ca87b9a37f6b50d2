"""The hinge: where its gradient is, and where it is not."""

import torch

from training.losses import hinge_discriminator, hinge_generator


def test_discriminator_loss_is_zero_only_beyond_both_margins():
    assert hinge_discriminator(torch.tensor([1.0, 3.0]), torch.tensor([-1.0, -2.0])) == 0
    assert hinge_discriminator(torch.tensor([0.0]), torch.tensor([0.0])) == 2
    assert hinge_discriminator(torch.tensor([0.0, 2.0]), torch.tensor([-2.0, -2.0])) == 0.5


def test_discriminator_gradient_stops_at_the_margin():
    real, fake = torch.tensor([0.5, 2.0], requires_grad=True), torch.tensor([-0.5, -2.0], requires_grad=True)
    hinge_discriminator(real, fake).backward()
    assert real.grad.tolist() == [-0.5, 0.0] and fake.grad.tolist() == [0.5, 0.0]


def test_generator_gradient_never_saturates():
    scores = torch.tensor([-9.0, 0.0, 9.0], requires_grad=True)
    hinge_generator(scores).backward()
    assert torch.allclose(scores.grad, torch.full((3,), -1 / 3))
