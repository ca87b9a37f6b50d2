"""The benchmark measures what it says, and writes it down."""

import copy
import re
import sys

import pytest
import torch
import torch.nn.functional as F

from training.bench import __main__ as bench
from training.bench import measure
from training.bench.measure import Case, Meter, count_flops, measure_group
from training.bench.peer import load_peer
from training.bench.report import replace_section, table
from training.bench.training_step import _players, bench_recipe, straightforward_step

STAND_IN = """
import torch
from tensorboardX import SummaryWriter
from Module.Blocks import paint

class Generator(torch.nn.Module):
    def __init__(self, in_dim=120, latent_dim=4, n_class=4, ch=32, n_frames=48, hierar_flag=False):
        super().__init__()
        self.n_frames, self.scale = n_frames, torch.nn.Parameter(torch.tensor(float(ch)))

    def forward(self, x, class_id):
        return paint(x * self.scale, self.n_frames)
"""
BLOCKS = """
import torch

def paint(noise, n_frames):
    frame = torch.tanh(noise @ torch.ones(noise.shape[1], 3 * 64 * 64)).view(-1, 1, 3, 64, 64)
    return frame.repeat(1, n_frames, 1, 1, 1)
"""


@pytest.fixture
def peer(tmp_path):
    """A folder with the peer's interface and nothing of the peer."""
    module = tmp_path / "peer" / "Module"
    module.mkdir(parents=True)
    (module / "Generator.py").write_text(STAND_IN)
    (module / "Blocks.py").write_text(BLOCKS)
    return tmp_path / "peer"


def test_a_peer_is_run_from_its_own_files_and_leaves_no_trace(peer):
    before = set(sys.modules), list(sys.path)
    for num_frames in (3, 5):
        draw = load_peer(peer, width=16, num_classes=4, num_frames=num_frames)
        assert draw(2).shape == (2, num_frames, 3, 64, 64) and not draw(1).requires_grad
    assert (set(sys.modules), list(sys.path)) == before


def test_a_folder_without_the_peers_generator_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="give --peer a checkout"):
        load_peer(tmp_path, 16, 4, 3)


@pytest.fixture
def clock(monkeypatch):
    """A clock that only cases move."""
    now = {"seconds": 0.0}
    monkeypatch.setitem(measure.CLOCKS, "wall", lambda: now["seconds"])
    return now


def test_ratios_are_taken_within_rounds_so_that_other_load_cancels_out(clock):
    load, runs = [1, 1, 50, 2, 1], {"slow": -1, "fast": -1}

    def case(name, seconds):
        def run():
            clock["seconds"] += seconds * load[max(runs[name], 0)]
            runs[name] += 1

        return Case(name, run, flops=6e9, units=12)

    group = measure_group(
        "t", "frames/s", "", [case("slow", 6.0), case("fast", 2.0)], Meter(5, "wall", {torch.float32: 6.0})
    )
    slow, fast = group.rows
    assert (slow.seconds, fast.seconds, fast.speedups) == (6.0, 2.0, [3.0])
    assert (fast.rate_gflops, fast.share_of_conv, fast.units_per_second) == (3.0, 0.5, 6.0)
    assert "| fast | 6.00 | 2000.0 | 6.0 | 3 | 50% | 3.00 |" in table(group)


def test_a_short_case_runs_several_times_in_a_row_and_a_cold_start_does_not_count(clock):
    order = []

    def case(name, seconds, cold):
        def run():
            clock["seconds"] += cold if order and order[-1] != name else seconds
            order.append(name)

        return Case(name, run, units=1)

    group = measure_group("t", "frames/s", "", [case("long", 2.0, 2.0), case("short", 0.1, 0.15)], Meter(3, "wall", {}))
    assert order[2:] == (["long"] + 3 * ["short"]) * 3
    assert [row.seconds for row in group.rows] == pytest.approx([2.0, 0.1])


def test_operations_of_a_convolution_are_two_a_multiply_add():
    x, kernel = torch.randn(2, 3, 8, 8), torch.randn(5, 3, 3, 3)
    assert count_flops(lambda: F.conv2d(x, kernel, padding=1)) == 2 * 9 * 3 * 5 * 64 * 2


def test_a_newer_section_takes_the_place_of_the_older_and_leaves_the_others(tmp_path):
    path = tmp_path / "BENCHMARKS.md"
    replace_section(path, "Streaming", "250 frames\n\n### a table\n")
    replace_section(path, "Loader", r"\1 clips")
    replace_section(path, "Streaming", "50 frames")
    text = path.read_text()
    assert text.startswith("# Benchmarks") and "250 frames" not in text and "### a table" not in text
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["Streaming", "Loader"]
    assert "50 frames" in text and r"\1 clips" in text


def test_the_straightforward_step_trains_all_three_networks():
    config = bench_recipe(quick=True).replace(
        batch_videos=2, micro_batch_videos=2, num_frames=4, model={}, preset="tiny"
    )
    players = _players(config, torch.contiguous_format)
    networks = (players.generator, players.spatial, players.temporal)
    before = [copy.deepcopy(network.state_dict()) for network in networks]
    batch = {"frames": torch.randint(256, (2, 4, 16, 16, 3), dtype=torch.uint8), "label": torch.tensor([0, 1])}
    straightforward_step(players, batch, config)
    for state, network in zip(before, networks, strict=True):
        assert any(not torch.equal(state[key], value) for key, value in network.named_parameters())


@pytest.mark.slow
def test_a_quick_run_measures_every_section_and_draws_the_plot(peer, tmp_path, monkeypatch):
    out = tmp_path / "B.md"
    monkeypatch.setattr(sys, "argv", ["bench", "--quick", "--peer", str(peer), "--out", str(out)])
    monkeypatch.setattr(bench, "GPU_ONLY", ())
    bench.main()
    text = out.read_text()
    titles = [
        "Generation",
        "Streaming",
        "Cost against length, size and batch",
        "Training step",
        "Loader",
        "Large clips",
        "The paper's size, on a GPU",
    ]
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == titles
    assert re.findall(r"^### Generation: .*, width (\d+)$", text, re.MULTILINE) == ["4", "4", "8", "8"]
    for row in ("plain form, eager float32", "public re-implementation", "training.step", "kept decoded"):
        assert re.search(rf"^\| {row}[^|]*\|", text, re.MULTILINE), row
    assert "A square bf16 matrix product reaches" in text and "Where training.step spends its time: " in text
    assert text.count("The plain convolution reached") == len(titles)
    assert re.search(r"4 frames at 16 px.* never took more than [\d.]+ GiB", text)
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
