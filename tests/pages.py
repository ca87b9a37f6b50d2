"""The page on a real server in this process."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import pytest

from dvd_gan.studio import layout, session


@contextlib.contextmanager
def running_page(
    checkpoint: Path, files: Path, prepare: Callable[[gr.Blocks], None] = lambda page: None
) -> Iterator[gr.Blocks]:
    """The page over a checkpoint and the bundled ones, launched, its files in `files`; `prepare` may change it before.

    Its address is `page.local_url`.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(files))
        page = layout.build(session.Checkpoints(str(checkpoint)))
        prepare(page)
        page.launch(prevent_thread_lock=True, quiet=True, **layout.launch_settings())
        yield page
        page.close()
