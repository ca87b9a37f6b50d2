"""Spacefile -> the README's front matter, checked against the Hub's rules, and the files of the Space.

Schema of the Spacefile, YAML; every key but those marked is required:

    title, emoji                        text; one emoji
    colorFrom, colorTo                  red, yellow, green, blue, indigo, purple, pink or gray
    sdk, sdk_version, app_file          gradio, its exact version, app.py
    python_version                      text such as "3.11"
    license, short_description          an id of the Hub; at most 60 characters
    tags                                list of text
    hardware (optional)                 hardware the Hub suggests to who duplicates the Space, such as cpu-basic
    models (optional)                   list of owner/name[@revision], offered beside the bundled checkpoints; those
                                        without a revision are downloaded when the Space is built
    hf_oauth (optional)                 true: visitors may log in to open private and gated checkpoints that they may
                                        read; a login asks them for that right and no other
"""

import re
import shutil
from pathlib import Path

import yaml

COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
HARDWARE = re.compile(r"cpu-(basic|upgrade|performance|xl)|zero-a10g|(t4|l4|l40s|a10g|a100|h100|h200)[a-z0-9-]*")
REQUIRED = (
    "title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "app_file", "python_version", "license",
    "short_description", "tags",
)  # fmt: skip
OPTIONAL = ("hardware", "models", "hf_oauth")
OAUTH_SCOPES = ["read-repos", "gated-repos"]  # without these a login tells who somebody is and opens nothing
UPLOADED = ("app.py", "Spacefile", "LICENSE", "requirements.txt", "checkpoints", "dvd_gan")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*")
_REPO = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*(@\w[\w./-]*)?", re.ASCII)


def read_spacefile(path: Path) -> dict:
    """The settings; ValueError, with one sentence, where they break a rule of the Hub for Spaces."""
    settings = yaml.safe_load(path.read_text())
    if not isinstance(settings, dict):
        raise ValueError(f"{path} is to hold settings, one `key: value` a line.")
    missing = [key for key in REQUIRED if not settings.get(key)]
    unknown = [key for key in settings if key not in REQUIRED + OPTIONAL]
    if missing or unknown:
        raise ValueError(f"{path} lacks {missing or 'nothing'} and has the unknown {unknown or 'nothing'}.")
    texts = [key for key in REQUIRED if key != "tags"]
    rules = {
        "text, in quotes if it looks like a number": all(isinstance(settings[key], str) for key in texts),
        f"colours out of {', '.join(COLOURS)}": {settings["colorFrom"], settings["colorTo"]} <= set(COLOURS),
        "an emoji and no letter": not re.search(r"\w", str(settings["emoji"])) and len(str(settings["emoji"])) <= 8,
        "the sdk gradio": settings["sdk"] == "gradio",
        "an exact sdk_version": bool(re.fullmatch(r"\d+\.\d+\.\d+", str(settings["sdk_version"]))),
        'a python_version such as "3.11"': bool(re.fullmatch(r"3\.\d+", str(settings["python_version"]))),
        "a short_description of 60 characters at most": len(str(settings["short_description"])) <= 60,
        "tags as a list of text": _is_texts(settings["tags"]),
        "models as a list of owner/name[@revision]": _is_texts(settings.get("models", []))
        and all(_REPO.fullmatch(model) for model in settings.get("models", [])),
        "hardware that the Hub has": HARDWARE.fullmatch(settings.get("hardware", "cpu-basic")) is not None,
        "hf_oauth as true or false": isinstance(settings.get("hf_oauth", False), bool),
    }
    for rule, kept in rules.items():
        if not kept:
            raise ValueError(f"{path} breaks a rule of the Hub: it needs {rule}.")
    return settings


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def front_matter(settings: dict) -> str:
    """The block that the Hub reads at the head of a Space's README."""
    card = {key: value for key, value in settings.items() if key not in ("hardware", "models")}
    if "hardware" in settings:
        card["suggested_hardware"] = settings["hardware"]
    if settings.get("hf_oauth"):
        card["hf_oauth_scopes"] = OAUTH_SCOPES
    if settings.get("models"):
        card["models"] = [model.partition("@")[0] for model in settings["models"]]
        preloaded = [model for model in settings["models"] if "@" not in model]
        if preloaded:
            card["preload_from_hub"] = preloaded
    return f"---\n{yaml.safe_dump(card, sort_keys=False, allow_unicode=True)}---\n"


def with_front_matter(readme: str, settings: dict) -> str:
    """The README with the front matter of these settings in the place of what it had."""
    return front_matter(settings) + re.sub(r"\A---\n.*?\n---\n", "", readme, flags=re.DOTALL)


def render_readme(root: Path) -> None:
    """Bring the front matter of the project's README up to date with the Spacefile."""
    readme = root / "README.md"
    readme.write_text(with_front_matter(readme.read_text(), read_spacefile(root / "Spacefile")))


def write_space(root: Path, out: Path) -> None:
    """The files of the Space in `out`: page, library, checkpoints, requirements, and the README with its settings.

    On ZeroGPU the requirements gain the `spaces` package, which lends a GPU for one call at a time.
    """
    settings = read_spacefile(root / "Spacefile")
    for name in UPLOADED:
        if (root / name).is_dir():
            shutil.copytree(root / name, out / name, ignore=LEFT_OUT)
        else:
            shutil.copy(root / name, out / name)
    (out / "README.md").write_text(with_front_matter((root / "README.md").read_text(), settings))
    if "zero" in settings.get("hardware", ""):
        with (out / "requirements.txt").open("a") as file:
            file.write("spaces\n")
