import itertools
import json

import numpy as np
import pytest
import torch

from dvd_gan import DVDGANPipeline, video
from dvd_gan.models import inference, tuning
from dvd_gan.models.presets import make_generator

CLASSES = ["bend", "jumping jacks", "two-hand wave"]


def test_a_seed_and_class_give_the_same_clip_alone_in_any_slot_and_on_any_call(pipe):
    together = pipe(CLASSES, seeds=[5, 6, 7]).frames
    alone = pipe("jumping jacks", seeds=6).frames
    turned = pipe(CLASSES[::-1], seeds=[7, 6, 5]).frames
    np.testing.assert_allclose(together[1:2], alone, atol=1e-5)
    np.testing.assert_allclose(turned[::-1], together, atol=1e-5)
    assert np.array_equal(pipe(CLASSES, seeds=[5, 6, 7]).frames, together)
    assert np.abs(together[0] - together[1]).max() > 1e-2


def test_rounding_to_bf16_keeps_a_clip_the_same_to_the_bit_in_any_company(pipe, tiny_release, monkeypatch):
    monkeypatch.setattr(tuning, "fastest_dtype", lambda generator: torch.bfloat16)
    monkeypatch.setattr(tuning, "_chosen_dtypes", {})
    rounded = DVDGANPipeline.from_pretrained(tiny_release)
    together = rounded(CLASSES, seeds=[5, 6, 7]).frames
    assert rounded.inference_form().dtype == torch.bfloat16
    assert np.array_equal(together[1:2], rounded("jumping jacks", seeds=6).frames)
    assert np.array_equal(together, rounded(CLASSES, seeds=[5, 6, 7]).frames)
    assert 0 < np.abs(together - pipe(CLASSES, seeds=[5, 6, 7]).frames).mean() < 0.01


def test_a_change_of_the_weights_reaches_the_next_clip(tiny_release):
    changing = DVDGANPipeline.from_pretrained(tiny_release)
    before = changing("bend", seeds=1).frames
    assert changing.inference_form() is changing.inference_form()
    with torch.no_grad():
        changing.generator.output_conv.bias.add_(1.0)
    assert np.abs(changing("bend", seeds=1).frames - before).mean() > 0.05


def test_one_label_serves_many_seeds_and_one_seed_many_labels(pipe):
    by_label = pipe("bend", seeds=[1, 2]).frames
    by_seed = pipe(["bend", "two-hand wave"], seeds=1).frames
    assert len(by_label) == len(by_seed) == 2
    np.testing.assert_allclose(by_label[0], by_seed[0], atol=1e-6)


def test_output_types_follow_diffusers_and_agree(pipe):
    arrays = pipe("bend", seeds=[1, 2], num_frames=3).frames
    tensors = pipe("bend", seeds=[1, 2], num_frames=3, output_type="pt").frames
    pictures = pipe("bend", seeds=[1, 2], num_frames=3, output_type="pil").frames
    assert arrays.shape == (2, 3, 16, 16, 3) and arrays.dtype == np.float32
    assert tensors.shape == (2, 3, 3, 16, 16) and tensors.dtype == torch.float32
    assert arrays.min() >= 0 and arrays.max() <= 1
    assert np.array_equal(tensors.movedim(2, -1).numpy(), arrays)
    as_bytes = np.stack([[np.asarray(picture) for picture in clip] for clip in pictures])
    assert np.array_equal(as_bytes, np.rint(arrays * 255).astype(np.uint8))
    assert np.array_equal(pipe("bend", seeds=[1, 2], num_frames=3, return_dict=False)[0], arrays)


def test_the_length_is_that_of_training_unless_said(pipe):
    assert pipe("bend", seeds=1).frames.shape[1] == pipe.generator.config.trained_frames
    assert pipe("bend", seeds=1, num_frames=11).frames.shape[1] == 11


def test_chunks_join_without_a_seam(pipe, monkeypatch):
    at_once = pipe("bend", seeds=[1, 2], num_frames=11).frames
    monkeypatch.setattr(inference, "CACHED_BYTES", 3 * 16 * 16 * 8 * 4)
    np.testing.assert_allclose(pipe("bend", seeds=[1, 2], num_frames=11).frames, at_once, atol=1e-5)


def test_streamed_frames_are_the_frames_of_a_call(pipe):
    streamed = np.stack(list(itertools.islice(pipe.stream("bend", seed=3, truncation=0.5), 10)))
    called = np.rint(pipe("bend", seeds=3, truncation=0.5, num_frames=10).frames[0] * 255)
    assert streamed.dtype == np.uint8 and streamed.shape == (10, 16, 16, 3)
    assert np.abs(streamed - called).max() <= 1


def test_noise_comes_from_seeds_generators_or_latents(pipe):
    with_generator = [pipe("bend", generator=torch.Generator().manual_seed(3)).frames for _ in range(2)]
    assert np.array_equal(*with_generator)
    noise = torch.randn((1, 8), generator=torch.Generator().manual_seed(3))
    assert np.array_equal(pipe("bend", latents=noise).frames, with_generator[0])
    pair = pipe("bend", generator=[torch.Generator().manual_seed(s) for s in (3, 4)]).frames
    np.testing.assert_allclose(pair[:1], with_generator[0], atol=1e-5)
    torch.manual_seed(3)
    assert len(pipe(CLASSES).frames) == 3


def test_truncation_scales_the_noise(pipe):
    noise = torch.randn(8, generator=torch.Generator().manual_seed(3))[None]
    truncated = pipe("bend", seeds=3, truncation=0.25).frames
    np.testing.assert_allclose(truncated, pipe("bend", latents=noise * 0.25).frames, atol=1e-6)


def test_generating_leaves_every_weight_and_statistic_as_it_was(pipe):
    before = {name: value.clone() for name, value in pipe.generator.state_dict().items()}
    pipe("bend", seeds=1)
    next(pipe.stream("bend", seed=1))
    assert all(torch.equal(value, before[name]) for name, value in pipe.generator.state_dict().items())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (dict(class_labels="jumping jack"), "nearest known are 'jumping jacks'"),
        (dict(), "Give class_labels: this checkpoint knows 4 classes"),
        (dict(class_labels="bend", num_frames=0), "num_frames is a whole number from 1 to 4800"),
        (dict(class_labels="bend", num_frames=4801), "num_frames is a whole number"),
        (dict(class_labels="bend", num_frames=8.0), "num_frames is a whole number"),
        (dict(class_labels="bend", truncation=1.5), "at most 1"),
        (dict(class_labels="bend", truncation=0, seeds=None), "Truncation is above 0"),
        (dict(class_labels="bend", seeds=-1), "A seed is a whole number"),
        (dict(class_labels="bend", seeds=[]), "seeds is empty"),
        (dict(class_labels=["bend"] * 2, seeds=[1, 2, 3]), "2 class labels and 3 seeds do not pair up"),
        (dict(class_labels="bend", seeds=1, latents=torch.zeros(1, 8)), "only one of them"),
        (dict(class_labels="bend", latents=torch.zeros(1, 9)), r"latents are \(clips, 8\)"),
        (dict(class_labels="bend", latents=torch.zeros(1, 8), truncation=0.5), "scale the latents yourself"),
        (dict(class_labels="bend", output_type="latent"), "output_type is one of 'np', 'pt', 'pil'"),
    ],
)
def test_a_bad_argument_is_answered_with_one_sentence(pipe, arguments, sentence):
    with pytest.raises(ValueError, match=sentence) as caught:
        pipe(**arguments)
    assert "\n" not in str(caught.value) and str(caught.value).endswith(".")


def test_a_stream_refuses_at_once_not_at_its_first_frame(pipe):
    with pytest.raises(ValueError, match="no class called"):
        pipe.stream("bent over", seed=1)


def test_a_checkpoint_that_attends_over_whole_clips_calls_but_does_not_stream():
    torch.manual_seed(0)
    v1 = DVDGANPipeline(make_generator("tiny", recurrence="first_stage", attention="separable").eval())
    assert v1("class 2", seeds=1).frames.shape == (1, 4, 16, 16, 3)
    with pytest.raises(ValueError, match="cannot stream"):
        v1.stream("class 2", seed=1)


def test_saving_and_loading_changes_nothing_and_paths_stay_frozen(pipe, tmp_path):
    pipe.save_pretrained(tmp_path, max_shard_size="8KB")
    assert len(list((tmp_path / "generator").glob("*.safetensors"))) > 1
    again = DVDGANPipeline.from_pretrained(tmp_path)
    expected = pipe(CLASSES, seeds=[1, 2, 3]).frames
    np.testing.assert_allclose(again(CLASSES, seeds=[1, 2, 3]).frames, expected, atol=1e-5)
    for part in ("generator", "spatial_discriminator", "temporal_discriminator"):
        saved, loaded = getattr(pipe, part).state_dict(), getattr(again, part).state_dict()
        assert saved.keys() == loaded.keys() and all(torch.equal(saved[k], loaded[k]) for k in saved)
    index = json.loads((tmp_path / "model_index.json").read_text())
    assert index["_class_name"] == "DVDGANPipeline"
    assert index["generator"] == ["dvd_gan.models.generator", "DVDGANGenerator"]
    assert index["spatial_discriminator"] == ["dvd_gan.models.discriminators", "SpatialDiscriminator"]
    assert index["temporal_discriminator"] == ["dvd_gan.models.discriminators", "TemporalDiscriminator"]


def test_discriminators_are_optional(pipe, tmp_path):
    DVDGANPipeline(pipe.generator).save_pretrained(tmp_path)
    again = DVDGANPipeline.from_pretrained(tmp_path)
    assert again.spatial_discriminator is None and again.frame_encoder is None
    np.testing.assert_allclose(again("bend", seeds=1).frames, pipe("bend", seeds=1).frames, atol=1e-5)


def test_unsafe_loading_cannot_be_asked_for(tiny_release):
    with pytest.raises(ValueError, match="safetensors only"):
        DVDGANPipeline.from_pretrained(tiny_release, use_safetensors=False)


def test_the_pipelines_bytes_are_those_of_the_layout_module(pipe):
    config = pipe.generator.config
    noise = torch.zeros(1, config.latent_dim)
    clip = pipe.inference_form()(noise, pipe.generator.embed(torch.tensor([0])).detach(), config.trained_frames)
    frames = pipe(0, latents=noise).frames
    assert np.array_equal(np.rint(frames * 255).astype(np.uint8), video.to_uint8(clip).numpy())
