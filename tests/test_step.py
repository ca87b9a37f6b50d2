"""What one training step does to which network."""

import copy

import pytest
import torch
from accelerate import Accelerator

from dvd_gan.models.presets import make_discriminators, make_frame_encoder, make_generator
from training import step as step_module
from training.drawing import Drawn
from training.draws import Draws
from training.recipes import load_recipe
from training.step import Players, train_step

CONFIG = load_recipe("weizmann_64", smoke=True).replace(mixed_precision="no", num_frames=4, spatial_frames=2)


def make_players():
    torch.manual_seed(0)
    generator = make_generator("tiny")
    spatial, temporal = make_discriminators(generator)
    critics = [*spatial.parameters(), *temporal.parameters()]
    return Players(
        generator,
        spatial,
        temporal,
        torch.optim.Adam(generator.parameters(), 1e-3, betas=(0.0, 0.99)),
        torch.optim.Adam(critics, 1e-3, betas=(0.0, 0.99)),
    )


def batches(count, size=4, seed=0):
    rng = torch.Generator().manual_seed(seed)
    for _ in range(count):
        yield {
            "frames": torch.randint(256, (size, 4, 16, 16, 3), dtype=torch.uint8, generator=rng),
            "label": torch.randint(4, (size,), generator=rng),
        }


def run(players, config):
    return train_step(players, batches(1), config, Accelerator(cpu=True), torch.Generator().manual_seed(1))


def changed(before, network):
    return any(not torch.equal(before[key], value) for key, value in network.state_dict().items() if "weight" in key)


def test_all_three_networks_learn():
    players = make_players()
    before = [copy.deepcopy(n.state_dict()) for n in (players.generator, players.spatial, players.temporal)]
    stats = run(players, CONFIG)
    for state, network in zip(before, (players.generator, players.spatial, players.temporal), strict=True):
        assert changed(state, network)
    assert stats["spatial_loss"] > 0 and stats["generator_gradient_norm"] > 0


def test_layers_that_hold_still_do_and_the_others_learn():
    players = make_players()
    players.generator.requires_grad_(False)
    before = copy.deepcopy(players.generator.state_dict())
    critic = copy.deepcopy(players.spatial.state_dict())
    run(players, CONFIG)
    assert not changed(before, players.generator) and changed(critic, players.spatial)
    players.generator.stages[1].requires_grad_(True)
    run(players, CONFIG)
    assert changed(before, players.generator)
    assert torch.equal(before["stem.weight"], players.generator.stem.weight)


def test_an_encoder_learns_states_and_classes_while_the_generator_holds_still():
    config = CONFIG.replace(conditioning_frames=2, class_weight=1.0, future_weight=1.0)
    players = make_players()
    players.frame_encoder = make_frame_encoder(players.generator, 2)
    players.generator_optimizer = torch.optim.Adam(players.frame_encoder.parameters(), 1e-3, betas=(0.0, 0.99))
    players.generator.requires_grad_(False)
    generator, encoder = (copy.deepcopy(network.state_dict()) for network in players.drawing())
    losses = [run(players, config) for _ in range(20)]
    assert not changed(generator, players.generator)
    for part in ("class_head.weight", "merges.0.weight", "blocks.0.conv1.weight"):
        assert not torch.equal(encoder[part], players.frame_encoder.state_dict()[part])
    assert losses[-1]["class_loss"] < 0.75 * losses[0]["class_loss"], "the batch is always the same"


def test_a_mask_learns_to_keep_less_of_what_changes():
    config = CONFIG.replace(conditioning_frames=2, model={"compositing": True}, keep_weight=1000.0, mismatch_weight=0.0)
    players = make_players()
    players.generator = make_generator("tiny", compositing=True)
    players.frame_encoder = make_frame_encoder(players.generator, 2)
    players.generator.requires_grad_(False).mask.requires_grad_(True)
    players.generator_optimizer = torch.optim.Adam(players.generator.mask.parameters(), 1e-3, betas=(0.0, 0.99))
    losses = [run(players, config)["keeping_error"] for _ in range(10)]
    assert losses[-1] < 0.9 * losses[0], "every pixel of the batch changes at every frame"


@pytest.mark.parametrize("reuse_fakes", [True, False])
def test_the_generator_phase_leaves_the_critics_alone(reuse_fakes, monkeypatch):
    players = make_players()
    seen = {}

    def record(*arguments):
        seen["before"] = copy.deepcopy(players.spatial.state_dict()), copy.deepcopy(players.temporal.state_dict())
        return original(*arguments)

    original = step_module._generator_phase
    monkeypatch.setattr(step_module, "_generator_phase", record)
    run(players, CONFIG.replace(reuse_fakes=reuse_fakes))
    for before, network in zip(seen["before"], (players.spatial, players.temporal), strict=True):
        assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())


def test_the_generator_step_raises_its_own_score():
    players = make_players()
    z, ids = torch.randn(8, 8), torch.arange(8) % 4
    for optimizer in (players.discriminator_optimizer, players.generator_optimizer):
        optimizer.param_groups[0]["lr"] = 0.0
    players.generator_optimizer.param_groups[0]["lr"] = 2e-3

    def score():
        with torch.no_grad():
            clip = players.generator.train()(z, players.generator.embed(ids), 4)
            return (players.spatial.eval()(clip, ids) + players.temporal.eval()(clip, ids)).mean()

    first = score()
    for _ in range(20):
        run(players, CONFIG)
    assert score() > first + 0.1


def test_critics_learn_to_tell_real_from_generated():
    players = make_players()
    players.generator_optimizer.param_groups[0]["lr"] = 0.0
    first = run(players, CONFIG)
    for _ in range(30):
        last = run(players, CONFIG)
    assert last["spatial_loss"] < 0.7 * first["spatial_loss"]
    assert last["spatial_real"] > last["spatial_fake"] and last["temporal_real"] > last["temporal_fake"]


def test_the_number_of_critic_steps_is_the_settings():
    players = make_players()
    stream = batches(10)
    train_step(players, stream, CONFIG.replace(discriminator_steps=3), Accelerator(cpu=True), torch.Generator())
    assert len(list(stream)) == 7


def test_micro_batches_give_the_gradient_of_the_whole_batch():
    """With the generator out of the way (its BN sees each micro-batch alone), critics' gradients add up exactly."""
    gradients = []
    for size, count in ((4, 1), (2, 2)):
        players = make_players()
        players.spatial.requires_grad_(True)
        config = CONFIG.replace(micro_batch_videos=size, reuse_fakes=False, translation=0.0, mirror=False)
        whole = next(batches(1))
        parts = [{key: value[i * size : (i + 1) * size] for key, value in whole.items()} for i in range(count)]
        fakes = torch.rand(4, 4, 3, 16, 16, generator=torch.Generator().manual_seed(3)) * 2 - 1
        labels = torch.arange(4)
        chunks = iter(list(zip(fakes.split(size), labels.split(size), strict=True)))
        captured = []
        original = step_module.draw_clips, step_module._apply_gradients, step_module.draw_frame_ids
        step_module.draw_clips = lambda *_, chunks=chunks: Drawn(*next(chunks), torch.zeros(()))
        step_module.draw_frame_ids = lambda clips, frames, k, rng: torch.arange(k).expand(clips, k)
        step_module._apply_gradients = lambda *_, c=captured, p=players: c.extend(
            x.grad.clone() for x in [*p.spatial.parameters(), *p.temporal.parameters()]
        )
        for critic in (players.spatial, players.temporal):
            critic.train = lambda mode=True, critic=critic: critic  # power iterations would differ in number
            critic.eval = lambda critic=critic: critic
            for module in critic.modules():
                module.training = False
        try:
            step_module._discriminator_phase(
                players, iter(parts), config, Accelerator(cpu=True), Draws(torch.Generator()), False, {}
            )
        finally:
            step_module.draw_clips, step_module._apply_gradients, step_module.draw_frame_ids = original
        gradients.append(captured)
    for whole, parts in zip(*gradients, strict=True):
        torch.testing.assert_close(parts, whole, rtol=1e-4, atol=1e-5)


def test_a_non_finite_number_stops_the_run_before_the_optimizer_moves():
    players = make_players()
    players.spatial.head.linear.bias.data.fill_(float("nan"))
    before = copy.deepcopy(players.temporal.state_dict())
    with pytest.raises(FloatingPointError, match="spatial_loss"):
        run(players, CONFIG)
    assert not changed(before, players.temporal)


def test_real_clips_under_wrong_labels_teach_the_critics_the_class():
    """Class 0 is dark, class 1 bright, and the generator holds still: only mislabelled clips tell labels apart."""

    def gap(weight):
        players = make_players()
        players.generator.requires_grad_(False)
        config = CONFIG.replace(mismatch_weight=weight, translation=0.0, mirror=False)
        labels = torch.tensor([0, 1, 0, 1])
        frames = torch.where(labels.bool(), 200, 50).to(torch.uint8)[:, None, None, None, None].expand(-1, 4, 16, 16, 3)
        stream = iter([{"frames": frames, "label": labels}] * 60)
        for step in range(60):
            train_step(players, stream, config, Accelerator(cpu=True), torch.Generator().manual_seed(step))
        critic, clip = players.spatial.eval(), frames[:2].movedim(-1, 2).float() / 127.5 - 1
        right, wrong = torch.tensor([0, 1]), torch.tensor([1, 0])
        return (critic(clip, right) - critic(clip, wrong)).mean()

    assert gap(1.0) > gap(0.0) + 0.5
