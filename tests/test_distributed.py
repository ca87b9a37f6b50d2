"""Two gloo processes that share a batch do what one process does with all of it."""

import functools
import json

import pytest
import torch

from tests.running import train
from tests.square_people import write_square_people
from training import losses
from training.data.shards import ShardedClips
from training.ema import Averages

# Every term of the losses, and two micro-batches a process. One process takes 4 clips at once, each of two takes 2.
SHARED = ["batch_videos=8", "reuse_fakes=false", "discriminator_steps=2", "translation=0.125", "mirror=true"]
SHARED += ["mismatch_weight=1", "diversity_weight=0.5", "reconstruction_weight=1"]
SHARED += ["log_every_videos=8", "sample_every_videos=32"]
# Adam's first steps are as long for a gradient of rounding noise as for any other, so that runs drift apart by as much
# as the learning rate: a small one lets two steps be compared.
SHARED += ["generator_lr=1e-5", "discriminator_lr=1e-5", "save_every_videos=8"]
TOLERANCE, NORM_TOLERANCE = 1e-3, 2e-2
"""Relative, of losses and scores, and of gradients' norms, over two steps: sums over processes are taken in another
order than sums over a batch, and an activation near a kink then falls on its other side."""


@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    return write_square_people(tmp_path_factory.mktemp("squares") / "data")


def take_notes(rank, run):
    """Write every draw number that this process reads, and what its weights sum up to after every step.

    Fresh generators are noisy enough to differ as real clips do; a higher target makes the penalty count here.
    """
    losses.DIVERSITY_TARGET = 5.0
    read = ShardedClips.__getitem__

    def noting(clips, draw):
        with (run / f"draws-{rank}.txt").open("a") as file:
            file.write(f"{draw}\n")
        return read(clips, draw)

    update = Averages.update

    def noting_weights(averages, players, decay):
        update(averages, players, decay)
        tensors = [
            tensor for network in (players.generator, players.spatial) for tensor in network.state_dict().values()
        ]
        with (run / f"weights-{rank}.txt").open("a") as file:
            file.write(" ".join(repr(tensor.double().sum().item()) for tensor in tensors) + "\n")

    ShardedClips.__getitem__, Averages.update = noting, noting_weights


@pytest.fixture(scope="module")
def alone(squares, tmp_path_factory):
    run = tmp_path_factory.mktemp("alone")
    train(squares, run, [*SHARED, "micro_batch_videos=4", "total_videos=32"], 1, take_notes)
    return run


@pytest.fixture(scope="module")
def together(squares, tmp_path_factory):
    run = tmp_path_factory.mktemp("together")
    train(squares, run, [*SHARED, "micro_batch_videos=2", "total_videos=32"], 2, take_notes)
    return run


def assert_same_step(run, reference, videos_seen):
    """What both runs logged there agrees."""
    for line, expected in zip(*(logged(folder, videos_seen) for folder in (run, reference)), strict=True):
        assert line[0] == expected[0]
        assert line[1] == pytest.approx(
            expected[1], rel=NORM_TOLERANCE if "norm" in line[0] else TOLERANCE, abs=1e-4
        ), line


def logged(run, videos_seen):
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    (line,) = [line for line in lines if line["videos_seen"] == videos_seen and "spatial_loss" in line]
    return [(key, value) for key, value in line.items() if key not in ("time", "clips_per_second")]


@pytest.mark.slow
def test_two_processes_measure_the_losses_of_one(alone, together):
    names = {name for name, _ in logged(alone, 8)}
    assert {"spatial_loss", "diversity_shortfall", "redrawing_error", "temporal_mislabelled"} <= names
    assert dict(logged(alone, 16))["diversity_shortfall"] > 0
    for videos_seen in (8, 16):
        assert_same_step(together, alone, videos_seen)


@pytest.mark.slow
def test_ranks_read_disjoint_clips_and_together_all_of_them(alone, together):
    draws = [[int(line) for line in (together / f"draws-{rank}.txt").read_text().split()] for rank in (0, 1)]
    assert len(draws[0]) == len(draws[1]) == 32 and not set(draws[0]) & set(draws[1])
    whole = [int(line) for line in (alone / "draws-0.txt").read_text().split()]
    assert sorted(draws[0] + draws[1]) == whole == list(range(64))


@pytest.mark.slow
def test_weights_and_buffers_are_the_same_in_every_process(together):
    """Each process applies the averaged gradients by itself; nobody sends weights around."""
    first, second = ((together / f"weights-{rank}.txt").read_text().splitlines() for rank in (0, 1))
    assert len(first) == 4 and first == second and first[0] != first[1]


@pytest.mark.slow
@pytest.mark.parametrize("first, second", [(2, 1), (1, 2)])
def test_a_run_goes_on_with_another_number_of_processes(squares, alone, tmp_path, first, second):
    for num_ranks, total in ((first, 8), (second, 16)):
        settings = [*SHARED, f"micro_batch_videos={4 // num_ranks}", f"total_videos={total}"]
        printed = train(squares, tmp_path, settings, num_ranks, take_notes)
    assert "resumed" in printed
    assert_same_step(tmp_path, alone, 16)


@pytest.mark.slow
def test_checkpointed_processes_that_accumulate_measure_the_losses_of_a_plain_one(squares, alone, tmp_path):
    """Batch statistics reach over processes once in the forward pass and once more where it is repeated."""
    savings = ["checkpoint_activations=true", "micro_batch_videos=2", "total_videos=16"]
    train(squares, tmp_path, [*SHARED, *savings], 2, take_notes)
    for videos_seen in (8, 16):
        assert_same_step(tmp_path, alone, videos_seen)
    first, second = ((tmp_path / f"weights-{rank}.txt").read_text() for rank in (0, 1))
    assert first == second and len(first.splitlines()) == 2


def trace_only(rank, run):
    """Compile all that a real run compiles, up to machine code, which would take minutes."""
    take_notes(rank, run)
    torch.compile = functools.partial(torch.compile, backend="aot_eager")


@pytest.mark.slow
def test_compiled_processes_measure_the_losses_of_a_plain_one(squares, alone, tmp_path):
    train(squares, tmp_path, [*SHARED, "compile=true", "micro_batch_videos=2", "total_videos=8"], 2, trace_only)
    assert_same_step(tmp_path, alone, 8)
