"""What lets everybody use the page: without a mouse, without motion, with a screen reader, on any background.

gradio does most of it. This mends the rest, in one style sheet and one script that act on whatever a tab draws.
"""

import json

from dvd_gan.studio import text, text_tour

CSS = """
.icon-button .upload-container[hidden] { display: none !important; }
a.download-link { color: var(--body-text-color) !important; text-decoration: underline; }
:focus-visible { outline: 3px solid var(--primary-600) !important; outline-offset: 2px; }
.dark :focus-visible { outline-color: var(--primary-300) !important; }
.wrapping-tabs > .tab-wrapper button.selected { color: var(--body-text-color); font-weight: 600; }
.step-button .step-number { color: #18181b !important; }
.dark .pending .step-number { color: #e4e4e7 !important; }
.compact .step-button .step-number.step-number.step-number { color: transparent !important; }
.step-button:disabled { opacity: 1 !important; color: var(--body-text-color-subdued) !important; }
.block > label.float[data-testid="block-label"] {
  position: static; width: fit-content; color: var(--body-text-color); background: var(--block-background-fill);
}
.go { flex-wrap: nowrap !important; }
.go > :first-child { min-width: 0; }
.go > :last-child { flex: 0 0 5.5rem; min-width: 0; padding-inline: 0.5rem; }
.prose h2 { font-size: 1.05rem; font-weight: 600; }
.controls:focus-within { opacity: 1 !important; }
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after {
    animation-duration: 1ms !important; animation-iteration-count: 1 !important;
    transition: none !important; scroll-behavior: auto !important;
  }
  .controls { opacity: 1 !important; }
}
"""

# gradio starts its videos by script as they load: for those who want no motion, a start is passed over unless they have
# just touched that video. Its play button takes every key for a press, Tab too. An empty picture or video has a name
# but no role to go with it. Its button for another file holds a second button, without a name; so does a message that
# folds. On a phone the steps of a tour have no names. A tab that opens for the first time can be seen a frame before
# gradio gives its fields their first values once more: what a quick visitor has typed by then is put back.
HEAD = """<script>
(() => {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let touched = null, when = -Infinity;
  for (const kind of ["pointerdown", "keydown"])
    addEventListener(kind, ({target}) => { touched = target; when = performance.now(); }, true);
  const unwanted = (video) =>
    still.matches && !((video.closest(".block") ?? video).contains(touched) && performance.now() - when < 2000);
  const play = HTMLMediaElement.prototype.play;
  HTMLMediaElement.prototype.play = function () { return unwanted(this) ? Promise.resolve() : play.call(this); };
  addEventListener("play", ({target}) => { if (unwanted(target)) target.pause(); }, true);
  addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[aria-label='play-pause-replay-button']")) return;
    if (event.key === " ") event.preventDefault();
    else if (event.key !== "Enter") event.stopPropagation();
  }, true);
  addEventListener("click", ({target}) => {
    const inner = target.closest?.(".icon-button")?.querySelector(".upload-container");
    if (inner && !inner.contains(target)) inner.click();
  });
  const fields = "textarea, input:not([type=file])", typed = new Map();
  let frames = 0;
  const putBack = () => {
    for (const [field, value] of typed)
      if (field.value !== value) {
        field.value = value;
        field.dispatchEvent(new Event("input", {bubbles: true}));
      }
  };
  const frame = () => {
    putBack();
    frames -= 1;
    if (frames > 0) requestAnimationFrame(frame); else typed.clear();
  };
  addEventListener("input", ({target}) => {
    if (frames > 0 && target.matches(fields)) typed.set(target, target.value);
  }, true);
  for (const kind of ["click", "keydown"]) addEventListener(kind, putBack, true);
  new MutationObserver((records) => {
    if (records.some(({addedNodes}) => [...addedNodes].some((node) => node.querySelector?.(fields)))) {
      if (frames <= 0) requestAnimationFrame(frame);
      frames = 3;
    }
    for (const empty of document.querySelectorAll(".empty[aria-label]:not([role])")) empty.setAttribute("role", "img");
    for (const inner of document.querySelectorAll(".icon-button .upload-container:not([hidden])")) {
      inner.hidden = true;
      inner.closest(".icon-button").setAttribute("aria-label", "OTHER_FILE");
      inner.closest(".icon-button").title = "OTHER_FILE";
    }
    for (const head of document.querySelectorAll(".toast-header[role]"))
      for (const name of ["role", "tabindex"]) head.removeAttribute(name);
    for (const step of document.querySelectorAll(".step-button:not([aria-label])"))
      step.setAttribute("aria-label", STEPS[step.dataset.tabId] ?? step.innerText);
    if (still.matches) for (const video of document.querySelectorAll("video[autoplay]")) video.autoplay = false;
  }).observe(document, {childList: true, subtree: true});
})();
</script>""".replace("OTHER_FILE", text.OTHER_FILE).replace("STEPS", json.dumps(text_tour.STEPS))
