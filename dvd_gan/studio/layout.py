"""The page as a whole: header, tabs, and how it is served."""

from typing import Any

import gradio as gr

from dvd_gan.studio import (
    access,
    charts,
    checkpoints_tab,
    continue_clip,
    explore,
    files,
    generate,
    how_it_works,
    text,
    theme,
)
from dvd_gan.studio.long_work import stop_all_of
from dvd_gan.studio.session import Checkpoints

MAX_WAITING_VISITORS = 32
MAX_REMEMBERED_VISITORS = 128


def build(checkpoints: Checkpoints, notice: str = "") -> gr.Blocks:
    """The page over these checkpoints; a `notice` is shown to every visitor above the tabs."""
    with gr.Blocks(
        title=text.TITLE,
        analytics_enabled=False,
        delete_cache=(files.KEPT_SECONDS // 4, files.KEPT_SECONDS),
    ) as page:
        gr.HTML(text.header(), elem_id="header")
        if notice:
            gr.Markdown(notice, elem_id="notice", container=True)
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(text.GENERATE_TAB, id="generate"):
                buttons, shown = generate.add_tab(page, checkpoints)
            with gr.Tab(text.CONTINUE_TAB, id="continue"):
                continue_clip.add_tab(checkpoints, buttons, shown, tabs)
            explore.add_tab(checkpoints, tabs)
            how_it_works.add_tab(checkpoints)
            checkpoints_tab.add_tab(page, checkpoints)
        page.unload(stop_all_of)
    return page.queue(max_size=MAX_WAITING_VISITORS)


def launch_settings() -> dict[str, Any]:
    """Arguments of `Blocks.launch` that do not depend on the machine."""
    return dict(
        theme=theme.theme(),
        css=theme.CSS + theme.FIGURES + charts.CSS + access.CSS,
        head=theme.HEAD + access.HEAD,
        footer_links=["api", "settings"],
        max_file_size="50mb",
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=True,
        state_session_capacity=MAX_REMEMBERED_VISITORS,
        app_kwargs=dict(lifespan=files.keep_clean),
    )
