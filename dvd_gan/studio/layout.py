"""The page as a whole: header, tabs, and how it is served."""

from typing import Any

import gradio as gr

from dvd_gan.studio import (
    arrival,
    checkpoints_tab,
    continue_clip,
    explore,
    generate,
    how_it_works,
    share,
    text,
    text_share,
    theme,
    wall,
)
from dvd_gan.studio.session import Checkpoints
from dvd_gan.studio.visitors import VisitorCheckpoints

FILES_ARE_KEPT_SECONDS = 3600
MAX_WAITING_VISITORS = 32


def build(checkpoints: Checkpoints, notice: str = "") -> gr.Blocks:
    """The page over these checkpoints; a `notice` is shown to every visitor above the tabs."""
    visitors = VisitorCheckpoints(checkpoints)
    with gr.Blocks(
        title=text.TITLE,
        analytics_enabled=False,
        delete_cache=(FILES_ARE_KEPT_SECONDS // 4, FILES_ARE_KEPT_SECONDS),
    ) as page:
        gr.HTML(text.header(), elem_id="header")
        if notice:
            gr.Markdown(notice, elem_id="notice", container=True)
        opened = gr.State(time_to_live=FILES_ARE_KEPT_SECONDS)
        with gr.Tabs(elem_id="tabs", elem_classes="wrapping-tabs") as tabs:
            with gr.Tab(text_share.WALL_TAB, id="wall") as tab:
                first = wall.add_tab(tab, visitors, opened)
            with gr.Tab(text.GENERATE_TAB, id="generate") as tab:
                buttons, shown, generated = generate.add_tab(tab, visitors, opened)
                share.add_link(shown)
            with gr.Tab(text.CONTINUE_TAB, id="continue") as tab:
                continued = continue_clip.add_tab(tab, visitors, opened, buttons, shown, tabs)
            explored = explore.add_tab(visitors, opened, tabs)
            toured = how_it_works.add_tab(checkpoints)
            listed = checkpoints_tab.add_tab(visitors, opened)
        linked = [first.linked, generated, continued, explored, toured, listed]
        follower = arrival.Follower(visitors, opened, tabs, linked)
        arriving, arrived = arrival.arrive(page, follower)
        first.wire(follower, arriving, arrived)
        arrival.keep_address(linked, arriving)
    return page.queue(max_size=MAX_WAITING_VISITORS)


def launch_settings() -> dict[str, Any]:
    """Arguments of `Blocks.launch` that do not depend on the machine."""
    return dict(
        theme=theme.theme(),
        css=theme.CSS + theme.FIGURES,
        head=theme.HEAD + arrival.ADDRESS,
        footer_links=["api", "settings"],
        max_file_size="50mb",
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
    )
