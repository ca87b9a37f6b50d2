"""Following a link: on arrival, and from one tab to another.

Each tab says, as a `LinkedTab`, which of its controls a link sets; nothing here knows what a tab draws.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import gradio as gr
from gradio.components import Component

from dvd_gan.hub import CheckpointFacts
from dvd_gan.labels import class_ids
from dvd_gan.studio import links, text_share
from dvd_gan.studio.links import Link
from dvd_gan.studio.visitors import VisitorCheckpoints, can_log_in

ARRIVING_AT_ONCE = 16
PROGRESS = gr.Progress()
Opened = dict | None
Updates = dict[Component, object]


@dataclass(frozen=True)
class LinkedTab:
    """One tab as links see it.

    `fill(link, facts, choices, opened)` gives the updates of its `components`; the link's classes are exact, or None,
    and `choices` are the checkpoints of the tab's kind that this visitor has. `says` are the controls whose values are
    the tab's own link, by their keys there.
    """

    id: str
    tab: gr.Tab
    components: Sequence[Component]
    fill: Callable[[Link, CheckpointFacts, list[str], Opened], Updates]
    says: dict[str, Component]
    continues: bool | None = False


class Follower:
    """Opens what a link says in the tabs of one page, for one visitor at a time."""

    def __init__(self, visitors: VisitorCheckpoints, opened: gr.State, tabs: gr.Tabs, linked: Sequence[LinkedTab]):
        self.visitors, self.opened, self.tabs = visitors, opened, tabs
        self.linked = {tab.id: tab for tab in linked}
        self.outputs = [tabs, opened, *(component for tab in linked for component in tab.components)]

    def follow(
        self, link: Link, opened: Opened, token: str | None = None, progress: gr.Progress = PROGRESS
    ) -> tuple[str, Updates]:
        """The id of the tab it leads to, and the updates that open it there.

        A checkpoint that the page does not offer is pulled from the Hub for this visitor alone, with their `token`.
        Raises ValueError or ConnectionError, one sentence, for a link that cannot be followed.
        """
        checkpoint, opened = link.checkpoint, dict(opened or {})
        offered = self.visitors.checkpoints
        if checkpoint and "/" in checkpoint and checkpoint not in {*offered.generating, *offered.continuing, *opened}:
            opened |= self.visitors.open(checkpoint, token, lambda done, total: progress(done / total))
        facts = self.visitors.facts(checkpoint, opened) if checkpoint else None
        tab = self.linked[link.tab or self._tab_for(link, facts)]
        if facts is None:
            checkpoint = offered.continuing[0] if tab.continues and offered.continuing else offered.default
            facts = self.visitors.facts(checkpoint, opened)
        continues = facts.num_given_frames > 0
        if tab.continues not in (None, continues) and (link.checkpoint or offered.continuing):
            raise ValueError(text_share.other_kind(checkpoint, continues))
        names = {field: _exact(getattr(link, field), facts) for field in ("class_name", "to_class", "live_class")}
        choices = self.visitors.choices(opened, tab.continues)
        filled = tab.fill(replace(link, checkpoint=checkpoint, **names), facts, choices, opened)
        return tab.id, {self.tabs: gr.Tabs(selected=tab.id), self.opened: opened or None, **filled}

    @staticmethod
    def _tab_for(link: Link, facts: CheckpointFacts | None) -> str:
        if facts and facts.num_given_frames:
            return "continue"
        return "generate" if link.class_name else "wall"


def _exact(name: str | None, facts: CheckpointFacts) -> str | None:
    return name and facts.class_names[class_ids(name, facts.class_names)[0]]


def arrive(page: gr.Blocks, follower: Follower) -> tuple[gr.events.Dependency, gr.State]:
    """Follow the page's own address when it loads -> that event, and the id of the tab where the visitor arrived.

    That tab opens unless the visitor has already gone to one: on a slow machine people click before they have arrived.
    """
    arrived = gr.State(time_to_live=3600)
    label = gr.Textbox(visible="hidden")

    def read(opened: Opened, request: gr.Request, token: str | None, progress: gr.Progress) -> Updates:
        given = dict(request.query_params)
        try:
            tab, updates = follower.follow(links.parse(urlencode(given)), opened, token, progress)
        except (ValueError, ConnectionError) as error:
            gr.Warning(text_share.bad_link(str(error)), duration=None)
            tab = given.get("tab") if given.get("tab") in links.TABS else "wall"
            updates = {}
        updates.pop(follower.tabs, None)
        return {**updates, arrived: tab, label: follower.linked[tab].tab.label}

    def read_address(opened: Opened, request: gr.Request, progress: gr.Progress = PROGRESS) -> Updates:
        return read(opened, request, None, progress)

    def read_address_logged_in(
        opened: Opened, request: gr.Request, token: gr.OAuthToken | None, progress: gr.Progress = PROGRESS
    ) -> Updates:
        return read(opened, request, token.token if token else None, progress)

    event = page.load(
        read_address_logged_in if can_log_in() else read_address,
        follower.opened,
        [*follower.outputs, arrived, label],
        concurrency_limit=ARRIVING_AT_ONCE,
        show_progress="minimal",
        api_visibility="private",
    )
    event.then(None, label, None, js=GO_THERE, api_visibility="private")
    return event, arrived


GO_THERE = """(label) => {
  const button = [...document.querySelectorAll("[role=tab]")].find((tab) => tab.innerText.trim() === label);
  if (!window.studioGone && button?.ariaSelected !== "true") button?.click();
  window.studioArrived = true;
  studioAddress();
}"""
# What each tab says is kept under its label. Once the visitor has arrived, the open tab's is written.
ADDRESS = """<script>
for (const kind of ["pointerdown", "keydown"])
  addEventListener(kind, (event) => { if (event.target.closest?.("[role=tab]")) window.studioGone = true; }, true);
window.studioSaid = {};
window.studioSay = (label, keys, values) => {
  window.studioSaid[label] = keys.map((key, i) => [key, values[i]]);
  studioAddress();
};
window.studioAddress = () => {
  clearTimeout(window.studioAddressTimer);
  window.studioAddressTimer = setTimeout(() => {
    const open = document.querySelector("#tabs [role=tab][aria-selected=true]");
    const said = window.studioSaid[open?.innerText.trim()];
    if (!window.studioArrived || !said) return;
    const url = new URL(location.href);
    for (const key of KEYS) url.searchParams.delete(key);
    for (const [key, value] of said)
      if (value !== null && value !== "") url.searchParams.set(key, value);
    history.replaceState(history.state, "", url);
  }, 300);
};
</script>""".replace("KEYS", json.dumps(links.PARAMETERS))


def keep_address(linked: Sequence[LinkedTab]) -> None:
    """Let the browser's address bar say what the open tab is set to, once the visitor has arrived."""
    for tab in linked:
        said = {key: tab.says[key] for key in links.PARAMETERS if key in tab.says}
        label, keys, controls = json.dumps(tab.tab.label), json.dumps(["tab", *said]), list(said.values())
        say = f"(...values) => studioSay({label}, {keys}, ['{tab.id}', ...values])"
        heard = [tab.tab.select, *(control.change for control in controls)]
        gr.on(heard, None, controls, None, js=say, api_visibility="private")
