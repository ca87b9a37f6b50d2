"""The page that plans larger machines: counts agree with a real step, and what is written down is what is computed."""

import importlib

import pytest
import torch
from accelerate import Accelerator
from torch.utils.flop_counter import FlopCounterMode

from dvd_gan.models.presets import make_discriminators, make_frame_encoder, make_generator
from training.checkpointing import checkpoint_activations
from training.recipes import load_recipe
from training.scale import page
from training.scale.count import count_flops, count_step
from training.scale.measure import RECIPES, load
from training.step import Players, train_step

MEASURED = load()
TINY = load_recipe("kinetics600_64x12", smoke=True).replace(
    mixed_precision="no", num_frames=6, model={}, batch_videos=2, micro_batch_videos=1, spatial_frames=3
)


@pytest.mark.parametrize(("num_given", "recomputing"), [(0, False), (0, True), (2, False)])
def test_the_count_is_that_of_a_real_step(num_given, recomputing):
    config = TINY.replace(conditioning_frames=num_given, checkpoint_activations=recomputing)
    generator = make_generator("tiny", num_classes=1 if num_given else 4, trained_frames=6 - num_given)
    encoder = make_frame_encoder(generator, num_given) if num_given else None
    critics = make_discriminators(generator)
    networks = [network for network in (generator, *critics, encoder) if network is not None]
    for network in networks[:3] if recomputing else []:
        checkpoint_activations(network)
    optimizers = [torch.optim.Adam([p for n in side for p in n.parameters()]) for side in (networks[::3], critics)]
    players = Players(generator, *critics, *optimizers, frame_encoder=encoder)
    clips = {"frames": torch.zeros(1, 6, 16, 16, 3, dtype=torch.uint8), "label": torch.zeros(1, dtype=torch.int64)}
    with FlopCounterMode(display=False) as flops:
        train_step(players, iter(lambda: clips, None), config, Accelerator(cpu=True), torch.Generator())
    counted = count_flops(config, num_classes=4)
    # The class-dependent part of the heads is all that a real step does a little differently.
    assert flops.get_total_flops() == pytest.approx(config.batch_videos * counted, rel=0.01)


@pytest.mark.slow
def test_kept_bytes_grow_with_length_and_size():
    short, large = (
        count_step(TINY.replace(num_frames=4), 4),
        count_step(TINY.replace(num_frames=8, model={"base_width": 8}), 4),
    )
    assert 3 < large.kept_bytes_a_clip / short.kept_bytes_a_clip < 4.5
    assert large.fixed_bytes > 2 * short.fixed_bytes and large.flops_a_clip > 4 * short.flops_a_clip
    assert 0.2 < large.recomputing_bytes_a_clip / large.kept_bytes_a_clip < 0.8
    assert 1 < large.recomputing_flops_a_clip / large.flops_a_clip < 4 / 3
    generator = make_generator("tiny", trained_frames=4)
    networks = [generator, *make_discriminators(generator)]
    assert short.weights == sum(p.numel() for network in networks for p in network.parameters())


@pytest.mark.slow
def test_the_stored_count_is_that_of_the_recipe_as_it_stands():
    counted, stored = count_flops(load_recipe("kinetics600_64x12"), 600), MEASURED["steps"]["kinetics600_64x12"]
    assert counted == pytest.approx(stored["flops_a_clip"], rel=0.01)


def test_the_page_is_the_one_that_the_script_writes():
    assert page.PAGE.read_text() == page.render_page(MEASURED), "run `python -m training.scale page`"


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_promises_what_the_script_computes(name):
    promise = importlib.import_module(f"training.recipes.{name}").__doc__
    for line in page.render_promise(name, MEASURED):
        assert line in promise, "run `python -m training.scale promises`"
    assert "Data: " in promise and "Score: " in promise


def test_the_hours_follow_from_operations_and_peak():
    step, config = {"flops_a_clip": 10**12}, TINY.replace(total_videos=3600 * 100)
    assert page.hours(step, config, page.Accelerator("a", 10e12, 80), 0.5) == pytest.approx(20)


@pytest.mark.parametrize(("gib", "clips"), [(10, 0), (12, 0), (13, 1), (21, 8), (40, 16)])
def test_clips_at_once_leave_room(gib, clips):
    step = {"fixed_bytes": 10.2 * 2**30, "kept_bytes_a_clip": 2**30}
    assert page.clips_at_once(step, page.Accelerator("a", 1e12, gib)) == clips


@pytest.mark.parametrize("name", RECIPES)
def test_micro_batches_fit_an_accelerator_of_80_gib(name):
    h100 = next(accelerator for accelerator in page.ACCELERATORS if accelerator.name == "H100")
    assert load_recipe(name).micro_batch_videos <= page.clips_at_once(MEASURED["steps"][name], h100)
