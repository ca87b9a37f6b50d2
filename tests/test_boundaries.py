"""Who may import whom, how long a file may be, and what an import may do."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_LINES = 260
SOURCES = [
    ROOT / "app.py",
    *sorted((ROOT / "dvd_gan").rglob("*.py")),
    *sorted((ROOT / "training").rglob("*.py")),
]
EVERY_FILE = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))]


def imported_modules(path: Path) -> set[str]:
    """Every module a file imports, at its top or inside a function; relative imports are made absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = [*package[: -node.level]] if node.level else []
            base += node.module.split(".") if node.module else []
            found.update(".".join([*base, alias.name]) for alias in node.names)
    return found


def importers(root: str) -> set[Path]:
    return {p for p in SOURCES if any(m == root or m.startswith(f"{root}.") for m in imported_modules(p))}


def inside(folder: str) -> set[Path]:
    return {p for p in SOURCES if (ROOT / folder) in p.parents}


def test_the_tree_was_found():
    assert len(SOURCES) > 15 and len(inside("dvd_gan/studio")) > 3 and len(inside("training")) > 3


def test_the_library_never_imports_what_stands_above_it():
    library = inside("dvd_gan")
    for above in ("training", "app", "tests", "accelerate"):
        assert not importers(above) & library, above
    assert not importers("dvd_gan.studio") & (library - inside("dvd_gan/studio"))
    assert not importers("dvd_gan.studio") & inside("training")


def test_only_the_studio_and_the_entry_point_know_gradio():
    assert importers("gradio") <= inside("dvd_gan/studio") | {ROOT / "app.py"}
    assert importers("gradio"), "nobody imports gradio, so this test sees nothing"


def test_models_know_nothing_of_files_names_or_pages():
    models = inside("dvd_gan/models")
    for other in ("dvd_gan.labels", "dvd_gan.hub", "dvd_gan.clips", "dvd_gan.pipeline", "pathlib", "json"):
        assert not importers(other) & models, other


def test_the_entry_point_does_no_tensor_arithmetic():
    assert not imported_modules(ROOT / "app.py") & {"torch", "numpy", "diffusers"}


@pytest.mark.parametrize("path", EVERY_FILE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_short_enough_to_read_at_once(path):
    assert len(path.read_text().splitlines()) <= MAX_LINES
    assert path.stem not in ("utils", "util", "helpers", "misc", "common")


def test_importing_everything_touches_no_network():
    modules = [".".join(p.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for p in SOURCES]
    modules = [m for m in modules if m.split(".")[0] in ("app", "dvd_gan")]
    code = f"""if True:
        import importlib, socket
        def refuse(*args, **kwargs):
            raise SystemExit(f"an import asked the network: {{args}}")
        socket.getaddrinfo = socket.create_connection = socket.socket.connect = refuse
        for name in {modules!r}:
            importlib.import_module(name)"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr


def test_the_page_can_be_built_before_torch_is_there():
    """Torch and diffusers take seconds to import; the first page must not wait for them."""
    code = """if True:
        import sys
        import app, dvd_gan.hub, dvd_gan.labels, dvd_gan.studio.layout
        slow = {"torch", "diffusers", "moviepy"} & sys.modules.keys()
        raise SystemExit(", ".join(slow) or 0)"""
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
