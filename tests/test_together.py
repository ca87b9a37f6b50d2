"""Many visitors of one page: each gets what they asked for, in turn, and nothing of the others."""

import pytest
from gradio_client import Client

from dvd_gan.studio import layout
from tests.load import Load
from tests.pages import running_page


@pytest.fixture(scope="module")
def page(tiny_release, tmp_path_factory):
    def publish_show(page):
        next(fn for fn in page.fns.values() if fn.name == "show").api_visibility = "public"

    with running_page(tiny_release, tmp_path_factory.mktemp("gradio"), publish_show) as page:
        yield page


def test_twenty_visitors_at_once_are_all_served_in_turn_with_their_own_clips(page, tiny_release, pipe):
    load = Load(page.local_url, str(tiny_release), pipe.class_names, num_frames=4)
    load.run(visitors=20, requests=2, limit_seconds=300)
    assert not load.errors and not load.strangers
    assert len(load.seconds) == len(load.served) == 40
    assert load.out_of_turn() == 0


def test_what_a_visitor_looks_at_is_kept_for_them_alone(page, tiny_release):
    """As the page asks: the clip that is downloaded or continued later is the visitor's own."""
    ada, eve = Client(page.local_url, verbose=False), Client(page.local_url, verbose=False)
    for visitor, seed in ((ada, 1), (eve, 2)):
        visitor.predict("bend", seed, 4, 1.0, 12, str(tiny_release), api_name="/show")
    states = page.app.state_holder.session_data
    seen = {
        visitor: [value.recipe.seed for value in states[visitor].state_data.values() if hasattr(value, "recipe")]
        for visitor in (ada.session_hash, eve.session_hash)
    }
    assert seen == {ada.session_hash: [1], eve.session_hash: [2]}


def test_few_visitors_are_remembered(page):
    assert page.app.state_holder.capacity == layout.MAX_REMEMBERED_VISITORS
