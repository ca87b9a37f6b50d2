import json
import shutil

import pytest
import yaml

from dvd_gan import hub


def test_a_local_folder_is_its_own_release(tiny_release):
    assert hub.resolve(tiny_release) == tiny_release


def test_the_index_is_sound():
    known = hub.known_checkpoints()
    assert known[0].bundled is not None
    assert len({row.id for row in known}) == len(known)
    assert all((row.bundled or row.hub) and row.description.endswith(".") for row in known)


def test_facts_are_read_without_weights(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "r", ignore=shutil.ignore_patterns("*.safetensors"))
    facts = hub.read_facts(tmp_path / "r")
    assert facts.class_names[1] == "jumping jacks"
    assert (facts.resolution, facts.trained_frames, facts.fps) == (16, 4, 12.0)


def test_a_bundled_name_wins_over_a_folder_of_that_name(tiny_release, tmp_path, monkeypatch):
    shutil.copytree(tiny_release, tmp_path / "bundle" / "first")
    (tmp_path / "bundle" / "index.yaml").write_text(
        yaml.safe_dump([{"id": "first", "bundled": "first", "description": "One."}])
    )
    (tmp_path / "first").mkdir()
    monkeypatch.setattr(hub, "BUNDLED", tmp_path / "bundle")
    monkeypatch.chdir(tmp_path)
    assert hub.resolve("first") == tmp_path / "bundle" / "first"


@pytest.mark.parametrize("name", ["weizman-46", "a/b/c", "./nowhere", "/no/where", "../x"])
def test_an_unknown_name_is_refused_at_once_and_never_sent_to_the_hub(name, monkeypatch):
    monkeypatch.setattr(hub.pull, "pull", lambda *a: pytest.fail("asked the Hub"))
    with pytest.raises(ValueError, match=r"There is no checkpoint .* give one of weizmann-64"):
        hub.resolve(name)


def test_pickled_weights_are_refused(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "r")
    weights = next((tmp_path / "r" / "generator").glob("*.safetensors"))
    weights.rename(weights.with_name("diffusion_pytorch_model.bin"))
    with pytest.raises(ValueError, match="pickled weights are refused"):
        hub.resolve(tmp_path / "r")


def test_a_release_may_name_no_code_but_ours(tiny_release, tmp_path):
    shutil.copytree(tiny_release, tmp_path / "r")
    index_file = tmp_path / "r" / "model_index.json"
    index = json.loads(index_file.read_text())
    index_file.write_text(json.dumps({**index, "generator": ["antigravity", "DVDGANGenerator"]}))
    with pytest.raises(ValueError, match="no part of DVD-GAN"):
        hub.resolve(tmp_path / "r")
    index_file.write_text(json.dumps({**index, "_class_name": "StableDiffusionPipeline"}))
    with pytest.raises(ValueError, match="not a DVDGANPipeline"):
        hub.resolve(tmp_path / "r")
    index_file.unlink()
    with pytest.raises(ValueError, match=r"no model_index\.json"):
        hub.resolve(tmp_path / "r")


def test_the_environment_and_the_spacefile_add_checkpoints_and_never_move_the_first(tmp_path, monkeypatch):
    (tmp_path / "checkpoints").mkdir()
    index = tmp_path / "checkpoints" / "index.yaml"
    index.write_text("- {id: first, bundled: first, description: One.}")
    monkeypatch.setattr(hub, "BUNDLED", index.parent)
    monkeypatch.setenv(hub.MORE_CHECKPOINTS, "someone/clips@v1 first")
    (tmp_path / "Spacefile").write_text("models: [other/clips]")
    assert [(row.id, row.hub) for row in hub.known_checkpoints()] == [
        ("first", None),
        ("someone/clips@v1", "someone/clips@v1"),
        ("other/clips", "other/clips"),
    ]
    (tmp_path / "more.yaml").write_text("- {id: mine, hub: me/mine, continues: true, description: Mine.}")
    monkeypatch.setenv(hub.MORE_CHECKPOINTS, str(tmp_path / "more.yaml"))
    assert hub.known_checkpoints()[1] == hub.KnownCheckpoint("mine", "Mine.", hub="me/mine", continues=True)
