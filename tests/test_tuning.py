"""How the fastest form is chosen; times are given, so that nothing depends on the machine."""

import itertools

import pytest
import torch

from dvd_gan.models import tuning
from dvd_gan.models.inference import InferenceGenerator
from dvd_gan.models.presets import make_generator
from dvd_gan.models.tuning import TunedGenerator, fastest_dtype, fastest_threads

Z, E = torch.zeros(1, 8), torch.zeros(1, 8)


@pytest.fixture
def generator():
    return make_generator("tiny").eval()


@pytest.fixture
def times(monkeypatch):
    """Seconds a frame by dtype or by number of threads, in the place of measured ones; counts the measurements."""
    given = {"measured": 0}

    def drawer(form, clock):
        def draw():
            given["measured"] += 1
            return given.get(form.dtype) or given[torch.get_num_threads()]

        return draw

    monkeypatch.setattr(tuning, "_frame_drawer", drawer)
    monkeypatch.setattr(tuning, "_chosen_dtypes", {})
    monkeypatch.setattr(tuning, "SMALL_FLOPS", 0)
    return given


@pytest.mark.skipif(not torch.ops.mkldnn._is_mkldnn_bf16_supported(), reason="this processor has no bf16")
@pytest.mark.parametrize(
    ("exact", "rounded", "chosen"),
    [(0.010, 0.005, torch.bfloat16), (0.010, 0.009, torch.float32)],
    ids=["twice as fast", "hardly faster"],
)
def test_bf16_is_taken_where_its_rounding_buys_something(generator, times, exact, rounded, chosen):
    times.update({torch.float32: exact, torch.bfloat16: rounded})
    assert fastest_dtype(generator) == chosen


def test_a_small_model_stays_exact_and_is_not_measured(generator, times, monkeypatch):
    monkeypatch.undo()
    times.update({torch.float32: 0.010, torch.bfloat16: 0.001})
    assert fastest_dtype(generator) == torch.float32 and times["measured"] == 0


def test_a_size_of_model_keeps_its_dtype_however_often_it_is_loaded(generator, times):
    times.update({torch.float32: 0.010, torch.bfloat16: 0.001})
    first = TunedGenerator(generator).dtype
    times.update({torch.float32: 0.001, torch.bfloat16: 0.010})
    assert TunedGenerator(make_generator("tiny")).dtype == first


@pytest.mark.parametrize(
    ("alone", "both", "chosen", "measured"), [(0.010, 0.006, 2, 7), (0.010, 0.2, 1, 5), (0.010, 0.012, 1, 7)]
)
def test_the_second_thread_is_taken_where_it_helps(generator, times, alone, both, chosen, measured):
    """One that is far slower is measured once only: there, each measurement may take seconds."""
    times.update({1: alone, 2: both})
    with tuning.threads(2):
        assert fastest_threads(InferenceGenerator(generator)) == (chosen, pytest.approx(min(alone, both)))
        assert torch.get_num_threads() == 2 and times["measured"] == measured


def test_threads_are_measured_again_after_a_call_that_was_far_too_slow(generator, times):
    times.update({1: 2e-9, 2: 1e-9})
    with tuning.threads(2):
        tuned = TunedGenerator(generator)
        tuned(Z, E, 4)
        once = times["measured"]
        times.update({1: 1.0, 2: 3.0})
        tuned(Z, E, 4)
        twice = times["measured"]
        tuned(Z, E, 4)
    assert tuned.threads == 1 and once < twice == times["measured"]


def test_drawing_leaves_the_number_of_threads_as_it_was(generator, times):
    times.update({1: 0.001, 2: 1.0})
    with tuning.threads(2):
        tuned = TunedGenerator(generator)
        tuned(Z, E, 4)
        frames = tuned.stream(Z, E)
        assert [torch.get_num_threads() for _ in itertools.islice(frames, 3)] == [2, 2, 2]


def test_real_measurements_are_taken_and_are_positive(generator):
    threads, seconds = fastest_threads(InferenceGenerator(generator))
    assert 1 <= threads <= torch.get_num_threads() and seconds > 0
    assert fastest_dtype(generator) in (torch.float32, torch.bfloat16)
