"""Below the clip of the Generate tab: clips side by side, favourites, and clips drawn again from their recipes."""

import gradio as gr
from gradio.events import Dependency

from dvd_gan.studio import favourites, reproduce, side_by_side, text_generate
from dvd_gan.studio.drawing import Controls
from dvd_gan.studio.visitors import VisitorCheckpoints


def add_tabs(visitors: VisitorCheckpoints, controls: Controls, taste: gr.Row) -> list[Dependency]:
    """Draw the tabs and wire them; adds buttons for the clip that is shown to the row `taste`. Returns the events that
    show another clip."""
    with taste:
        keep = gr.Button(text_generate.KEEP, size="sm", elem_id="keep")
        more = gr.Button(text_generate.MORE_LIKE_THIS, size="sm", elem_id="more-like-this")
    with gr.Tabs(elem_id="further", elem_classes="wrapping-tabs") as tabs:
        shown = [
            *side_by_side.add_tabs(visitors, controls, tabs, more),
            favourites.add_tab(visitors, controls, keep),
            *reproduce.add_tab(visitors, controls),
        ]
    return shown
