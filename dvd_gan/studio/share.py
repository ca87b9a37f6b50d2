"""Links to hand on: the address that draws a clip again, or opens a tab as it is set, on any computer."""

import gradio as gr

from dvd_gan.studio import links, text_share
from dvd_gan.studio.session import ShownClip

# The server cannot know by which address a visitor reaches it.
WHOLE = "(query) => query && new URL('?' + query, location.href).href"
COPY = f"""async (link) => {{
  await navigator.clipboard?.writeText(link);
  return navigator.clipboard ? "{text_share.COPIED}" : "{text_share.COPY_BY_HAND}";
}}"""


COPY_ADDRESS = f"async () => ({COPY})(location.href)"
LATER = f"() => new Promise((done) => setTimeout(done, 3000, '{text_share.COPY_PAGE_LINK}'))"


def add_page_link(elem_id: str) -> None:
    """Draw a button that copies the page's own address, which says what the open tab is set to."""
    copy = gr.Button(text_share.COPY_PAGE_LINK, size="sm", elem_id=elem_id)
    copied = copy.click(None, None, copy, js=COPY_ADDRESS, api_visibility="private")
    copied.then(None, None, copy, js=LATER, api_visibility="private")


def add_link(shown: gr.State) -> None:
    """Draw the field and its button and wire them; they follow the clip that is `shown`."""

    def query_of(clip: ShownClip | None) -> str:
        return "" if clip is None else links.render(links.link_to(clip.recipe))

    with gr.Row(elem_classes="seed-row"):
        field = gr.Textbox(
            label=text_share.LINK, info=text_share.LINK_HINT, max_lines=1, interactive=False, elem_id="link"
        )
        copy = gr.Button(text_share.COPY_LINK, elem_classes="dice", elem_id="copy-link")
    query = gr.Textbox(visible=False)
    told = shown.change(query_of, shown, query, show_progress="hidden", api_visibility="private")
    told.then(None, query, field, js=WHOLE, api_visibility="private")
    told.then(lambda: text_share.COPY_LINK, None, copy, show_progress="hidden", api_visibility="private")
    copy.click(None, field, copy, js=COPY, api_visibility="private")
