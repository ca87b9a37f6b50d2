"""Where compiled arithmetic lies: in the run folder, made anew at every start."""

import os
import shutil
from pathlib import Path

from dvd_gan.models.fusing import fuse_arithmetic

CACHE_SETTING = "TORCHINDUCTOR_CACHE_DIR"


def compile_arithmetic(run: Path, rank: int) -> None:
    """Compile fusable arithmetic from now on, into a folder of this process alone, unless the environment names one.

    Torch's own folder is shared by all processes of a user and is never looked over: a kill while a library is written
    leaves half of it there, and every later start would stop at that.
    """
    from torch._inductor.runtime.cache_dir_utils import default_cache_dir

    if os.environ.get(CACHE_SETTING) in (None, default_cache_dir()):  # torch fills its own in when it is imported
        folder = run / f".compiled-{rank}"
        shutil.rmtree(folder, ignore_errors=True)
        os.environ[CACHE_SETTING] = str(folder.absolute())
    fuse_arithmetic()
