"""Every way in which a download can go wrong, against a real HTTP server that speaks the Hub's routes."""

import json
import shutil
import socket
import threading
import time

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from dvd_gan import DVDGANPipeline, hub, hub_watch, pull
from dvd_gan.pull import HubRefusal
from tests.fake_uploads import COMMIT
from tests.hub_fixtures import run_python, serving

REPO = "someone/clips"
INDEX = "model_index.json"
WEIGHTS = "generator/diffusion_pytorch_model.safetensors"


@pytest.fixture
def fake_hub(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "repo")
    (tmp_path / "repo" / "README.md").write_text("# A card\n")
    (tmp_path / "repo" / "examples").mkdir()
    (tmp_path / "repo" / "examples" / "a-wall.mp4").write_bytes(b"film")
    (tmp_path / "repo" / "generator" / "weights.bin").write_bytes(b"pickle")
    (tmp_path / "repo" / "generator" / "code.py").write_text("raise SystemExit")
    with serving(REPO, tmp_path / "repo") as server:
        yield server


def edit_json(path, **changes):
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_only_what_a_release_is_made_of_is_downloaded_once_and_pinned_to_a_commit(fake_hub, pipe):
    told = []
    folder = hub.resolve(REPO, on_progress=lambda done, total: told.append((done, total)))
    fetched = [path for path in fake_hub.asked if "/resolve/" in path]
    assert not [path for path in fetched if path.endswith((".bin", ".py"))]
    assert all(f"/resolve/{COMMIT}/" in path for path in fetched)
    assert (folder / "README.md").read_text() == "# A card\n" and not (folder / "generator" / "code.py").exists()
    assert (folder / "examples" / "a-wall.mp4").read_bytes() == b"film"
    assert hub.commit_of(folder) == COMMIT and hub.commit_of(fake_hub.folder) is None
    assert told == sorted(told) and told[-1][0] == told[-1][1] > 100_000
    again = DVDGANPipeline.from_pretrained(f"{REPO}@{COMMIT}")
    np.testing.assert_allclose(again("bend", seeds=7).frames, pipe("bend", seeds=7).frames, atol=0.05)
    assert [path for path in fake_hub.asked if "/resolve/" in path] == fetched


@pytest.mark.parametrize("stores", ["lfs", "xet"])
def test_weights_in_a_store_of_another_host_come_from_there_without_the_token(fake_hub, pipe, stores):
    fake_hub.stores, fake_hub.readers = stores, {"hf_ada"}
    folder = hub.resolve(REPO, token="hf_ada")
    stored = [(path, token) for path, token in zip(fake_hub.asked, fake_hub.tokens, strict=True) if "store/" in path]
    assert len(stored) >= 3 and {token for _, token in stored} == {None}
    assert not [path for path in fake_hub.asked if "xet" in path]
    again = DVDGANPipeline.from_pretrained(folder)
    np.testing.assert_allclose(again("bend", seeds=7).frames, pipe("bend", seeds=7).frames, atol=0.05)


def test_a_renamed_repository_is_found_under_its_old_name(fake_hub):
    fake_hub.moved_from = "someone/earlier"
    assert hub.commit_of(hub.resolve("someone/earlier")) == COMMIT


def test_a_slow_line_is_no_silent_one(fake_hub, monkeypatch):
    monkeypatch.setattr(hub_watch, "SILENCE_SECONDS", 1.0)
    fake_hub.fault, fake_hub.fault_in = "trickle", WEIGHTS
    told = []
    hub.resolve(REPO, on_progress=lambda done, total: told.append(done))
    assert told == sorted(told) and len(set(told)) > 8


@pytest.mark.slow
def test_a_fresh_process_loads_it_and_later_does_without_a_network(fake_hub, tmp_path):
    code = """if True:
        from dvd_gan import DVDGANPipeline
        pipe = DVDGANPipeline.from_pretrained("someone/clips@main")
        print(pipe("bend", seeds=7).frames.sum())"""
    online = run_python(code, tmp_path, fake_hub.url)
    assert float(run_python(code, tmp_path, "http://127.0.0.1:9")) == pytest.approx(float(online), rel=0.01)


FAULTS = [
    ("silent", "api/", "The Hub sent nothing for 3 seconds"),
    ("slow", WEIGHTS, "The Hub sent nothing for 3 seconds"),
    ("cut", WEIGHTS, "The Hub "),
    ("corrupt", WEIGHTS, "arrived damaged and was thrown away"),
    (429, "api/", r"asked too often from here \(429\)"),
    (500, "api/", r"a fault of its own \(500\)"),
    (429, WEIGHTS, r"asked too often from here \(429\)"),
    (503, WEIGHTS, r"a fault of its own \(503\)"),
    ("limited", WEIGHTS, r"asked too often from here \(429\)"),
]


CASES = [(None, *case) for case in FAULTS]
CASES += [("lfs", *case) for case in FAULTS if case[0] in ("corrupt", "limited")]


@pytest.mark.parametrize(("stores", "fault", "fault_in", "sentence"), CASES, ids=lambda value: str(value).split("/")[0])
def test_a_hub_in_trouble_is_given_up_within_five_seconds_and_nothing_half_downloaded_is_used(
    fake_hub, stores, fault, fault_in, sentence, monkeypatch
):
    if fault not in ("silent", "slow"):
        monkeypatch.setattr(hub_watch, "SILENCE_SECONDS", 2.0)
    fake_hub.stores, fake_hub.fault, fake_hub.fault_in = stores, fault, fault_in
    started = time.monotonic()
    with pytest.raises(ConnectionError, match=sentence) as caught:
        hub.resolve(REPO)
    assert time.monotonic() - started < 5
    assert "\n" not in str(caught.value) and str(caught.value).endswith("use the bundled 'weizmann-64'.")
    with pytest.raises(ConnectionError, match="was not downloaded before"):
        hub.resolve(REPO, local_files_only=True)


def test_a_download_that_nobody_compared_stays_out_of_use_even_by_the_name_of_its_commit(fake_hub, monkeypatch):
    def killed(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(pull, "_compare", killed)
        with pytest.raises(KeyboardInterrupt):
            hub.resolve(f"{REPO}@{COMMIT}")
    assert list((fake_hub.folder.parent / "cache").glob(f"*/snapshots/{COMMIT}/{WEIGHTS}"))
    with pytest.raises(ConnectionError, match="was not downloaded before"):
        hub.resolve(f"{REPO}@{COMMIT}", local_files_only=True)
    hub.resolve(REPO)
    assert hub.commit_of(hub.resolve(f"{REPO}@{COMMIT}", local_files_only=True)) == COMMIT


def test_a_download_that_was_given_up_asks_for_nothing_more(fake_hub, monkeypatch):
    monkeypatch.setattr(hub_watch, "SILENCE_SECONDS", 0.5)
    fake_hub.fault, fake_hub.fault_in, fake_hub.pause = "slow", INDEX, 2.0
    before = set(threading.enumerate())
    with pytest.raises(ConnectionError):
        hub.resolve(REPO)
    (worker,) = [t for t in set(threading.enumerate()) - before if "act" in t.name]
    worker.join(30)
    assert not worker.is_alive() and not [path for path in fake_hub.asked if path.endswith("config.json")]


@pytest.mark.parametrize(
    ("fault", "fault_in", "sentence"),
    [
        (401, "api/", "does not know this login or token"),
        (403, "api/", "does not let this login read"),
        (404, WEIGHTS, "lists a file that the Hub does not have"),
        (403, WEIGHTS, "does not let this login read"),
        (401, WEIGHTS, "does not know this login or token"),
    ],
)
def test_a_hub_that_says_no_is_quoted_in_one_sentence(fake_hub, fault, fault_in, sentence):
    fake_hub.fault, fake_hub.fault_in = fault, fault_in
    with pytest.raises(HubRefusal, match=sentence):
        hub.resolve(REPO)


@pytest.mark.parametrize(("fault", "fault_in"), [("silent", ""), ("slow", WEIGHTS), (500, ""), (429, ""), ("cut", "")])
def test_what_was_pulled_before_is_used_while_the_hub_is_in_trouble(fake_hub, fault, fault_in):
    folder = hub.resolve(REPO)
    fake_hub.fault, fake_hub.fault_in = fault, fault_in
    assert hub.resolve(REPO) == folder


@pytest.mark.parametrize("silent", [False, True], ids=["refusing", "silent"])
def test_without_a_network_the_answer_comes_within_five_seconds(silent, tmp_path, monkeypatch):
    from huggingface_hub import constants

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        if silent:
            server.listen()
        monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")
        started = time.monotonic()
        with pytest.raises(ConnectionError, match="use the bundled 'weizmann-64'"):
            hub.resolve("owner/name", cache_dir=tmp_path)
        assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("someone/else", "The Hub has no checkpoint 'someone/else', or it is private: log in or pass your token."),
        ("someone/clips@v9", "'someone/clips' has no revision 'v9' on the Hub."),
        ("some one/clips", "'some one/clips' is no valid id on the Hub; it looks like owner/name."),
        ("someone/clips@../../x", "'../../x' is no valid revision; give a branch, a tag or a commit."),
        ("someone/..", "'someone/..' is no valid id on the Hub; it looks like owner/name."),
    ],
)
def test_a_wrong_id_is_answered_with_one_sentence(fake_hub, name, sentence):
    with pytest.raises(HubRefusal) as caught:
        hub.resolve(name)
    assert str(caught.value) == sentence


CONFIG = "generator/config.json"
SPOILERS = {
    "sets base_width to 1000000, and it must be whole, from 1 to 512": lambda folder, _: edit_json(
        folder / CONFIG, base_width=10**6
    ),
    "does not say trained_frames": lambda folder, _: edit_json(folder / CONFIG, trained_frames=None),
    "is a StableDiffusionPipeline, not": lambda folder, _: edit_json(
        folder / INDEX, _class_name="StableDiffusionPipeline"
    ),
    "no part of DVD-GAN": lambda folder, _: edit_json(folder / INDEX, generator=["antigravity", "DVDGANGenerator"]),
    "pickled weights are refused": lambda folder, _: (folder / WEIGHTS).rename((folder / WEIGHTS).with_suffix(".bin")),
    "is not a DVD-GAN release": lambda folder, _: (folder / INDEX).unlink(),
    "model_index.json is damaged": lambda folder, _: (folder / INDEX).write_text("[" * 100_000),
    "GiB, above the 2 GiB allowed here": lambda _, server: server.claimed_sizes.update({WEIGHTS: 10**12}),
    "which is absurd": lambda _, server: server.claimed_sizes.update({CONFIG: 10**9}),
    "leads out of it": lambda _, server: server.extra_names.append("generator/../../../.bashrc"),
}


@pytest.mark.parametrize("sentence", SPOILERS)
def test_what_is_no_sound_release_is_refused_before_its_weights_are_asked_for(fake_hub, sentence):
    SPOILERS[sentence](fake_hub.folder, fake_hub)
    with pytest.raises(HubRefusal, match=sentence) as caught:
        hub.resolve(REPO)
    assert "\n" not in str(caught.value) and "/snapshots/" not in str(caught.value)
    assert not [path for path in fake_hub.asked if path.endswith("safetensors")]


def cut_short(path):
    path.write_bytes(path.read_bytes()[:-4])


def promise_more_than_there_is(path):
    path.write_bytes(path.read_bytes()[:8].replace(b"\0", b"\x7f") + path.read_bytes()[8:])


@pytest.mark.parametrize("spoil", [cut_short, promise_more_than_there_is])
def test_damaged_weights_are_refused_even_if_the_hub_vouches_for_them(fake_hub, spoil):
    spoil(fake_hub.folder / WEIGHTS)
    with pytest.raises(HubRefusal, match="damaged or is no safetensors file"):
        hub.resolve(REPO)


def test_weights_that_do_not_fit_the_config_are_refused(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "r")
    weights = load_file(tmp_path / "r" / WEIGHTS)
    name = next(name for name in weights if "gru" in name)
    for spoilt in ({k: v for k, v in weights.items() if k != name}, {**weights, name: weights[name][:1].clone()}):
        save_file(spoilt, tmp_path / "r" / WEIGHTS, {"format": "pt"})
        with pytest.raises(ValueError, match="do not fit its config"):
            DVDGANPipeline.from_pretrained(tmp_path / "r")
