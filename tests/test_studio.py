import asyncio
import threading
import warnings

import gradio as gr
import httpx
import numpy as np
import pytest
from gradio_client import Client
from PIL import Image
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware

from dvd_gan import hub
from dvd_gan.recipe import ClipRecipe, read_recipe
from dvd_gan.studio import layout, session, text
from tests.pages import running_page
from tests.test_clips import probe


@pytest.fixture(scope="module")
def url(tiny_release, tmp_path_factory):
    """A running page over the tiny release."""
    with running_page(tiny_release, tmp_path_factory.mktemp("gradio")) as page:
        yield page.local_url


@pytest.fixture(scope="module")
def client(url):
    return Client(url, verbose=False)


def test_a_bare_call_gives_a_clip_a_strip_and_a_caption(client):
    clip, strip, caption = client.predict(api_name="/generate")
    frames, report = probe(clip)
    assert frames.shape == (48, 256, 256, 3) and "12 fps" in report
    assert Image.open(strip).size[0] > Image.open(strip).size[1]
    assert caption.startswith("**jumping jacks**, seed 7, 48 frames. Drawn in ")


def test_the_clip_is_the_pipelines(client, pipe):
    clip, _, _ = client.predict("BEND", seed=2**40, num_frames=5, truncation=0.5, fps=8, api_name="/generate")
    frames, report = probe(clip)
    expected = pipe("bend", seeds=2**40, num_frames=5, truncation=0.5).frames[0] * 255
    assert len(frames) == 5 and "8 fps" in report
    assert np.abs(frames[:, 8::16, 8::16] - expected).mean() < 4


def test_the_file_says_what_it_was_made_from_and_that_no_camera_filmed_it(client, tiny_release):
    clip, strip, _ = client.predict("BEND", 3, 6, 0.5, 8, api_name="/generate")
    recipe = read_recipe(clip)
    assert recipe == ClipRecipe(
        checkpoint=str(tiny_release),
        class_name="bend",
        seed=3,
        num_frames=6,
        truncation=0.5,
        fps=8,
        revision=hub.revision_of(tiny_release),
    )
    assert "AI-generated" in recipe.to_json()
    assert Image.open(strip).info["Description"] == recipe.to_json()


def test_the_same_request_gives_the_same_bytes_and_another_seed_others(client):
    def clip(seed: int) -> bytes:
        with open(client.predict("bend", seed, 6, api_name="/generate")[0], "rb") as file:
            return file.read()

    assert clip(3) == clip(3)
    assert clip(3) != clip(4)


def test_classes_are_listed_in_order(client, pipe):
    assert client.predict(api_name="/list_classes") == pipe.class_names


@pytest.mark.parametrize(
    ("bad", "sentence"),
    [
        (
            dict(class_name="jumping jack"),
            "There is no class called 'jumping jack'; the nearest known are 'jumping",
        ),
        (dict(class_name=None), "A class is a name or a whole number"),
        (dict(seed=-1), "A seed is a whole number from 0"),
        (dict(seed=None), text.NO_SEED),
        (dict(seed=2**53), "The page takes seeds from 0 to 9007199254740991"),
        (dict(variations=f"{2**53}:0.1"), "The page takes seeds from 0 to"),
        (dict(num_frames=0), "0 is less than minimum"),
        (dict(truncation=1.5), "1.5 is greater than maximum"),
        (dict(fps=99), "99 is greater than maximum"),
    ],
)
def test_a_bad_value_is_answered_with_one_sentence(client, bad, sentence):
    with pytest.raises(Exception, match=sentence) as caught:
        client.predict(api_name="/generate", **bad)
    assert "\n" not in str(caught.value) and "Traceback" not in str(caught.value)


@pytest.mark.parametrize("other", ["nothing", "/etc", "someone/clips", "."])
def test_a_visitor_cannot_make_the_server_open_what_the_page_does_not_offer(client, other):
    with pytest.raises(Exception, match=f"There is no checkpoint '{other}' here"):
        client.predict(other, api_name="/list_classes")
    with pytest.raises(Exception, match="not in the list of choices"):
        client.predict(checkpoint=other, api_name="/generate")


def test_only_the_published_endpoints_are_public(client):
    published = {"/wall", "/generate", "/list_classes", "/continue_clip", "/interpolate", "/score", "/surprise_me"}
    published |= {"/grid", "/variations", "/truncation_sweep", "/class_table", "/reproduce"}
    published |= {"/compare", "/describe_checkpoint"}
    assert set(client.view_api(return_format="dict")["named_endpoints"]) == published


def test_nothing_about_visitors_is_kept_or_shown(client, url):
    import urllib.error
    import urllib.request

    for path in ("monitoring", "gradio_api/runs"):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(url + path)


def test_a_checkpoint_is_loaded_once_however_many_ask(tiny_release, monkeypatch):
    loads = []
    real_load = session._load
    monkeypatch.setattr(session, "_load", lambda name: (loads.append(name), real_load(name))[1])
    checkpoints, got = session.Checkpoints(str(tiny_release)), []

    def ask() -> None:
        got.append(checkpoints.pipeline(checkpoints.default))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1 and len(got) == 4 and len(set(map(id, got))) == 1


def test_files_go_where_gradio_serves_and_clears_and_never_clash(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "g"))
    first, second = (session.new_file("jumping-jacks-seed-7", "mp4") for _ in range(2))
    assert first.name == second.name == "jumping-jacks-seed-7.mp4"
    assert first.parent != second.parent and first.parent.parent == tmp_path / "g"


def test_without_a_network_the_bundled_default_comes_up_with_a_notice(tiny_release, tmp_path, monkeypatch):
    from huggingface_hub import constants

    (tmp_path / "index.yaml").write_text("- {id: first, bundled: first, description: One.}")
    (tmp_path / "first").symlink_to(tiny_release)
    monkeypatch.setattr(hub, "BUNDLED", tmp_path)
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    checkpoints, notice = session.open_checkpoints("someone/clips")
    assert checkpoints.default == "first"
    assert notice.startswith("The Hub cannot be reached") and notice.endswith("Showing first instead.")
    assert session.open_checkpoints("first")[1] == ""
    page = layout.build(checkpoints, notice)
    shown = [block.value for block in page.blocks.values() if isinstance(block, gr.Markdown)]
    assert notice in shown


def test_the_page_is_built_without_a_warning(tiny_release):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        layout.build(session.Checkpoints(str(tiny_release)))


def test_visitors_state_holds_no_model(tiny_release):
    page = layout.build(session.Checkpoints(str(tiny_release)))
    states = [block for block in page.blocks.values() if isinstance(block, gr.State)]
    assert states and all(state.value is None and state.time_to_live for state in states)


def test_a_machine_that_takes_long_for_its_first_answer_still_serves_the_page():
    class Slow(BaseHTTPMiddleware):
        async def dispatch(self, request, call_next):
            await asyncio.sleep(3.5)
            return await call_next(request)

    settings = layout.launch_settings()
    settings["app_kwargs"]["middleware"] = [Middleware(Slow)]
    with gr.Blocks() as page:
        gr.Markdown()
    page.launch(prevent_thread_lock=True, quiet=True, **settings)
    try:
        assert httpx.get(page.local_url, timeout=60).status_code == 200
    finally:
        page.close()
