"""The Wall tab, what a stranger sees first: one looping clip an action, all from one seed; a click opens one."""

from dataclasses import asdict, dataclass

import gradio as gr

from dvd_gan.hub import CheckpointFacts
from dvd_gan.recipe import ClipRecipe
from dvd_gan.studio import links, text, text_share, theme
from dvd_gan.studio.arrival import Follower, LinkedTab
from dvd_gan.studio.links import Link
from dvd_gan.studio.long_work import stoppable
from dvd_gan.studio.session import DEVICE_QUEUE
from dvd_gan.studio.walls import FIRST_LENGTH, FIRST_SEED, WallClip, Walls, data_uri, shown_classes

STATE_SECONDS = 3600
FIRST_CRITIC = 4  # the step of the tour where the critics begin

# A picture that loops by itself plays where browsers and phones hold videos back. Its still stands in for it where a
# visitor wants no motion, and while the wall is paused.
TEMPLATE = """<div class="wall-clips">{{#each value}}
<a class="wall-clip" href="?{{this.link}}"><picture>{{#if this.looping}}
<source media="(prefers-reduced-motion: reduce)" srcset="{{this.still}}">
<img src="{{this.looping}}" alt="{{this.told}}">{{/if}}</picture><span>{{this.name}}</span></a>{{/each}}</div>"""
CSS = """
.wall-clips { display: grid; gap: 0.8rem; grid-template-columns: repeat(auto-fill, minmax(min(12rem, 44%), 1fr)); }
.wall-clip {
  display: block; overflow: hidden; padding: 0; text-align: left; text-decoration: none !important;
  border-radius: var(--radius-lg);
  border: 1px solid var(--border-color-primary); background: var(--block-background-fill);
}
.wall-clip:hover, .wall-clip:focus-visible { outline: 3px solid var(--primary-500); outline-offset: 1px; }
picture { display: block; aspect-ratio: 1; background: #0b0b0d; }
img { width: 100%; height: 100%; margin: 0 !important; display: block; border-radius: 0; image-rendering: pixelated; }
.wall-clip span { display: block; padding: 0.45rem 0.7rem; font-weight: 600; color: var(--body-text-color); }
"""
ON_LOAD = """
window.studioStill ??= matchMedia("(prefers-reduced-motion: reduce)").matches;
const hold = () => element.querySelectorAll("source").forEach((s) => s.media = window.studioStill ? "all" : "not all");
hold();
watch("value", hold);
element.addEventListener("click", (event) => {
  const clip = event.target.closest(".wall-clip");
  if (!clip || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  trigger("select", {link: clip.getAttribute("href")});
});
"""
PAUSE = f"""(turn) => {{
  if (turn) window.studioStill = !window.studioStill;
  document.querySelectorAll("#wall source").forEach((s) => s.media = window.studioStill ? "all" : "not all");
  return window.studioStill ? "{text_share.PLAY}" : "{text_share.PAUSE}";
}}"""
TO_THE_TOP = """() => {
  window.scrollTo({top: 0});
  document.querySelector("#tabs [role=tab][aria-selected=true]")?.focus({preventScroll: true});
}"""


@dataclass(frozen=True)
class WallTab:
    """The tab's parts that have to know where the visitor arrives."""

    linked: LinkedTab
    board: gr.HTML
    pause: gr.Button
    critics: gr.Button
    hung: gr.State
    hanging: dict

    def wire(self, follower: Follower, arriving: gr.events.Dependency, arrived: gr.State) -> None:
        """Hang the first wall for those who arrive here or come here later; open a clip or the tour when asked."""
        hang, inputs, outputs = (self.hanging[key] for key in ("fn", "inputs", "outputs"))
        rest = {key: value for key, value in self.hanging.items() if key not in ("fn", "inputs", "outputs")}

        def hang_on_arrival(arrived: str | None, *settings) -> tuple:
            return hang(*settings) if arrived == self.linked.id else (gr.skip(),) * len(outputs)

        def hang_later(arrived: str | None, hung: bool | None, *settings) -> tuple:
            return hang(*settings) if arrived and not hung else (gr.skip(),) * len(outputs)

        def open_clip(opened: dict | None, event: gr.EventData) -> dict:
            try:
                return follower.follow(links.parse(str(event.link)), opened)[1]
            except (AttributeError, ValueError, ConnectionError) as error:
                raise gr.Error(str(error), print_exception=False) from None

        def meet_critics(seed: int, checkpoint: str, opened: dict | None) -> dict:
            link = Link(tab="how-it-works", seed=seed, checkpoint=checkpoint, step=FIRST_CRITIC)
            try:
                return follower.follow(link, opened)[1]
            except (ValueError, ConnectionError) as error:
                raise gr.Error(str(error), print_exception=False) from None

        arriving.success(stoppable(hang_on_arrival), [arrived, *inputs], outputs, **rest)
        arriving.then(None, None, self.pause, js=f"() => ({PAUSE})(false)", api_visibility="private")
        self.linked.tab.select(stoppable(hang_later), [arrived, self.hung, *inputs], outputs, **rest)
        opening = self.board.select(open_clip, follower.opened, follower.outputs, api_visibility="private")
        meeting = self.critics.click(meet_critics, inputs, follower.outputs, api_visibility="private")
        for event in (opening, meeting):
            event.success(None, js=TO_THE_TOP, api_visibility="private")


def add_tab(tab: gr.Tab, walls: Walls, opened: gr.State) -> WallTab:
    """Draw the tab; publishes `/wall`. It stays empty until it is wired."""
    visitors = walls.visitors
    default = visitors.checkpoints.default
    facts = visitors.facts(default, None)

    def wall(
        seed: int = FIRST_SEED, num_frames: int = FIRST_LENGTH, truncation: float = 1.0, checkpoint: str = default
    ) -> list[dict]:
        """One clip for every action, all from one seed; twelve actions, chosen by the seed, where there are more.

        Args:
            seed: a whole number from 0; the same seed gives the same wall.
            num_frames: length of every clip in frames, 1 to 96.
            truncation: above 0, at most 1; lower is more typical and less varied.
            checkpoint: id of a checkpoint that starts from a class.

        Returns:
            For every clip its recipe (checkpoint, class_name, seed, num_frames, truncation, fps), the query of its
            link, and the clip as a looping WebP picture in a data: address.
        """
        try:
            drawn = walls.draw(seed, num_frames, truncation, checkpoint)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        return [
            {**asdict(clip.recipe), "link": link(clip.recipe), "webp": data_uri(clip.looping)} for clip in drawn.clips
        ]

    def hang(seed: int, checkpoint: str, opened: dict | None) -> tuple[list[dict], str, bool]:
        try:
            drawn = walls.draw(seed, FIRST_LENGTH, 1.0, checkpoint, opened)
            facts = visitors.facts(checkpoint, opened)
        except (ValueError, ConnectionError) as error:
            raise gr.Error(str(error), print_exception=False) from None
        told = text_share.wall_told(len(drawn.clips), facts, FIRST_LENGTH, drawn.seconds)
        return [cell(clip.recipe, clip) for clip in drawn.clips], told, True

    def fill(link: Link, facts: CheckpointFacts, choices: list[str], _: dict | None) -> dict:
        return {
            checkpoint: gr.Dropdown(choices, value=link.checkpoint, visible=len(choices) > 1),
            seed: FIRST_SEED if link.seed is None else link.seed,
            hung: None,
        }

    gr.Markdown(text_share.WALL_HEAD, elem_id="wall-head")
    board = gr.HTML(
        empty_cells(default, facts),
        html_template=TEMPLATE,
        css_template=CSS,
        js_on_load=ON_LOAD,
        elem_id="wall",
    )
    told = gr.Markdown(text_share.WALL_EMPTY, elem_id="wall-told")
    with gr.Row():
        with gr.Column(scale=3, min_width=260):
            with gr.Row(elem_classes="seed-row"):
                new = gr.Button(text_share.NEW_WALL, variant="primary", elem_id="new-wall")
                pause = gr.Button(text_share.PAUSE, elem_classes="dice", elem_id="pause-wall")
            gr.Markdown(text_share.WALL_CRITICS)
            critics = gr.Button(text_share.MEET_CRITICS, elem_id="meet-critics")
        with gr.Column(scale=2, min_width=260):
            seed = gr.Number(FIRST_SEED, precision=0, label=text_share.WALL_SEED, elem_id="wall-seed")
            several = len(visitors.checkpoints.generating) > 1
            checkpoint = gr.Dropdown(
                visitors.checkpoints.generating, value=default, label=text.CHECKPOINT, visible=several
            )
    hung = gr.State(time_to_live=STATE_SECONDS)
    gr.api(stoppable(wall), api_name="wall", **DEVICE_QUEUE)

    hanging = dict(
        fn=hang,
        inputs=[seed, checkpoint, opened],
        outputs=[board, told, hung],
        show_progress="minimal",
        show_progress_on=told,
        api_visibility="private",
        **DEVICE_QUEUE,
    )
    drawing = {**hanging, "fn": stoppable(hang)}
    new.click(None, None, seed, js=theme.ROLL_SEED, api_visibility="private").then(**drawing)
    gr.on([seed.submit, checkpoint.input], **drawing)
    pause.click(None, None, pause, js=f"() => ({PAUSE})(true)", api_visibility="private")
    says = {"seed": seed, "checkpoint": checkpoint}
    return WallTab(LinkedTab("wall", tab, [*says.values(), hung], fill, says), board, pause, critics, hung, hanging)


def link(recipe: ClipRecipe) -> str:
    """The query of the link to a clip."""
    return links.render(links.link_to(recipe))


def cell(recipe: ClipRecipe, clip: WallClip | None = None) -> dict[str, str]:
    """What the template shows of a clip, or of one that is still to be drawn."""
    told = text_share.wall_cell(recipe.seed)
    shown = {} if clip is None else {"looping": data_uri(clip.looping), "still": data_uri(clip.still)}
    return {"name": recipe.class_name, "told": told, "link": link(recipe), **shown}


def empty_cells(checkpoint: str, facts: CheckpointFacts) -> list[dict[str, str]]:
    """The first wall before it is drawn: its places and its words."""
    settings = dict(checkpoint=checkpoint, seed=FIRST_SEED, num_frames=FIRST_LENGTH, fps=facts.fps)
    names = [facts.class_names[i] for i in shown_classes(len(facts.class_names), FIRST_SEED)]
    return [cell(ClipRecipe(class_name=name, **settings)) for name in names]
