"""Which inference form is fastest on this machine: measured on it, not guessed from its name.

A processor may or may not multiply bf16 faster than float32, and two threads may or may not beat one: where something
else keeps the other core busy, every small step waits for the second thread, and a clip takes twenty times as long.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from torch import Tensor

from dvd_gan.models.generator import STEM_RESOLUTION, DVDGANGenerator, stage_widths
from dvd_gan.models.inference import InferenceGenerator
from dvd_gan.models.recording import RecordedDraws

SMALL_FLOPS = 20e6
"""A model of fewer operations a frame spends its time on calls, not on arithmetic: float32 without measuring."""
WORTHWHILE = 0.8
"""bf16 is taken if it needs at most this share of float32's time: rounding has to buy something."""
ROUNDS = 3
BUDGET_SECONDS = 2.0
"""No further round is begun after this long: a model of seconds a frame is measured once."""
HOPELESS = 2.0
"""A thread count is dropped at its first round if it takes so many times as long as the best."""
SLOW = 3.0
"""A call on several threads that takes so many times as long as was measured has their number measured again."""

Result = TypeVar("Result")
_chosen_dtypes: dict[tuple, torch.dtype] = {}


class TunedGenerator:
    """The inference form in the dtype and with the number of CPU threads that are fastest here.

    The dtype is settled once for every size of model, device and process, so that a seed keeps giving the same clip;
    the number of threads is settled here, and again after a call on several that was far slower than it should be.

    Args:
        generator: trained weights; later changes of them do not reach this copy.
    """

    def __init__(self, generator: DVDGANGenerator):
        size = (generator.device.type, generator.config.resolution, generator.config.attention)
        key = (*size, generator.config.recurrence, *stage_widths(generator.config))
        if key not in _chosen_dtypes:
            _chosen_dtypes[key] = fastest_dtype(generator)
        with threads(1):
            self.form = InferenceGenerator(generator, _chosen_dtypes[key])
        self.dtype = self.form.dtype
        self.draw = RecordedDraws(self.form) if self.form.device.type == "cuda" else self.form
        self._slow = True

    def __call__(self, latents_BZ: Tensor, class_embeddings_BE: Tensor, num_frames: int, states=None) -> Tensor:
        """As `InferenceGenerator.__call__`."""
        if self._slow:
            self.threads, self.seconds_a_frame = fastest_threads(self.form)
        with threads(self.threads):
            started = time.perf_counter()
            video_BTCHW = self.draw(latents_BZ, class_embeddings_BE, num_frames, states)
            seconds = time.perf_counter() - started
        expected = self.seconds_a_frame * num_frames * len(latents_BZ)
        self._slow = self.threads > 1 and seconds > SLOW * expected
        return video_BTCHW

    def stream(self, latents_BZ: Tensor, class_embeddings_BE: Tensor, states=None) -> Iterator[Tensor]:
        """As `InferenceGenerator.stream`."""
        if self._slow:
            self.threads, self.seconds_a_frame = fastest_threads(self.form)
            self._slow = False
        frames = self.form.stream(latents_BZ, class_embeddings_BE, states)
        while True:
            with threads(self.threads):
                frame_BCHW = next(frames)
            yield frame_BCHW


@contextlib.contextmanager
def threads(number: int) -> Iterator[None]:
    """Run torch on so many CPU threads inside."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def fastest_dtype(generator: DVDGANGenerator) -> torch.dtype:
    """float32, or bf16 where the device has it and it is worth its rounding; the best of a few rounds counts.

    On a CPU the time is this thread's own, so that the choice does not depend on what else runs.
    """
    if not has_bf16(generator.device):
        return torch.float32
    if _flops_a_frame(generator) < SMALL_FLOPS:
        return torch.float32
    on_cpu = generator.device.type == "cpu"
    with threads(1):
        forms = [InferenceGenerator(generator, dtype) for dtype in (torch.float32, torch.bfloat16)]
        plain, rounded = (_frame_drawer(form, time.thread_time if on_cpu else time.perf_counter) for form in forms)
        plain_seconds, rounded_seconds = plain(), rounded()
        for _ in _rounds():
            plain_seconds, rounded_seconds = min(plain_seconds, plain()), min(rounded_seconds, rounded())
    return torch.bfloat16 if rounded_seconds <= WORTHWHILE * plain_seconds else torch.float32


def has_bf16(device: torch.device) -> bool:
    """Whether convolutions in bf16 are worth a trial there."""
    if device.type == "cpu":
        return torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return device.type == "cuda" and torch.cuda.is_bf16_supported()


def _flops_a_frame(generator: DVDGANGenerator) -> float:
    """Roughly: every kernel counted at its stage's lower resolution."""
    kernels = [sum(p.numel() for p in stage.parameters() if p.ndim == 4) for stage in generator.stages]
    return sum(2 * numbers * (STEM_RESOLUTION * 2**i) ** 2 for i, numbers in enumerate(kernels))


def fastest_threads(form: InferenceGenerator) -> tuple[int, float]:
    """The number of threads, at most torch's own, with the least time a frame on average, and that time in seconds."""
    most = torch.get_num_threads() if form.device.type == "cpu" else 1
    candidates = sorted({1, max(1, most // 2), most})
    draw, times = _frame_drawer(form, time.perf_counter), {}
    for number in candidates:
        with threads(number):
            if number == 1:
                draw()
            seconds = []
            for _ in _rounds():
                seconds.append(draw())
                if times and seconds[0] > HOPELESS * min(times.values()):
                    break
            times[number] = sum(seconds) / len(seconds)
    best = min(times, key=times.get)
    return best, times[best]


def _rounds() -> Iterator[int]:
    started = time.perf_counter()
    for number in range(ROUNDS):
        if number and time.perf_counter() - started > BUDGET_SECONDS:
            return
        yield number


def _frame_drawer(form: InferenceGenerator, clock: Callable[[], float]) -> Callable[[], float]:
    """A function that draws a few frames of one clip and returns the seconds that each took by that clock."""
    config, device = form.config, form.device
    noise = [torch.zeros(1, size, device=device) for size in (config.latent_dim, config.class_embedding_dim)]
    num_frames = config.trained_frames if config.attention != "none" else min(4, form.frames_at_once)
    clip = form.begin(*noise)

    def draw() -> float:
        started = clock()
        form.advance(clip, num_frames)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        return (clock() - started) / num_frames

    return draw
