"""Release folder -> Hub, Spacefile -> Space: `python -m training.publish model|space ...`.

model: `--checkpoint DIR --repo owner/name [--private] [--dry-run]`; space: `--repo owner/name [--private] [--dry-run]`.
One commit each; what is on the Hub already is not sent again, and what is no longer part of it is removed.
"""

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from huggingface_hub import HfApi, ModelCard, constants
from huggingface_hub.errors import HfHubHTTPError, HTTPError
from huggingface_hub.utils import validate_repo_id

from dvd_gan import hub
from training.space import render_readme, write_space
from training.standalone import ROOT, standalone

# What the endpoint and the self-contained pipeline need of the app's requirements.
RELEASE_REQUIREMENTS = ("torch", "diffusers", "safetensors", "moviepy", "imageio-ffmpeg", "numpy", "pillow")
LEFT_OUT = shutil.ignore_patterns(".*", "*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "__pycache__")
HOW_TO_LOAD = """
## Load it

```python
from dvd_gan import DVDGANPipeline  # with the package

pipe = DVDGANPipeline.from_pretrained("{repo}")
```

```python
from diffusers import DiffusionPipeline  # without it: the code is this repository's own pipeline.py

pipe = DiffusionPipeline.from_pretrained("{repo}", custom_pipeline="{repo}", trust_remote_code=True)
```

`handler.py` serves it on Inference Endpoints: post `{{"inputs": "CLASS", "parameters": {{"seeds": [7]}}}}`, get MP4
files in base64.
"""
PIPELINE_DOCSTRING = """DVDGANPipeline in one file, made from the dvd_gan package for those without it. Apache-2.0.

DiffusionPipeline.from_pretrained("owner/name", custom_pipeline="owner/name", trust_remote_code=True)
"""
HANDLER_DOCSTRING = """EndpointHandler in one file, made from the dvd_gan package. Apache-2.0."""


def write_model(checkpoint: str | Path, repo: str, out: Path) -> None:
    """The release as it is published, in an empty folder `out`: the same weights, and what others need to load them.

    Raises ValueError for a folder that is no release or has no model card.
    """
    checkpoint = hub.resolve(checkpoint)
    if not (checkpoint / "README.md").is_file():
        raise ValueError(f"{checkpoint} has no README.md: release it with training.release, which writes the card.")
    shutil.copytree(checkpoint, out, dirs_exist_ok=True, ignore=LEFT_OUT)
    index = json.loads((checkpoint / "model_index.json").read_text())
    parts = {part: home for part, home in index.items() if not part.startswith("_") and home != [None, None]}
    index.update({part: ["diffusers", name] for part, (_, name) in parts.items()})
    (out / "model_index.json").write_text(json.dumps(index, indent=2) + "\n")
    _write_card(checkpoint, repo, out / "README.md")
    (out / "pipeline.py").write_text(standalone("dvd_gan.pipeline", ["DVDGANPipeline"], PIPELINE_DOCSTRING))
    (out / "handler.py").write_text(standalone("training.endpoint", ["EndpointHandler"], HANDLER_DOCSTRING))
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    needed = [line for line in lines if line.startswith(RELEASE_REQUIREMENTS)]
    (out / "requirements.txt").write_text("\n".join(needed) + "\n")


def _write_card(checkpoint: Path, repo: str, path: Path) -> None:
    """The release's card under its name on the Hub; the measured results keep the Hub's schema."""
    card = ModelCard.load(checkpoint / "README.md")
    metrics = checkpoint / "metrics.json"
    if metrics.is_file() and not card.data.eval_results:
        raise ValueError(f"{checkpoint} has metrics.json but no results in its card: release it again.")
    name = card.data.model_name or checkpoint.name
    card.data.model_name = repo.partition("/")[2]
    card.text = card.text.replace(f'from_pretrained("{name}")', f'from_pretrained("{repo}")')
    card.text = card.text.rstrip() + "\n" + HOW_TO_LOAD.format(repo=repo)
    card.save(path)


def publish(repo: str, kind: str, write: Callable[[Path], None], private: bool, dry_run: bool) -> str:
    """Write the files and send them in one commit; a sentence on what was done.

    Raises ValueError for a wrong id or files that the Hub does not take, ConnectionError where it refuses otherwise or
    cannot be reached.
    """
    validate_repo_id(repo)
    if repo.count("/") != 1:
        raise ValueError(f"{repo!r} is no id on the Hub; it looks like owner/name.")
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        write(out)
        files = sorted(path for path in out.rglob("*") if path.is_file())
        size = sum(path.stat().st_size for path in files)
        if dry_run:
            listing = "\n".join(f"{path.stat().st_size:>12,}  {path.relative_to(out)}" for path in files)
            return f"{listing}\nwould go to the {kind} {repo}: {len(files)} files, {size:,} bytes; nothing was sent."
        commit = _send(repo, kind, out, private)
    return f"{repo} is published at {commit}: {len(files)} files, {size:,} bytes in all."


def _send(repo: str, kind: str, folder: Path, private: bool) -> str:
    """Make a folder all that a repository holds, in one commit -> its name.

    Over plain HTTP: by Xet, huggingface-hub sends a folder in as many commits as it finds fit.
    """
    constants.HF_HUB_DISABLE_XET = True
    api = HfApi()
    extra = {"space_sdk": "gradio"} if kind == "space" else {}
    try:
        api.create_repo(repo, repo_type=kind, private=private, exist_ok=True, **extra)
        commit = api.upload_folder(
            repo_id=repo, repo_type=kind, folder_path=folder, delete_patterns="*", commit_message=f"Publish {kind}"
        )
    except (HTTPError, RuntimeError) as error:
        raise ConnectionError(_in_one_sentence(error, repo)) from error
    return commit.oid


def _in_one_sentence(error: Exception, repo: str) -> str:
    """What to do about a Hub in trouble; huggingface-hub reports that of a large file inside a RuntimeError."""
    cause = error.__cause__ if isinstance(error, RuntimeError) else error
    if not isinstance(cause, HfHubHTTPError):
        return "The Hub cannot be reached, or broke off: nothing was published; try again."
    status = cause.response.status_code
    if status == 429 or status >= 500:
        return f"The Hub takes nothing now ({status}): nothing was published; try again later."
    return f"The Hub refused ({status}): log in with `hf auth login`, or see {repo}."


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; a mistake of the user ends it with one sentence."""
    parser = argparse.ArgumentParser(prog="python -m training.publish", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="kind", required=True)
    for kind, of_what in (("model", "a release folder"), ("space", "the page, as the Spacefile says")):
        command = commands.add_parser(kind, help=f"publish {of_what}")
        if kind == "model":
            command.add_argument("--checkpoint", required=True, help="release folder or bundled name")
        command.add_argument("--repo", required=True, help="owner/name on the Hub")
        command.add_argument("--private", action="store_true", help="only for its owner, if it is new")
        command.add_argument("--dry-run", action="store_true", help="list what would be sent, and send nothing")
    options = parser.parse_args(arguments)

    def write(out: Path) -> None:
        if options.kind == "model":
            write_model(options.checkpoint, options.repo, out)
        else:
            render_readme(ROOT)
            write_space(ROOT, out)

    try:
        print(publish(options.repo, options.kind, write, options.private, options.dry_run))
    except (OSError, ValueError) as error:
        sys.exit(" ".join(str(error).split()))


if __name__ == "__main__":
    main()
