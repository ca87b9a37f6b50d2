"""Whose token opens what: a visitor's own, and never the server's."""

import shutil

import pytest

from dvd_gan import hub
from dvd_gan.pull import HubRefusal
from tests.hub_fixtures import serving

REPO = "someone/clips"


@pytest.fixture
def fake_hub(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "repo")
    with serving(REPO, tmp_path / "repo") as server:
        yield server


@pytest.fixture(params=["in the environment", "stored by a login"])
def server_has_a_token(request, tmp_path, monkeypatch):
    from huggingface_hub import constants

    if request.param == "stored by a login":
        monkeypatch.delenv("HF_TOKEN")
        (tmp_path / "token").write_text("hf_the_servers_own")
        monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))


def test_on_a_space_the_servers_token_opens_nothing_for_its_visitors(fake_hub, server_has_a_token, monkeypatch):
    fake_hub.readers = {"hf_the_servers_own"}
    monkeypatch.setenv("SPACE_ID", "me/studio")
    with pytest.raises(HubRefusal, match="it is private"):
        hub.resolve(REPO)
    assert set(fake_hub.tokens) == {None}
    monkeypatch.delenv("SPACE_ID")
    hub.resolve(REPO)  # at home it is the visitor's own


def test_a_visitor_reads_with_their_own_token_and_never_with_the_servers(fake_hub, server_has_a_token):
    fake_hub.readers = {"hf_the_servers_own", "hf_ada"}
    with pytest.raises(HubRefusal, match="it is private: log in"):
        hub.resolve_for_visitor(REPO, token=None)
    assert set(fake_hub.tokens) == {None}
    hub.resolve_for_visitor(REPO, token="hf_ada")
    assert set(fake_hub.tokens) == {None, "hf_ada"}
    with pytest.raises(HubRefusal, match="it is private"):
        hub.resolve_for_visitor(REPO, token="hf_eve")
    fake_hub.fault = "silent"
    with pytest.raises(ConnectionError):
        hub.resolve_for_visitor(REPO, token="hf_eve")


def test_a_gated_repository_stays_closed_even_when_another_visitor_has_pulled_it(fake_hub):
    fake_hub.readers, fake_hub.gated = {"hf_ada"}, True
    hub.resolve_for_visitor(REPO, token="hf_ada")
    with pytest.raises(HubRefusal, match="is gated: ask for access"):
        hub.resolve_for_visitor(REPO, token=None)


@pytest.mark.parametrize("name", ["weizmann-64", ".", "/etc", "../x", "checkpoints/weizmann-64/.."])
def test_a_visitor_opens_no_folder_of_the_server(name, fake_hub):
    with pytest.raises(HubRefusal, match="no valid id"):
        hub.resolve_for_visitor(name, token=None)
    assert not fake_hub.asked
