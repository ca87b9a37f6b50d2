"""The Checkpoints tab over HTTP: two visitors, one Hub."""

import base64
import contextlib
import hashlib
import json
import shutil
import time

import gradio as gr
import itsdangerous
import pytest
from gradio import oauth
from gradio_client import Client

from dvd_gan import hub_watch
from dvd_gan.studio import checkpoints_tab, layout, session
from dvd_gan.studio.visitors import VisitorCheckpoints
from tests.hub_fixtures import serving
from tests.test_clips import probe


@pytest.fixture
def fake_hub(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "repo")
    with serving("someone/clips", tmp_path / "repo") as server:
        yield server


@pytest.fixture
def visitors(tiny_release):
    return VisitorCheckpoints(session.Checkpoints(str(tiny_release)))


def nothing(done: int, total: int) -> None:
    pass


def test_what_one_visitor_opens_is_closed_to_the_next(visitors, fake_hub):
    fake_hub.readers = {"hf_ada"}
    opened = visitors.open(" someone/clips ", "hf_ada", nothing)
    assert visitors.folder("someone/clips", opened).is_dir()
    assert visitors.pipeline("someone/clips", opened) is visitors.pipeline("someone/clips", opened)
    for ask in (visitors.folder, visitors.pipeline):
        with pytest.raises(ValueError, match="There is no checkpoint 'someone/clips' here"):
            ask("someone/clips", {})
    with pytest.raises(ValueError, match="it is private"):
        visitors.open("someone/clips", None, nothing)


def test_loaded_pipelines_of_visitors_are_few(visitors, tiny_release, tmp_path):
    opened = {}
    for i in range(4):
        shutil.copytree(tiny_release, tmp_path / str(i))
        opened[f"me/{i}"] = tmp_path / str(i)
        visitors.pipeline(f"me/{i}", opened)
    assert list(visitors._pipelines) == [tmp_path / "2", tmp_path / "3"]


def test_the_same_seeds_of_two_checkpoints_stand_side_by_side(visitors, pipe, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    name = visitors.checkpoints.default
    first = checkpoints_tab.draw(pipe, name, "bend", [7, 8])
    frames, _ = probe(first)
    assert frames.shape[0] == 48 and frames.shape[2] > 2 * frames.shape[1]
    with open(first, "rb") as one, open(checkpoints_tab.draw(pipe, "other/x", "bend", [7, 8]), "rb") as two:
        assert one.read() == two.read()


@pytest.mark.parametrize("text", ["", "1 2 3 4 5", "-1", "seven", "1.5"])
def test_bad_seeds_are_answered_with_one_sentence(text):
    with pytest.raises(ValueError, match="Give one to 4 seeds"):
        checkpoints_tab.read_seeds(text)
    assert checkpoints_tab.read_seeds("7, 8") == [7, 8]


WHAT_A_SPACE_SETS = {
    "SYSTEM": "spaces",
    "SPACE_ID": "me/studio",
    "OAUTH_CLIENT_ID": "client",
    "OAUTH_CLIENT_SECRET": "secret",
    "OAUTH_SCOPES": "openid profile read-repos gated-repos",
    "OPENID_PROVIDER_URL": "https://huggingface.co",
}


def set_up_logins(monkeypatch, on_a_space: bool) -> None:
    """What a Space with logins has in its environment, or none of it."""
    for name, value in WHAT_A_SPACE_SETS.items():
        monkeypatch.setenv(name, value) if on_a_space else monkeypatch.delenv(name, raising=False)
        if name not in ("SYSTEM", "SPACE_ID"):  # gradio reads these once
            monkeypatch.setattr(oauth, name, value if on_a_space else None)


def session_after_login(token: str) -> dict[str, str]:
    """The cookie that a visitor's browser holds after logging in, signed as gradio signs it."""
    login = {"access_token": token, "scope": "read-repos", "expires_at": int(time.time()) + 600, "userinfo": {}}
    signer = itsdangerous.TimestampSigner(hashlib.sha256(b"secret-v4").hexdigest())
    signed = signer.sign(base64.b64encode(json.dumps({"oauth_info": login}).encode()))
    return {"Cookie": f"session={signed.decode()}"}


@contextlib.contextmanager
def open_page(checkpoints):
    """The address of a page with the tab alone, whose handlers can be called by name."""
    with gr.Blocks() as page:
        checkpoints_tab.add_tab(VisitorCheckpoints(checkpoints), gr.State())
    for fn in page.fns.values():
        fn.api_visibility = "public"
        fn.api_name = fn.name
    _, url, _ = page.queue().launch(prevent_thread_lock=True, quiet=True, **layout.launch_settings())
    try:
        yield url
    finally:
        page.close()


def test_a_visitor_opens_another_on_the_page_and_compares_it(tiny_release, fake_hub, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    checkpoints = session.Checkpoints(str(tiny_release))
    with open_page(checkpoints) as url:
        ada, eve = Client(url, verbose=False), Client(url, verbose=False)
        ada.predict("someone/clips", "", api_name="/open_with_token")
        told = ada.predict("someone/clips", api_name="/describe_checkpoint")[0]
        assert "commit `" + "a" * 40 in told and "one-hand wave" in told and "generator" in told
        left, right = ada.predict("someone/clips", checkpoints.default, "bend", "7", api_name="/compare")
        assert all(len(probe(clip["video"] if isinstance(clip, dict) else clip)[0]) == 48 for clip in (left, right))
        with pytest.raises(Exception, match=r"not in the list of choices|There is no checkpoint"):
            eve.predict("someone/clips", api_name="/describe_checkpoint")
        with pytest.raises(Exception, match="no valid id on the Hub"):
            eve.predict("/etc", "", api_name="/open_with_token")


def test_a_hub_in_trouble_is_told_to_the_visitor_and_the_tab_goes_on(tiny_release, fake_hub, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    monkeypatch.setattr(hub_watch, "SILENCE_SECONDS", 1.0)
    checkpoints = session.Checkpoints(str(tiny_release))
    with open_page(checkpoints) as url:
        ada = Client(url, verbose=False)
        fake_hub.fault = "silent"
        with pytest.raises(Exception, match="The Hub sent nothing for 1 seconds"):
            ada.predict("someone/clips", "", api_name="/open_with_token")
        assert "one-hand wave" in ada.predict(checkpoints.default, api_name="/describe_checkpoint")[0]


@pytest.mark.parametrize("on_a_space_with_login", [True, False])
def test_the_login_button_takes_the_place_of_the_token_on_a_space_that_has_logins(
    tiny_release, on_a_space_with_login, monkeypatch
):
    set_up_logins(monkeypatch, on_a_space_with_login)
    with gr.Blocks() as page:
        checkpoints_tab.add_tab(VisitorCheckpoints(session.Checkpoints(str(tiny_release))), gr.State())
    kinds = [type(block) for block in page.blocks.values()]
    secrets = [block for block in page.blocks.values() if getattr(block, "elem_id", None) == "other-token"]
    assert (gr.LoginButton in kinds) == on_a_space_with_login and len(secrets) == (not on_a_space_with_login)


def test_a_logged_in_visitor_opens_what_their_own_login_may_read_and_nobody_else_does(
    tiny_release, fake_hub, tmp_path, monkeypatch
):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    set_up_logins(monkeypatch, on_a_space=True)
    fake_hub.readers, fake_hub.gated = {"hf_ada", "hf_the_servers_own"}, True
    with open_page(session.Checkpoints(str(tiny_release))) as url:
        ada, eve, nobody = (
            Client(url, verbose=False, headers=headers)
            for headers in (session_after_login("hf_ada"), session_after_login("hf_eve"), {})
        )
        for stranger in (eve, nobody):
            with pytest.raises(Exception, match="is gated: ask for access on its page, then log in"):
                stranger.predict("someone/clips", api_name="/open_logged_in")
        ada.predict("someone/clips", api_name="/open_logged_in")
        assert "one-hand wave" in ada.predict("someone/clips", api_name="/describe_checkpoint")[0]
    assert set(fake_hub.tokens) == {"hf_ada", "hf_eve", None}


def test_a_strangers_words_stay_one_line_of_the_list(tiny_release):
    from dataclasses import replace

    from dvd_gan.catalogue import describe

    page = describe(tiny_release)
    hostile = replace(page, licence="mit\n# Log in\n![x](http://a/b.png)<script>")
    assert len(checkpoints_tab.about("a/b", hostile).splitlines()) == len(
        checkpoints_tab.about("a/b", page).splitlines()
    )
    assert "![" not in checkpoints_tab.about("a/b", hostile) and "<" not in checkpoints_tab.about("a/b", hostile)
