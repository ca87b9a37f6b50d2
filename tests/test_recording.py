"""Replaying a recorded clip, with a recorder that a CPU has: it runs the recorded function again."""

import pytest
import torch

from dvd_gan.models import recording
from dvd_gan.models.inference import InferenceGenerator
from dvd_gan.models.presets import make_generator
from dvd_gan.models.recording import RecordedDraws
from tests.test_inference import conditions, given_states


@pytest.fixture
def form():
    return InferenceGenerator(make_generator("tiny").eval())


def make_recorder(recorded):
    def record(run):
        run()
        recorded.append(run)
        return run

    return record


def test_a_replay_draws_what_is_asked_for_and_not_what_was_recorded(form):
    recorded = []
    draw = RecordedDraws(form, make_recorder(recorded))
    z, e = conditions(make_generator("tiny"))
    first, second = draw(z, e, 4), draw(z.flip(0), e, 4)
    assert torch.equal(first, form(z, e, 4)) and torch.equal(second, form(z.flip(0), e, 4))
    assert len(recorded) == 1


def test_every_shape_and_the_use_of_states_has_its_own_recording(form):
    recorded = []
    draw = RecordedDraws(form, make_recorder(recorded))
    z, e = conditions(make_generator("tiny"))
    for arguments in ((z, e, 4), (z, e, 5), (z[:1], e[:1], 4), (z, e, 4, given_states())):
        assert torch.equal(draw(*arguments), form(*arguments))
    assert len(recorded) == 4


def test_the_recording_used_longest_ago_makes_room(form, monkeypatch):
    monkeypatch.setattr(recording, "MOST_RECORDINGS", 2)
    recorded = []
    draw = RecordedDraws(form, make_recorder(recorded))
    z, e = conditions(make_generator("tiny"))
    for num_frames in (1, 2, 1, 3, 1):
        draw(z, e, num_frames)
    assert len(recorded) == 3 and len(draw.recordings) == 2


@pytest.mark.skipif(not torch.cuda.is_available(), reason="CUDA graphs need a GPU")
def test_a_cuda_graph_draws_the_same_clip():
    form = InferenceGenerator(make_generator("tiny").eval().to("cuda"))
    z, e = (part.to("cuda") for part in conditions(make_generator("tiny")))
    draw = RecordedDraws(form)
    draw(z.flip(0), e, 4)
    torch.testing.assert_close(draw(z, e, 4), form(z, e, 4))
