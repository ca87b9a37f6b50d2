"""The public re-implementation's generator, run from its own files where somebody has them; nothing of it is kept here.

DIR holds `Module/Generator.py`, whose `Generator(in_dim, latent_dim, n_class, ch, n_frames)` draws 64 px clips:
`generator(noise_BZ, class_ids_B) -> (B, T, 3, 64, 64)` (github.com/Harrypotterrrr/DVD-GAN).
"""

import importlib
import sys
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor

LATENT_DIM = 120


def load_peer(folder: Path, width: int, num_classes: int, num_frames: int) -> Callable[[int], Tensor]:
    """A function from a batch size to that many clips of an untrained generator, in eval mode and float32.

    Raises FileNotFoundError where DIR is not a checkout of it.
    """
    if not (folder / "Module" / "Generator.py").is_file():
        raise FileNotFoundError(f"{folder} holds no Module/Generator.py: give --peer a checkout of the peer.")
    with _importable(folder):
        module = importlib.import_module("Module.Generator")
    generator = module.Generator(LATENT_DIM, latent_dim=4, n_class=num_classes, ch=width, n_frames=num_frames)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    generator.to(device).eval()

    @torch.no_grad()
    def draw(num_clips: int) -> Tensor:
        return generator(
            torch.randn(num_clips, LATENT_DIM, device=device), torch.zeros(num_clips, dtype=torch.int64, device=device)
        )

    return draw


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Make `Module` importable from there, with an empty tensorboardX, which the peer imports and a generator needs
    not; forget both afterwards."""
    stub = types.ModuleType("tensorboardX")
    stub.SummaryWriter = None
    before = sys.modules.copy()
    sys.modules["tensorboardX"] = stub
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] in ("Module", "tensorboardX")]:
            del sys.modules[name]
        if "tensorboardX" in before:
            sys.modules["tensorboardX"] = before["tensorboardX"]
