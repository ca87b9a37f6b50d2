"""No visitor's file outlives its time, and no folder its files.

gradio deletes files that it has served, an hour later, but leaves their folders, files that a visitor never saw, and
all that a killed server wrote. This looks after the rest.
"""

import asyncio
import contextlib
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

KEPT_SECONDS = 3600
CLIP_FOLDER = "clip-"
"""How the names of the studio's own folders begin: others in that place belong to gradio, or to another page."""


def clear_old(root: Path, age_seconds: float) -> None:
    """Delete the studio's folders, and empty folders of gradio's, that nobody has touched for so long."""
    oldest = time.time() - age_seconds
    for folder in root.iterdir() if root.is_dir() else ():
        with contextlib.suppress(OSError):
            if folder.is_symlink() or not folder.is_dir() or folder.stat().st_mtime > oldest:
                continue
            if folder.name.startswith(CLIP_FOLDER):
                shutil.rmtree(folder)
            else:
                folder.rmdir()


@contextlib.asynccontextmanager
async def keep_clean(app: Any) -> AsyncIterator[None]:
    """For the length of a server's life; `Blocks.launch` takes it as `app_kwargs=dict(lifespan=keep_clean)`."""

    async def look_after() -> None:
        while True:
            await asyncio.to_thread(clear_old, Path(get_upload_folder()), 2 * KEPT_SECONDS)
            await asyncio.sleep(KEPT_SECONDS / 4)

    task = asyncio.create_task(look_after())
    try:
        yield
    finally:
        task.cancel()
