"""Everything that programs can do here: named, typed and told in words, through gradio_client and through MCP."""

import asyncio
import json
import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from gradio_client import Client
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

from dvd_gan import hub
from dvd_gan.recipe import ClipRecipe, read_recipe
from tests.pages import running_page
from tests.test_clips import probe

# gradio calls the checkpoint that a visitor has opened an argument too, and keeps it to itself.
HIDDEN = "opened"


@pytest.fixture(scope="module")
def page(tiny_predict_release, tmp_path_factory):
    """A page with every endpoint: the tiny release that continues clips, beside the bundled ones."""
    with running_page(tiny_predict_release, tmp_path_factory.mktemp("gradio")) as page:
        yield page


@pytest.fixture(scope="module")
def tiny_url(tiny_release, tmp_path_factory):
    with running_page(tiny_release, tmp_path_factory.mktemp("gradio")) as page:
        yield page.local_url


def over_mcp(url: str, talk):
    """What `talk(session)` gives, a coroutine, with a session of a real MCP client."""

    async def connect():
        async with (
            streamablehttp_client(f"{url.rstrip('/')}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await talk(session)

    # A browser test of the same run leaves an event loop running in this thread.
    with ThreadPoolExecutor(1) as other_thread:
        return other_thread.submit(lambda: asyncio.run(connect())).result()


def public(page) -> list:
    return [fn for fn in page.fns.values() if fn.api_visibility == "public" and fn.api_name]


def test_every_endpoint_is_told_in_words_argument_by_argument(page):
    assert len(public(page)) >= 7
    for fn in public(page):
        told = fn.fn.__doc__ or ""
        assert told.strip(), fn.api_name
        for argument, kind in fn.fn.__annotations__.items():
            assert kind is not None
            if argument not in ("return", HIDDEN) and fn.api_name != "list_classes":
                assert f"{argument}: " in told, (fn.api_name, argument)
        assert "return" in fn.fn.__annotations__, fn.api_name


def test_every_argument_has_a_type_and_a_name(page):
    described = Client(page.local_url, verbose=False).view_api(return_format="dict")["named_endpoints"]
    assert {f"/{fn.api_name}" for fn in public(page)} == set(described)
    for name, endpoint in described.items():
        for parameter in endpoint["parameters"]:
            assert parameter["parameter_name"].isidentifier() and not parameter["parameter_name"].startswith("param_")
            assert parameter["python_type"]["type"] not in ("", "Any"), (name, parameter)


def test_an_mcp_client_finds_the_tools_and_their_words(page):
    tools = {tool.name: tool for tool in over_mcp(page.local_url, lambda session: session.list_tools()).tools}
    assert {
        "wall",
        "generate",
        "grid",
        "reproduce",
        "continue_clip",
        "interpolate",
        "score",
        "list_classes",
        "compare",
    } <= set(tools)
    assert len(tools) == len(public(page))
    for tool in tools.values():
        assert tool.description, tool.name
    settings = tools["generate"].inputSchema["properties"]
    assert settings["seed"]["type"] == "integer" and "whole number" in settings["seed"]["description"]


def test_an_mcp_client_gets_the_clip_it_asked_for(tiny_url, tiny_release, tmp_path):
    wanted = dict(class_name="bend", seed=3, num_frames=6, truncation=0.5, fps=8, checkpoint=str(tiny_release))
    answer = over_mcp(tiny_url, lambda session: session.call_tool("generate", wanted))
    assert not answer.isError
    told = " ".join(part.text for part in answer.content if part.type == "text")
    address = re.search(r"http[^'\"]+\.mp4", told)[0]
    (tmp_path / "clip.mp4").write_bytes(urllib.request.urlopen(address).read())
    assert read_recipe(tmp_path / "clip.mp4") == ClipRecipe(**wanted, revision=hub.revision_of(tiny_release))
    assert "**bend**, seed 3, 6 frames" in told


def test_an_mcp_client_is_told_what_was_wrong(tiny_url):
    answer = over_mcp(tiny_url, lambda session: session.call_tool("score", dict(class_name="fly", seed=1)))
    assert answer.isError and "There is no class called 'fly'" in json.dumps(answer.model_dump(mode="json"))


def test_two_checkpoints_are_described_and_compared_by_a_program(tiny_url, tiny_release):
    client = Client(tiny_url, verbose=False)
    told, _, _, card = client.predict(str(tiny_release), api_name="/describe_checkpoint")
    assert "4 frames" in told and "not at all" in told and card == ""
    left, right = client.predict(str(tiny_release), str(tiny_release), "bend", "7, 8", api_name="/compare")
    frames, _ = probe(left)
    assert left == right and frames.shape[0] == 48 and frames.shape[2] > 2 * frames.shape[1]
