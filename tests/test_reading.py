"""An encoder that reads the class in given frames: what it tells, who is told, and that it can learn to."""

import pytest
import torch

from dvd_gan.models.presets import make_frame_encoder, make_generator
from dvd_gan.pipeline import DVDGANPipeline
from tests.test_frame_encoder import frames, settled


@pytest.fixture
def generator():
    return settled(num_classes=3, class_names=["bend", "run", "jump"])


@pytest.fixture
def encoder(generator):
    torch.manual_seed(0)
    return make_frame_encoder(generator, num_frames=3).eval()


def test_the_embedding_lies_among_those_of_the_classes_by_how_likely_each_is(generator, encoder):
    reading = encoder.read(generator, frames())
    assert reading.class_logits_BK.shape == (2, 3)
    shares = torch.linalg.lstsq(generator.class_embedding.weight.T, reading.class_embeddings_BE.T).solution.T
    torch.testing.assert_close(shares, reading.class_logits_BK.softmax(1), rtol=1e-3, atol=1e-4)


def test_an_encoder_for_one_class_reads_none():
    torch.manual_seed(0)
    generator = make_generator("tiny", num_classes=1)
    reading = make_frame_encoder(generator, 3).read(generator, frames())
    assert reading.class_logits_BK is None
    assert torch.equal(reading.class_embeddings_BE, generator.class_embedding.weight.expand(2, -1))


def test_a_clip_goes_on_as_the_class_read_in_it_or_as_the_one_asked_for(generator, encoder):
    with torch.no_grad():
        encoder.class_head.weight.zero_()
        encoder.class_head.bias.copy_(torch.tensor([0.0, 50.0, 0.0]))
    pipe = DVDGANPipeline(generator, None, None, encoder)
    given = frames(1)[0].add(1).div(2)
    read, run, jump = (pipe(label, frames=given, seeds=1, output_type="pt").frames for label in (None, "run", "jump"))
    torch.testing.assert_close(read, run)
    assert (read - jump).abs().max() > 1e-3
    assert pipe.classes_in(given) == pytest.approx({"bend": 0, "run": 1, "jump": 0})


def test_reading_is_learnt_from_classes_alone(generator, encoder):
    reading = encoder.read(generator, frames())
    drawn = generator(torch.zeros(2, 8), reading.class_embeddings_BE, 2, reading.states)
    drawn.square().mean().backward(retain_graph=True)
    assert encoder.class_head.weight.grad is None
    torch.nn.functional.cross_entropy(reading.class_logits_BK, torch.tensor([0, 1])).backward()
    assert encoder.class_head.weight.grad.any() and encoder.blocks[0].conv1.weight.grad.any()
