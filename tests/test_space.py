"""The Space: its settings have one source, and exactly what is uploaded starts and gives a clip."""

import ast
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.hub_fixtures import ROOT, serving
from tests.test_clips import probe
from training import publish
from training.space import front_matter, read_spacefile, with_front_matter, write_space

# What a file imports -> what requirements.txt calls it, where the names differ.
PACKAGES = {"PIL": "pillow", "yaml": "pyyaml", "huggingface_hub": "huggingface-hub"}
OPTIONAL = {"spaces"}
PATIENCE_SECONDS = 600  # in a fresh environment, and while others use the machine, the first import takes minutes


def test_the_readmes_front_matter_is_the_spacefiles():
    readme, settings = (ROOT / "README.md").read_text(), read_spacefile(ROOT / "Spacefile")
    assert readme.startswith(front_matter(settings))
    assert with_front_matter(readme, settings) == readme


def test_the_pinned_gradio_is_the_one_tested_here():
    import gradio

    assert read_spacefile(ROOT / "Spacefile")["sdk_version"] == gradio.__version__


def spacefile(tmp_path, **changes) -> Path:
    settings = {**yaml.safe_load((ROOT / "Spacefile").read_text()), **changes}
    path = tmp_path / "Spacefile"
    path.write_text(yaml.safe_dump({key: value for key, value in settings.items() if value is not None}))
    return path


def test_models_are_listed_and_preloaded_unless_pinned(tmp_path):
    settings = read_spacefile(spacefile(tmp_path, models=["me/a", "me/b@v1"], hardware="zero-a10g"))
    card = yaml.safe_load(front_matter(settings).strip("-\n"))
    assert card["models"] == ["me/a", "me/b"] and card["preload_from_hub"] == ["me/a"]
    assert card["suggested_hardware"] == "zero-a10g" and card["python_version"] == "3.11"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        (dict(colorFrom="mauve"), "colours out of red"),
        (dict(emoji="film"), "an emoji"),
        (dict(python_version=3.1), "text, in quotes"),
        (dict(python_version="3"), 'python_version such as "3.11"'),
        (dict(sdk="docker"), "the sdk gradio"),
        (dict(sdk_version="6"), "exact sdk_version"),
        (dict(short_description="x" * 61), "60 characters"),
        (dict(models=["../x"]), "models as a list of owner/name"),
        (dict(hardware="abacus"), "hardware that the Hub has"),
        (dict(hf_oauth="yes please"), "hf_oauth as true or false"),
        (dict(tags="gan"), "tags as a list"),
        (dict(title=None), r"lacks \['title'\]"),
        (dict(colour="red"), r"unknown \['colour'\]"),
    ],
)
def test_a_broken_rule_is_named_in_one_sentence(changes, rule, tmp_path):
    with pytest.raises(ValueError, match=rule) as caught:
        read_spacefile(spacefile(tmp_path, **changes))
    assert "\n" not in str(caught.value)


def test_a_login_asks_for_the_right_to_read_and_for_no_other(tmp_path):
    for wanted, scopes in ((True, ["read-repos", "gated-repos"]), (None, None)):
        card = yaml.safe_load(front_matter(read_spacefile(spacefile(tmp_path, hf_oauth=wanted))).strip("-\n"))
        assert card.get("hf_oauth_scopes") == scopes and card.get("hf_oauth") == wanted


def test_zerogpu_asks_for_its_package_and_other_hardware_does_not(tmp_path):
    for name in ("app.py", "LICENSE", "requirements.txt", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("checkpoints", "dvd_gan"):
        (tmp_path / name).mkdir()
    for hardware, asked in (("cpu-basic", False), ("zero-a10g", True)):
        spacefile(tmp_path, hardware=hardware)
        out = tmp_path / hardware
        out.mkdir()
        write_space(tmp_path, out)
        assert ("spaces" in (out / "requirements.txt").read_text().split()) == asked


def test_everything_that_is_imported_is_required():
    """So that a fresh environment made from requirements.txt alone can run the page."""
    required = {
        line.split(">")[0].split("[")[0].strip() for line in (ROOT / "requirements.txt").read_text().splitlines()
    }
    for path in [ROOT / "app.py", *(ROOT / "dvd_gan").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for top in {name.split(".")[0] for name in names} - sys.stdlib_module_names - {"dvd_gan"} - OPTIONAL:
                assert PACKAGES.get(top, top).replace("_", "-") in required, f"{path.name} imports {top}"


@pytest.fixture(scope="module")
def uploaded(tmp_path_factory):
    """A clean checkout of exactly the files that `publish space` sends."""
    folder = tmp_path_factory.mktemp("space") / "checkout"
    folder.mkdir()
    with serving("me/studio", folder, kind="spaces") as server:
        server.stores = "lfs"
        publish.main(["space", "--repo", "me/studio"])
        assert len(server.commits) == 1 and server.created[0]["sdk"] == "gradio"
    return folder


def test_the_space_holds_page_library_checkpoints_and_requirements_and_no_training(uploaded):
    names = {path.name for path in uploaded.iterdir()}
    assert names == {"app.py", "dvd_gan", "checkpoints", "requirements.txt", "README.md", "Spacefile", "LICENSE"}
    assert not list(uploaded.rglob("__pycache__"))


def test_what_the_hub_itself_finds_wrong_with_the_settings_is_said_in_one_line_and_nothing_is_sent(tmp_path):
    (tmp_path / "repo").mkdir()
    with serving("me/studio", tmp_path / "repo", kind="spaces") as server:
        server.card_faults = ['"emoji" must be one emoji']
        with pytest.raises(SystemExit, match=r'^Invalid metadata in README\.md\. - "emoji" must be one emoji$'):
            publish.main(["space", "--repo", "me/studio"])
        assert not server.commits and not server.put


@pytest.mark.slow
def test_the_uploaded_files_start_and_give_a_clip(uploaded, tmp_path):
    start_and_ask(Path(sys.executable), uploaded, tmp_path)


def listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


def start_and_ask(python: Path, checkout: Path, temporary: Path) -> None:
    """`python app.py` in the checkout, as a Space runs it, then a clip over its API."""
    from gradio_client import Client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "GRADIO_TEMP_DIR": str(temporary), "PYTHONPATH": "", "GRADIO_SERVER_PORT": str(port)}
    with (temporary / "log").open("w") as log:
        page = subprocess.Popen([python, "app.py"], cwd=checkout, env=environment, stdout=log, stderr=log)
    try:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while not listens(port):
            assert page.poll() is None and time.monotonic() < give_up, (temporary / "log").read_text()
            time.sleep(0.5)
        client = Client(f"http://127.0.0.1:{port}", verbose=False, download_files=str(temporary / "got"))
        clip = client.predict("bend", 7, 12, api_name="/generate")[0]
        assert len(probe(clip)[0]) == 12
    finally:
        page.terminate()
        page.wait()
