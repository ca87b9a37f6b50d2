"""The page as a whole: header, tabs, and how it is served."""

from typing import Any

import gradio as gr

from dvd_gan.studio import (
    access,
    arrival,
    charts,
    checkpoints_tab,
    continue_clip,
    explore,
    files,
    generate,
    how_it_works,
    share,
    text,
    text_share,
    theme,
    wall,
)
from dvd_gan.studio.long_work import stop_all_of
from dvd_gan.studio.session import Checkpoints
from dvd_gan.studio.visitors import VisitorCheckpoints
from dvd_gan.studio.walls import Walls

MAX_WAITING_VISITORS = 32
MAX_REMEMBERED_VISITORS = 128


def build(checkpoints: Checkpoints, notice: str = "", walls: Walls | None = None) -> gr.Blocks:
    """The page over these checkpoints; a `notice` is shown to every visitor above the tabs. `walls` may have been drawn
    already; new ones by default."""
    walls = walls or Walls(VisitorCheckpoints(checkpoints))
    visitors = walls.visitors
    with gr.Blocks(
        title=text.TITLE,
        analytics_enabled=False,
        delete_cache=(files.KEPT_SECONDS // 4, files.KEPT_SECONDS),
    ) as page:
        gr.HTML(text.header(), elem_id="header")
        if notice:
            gr.Markdown(notice, elem_id="notice", container=True)
        opened = gr.State(time_to_live=files.KEPT_SECONDS)
        with gr.Tabs(elem_id="tabs", elem_classes="wrapping-tabs") as tabs:
            with gr.Tab(text_share.WALL_TAB, id="wall") as tab:
                first = wall.add_tab(tab, walls, opened)
            with gr.Tab(text.GENERATE_TAB, id="generate") as tab:
                buttons, shown, generated = generate.add_tab(tab, visitors, opened)
                share.add_link(shown)
            with gr.Tab(text.CONTINUE_TAB, id="continue") as tab:
                continued = continue_clip.add_tab(tab, visitors, opened, buttons, shown, tabs)
            explored = explore.add_tab(visitors, opened, tabs)
            toured = how_it_works.add_tab(visitors, opened)
            listed = checkpoints_tab.add_tab(visitors, opened)
        linked = [first.linked, generated, continued, explored, toured, listed]
        follower = arrival.Follower(visitors, opened, tabs, linked)
        arriving, arrived = arrival.arrive(page, follower)
        first.wire(follower, arriving, arrived)
        arrival.keep_address(linked)
        page.unload(stop_all_of)
    return page.queue(max_size=MAX_WAITING_VISITORS)


def launch_settings() -> dict[str, Any]:
    """Arguments of `Blocks.launch` that do not depend on the machine."""
    return dict(
        _frontend=False,  # else gradio gives up where a busy machine takes over three seconds for its first answer
        theme=theme.theme(),
        css=theme.CSS + theme.FIGURES + charts.CSS + access.CSS,
        head=theme.HEAD + access.HEAD + arrival.ADDRESS,
        footer_links=["api", "settings"],
        max_file_size="50mb",
        run_history=False,
        enable_monitoring=False,
        ssr_mode=False,
        mcp_server=True,
        state_session_capacity=MAX_REMEMBERED_VISITORS,
        app_kwargs=dict(lifespan=files.keep_clean),
    )
