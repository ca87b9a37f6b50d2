"""Drawing clips: the plain form, the inference form, the peer; and what length, size and batch cost."""

import itertools
from pathlib import Path

import torch
from torch import Tensor

from dvd_gan.models.generator import DVDGANGenerator
from dvd_gan.models.inference import InferenceGenerator
from dvd_gan.models.presets import make_generator
from dvd_gan.models.tuning import fastest_dtype, has_bf16
from training.bench.measure import Case, Group, Meter, count_flops, measure_group
from training.bench.peer import load_peer

PLAIN, FOLDED = "plain form, eager float32", "inference form"


def conditions(generator: DVDGANGenerator, num_clips: int) -> tuple[Tensor, Tensor]:
    """Noise and class embeddings of so many clips."""
    latents = torch.randn(num_clips, generator.config.latent_dim, generator=torch.Generator().manual_seed(0))
    ids = torch.arange(num_clips) % generator.config.num_classes
    return latents.to(generator.device), generator.embed(ids.to(generator.device)).detach()


def draw_plain(generator: DVDGANGenerator, num_clips: int, num_frames: int) -> Tensor:
    """One call of the plain form."""
    with torch.no_grad():
        return generator(*conditions(generator, num_clips), num_frames)


def bench_generation(
    generator: DVDGANGenerator, num_clips: int, num_frames: int, peer: Path | None, meter: Meter
) -> Group:
    """The same clips by every form, and by the peer at the same width, length and size."""
    inputs = conditions(generator, num_clips)
    flops = count_flops(lambda: draw_plain(generator, num_clips, num_frames))
    cases = [Case(PLAIN, lambda: draw_plain(generator, num_clips, num_frames), flops, units=num_clips * num_frames)]
    for dtype in (torch.float32, torch.bfloat16) if has_bf16(generator.device) else (torch.float32,):
        form = InferenceGenerator(generator, dtype)
        name = f"{FOLDED}, {str(dtype).removeprefix('torch.')}"
        cases.append(
            Case(name, lambda form=form: form(*inputs, num_frames), flops, dtype, units=num_clips * num_frames)
        )
    if peer is not None:
        draw = load_peer(peer, generator.config.base_width, generator.config.num_classes, num_frames)
        name, peer_flops = "public re-implementation", count_flops(lambda: draw(num_clips))
        cases.insert(1, Case(name, lambda: draw(num_clips), peer_flops, units=num_clips * num_frames))
    side = generator.config.resolution
    title = f"Generation: {num_clips} x {num_frames} frames at {side} px, width {generator.config.base_width}"
    note = "FLOPs of all our forms are those of the plain form: they do the same arithmetic."
    return measure_group(title, "frames/s", note, cases, meter, 1 if peer is None else 2)


def bench_streaming(generator: DVDGANGenerator, num_frames: int, meter: Meter) -> Group:
    """Frames drawn one at a time with carried states, after the first."""
    latents, embeddings = conditions(generator, 1)
    form = InferenceGenerator(generator, fastest_dtype(generator))
    flops = count_flops(lambda: draw_plain(generator, 1, num_frames))
    cases = []
    for name, drawer, dtype in ((PLAIN, generator, torch.float32), (FOLDED, form, form.dtype)):
        frames = drawer.stream(latents, embeddings)

        def draw(frames=frames) -> None:
            for _ in itertools.islice(frames, num_frames):
                pass

        cases.append(Case(name, draw, flops, dtype, units=num_frames))
    clip = form.begin(latents, embeddings)
    form.advance(clip, 16)
    early = clip.num_bytes()
    while clip.frames_drawn < 100 * num_frames:
        form.advance(clip, 16)
    late = clip.num_bytes()
    sizes = f"{early / 2**20:.2f} MiB after 16 frames and {late / 2**20:.2f} after {clip.frames_drawn}"
    note = f"A clip under way holds {sizes}."
    return measure_group("Streaming: one frame at a time", "frames/s", note, cases, meter)


def bench_cost(quick: bool, meter: Meter) -> dict[str, list[tuple[int, Group]]]:
    """Cost along length (frames), resolution (pixels of a side) and batch (clips), at width 16 and random weights."""
    preset = "tiny" if quick else "small-64"
    base = make_generator(preset).eval()
    lengths = (4, 8) if quick else (12, 24, 48, 96, 192)
    batches = (1, 2) if quick else (1, 2, 4, 8)
    sizes = {32: [8, 8, 4, 2], 64: [8, 8, 4, 2, 1], 128: [8, 8, 4, 4, 2, 1]}
    if quick:
        sizes = {16: [4, 2, 1], 32: [4, 4, 2, 1]}
    frames = 4 if quick else 16
    curves = {"frames": [(n, bench_generation(base, 1, n, None, meter)) for n in lengths]}
    sized = {n: make_generator(preset, resolution=n, channel_multipliers=m).eval() for n, m in sizes.items()}
    curves["side in pixels"] = [(n, bench_generation(sized[n], 1, frames, None, meter)) for n in sized]
    curves["clips"] = [(n, bench_generation(base, n, frames, None, meter)) for n in batches]
    return curves
