import shutil
import urllib.parse
import urllib.request
from functools import partial

import pytest

from dvd_gan.studio import layout, links, session
from tests.browser.conftest import PATIENCE, eventually, standstill, wait_for_toast, wait_for_words
from tests.hub_fixtures import serving

pytestmark = pytest.mark.browser

PLAYING = """(old) => {
  const video = document.querySelector("#clip video");
  return video && video.readyState >= 2 && video.currentSrc !== old && video.currentSrc;
}"""
SEEN = """(selector) => {
  const shown = [...document.querySelectorAll(selector)];
  const ready = (e) => e.checkVisibility() && e.currentSrc && (e.complete ?? e.readyState >= 2);
  return shown.length > 0 && shown.every(ready) && shown.map((e) => e.currentSrc);
}"""
LINK = "() => document.querySelector('#link input, #link textarea').value"


@pytest.fixture
def visit(browser):
    """Opens an address as another browser would: a context of its own, closed before the next one opens;
    `page.addresses` collects all that its address bar says."""
    contexts = []

    def open_page(url):
        while contexts:
            contexts.pop().close()
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        page = contexts[0].new_page()
        page.set_default_timeout(PATIENCE)
        page.addresses = []
        page.on("framenavigated", lambda frame: page.addresses.append(frame.url))
        page.goto(url)
        return page

    yield open_page
    contexts.pop().close()


def clip_and_link(page, old: str = "") -> tuple[bytes, str]:
    """The bytes of the video that plays, which is not at the `old` address, and the link under it."""
    address = page.wait_for_function(PLAYING, arg=old).json_value()
    return urllib.request.urlopen(address).read(), page.wait_for_function(LINK).json_value()


def test_a_link_gives_the_same_bytes_in_another_browser(visit, app_url):
    query = "tab=generate&class=bend&seed=123456789012345&frames=9&truncation=0.37&fps=10"
    first = visit(f"{app_url}?{query}")
    clip, link = clip_and_link(first)
    assert link.startswith(app_url)
    said, asked = links.parse(link), links.parse(query)
    assert all(getattr(said, key) == value for key, value in vars(asked).items() if value is not None)
    second = visit(link)
    assert clip_and_link(second) == (clip, link)
    wait_for_words(second, "#caption", "bend, seed 123456789012345, 9 frames.")
    assert clip_and_link(visit(link.replace("seed=123456789012345", "seed=1")))[0] != clip


def test_a_visitors_own_clip_is_linked_and_copied_and_the_address_follows(visit, app_url):
    page = visit(f"{app_url}?__theme=dark&tab=generate")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    _, before = clip_and_link(page)
    playing = page.evaluate(PLAYING)
    page.locator("#seed input").fill("31")
    page.locator("#seed input").press("Enter")
    changed = "old => document.querySelector('#link input, #link textarea').value !== old"
    page.wait_for_function(changed, arg=before)
    clip, link = clip_and_link(page, playing)
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == link
    page.wait_for_function("() => location.search.includes('seed=31')")
    assert "__theme=dark" in page.url and links.parse(page.url) == links.parse(link)
    page.reload()
    assert clip_and_link(page) == (clip, link)
    page.get_by_role("tab", name="Explore").click()
    page.wait_for_function("() => /tab=explore&/.test(location.search) && !/frames=/.test(location.search)")


WALK = "class=bend&seed=5&to_class=two-hand+wave&to_seed=11&places=3&live_class=one-hand+wave&live_seed=2"
START = "example=a+brightening+wall&start=2&frames=5&futures=1&seed=9"
TOUR = "checkpoint=mocap-64&class=walk&seed=5&step=5&change=reversed&draw=3"


@pytest.mark.parametrize(
    ("query", "shown", "told"),
    [
        ("seed=5&tab=wall", "#wall img[alt*='seed 5:']", "4 actions, 32 frames each"),
        (f"{WALK}&tab=explore", "#walk video", "From bend, seed 5 to two-hand wave, seed 11: 3 clips"),
        (f"{START}&tab=continue", "#continued video", "The real clip, then seed 9. 5 frames each"),
        (f"{TOUR}&tab=how-it-works", "#tour-half video", "Sum, reversed:"),
        ("checkpoint=mocap-64&tab=checkpoints", "#preview video", "mocap-64"),
    ],
)
def test_a_link_opens_every_tab_exactly_as_it_was_set_in_another_browser(visit, predict_app_url, query, shown, told):
    page, asked = visit(f"{predict_app_url}?{query}"), links.parse(query)
    address = address_of(page, asked)
    wait_for_words(page, "main", told)
    assert {links.parse(said).tab for said in page.addresses} == {asked.tab}
    seen, other = what_is_shown(page, shown), visit(address)
    eventually(other, partial(shows, other, shown, seen))
    other.wait_for_url(address)


def shows(page, selector: str, seen: list[bytes]) -> None:
    """The pictures or videos at a place are those."""
    assert what_is_shown(page, selector) == seen


def what_is_shown(page, selector: str) -> list[bytes]:
    """The bytes of the pictures or videos at a place, once all can be seen."""
    addresses = page.wait_for_function(SEEN, arg=selector).json_value()
    return [urllib.request.urlopen(address).read() for address in addresses]


def address_of(page, asked: links.Link) -> str:
    """What the address bar says, once the page has written there what was asked for, and stays."""
    page.wait_for_function("() => location.search.startsWith('?tab=') && location.search.includes('checkpoint=')")
    eventually(page, partial(says, page, asked))
    return standstill(lambda: page.evaluate("location.href"))


def says(page, asked: links.Link) -> None:
    """The address has every value that was asked for."""
    said = links.parse(page.url)
    assert all(getattr(said, key) == value for key, value in vars(asked).items() if value is not None)


def test_a_visitor_who_is_quicker_than_the_page_stays_where_they_went(visit, app_url):
    page = visit(f"{app_url}?tab=generate")
    explore = page.get_by_role("tab", name="Explore")
    explore.click()
    page.wait_for_function("window.studioArrived")
    page.wait_for_timeout(500)
    assert explore.get_attribute("aria-selected") == "true"


@pytest.mark.parametrize("bad", ["class=fly", "tab=settings"])
def test_a_bad_link_ends_in_one_sentence_and_the_page_as_it_always_is(visit, app_url, bad):
    page = visit(f"{app_url}?tab=generate&{bad}")
    wait_for_toast(page, "The page opens as without a link.")
    if bad.startswith("tab="):
        page.wait_for_function("() => document.querySelectorAll('#wall img').length === 4")
    else:
        clip_and_link(page)
        wait_for_words(page, "#caption", "jumping jacks, seed 7, 48 frames.")


def test_a_link_to_a_checkpoint_of_the_hub_pulls_it_for_each_visitor(visit, tiny_release, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    shutil.copytree(tiny_release, tmp_path / "repo")
    blocks = layout.build(session.Checkpoints(str(tiny_release)))
    with serving("someone/clips", tmp_path / "repo"):
        blocks.launch(prevent_thread_lock=True, quiet=True, **layout.launch_settings())
        checkpoint = "someone/clips@" + "a" * 40
        query = urllib.parse.urlencode({"tab": "generate", "checkpoint": checkpoint, "class": "bend", "frames": 5})
        clip, link = clip_and_link(visit(f"{blocks.local_url}?{query}"))
        assert links.parse(link).checkpoint == checkpoint
        assert clip_and_link(visit(link)) == (clip, link)
        blocks.close()
