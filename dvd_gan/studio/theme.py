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
html {{ scroll-behavior: smooth; }}
.gradio-container {{ width: 100%; max-width: {PAGE_WIDTH} !important; margin: 0 auto !important; }}
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
#caption p, #about p, #wall-told p {{ font-size: 0.9rem; color: var(--body-text-color-subdued); margin: 0; }}
#caption strong {{ color: var(--body-text-color); }}
#header, #header .html-container, #header .prose, #wall .html-container {{ padding: 0 !important; }}
#seed-row, .seed-row {{ align-items: stretch; flex-wrap: nowrap; }}
#seed-row > *, .seed-row > * {{ min-width: 0 !important; }}
#dice, .dice {{ flex: 0 0 6.5rem; }}
#downloads {{ gap: var(--spacing-md); flex-wrap: nowrap; }}
#downloads button {{ min-width: 0; padding-inline: 0.2rem; white-space: nowrap; }}
@media (max-width: 640px) {{ .gradio-container > main {{ padding: 1rem !important; }} }}
"""

FIGURES = """
#walk video { width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; }
#walk-strip img { width: 100%; height: auto; display: block; image-rendering: pixelated; border-radius: 0; }
.walk-end, .try-walks { flex-wrap: nowrap !important; }
.walk-end > *, .try-walks > * { min-width: 0 !important; }
.pixels { width: 100%; image-rendering: pixelated; display: block; margin: 0 !important; border-radius: 0; }
.try-walks { align-items: stretch; }
.walk-end .form > :first-child { flex-grow: 2; }
#live .html-container { padding: 0 !important; }
#live { background: #0b0b0d; border-radius: var(--radius-lg); aspect-ratio: 1; overflow: hidden; }
#walk-caption p, #live-caption p { font-size: 0.9rem; color: var(--body-text-color-subdued); margin: 0; }
figure.film, .numbers, .scored figure { margin: 0; }
.film .cells { display: grid; grid-template-columns: repeat(var(--cells), 1fr); gap: 3px; }
.film figcaption, .numbers figcaption, .scored figcaption { font-size: 0.8rem; color: var(--body-text-color-subdued); }
.film { margin-bottom: 0.6rem !important; }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; max-width: 640px; margin: 0 auto 1rem; }
.half, #walk, #timeline, #tour-timeline { background: #0b0b0d; }
.numbers figcaption { text-align: center; margin-top: 0.3rem; }
.scored { display: grid; grid-template-columns: repeat(var(--cells), 1fr); gap: 6px; }
.scored .group { display: flex; gap: 2px; }
.scored .group .pixels { flex: 1 1 0; min-width: 0; }
.scored figcaption { text-align: center; line-height: 1.35; margin-top: 0.2rem; }
.scored .bar { position: relative; height: 84px; margin-top: 4px; background: var(--background-fill-secondary); }
.scored .bar::before { content: ""; position: absolute; top: 50%; width: 100%; border-top: 1px solid #8888; }
.scored .bar i { position: absolute; left: 25%; width: 50%; border-radius: 2px; }
.scored .bar i.real { bottom: 50%; background: rgb(13 148 136); }
.scored .bar i.drawn { top: 50%; background: rgb(251 191 36); }
.scored .bar b { position: absolute; left: 12%; right: 12%; border-top: 2px solid var(--body-text-color); }
.half video { width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; }
#timeline video, #tour-timeline video { width: 100%; object-fit: contain; image-rendering: pixelated; }
.sheet { position: relative; background: #0b0b0d; border-radius: var(--radius-lg); overflow: hidden; }
.sheet:not(:has(video)) { display: none; }
.sheet .block { border: 0; border-radius: 0; padding: 0; }
.sheet .controls { display: none; }
.sheet video { width: 100%; height: auto; display: block; image-rendering: pixelated; }
.sheet .over-clips { position: absolute; inset: 0; z-index: 2; }
.over-clips :not(.over, .over *) { position: static; }
.over {
  position: absolute; inset: 0; display: grid;
  grid-template: repeat(var(--rows), minmax(0, 1fr)) / repeat(var(--columns), minmax(0, 1fr));
}
.over button {
  display: flex; align-items: end; justify-content: center; margin: 0; padding: 0 2px; border: 0; background: none;
  cursor: pointer;
}
.over button:hover, .over button:focus-visible { outline: 3px solid var(--primary-400); outline-offset: -3px; }
.over .pause {
  position: absolute; top: 6px; right: 6px; width: 28px; height: 28px; border-radius: 50%; align-items: center;
  background: #0b0b0dbb; color: #fafafa; font-size: 0.75rem;
}
.over span {
  padding: 0 0.4em; margin-bottom: 3px; border-radius: 4px; font-size: clamp(0.66rem, 1.6vw, 0.8rem); line-height: 1.35;
  color: #fafafa; background: #0b0b0dbb;
}
.sheet-settings { align-items: end; }
.sheet-settings > .go { flex: 0 1 16rem; }
.told p { font-size: 0.9rem; color: var(--body-text-color-subdued); margin: 0; }
.shelf { display: grid; grid-template-columns: repeat(auto-fill, minmax(130px, 1fr)); gap: 10px; }
.shelf figure { position: relative; margin: 0; }
.shelf figure > button { cursor: pointer; color: var(--body-text-color); background: none; border: 0; padding: 0; }
.shelf figure > button:first-child { width: 100%; text-align: left; font-size: 0.8rem; }
.shelf .forget {
  position: absolute; top: 4px; right: 4px; width: 28px; height: 28px; border-radius: 50%;
  background: #0b0b0dbb; color: #fafafa;
}
#taste { flex-wrap: nowrap; }
#taste button { min-width: 0; padding-inline: 0.4rem; }
@media (max-width: 640px) {
  .sheet-settings > .go { flex-basis: 100%; }
  .film .cells, .scored { grid-template-columns: repeat(min(4, var(--cells)), 1fr); }
  .scored:has(.pixels + .pixels) { grid-template-columns: repeat(min(2, var(--cells)), 1fr); }
  .wrapping-tabs > .tab-wrapper, .wrapping-tabs > .tab-wrapper .tab-container {
    height: auto; max-width: calc(100vw - 2rem);
  }
  .wrapping-tabs > .tab-wrapper .tab-container { flex-wrap: wrap; overflow: visible; }
  .wrapping-tabs > .tab-wrapper .tab-container > button { padding: 0.5rem 0.7rem; height: auto; }
  /* gradio measures this copy and would hide what does not fit in one line behind three dots */
  .wrapping-tabs > .tab-wrapper .visually-hidden > button { width: 0; padding: 0; overflow: hidden; }
}
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
    return f"() => document.getElementById('{element_id}').scrollIntoView({{block: 'nearest'}})"
