"""A checkpoint's id to a local folder, and what its configs tell before any weight is loaded.

An id is a name from checkpoints/index.yaml, a local folder, or `owner/name[@revision]` on the Hub.
"""

import functools
import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import yaml

from dvd_gan import pull
from dvd_gan.release_folder import check_release

BUNDLED = Path(__file__).resolve().parents[1] / "checkpoints"
MORE_CHECKPOINTS = "DVD_GAN_CHECKPOINTS"


@dataclass(frozen=True)
class KnownCheckpoint:
    """One row of checkpoints/index.yaml: a folder beside it, a place on the Hub, or both; and whether it continues
    frames or starts from a class."""

    id: str
    description: str
    bundled: str | None = None
    hub: str | None = None
    continues: bool = False


@dataclass(frozen=True)
class CheckpointFacts:
    """What a release's configs say: class names in id order, side in pixels, trained length and rate, and how many
    frames it continues (0: it starts from nothing)."""

    class_names: tuple[str, ...]
    resolution: int
    trained_frames: int
    fps: float
    training_data: str
    num_given_frames: int = 0


def known_checkpoints() -> list[KnownCheckpoint]:
    """The rows of checkpoints/index.yaml, the default one first; then those of the environment variable
    DVD_GAN_CHECKPOINTS, which is another index file or ids between spaces; then the `models` of the Spacefile."""
    rows = _rows(BUNDLED / "index.yaml")
    more = os.environ.get(MORE_CHECKPOINTS, "")
    rows += _rows(Path(more)) if more.endswith((".yaml", ".yml")) else [_row_of(name) for name in more.split()]
    spacefile = BUNDLED.parent / "Spacefile"
    if spacefile.is_file():
        rows += [_row_of(name) for name in yaml.safe_load(spacefile.read_text()).get("models", [])]
    known: dict[str, KnownCheckpoint] = {}
    for row in rows:
        known.setdefault(row.id, row)
    return list(known.values())


def resolve(
    checkpoint: str | Path,
    *,
    revision: str | None = None,
    token: str | bool | None = None,
    cache_dir: str | Path | None = None,
    local_files_only: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Any id -> the folder of a checked release, downloaded if need be; `on_progress` is told bytes so far and in all.

    Without a `token` the Hub is asked with the one that is stored on this machine, if any; on a Space with none, for
    what the server's token could read is not for everybody who visits.
    Raises ValueError when there is no such checkpoint or it is not a DVD-GAN release in safetensors (pull.HubRefusal,
    which is one, where the Hub has a say), and ConnectionError, within seconds, when the Hub cannot be used now and
    nothing is cached.
    """
    name = str(checkpoint)
    row = next((row for row in known_checkpoints() if row.id == name), None)
    if row is not None and row.bundled is not None and (BUNDLED / row.bundled).is_dir():
        return check_release(BUNDLED / row.bundled)
    if row is not None and row.hub is not None:
        name = row.hub
    elif Path(name).is_dir():
        return check_release(Path(name))
    repo, _, named_revision = name.partition("@")
    if repo.count("/") != 1 or repo.startswith((".", "/", "~")):
        known = ", ".join(row.id for row in known_checkpoints())
        raise ValueError(f"There is no checkpoint {name!r}: give one of {known}, a folder, or owner/name of the Hub.")
    revision = revision or named_revision or "main"
    pull.check_id(repo, revision)
    if token is None and os.environ.get("SPACE_ID"):
        token = False
    error: ConnectionError | None = None
    if not local_files_only:
        try:
            return pull.pull(repo, revision, token, cache_dir, on_progress)
        except ConnectionError as caught:
            error = caught
    folder = pull.cached(repo, revision, cache_dir)
    if folder is None:
        reason = error or "Nothing is to be downloaded."
        raise ConnectionError(
            f"{reason} {repo!r} was not downloaded before; use the bundled {known_checkpoints()[0].id!r}."
        ) from error
    return folder


def resolve_for_visitor(
    checkpoint: str, token: str | None, on_progress: Callable[[int, int], None] | None = None
) -> Path:
    """`owner/name[@revision]` as a visitor of a page may open it -> the folder of a checked release.

    With the visitor's own token, or with none: never with the server's. The Hub is asked each time, so that what one
    visitor may read and the server has cached stays closed to others. Folders of the server are never opened.
    Raises pull.HubRefusal or ConnectionError, as `resolve`.
    """
    repo, _, revision = checkpoint.strip().partition("@")
    pull.check_id(repo, revision or "main")
    return pull.pull(repo, revision or "main", token or False, None, on_progress)


def commit_of(folder: Path) -> str | None:
    """The commit a pulled folder is pinned to, 40 hex digits; None for a folder that is not from the Hub."""
    return folder.name if folder.parent.name == "snapshots" else None


def revision_of(folder: Path) -> str:
    """Which weights a release folder holds: its commit, or "sha256:" and 16 digits of the hash of its generator's files
    where it is not from the Hub."""
    files = sorted((folder / "generator").glob("*.safetensors"))
    return commit_of(folder) or _hash_of(tuple((file, file.stat().st_mtime_ns) for file in files))


@functools.lru_cache(maxsize=64)
def _hash_of(files: tuple[tuple[Path, int], ...]) -> str:
    digest = hashlib.sha256()
    for file, _ in files:
        digest.update(file.read_bytes())
    return f"sha256:{digest.hexdigest()[:16]}"


def read_facts(folder: Path) -> CheckpointFacts:
    """What the configs in a release folder say; reads no weights."""
    encoder = folder / "frame_encoder" / "config.json"
    config = json.loads((folder / "generator" / "config.json").read_text())
    return CheckpointFacts(
        class_names=tuple(class_names_or_numbers(config["class_names"], config["num_classes"])),
        resolution=config["resolution"],
        trained_frames=config["trained_frames"],
        fps=config["fps"],
        training_data=config["training_data"],
        num_given_frames=json.loads(encoder.read_text())["num_frames"] if encoder.is_file() else 0,
    )


def class_names_or_numbers(class_names: list[str] | None, num_classes: int) -> list[str]:
    """The names a config holds, or "class 0", "class 1", ... where it holds none."""
    return list(class_names) if class_names else [f"class {i}" for i in range(num_classes)]


def _rows(index_file: Path) -> list[KnownCheckpoint]:
    return [KnownCheckpoint(**row) for row in yaml.safe_load(index_file.read_text())]


def _row_of(name: str) -> KnownCheckpoint:
    return KnownCheckpoint(id=name, description="Pulled from the Hub when it is first asked for.", hub=name)
