"""How the page looks: a dark-room palette that works by day and night, and on a phone."""

import gradio as gr

PAGE_WIDTH = "1020px"


def theme() -> gr.themes.Base:
    """Amber on zinc, in the fonts of the visitor's own system, so that nothing is fetched from elsewhere."""
    return gr.themes.Base(
        primary_hue="amber",
        secondary_hue="amber",
        neutral_hue="zinc",
        radius_size="lg",
        spacing_size="md",
        font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif"],
        font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
    ).set(
        body_background_fill="*neutral_50",
        body_background_fill_dark="*neutral_950",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_400",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_400",
        block_title_text_color="*neutral_800",
        block_title_text_color_dark="*neutral_100",
        block_background_fill="white",
        block_background_fill_dark="*neutral_900",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_800",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_title_text_weight="600",
        input_background_fill="*neutral_50",
        input_background_fill_dark="*neutral_950",
        slider_color="*primary_500",
        button_primary_background_fill="*primary_400",
        button_primary_background_fill_hover="*primary_300",
        button_primary_background_fill_dark="*primary_400",
        button_primary_background_fill_hover_dark="*primary_300",
        button_primary_text_color="*neutral_950",
        button_primary_text_color_dark="*neutral_950",
        button_large_text_weight="600",
    )


CSS = f"""
.gradio-container {{ max-width: {PAGE_WIDTH} !important; margin: 0 auto !important; }}
.studio-head {{ display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 1rem; }}
.studio-head h1 {{ font-size: 1.9rem; font-weight: 700; letter-spacing: -0.02em; margin: 0; }}
.studio-tagline {{ font-size: 1.05rem; color: var(--body-text-color-subdued); margin: 0.35rem 0 0; }}
.studio-notice {{
  padding: 0.15rem 0.7rem; border-radius: 999px; font-size: 0.8rem;
  border: 1px solid var(--primary-500); color: var(--body-text-color);
}}
#clip, #strip, #continued, #given-strip {{ background: #0b0b0d; border-color: var(--border-color-primary); }}
#clip video {{ width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; }}
#continued video {{ width: 100%; object-fit: contain; image-rendering: pixelated; }}
#strip {{ padding: 15px 0; position: relative; }}
#strip::before, #strip::after {{
  content: ""; position: absolute; left: 0; right: 0; height: 7px; z-index: 1;
  background: repeating-linear-gradient(90deg, #e4e4e7 0 9px, transparent 9px 20px);
}}
#strip::before {{ top: 4px; }}
#strip::after {{ bottom: 4px; }}
#strip img, #given-strip img {{
  width: 100%; height: auto; display: block; image-rendering: pixelated; border-radius: 0;
}}
#caption p, #about p {{ font-size: 0.9rem; color: var(--body-text-color-subdued); margin: 0; }}
#caption strong {{ color: var(--body-text-color); }}
#header, #header .html-container, #header .prose {{ padding: 0 !important; }}
#seed-row, .seed-row {{ align-items: stretch; flex-wrap: nowrap; }}
#seed-row > *, .seed-row > * {{ min-width: 0 !important; }}
#dice, .dice {{ flex: 0 0 6.5rem; }}
#downloads {{ gap: var(--spacing-md); flex-wrap: nowrap; }}
#downloads button {{ min-width: 0; }}
@media (max-width: 640px) {{ .gradio-container > main {{ padding: 1rem !important; }} }}
"""

# Phones play a video by itself only when it is muted and inline, and gradio's player says neither.
HEAD = """<meta name="color-scheme" content="light dark"><script>
new MutationObserver(() => {
  for (const video of document.querySelectorAll("video:not([playsinline])")) {
    video.muted = true;
    video.setAttribute("playsinline", "");
  }
}).observe(document, {childList: true, subtree: true});
</script>"""
ROLL_SEED = "() => Math.floor(Math.random() * 2 ** 31)"


def scroll_to(element_id: str) -> str:
    """JavaScript that brings an element into view, for phones where it lies above the button."""
    return f"() => document.getElementById('{element_id}').scrollIntoView({{behavior: 'smooth', block: 'nearest'}})"
