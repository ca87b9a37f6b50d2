import random
import re
import string
from dataclasses import fields, replace
from pathlib import Path

import pytest

from dvd_gan import hub
from dvd_gan.clips import CHANGES
from dvd_gan.recipe import ClipRecipe, read_variations, write_variations
from dvd_gan.studio import links
from dvd_gan.studio.links import Link, link_to, parse, render
from dvd_gan.studio.seeds import MAX_SEED
from dvd_gan.studio.starts import examples_in

EXAMPLE = "tab=generate&checkpoint=weizmann-64&class=jumping+jacks&seed=7&frames=48&truncation=1.0"


def some_link(rng: random.Random) -> Link:
    """Any link that a page can write, every part of it left out now and then."""

    def words() -> str:
        return "".join(rng.choice(string.ascii_letters + "&=+%#?/@:;é舞🎞 -_.") for _ in range(20)).strip() or "a"

    values = dict(
        tab=rng.choice(links.TABS),
        checkpoint=rng.choice(["weizmann-64", "ada/clips", "ada/clips@refs/pr/1", "./runs/my release", words()]),
        class_name=words(),
        seed=rng.choice([0, MAX_SEED, rng.randint(0, MAX_SEED)]),
        num_frames=rng.randint(1, links.MAX_FRAMES),
        truncation=rng.choice([0.05, 1.0, rng.uniform(0.05, 1)]),
        fps=rng.choice([12.5, 1.0, rng.uniform(1, 50)]),
        to_class=words(),
        to_seed=rng.randint(0, MAX_SEED),
        places=rng.randint(2, links.MAX_PLACES),
        live_class=words(),
        live_seed=rng.randint(0, MAX_SEED),
        example=words(),
        start=rng.randint(0, links.MAX_START),
        futures=rng.choice(links.FUTURES),
        step=rng.randint(1, links.NUM_STEPS),
        change=rng.choice(CHANGES),
        draw=rng.randint(0, MAX_SEED),
        variations=write_variations([(rng.randint(0, MAX_SEED), rng.random()) for _ in range(rng.randint(1, 3))]),
    )
    assert set(values) == {field.name for field in fields(Link)}
    return Link(**{name: value for name, value in values.items() if rng.random() < 0.8})


def test_every_link_says_what_it_was_made_from():
    rng = random.Random(0)
    for _ in range(500):
        link = some_link(rng)
        assert parse(render(link)) == link
        assert parse(f"https://example.org/studio/?{render(link)}#top") == link


def test_a_link_is_plain_words_that_a_person_can_write():
    link = parse(EXAMPLE)
    assert render(link) == EXAMPLE
    assert link == Link(
        tab="generate", checkpoint="weizmann-64", class_name="jumping jacks", seed=7, num_frames=48, truncation=1.0
    )
    assert parse("") == Link() and render(Link()) == ""
    assert parse("?__theme=dark&view=api&seed=3") == Link(seed=3)


def test_a_link_leads_to_the_clip_of_a_recipe():
    varied = ((8, 1 / 3), (2**40, 0.1))
    recipe = ClipRecipe(
        checkpoint="a/b@c", class_name="bend", seed=9, num_frames=5, truncation=0.35, fps=8.0, variations=varied
    )
    link = parse(render(link_to(recipe)))
    shared = {field.name for field in fields(Link)} & {field.name for field in fields(recipe)} - {"variations"}
    assert shared == {"checkpoint", "class_name", "seed", "num_frames", "truncation", "fps"}
    assert all(getattr(link, name) == getattr(recipe, name) for name in shared)
    assert link.tab == "generate" and read_variations(link.variations) == varied
    assert "variations" not in render(link_to(replace(recipe, variations=())))


def test_the_lessons_links_lead_to_clips_of_the_bundled_checkpoint():
    addresses = re.findall(r"`\?(tab=[^`]+)`", (Path(__file__).parents[1] / "docs" / "lesson.md").read_text())
    assert len(addresses) > 4
    for link in map(parse, addresses):
        offered = [row.id for row in hub.known_checkpoints() if row.continues == (link.tab == "continue")]
        folder = hub.resolve(link.checkpoint or offered[0])
        known = {None, *hub.read_facts(folder).class_names}
        assert {link.class_name, link.to_class, link.live_class} <= known
        assert link.example is None or link.example in examples_in(folder)


@pytest.mark.parametrize(
    "bad",
    [
        *("seed=seven", "seed=-1", "seed=", f"seed={2**53}", "seed=1_0", "seed=7.0", "seed=٣"),
        *("frames=0", "frames=241", "frames=1e2", "truncation=0", "truncation=1.01", "truncation=nan"),
        *("truncation=0,5", "truncation=1..0", "fps=inf", "fps=0", "fps=51", "tab=settings", "class=", "checkpoint="),
        *("places=1", "places=33", "futures=3", "futures=", "start=-1", "step=0", "step=7", "change=melted", "draw=x"),
        *(f"to_seed={2**53}", "live_seed=-1", "to_class=", "live_class=", "example="),
        *("class=" + "a" * 201, "variations=", "variations=8", "variations=" + "8:0.1+" * 200),
        "class=a%00b",
    ],
)
def test_a_bad_value_is_answered_with_one_sentence_that_teaches(bad):
    key = bad.partition("=")[0]
    with pytest.raises(ValueError, match=rf"^This link says {key}=.*, but {key} is .*\.$") as caught:
        parse(f"tab=generate&{bad}")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200
