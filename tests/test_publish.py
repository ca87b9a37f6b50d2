"""What is published is what comes back, over HTTP, with the package and without it."""

import base64
import hashlib
import json
import shutil

import numpy as np
import pytest
from huggingface_hub import ModelCard

from dvd_gan import DVDGANPipeline, hub
from tests.hub_fixtures import run_python, serving
from tests.test_clips import probe
from training import publish
from training.standalone import standalone

REPO = "me/clips"


@pytest.fixture(scope="module")
def release(tiny_release, tmp_path_factory):
    """The tiny release with the card and the figures of a measured one."""
    folder = tmp_path_factory.mktemp("mine") / "weizmann-64"
    shutil.copytree(tiny_release, folder)
    for name in ("README.md", "metrics.json"):
        shutil.copy(hub.BUNDLED / "weizmann-64" / name, folder)
    (folder / "generator" / "old.bin").write_bytes(b"pickle")
    return folder


@pytest.fixture(scope="module")
def published(release, tmp_path_factory):
    """The Hub after one publication."""
    folder = tmp_path_factory.mktemp("hub") / "repo"
    folder.mkdir()
    (folder / "of_an_earlier_release.safetensors").write_bytes(b"old")
    with serving(REPO, folder) as server:
        server.stores = "lfs"
        publish.main(["model", "--checkpoint", str(release), "--repo", REPO, "--private"])
        yield server


def frames_of(pipe):
    return pipe("bend", seeds=7, num_frames=6).frames


def test_one_commit_carries_all_of_the_release_and_no_pickle(published):
    assert len(published.commits) == 1
    sent = published.commits[0]
    assert "-of_an_earlier_release.safetensors" in sent and not [name for name in sent if name.endswith(".bin")]
    assert {"README.md", "pipeline.py", "handler.py", "requirements.txt", "model_index.json"} <= set(sent)
    assert published.created[0]["visibility"] == "private" and published.created[0]["name"] == "clips"


def test_large_files_go_to_the_store_without_the_token_and_by_plain_http(published, release):
    """As the real Hub takes safetensors and films: announced, put elsewhere, confirmed, then named in the commit."""
    large = {hashlib.sha256(path.read_bytes()).hexdigest() for path in release.rglob("*.safetensors")}
    assert set(published.put) == large and len(large) == 3
    stored = [token for path, token in zip(published.asked, published.tokens, strict=True) if path.startswith("store/")]
    assert stored and set(stored) == {None}
    assert f"{REPO}.git/info/lfs/objects/verify" in published.asked
    assert not [path for path in published.asked if "xet" in path]


def test_publishing_again_sends_nothing(published, release):
    before, asked = published.files(), len(published.asked)
    publish.main(["model", "--checkpoint", str(release), "--repo", REPO])
    assert len(published.commits) == 1 and published.files() == before
    assert not [path for path in published.asked[asked:] if path.startswith("store/") or "/commit/" in path]


def test_a_dry_run_lists_the_files_and_asks_the_hub_nothing(published, release, capsys):
    asked = len(published.asked)
    publish.main(["model", "--checkpoint", str(release), "--repo", REPO, "--dry-run"])
    said = capsys.readouterr().out
    assert "generator/diffusion_pytorch_model.safetensors" in said and "nothing was sent" in said
    assert len(published.asked) == asked


def test_the_card_keeps_its_results_in_the_hubs_schema_under_the_new_name(published):
    card = ModelCard(published.files()["README.md"].decode())
    assert card.data.model_name == "clips"
    assert {result.metric_type for result in card.data.eval_results} >= {"accuracy", "frechet-distance"}
    assert f'from_pretrained("{REPO}")' in card.text and 'from_pretrained("weizmann-64")' not in card.text


def test_what_was_published_is_pulled_back_and_gives_the_same_clip(published, pipe):
    np.testing.assert_allclose(frames_of(DVDGANPipeline.from_pretrained(REPO)), frames_of(pipe), atol=0.05)


def test_plain_diffusers_loads_it_where_the_package_is(published, pipe):
    from diffusers import DiffusionPipeline

    plain = DiffusionPipeline.from_pretrained(REPO)
    assert type(plain) is DVDGANPipeline
    np.testing.assert_allclose(frames_of(plain), frames_of(pipe), atol=0.05)


WITHOUT_THE_PACKAGE = """if True:
    import importlib.util, json, sys
    from pathlib import Path
    assert importlib.util.find_spec("dvd_gan") is None and importlib.util.find_spec("training") is None
    from diffusers import DiffusionPipeline
    pipe = DiffusionPipeline.from_pretrained("me/clips", custom_pipeline="me/clips", trust_remote_code=True)
    clip = pipe("bend", seeds=7, num_frames=6).frames

    # As huggingface-inference-toolkit does: the folder goes on the path, handler.py is loaded by its file, and
    # EndpointHandler(folder) is called with the JSON of each request.
    from huggingface_hub import snapshot_download
    folder = snapshot_download("me/clips")
    sys.path.insert(0, folder)
    spec = importlib.util.spec_from_file_location("handler.py", folder + "/handler.py")
    handler = importlib.util.module_from_spec(spec)
    sys.modules["handler.py"] = handler
    spec.loader.exec_module(handler)
    serve = handler.EndpointHandler(folder)

    from starlette.applications import Starlette
    from starlette.responses import JSONResponse
    from starlette.routing import Route
    from starlette.testclient import TestClient
    async def answer(request):
        return JSONResponse(serve(await request.json()))
    client = TestClient(Starlette(routes=[Route("/", answer, methods=["POST"])]))
    asks = [
        {"inputs": "bend", "parameters": {"seeds": [7, 8], "num_frames": 6, "fps": 8}},
        {"inputs": 0},
        {"inputs": "bent"},
        {"inputs": "bend", "parameters": {"speed": 2}},
        {"inputs": "bend", "parameters": {"seeds": list(range(99))}},
        {"inputs": "bend", "parameters": {"num_frames": 10**6}},
        {},
    ]
    answers = [client.post("/", json=ask).json() for ask in asks]
    print(json.dumps({"clip": clip.tolist(), "class": type(pipe).__module__, "answers": answers}))"""


@pytest.mark.slow
def test_those_without_the_package_load_it_with_its_own_code_and_endpoints_serve_it(published, pipe, tmp_path):
    (tmp_path / "empty").mkdir()
    said = run_python(WITHOUT_THE_PACKAGE, tmp_path, published.url, tmp_path / "empty", HF_TOKEN="", PYTHONPATH="")
    told = json.loads(said.splitlines()[-1])
    assert told["class"].startswith("diffusers_modules.")
    np.testing.assert_allclose(told["clip"], frames_of(pipe), atol=0.05)
    two, bare, *refused = told["answers"]
    assert len(two["clips"]) == 2 and two["clips"][0] != two["clips"][1] and len(bare["clips"]) == 1
    (tmp_path / "served.mp4").write_bytes(base64.b64decode(two["clips"][0]["mp4"]))
    frames, report = probe(tmp_path / "served.mp4")
    assert "8 fps" in report and np.abs(frames[:, 8::16, 8::16] - frames_of(pipe)[0] * 255).mean() < 4
    sentences = [
        "no class called 'bent'",
        "no parameter 'speed'",
        "16 clips at most",
        "480 frames at most",
        "Give class",
    ]
    assert all(sentence in answer["error"] for sentence, answer in zip(sentences, refused, strict=True))


def test_the_one_file_is_made_anew_and_names_nothing_of_ours():
    source = standalone("dvd_gan.pipeline", ["DVDGANPipeline"], "One file.")
    assert "import dvd_gan" not in source and "from dvd_gan" not in source and "def from_pretrained" not in source
    compile(source, "pipeline.py", "exec")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--checkpoint", "nowhere", "--repo", REPO], "There is no checkpoint 'nowhere'"),
        (["--checkpoint", "{tiny}", "--repo", REPO], "has no README.md"),
        (["--checkpoint", "weizmann-64", "--repo", "clips"], "looks like owner/name"),
        (["--checkpoint", "weizmann-64", "--repo", "me/my clips"], "Repo id must use"),
    ],
)
def test_a_mistake_ends_the_command_with_one_sentence(arguments, sentence, tiny_release):
    arguments = [argument.replace("{tiny}", str(tiny_release)) for argument in arguments]
    with pytest.raises(SystemExit, match=sentence) as caught:
        publish.main(["model", *arguments])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "fault_in", "sentence"),
    [
        (401, "", r"The Hub refused \(401\): log in"),
        (403, "preupload", r"The Hub refused \(403\): log in"),
        (403, "store/", r"The Hub refused \(403\): log in"),
        (429, "create", r"The Hub takes nothing now \(429\): nothing was published"),
        ("silent", "commit", "The Hub cannot be reached, or broke off: nothing was published"),
    ],
)
def test_a_hub_in_trouble_ends_the_command_with_one_sentence_and_nothing_published(
    fault, fault_in, sentence, release, tmp_path
):
    (tmp_path / "repo").mkdir()
    with serving(REPO, tmp_path / "repo") as server:
        server.stores, server.fault, server.fault_in, server.pause = "lfs", fault, fault_in, 0
        with pytest.raises(SystemExit, match=sentence) as caught:
            publish.main(["model", "--checkpoint", str(release), "--repo", REPO])
        assert "\n" not in str(caught.value) and not server.files()
