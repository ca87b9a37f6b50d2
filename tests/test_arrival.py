import shutil

import gradio as gr
import pytest

from dvd_gan.studio import arrival, layout, session, text_generate
from dvd_gan.studio.links import Link
from tests.hub_fixtures import serving


def follower_of(checkpoints: session.Checkpoints, monkeypatch) -> arrival.Follower:
    """The follower of a whole page."""
    made, arrive = [], arrival.arrive
    monkeypatch.setattr(arrival, "arrive", lambda page, follower: made.append(follower) or arrive(page, follower))
    layout.build(checkpoints)
    return made[0]


@pytest.fixture
def follower(tiny_release, tiny_predict_release, monkeypatch):
    checkpoints = session.Checkpoints(str(tiny_release))
    checkpoints.continuing = [str(tiny_predict_release)]
    return follower_of(checkpoints, monkeypatch)


def filled(updates: dict, label: str) -> object:
    """The value that a link gives the control of this label."""
    value = next(value for block, value in updates.items() if getattr(block, "label", None) == label)
    return value.value if isinstance(value, gr.Dropdown) else value


def test_a_link_fills_the_tab_it_leads_to_exactly(follower):
    link = Link(
        tab="generate", class_name="TWO HAND wave", seed=0, num_frames=5, truncation=0.33, fps=7.5, variations="8:0.3"
    )
    tab, updates = follower.follow(link, None)
    labels = ("Action", "Seed", "Length in frames", "Truncation", "Frames per second", text_generate.VARIATIONS)
    labels = (*labels, "Checkpoint")
    expected = ["two-hand wave", 0, 5, 0.33, 7.5, "8:0.3", follower.visitors.checkpoints.default]
    assert tab == "generate" and [filled(updates, label) for label in labels] == expected
    assert set(updates) <= set(follower.outputs)


def test_what_a_link_leaves_open_is_as_the_page_has_it(follower):
    updates = follower.follow(Link(tab="generate"), None)[1]
    labels = ("Action", "Seed", "Length in frames", "Truncation", "Frames per second")
    assert [filled(updates, label) for label in labels] == ["jumping jacks", 7, 48, 1.0, 12.0]


@pytest.mark.parametrize(
    ("link", "tab"),
    [
        (Link(), "wall"),
        (Link(seed=3), "wall"),
        (Link(class_name="bend"), "generate"),
        *((Link(tab=tab), tab) for tab in ("wall", "generate", "continue", "explore", "how-it-works", "checkpoints")),
    ],
)
def test_every_link_leads_to_a_tab(follower, link, tab):
    assert follower.follow(link, None)[0] == tab


def test_a_checkpoint_that_continues_leads_to_its_own_tab(follower):
    continuing = follower.visitors.checkpoints.continuing[0]
    tab, updates = follower.follow(Link(checkpoint=continuing, seed=5), None)
    assert tab == "continue" and filled(updates, "Checkpoint") == continuing and filled(updates, "Seed") == 5
    assert follower.follow(Link(checkpoint=continuing, tab="checkpoints"), None)[0] == "checkpoints"


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (dict(class_name="bent"), "There is no class called 'bent'; the nearest known are 'bend'"),
        (dict(checkpoint="nothing"), "There is no checkpoint 'nothing' here; there is "),
        (dict(checkpoint="/etc"), "no valid id on the Hub"),
        (dict(checkpoint="../../etc"), "no valid id on the Hub"),
        (dict(tab="continue", checkpoint="generating"), "draws from an action and continues nothing"),
        (dict(tab="explore", checkpoint="continuing"), "continues given frames and draws nothing"),
    ],
)
def test_a_link_that_cannot_be_followed_is_answered_with_one_sentence(follower, values, sentence):
    kinds = {kind: getattr(follower.visitors.checkpoints, kind)[0] for kind in ("generating", "continuing")}
    values = {key: kinds.get(value, value) for key, value in values.items()}
    with pytest.raises(ValueError, match=sentence) as caught:
        follower.follow(Link(**values), None)
    assert "\n" not in str(caught.value)


def test_a_checkpoint_of_the_hub_is_pulled_for_this_visitor_alone(tiny_release, tmp_path, monkeypatch):
    shutil.copytree(tiny_release, tmp_path / "repo")
    follower = follower_of(session.Checkpoints(str(tiny_release)), monkeypatch)
    link = Link(checkpoint="someone/clips@" + "a" * 40, class_name="bend", tab="generate")
    with serving("someone/clips", tmp_path / "repo"):
        updates = follower.follow(link, None)[1]
        opened = updates[follower.opened]
        assert list(opened) == [link.checkpoint] and filled(updates, "Checkpoint") == link.checkpoint
        dropdown = next(value for block, value in updates.items() if getattr(block, "label", "") == "Checkpoint")
        assert [value for _, value in dropdown.choices] == follower.visitors.choices(opened, False)
    assert follower.follow(link, opened)[0] == "generate", "the Hub is gone, and it was asked again"
    with pytest.raises(ValueError, match="There is no checkpoint"):
        follower.visitors.facts(link.checkpoint, None)


def test_a_checkpoint_is_pulled_with_the_token_of_the_visitor(follower, monkeypatch):
    asked = []
    monkeypatch.setattr(follower.visitors, "open", lambda checkpoint, token, _: asked.append((checkpoint, token)) or {})
    with pytest.raises(ValueError, match="There is no checkpoint"):
        follower.follow(Link(checkpoint="someone/clips"), None, "secret")
    assert asked == [("someone/clips", "secret")]


def test_every_class_of_a_link_is_made_exact_or_refused(follower):
    link = Link(tab="explore", class_name="BEND", to_class="One Hand Wave", live_class="two hand wave", places=4)
    updates = follower.follow(link, None)[1]
    assert [filled(updates, label) for label in ("From action", "To action")] == ["bend", "one-hand wave"]
    assert updates[follower.linked["explore"].says["live_class"]].value == "two-hand wave"
    for bad in ("class_name", "to_class", "live_class"):
        with pytest.raises(ValueError, match="There is no class called 'fly'"):
            follower.follow(Link(**{"tab": "explore", bad: "fly"}), None)


def test_a_link_to_an_example_brings_it_at_its_frame_or_says_what_there_is(follower):
    continued = follower.linked["continue"].says
    updates = follower.follow(Link(tab="continue", example="a brightening wall", start=2, futures=4), None)[1]
    assert [updates[continued[key]].value for key in ("example", "start")] == ["a brightening wall", 2]
    assert updates[continued["futures"]] == 4
    for bad, sentence in (
        (dict(example="a dog"), "There is no example 'a dog' here; there is a brightening wall"),
        (dict(example="a brightening wall", start=6), "between frame 0 and frame 5 of this clip, not at 6"),
    ):
        with pytest.raises(ValueError, match=sentence):
            follower.follow(Link(tab="continue", **bad), None)


def test_the_tour_follows_the_checkpoint_and_the_step_of_a_link(follower):
    tour = follower.linked["how-it-works"].says
    other = follower.visitors.checkpoints.generating[1]
    link = Link(tab="how-it-works", checkpoint=other, seed=3, step=5, change="reversed", draw=8)
    updates = follower.follow(link, None)[1]
    assert updates[tour["checkpoint"]].value == other
    assert updates[tour["class"]].value in follower.visitors.facts(other, None).class_names
    assert [updates[tour[key]] for key in ("seed", "step", "change", "draw")] == [3, 5, "reversed", 8]


def test_without_a_network_a_link_ends_in_one_sentence(tiny_release, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    follower = follower_of(session.Checkpoints(str(tiny_release)), monkeypatch)
    with pytest.raises(ConnectionError, match="The Hub cannot be reached"):
        follower.follow(Link(checkpoint="someone/other"), None)
