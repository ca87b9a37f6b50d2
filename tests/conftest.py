"""A tiny real release and its pipeline, for every test that needs one. One thread, no network."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
from pathlib import Path

import numpy as np
import pytest

CLASS_NAMES = ["bend", "jumping jacks", "one-hand wave", "two-hand wave"]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Two processes share the suite: one takes all browser tests, one after another; other files go to whoever is
    free, each in one piece."""
    from xdist.scheduler import LoadScopeScheduling

    class OneBrowser(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "browser" if nodeid.startswith("tests/browser/") else nodeid.partition("::")[0]

    return OneBrowser(config, log)


@pytest.fixture(scope="session")
def tiny_release(tmp_path_factory) -> Path:
    """A release folder with random weights: 4 classes, 16 px, 4 trained frames."""
    import torch

    from dvd_gan import DVDGANPipeline
    from dvd_gan.models.presets import make_discriminators, make_generator

    torch.manual_seed(0)
    generator = make_generator("tiny", class_names=CLASS_NAMES, fps=12.0, training_data="Nothing: random weights.")
    generator.recompute_standing_statistics(num_batches=2, batch_size=8, generator=torch.Generator().manual_seed(0))
    folder = tmp_path_factory.mktemp("release") / "tiny"
    DVDGANPipeline(generator, *make_discriminators(generator)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def pipe(tiny_release):
    from dvd_gan import DVDGANPipeline

    return DVDGANPipeline.from_pretrained(tiny_release)


@pytest.fixture(scope="session")
def tiny_predict_release(tmp_path_factory) -> Path:
    """A release that continues three given frames, with random weights and one example: 16 px, 4 trained frames."""
    import torch

    from dvd_gan import DVDGANPipeline
    from dvd_gan.clips import write_mp4
    from dvd_gan.models.presets import make_discriminators, make_frame_encoder, make_generator

    torch.manual_seed(0)
    generator = make_generator("tiny", num_classes=1, fps=12.0, training_data="Nothing: random weights.")
    encoder = make_frame_encoder(generator, num_frames=3).eval()
    torch.nn.init.normal_(generator.output_norm.gain.weight)
    reading = encoder.read(generator, torch.rand(8, 3, 3, 16, 16) * 2 - 1)
    begin = reading.class_embeddings_BE, reading.states
    generator.recompute_standing_statistics(2, 8, torch.Generator().manual_seed(0), lambda _: begin)
    folder = tmp_path_factory.mktemp("release") / "tiny-predict"
    DVDGANPipeline(generator, *make_discriminators(generator), encoder).save_pretrained(folder)
    (folder / "examples").mkdir()
    write_mp4(brightening(8), folder / "examples" / "a-brightening-wall.mp4", fps=12)
    return folder


def brightening(num_frames: int, side: int = 64) -> np.ndarray:
    """(T, side, side, 3) uint8: a grey wall, 20 levels brighter every frame."""
    return np.broadcast_to(20 * np.arange(num_frames, dtype=np.uint8)[:, None, None, None], (num_frames, side, side, 3))


@pytest.fixture(scope="session")
def predict_pipe(tiny_predict_release):
    from dvd_gan import DVDGANPipeline

    return DVDGANPipeline.from_pretrained(tiny_predict_release)


@pytest.fixture(autouse=True)
def fresh_accelerate_state():
    """accelerate keeps the first Accelerator's precision for the whole process: no test hands its own on."""
    yield
    if "accelerate" in sys.modules:
        from accelerate.state import AcceleratorState

        AcceleratorState._reset_state(reset_partial_state=True)
