"""Two gloo processes that share a batch do what one process does with all of it."""

import json

import pytest
from safetensors.torch import load_file

from tests.running import train
from tests.square_people import write_square_people
from training.data.shards import ShardedClips

# Every term of the losses, and two micro-batches a process. One process takes 4 clips at once, each of two takes 2.
SHARED = ["batch_videos=8", "reuse_fakes=false", "discriminator_steps=2", "translation=0.125", "mirror=true"]
SHARED += ["mismatch_weight=1", "diversity_weight=0.5", "reconstruction_weight=1"]
SHARED += ["log_every_videos=8", "sample_every_videos=32", "save_every_videos=16"]
TOLERANCE = 1e-3
"""Relative, after four steps: sums over processes are taken in another order than sums over a batch."""


@pytest.fixture(scope="module")
def squares(tmp_path_factory):
    return write_square_people(tmp_path_factory.mktemp("squares") / "data")


def note_draws(rank, run):
    """Write every draw number that this process reads."""
    read = ShardedClips.__getitem__

    def noting(clips, draw):
        with (run / f"draws-{rank}.txt").open("a") as file:
            file.write(f"{draw}\n")
        return read(clips, draw)

    ShardedClips.__getitem__ = noting


@pytest.fixture(scope="module")
def alone(squares, tmp_path_factory):
    run = tmp_path_factory.mktemp("alone")
    train(squares, run, [*SHARED, "micro_batch_videos=4", "total_videos=32"], 1, note_draws)
    return run


@pytest.fixture(scope="module")
def together(squares, tmp_path_factory):
    run = tmp_path_factory.mktemp("together")
    train(squares, run, [*SHARED, "micro_batch_videos=2", "total_videos=32"], 2, note_draws)
    return run


def losses(run):
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [
        {key: value for key, value in line.items() if key not in ("time", "clips_per_second")}
        for line in lines
    ]


@pytest.mark.slow
def test_two_processes_measure_the_losses_of_one(alone, together):
    one, two = losses(alone), losses(together)
    assert [line["videos_seen"] for line in one] == [8, 16, 24, 32]
    assert {"spatial_loss", "diversity_shortfall", "redrawing_error", "temporal_mislabelled"} <= one[0].keys()
    for ours, theirs in zip(two, one, strict=True):
        assert ours == pytest.approx(theirs, rel=TOLERANCE, abs=TOLERANCE)


@pytest.mark.slow
def test_ranks_read_disjoint_clips_and_together_all_of_them(alone, together):
    draws = [[int(line) for line in (together / f"draws-{rank}.txt").read_text().split()] for rank in (0, 1)]
    assert len(draws[0]) == len(draws[1]) == 32 and not set(draws[0]) & set(draws[1])
    whole = [int(line) for line in (alone / "draws-0.txt").read_text().split()]
    assert sorted(draws[0] + draws[1]) == whole == list(range(64))


@pytest.mark.slow
@pytest.mark.parametrize("first, second", [(2, 1), (1, 2)])
def test_a_run_goes_on_with_another_number_of_processes(squares, alone, tmp_path, first, second):
    for num_ranks, total in ((first, 16), (second, 32)):
        settings = [*SHARED, f"micro_batch_videos={4 // num_ranks}", f"total_videos={total}"]
        printed = train(squares, tmp_path, settings, num_ranks)
    assert "resumed" in printed
    assert losses(tmp_path)[-1] == pytest.approx(losses(alone)[-1], rel=TOLERANCE, abs=TOLERANCE)


@pytest.mark.slow
def test_all_processes_hold_the_same_weights_and_those_of_one(alone, together):
    for name in ("generator", "average", "spatial_discriminator", "clip_encoder"):
        one = load_file(alone / "state-0000000032" / f"{name}.safetensors")
        two = load_file(together / "state-0000000032" / f"{name}.safetensors")
        for key, value in one.items():
            assert (value - two[key]).abs().max() <= TOLERANCE * (1 + value.abs().max()), (name, key)
