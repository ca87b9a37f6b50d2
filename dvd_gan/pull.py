"""One commit of a Hub repository -> a local folder of checked files, or one sentence on why not.

A Hub that falls silent is given up (hub_watch.py). What huggingface-hub may still write then stays out of use: a
revision counts as cached only when every file of its commit has been compared with the Hub's own hashes, and then a ref
is written. All comes over plain HTTP, the route whose failures are tested, also where the Hub offers Xet: releases are
files of some megabytes, for which Xet has no gain.
"""

import contextlib
import hashlib
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from dvd_gan import hub_watch
from dvd_gan.hub_watch import HubWatch, Progress
from dvd_gan.release_folder import MAX_JSON_BYTES, MAX_RELEASE_BYTES, check_configs, check_release, needed_files

_REPO = re.compile(r"\w[\w.-]{0,95}/\w[\w.-]{0,95}", re.ASCII)
_REVISION = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)


class HubRefusal(ValueError):
    """The Hub answered, and what it has cannot be used."""


def check_id(repo: str, revision: str) -> None:
    """ValueError unless these are a repository's and a revision's name, and no paths or addresses."""
    if not _REPO.fullmatch(repo) or ".." in repo:
        raise HubRefusal(f"{repo!r} is no valid id on the Hub; it looks like owner/name.")
    if not _REVISION.fullmatch(revision) or ".." in revision:
        raise HubRefusal(f"{revision!r} is no valid revision; give a branch, a tag or a commit.")


def cached(repo: str, revision: str, cache_dir: str | Path | None) -> Path | None:
    """The folder of a revision that was pulled before, or None."""
    storage = _storage(repo, cache_dir)
    ref = storage / "refs" / revision
    if not ref.is_file():
        return None
    try:
        return check_release(storage / "snapshots" / ref.read_text().strip())
    except ValueError:
        return None


def pull(
    repo: str,
    revision: str,
    token: str | bool | None,
    cache_dir: str | Path | None,
    on_progress: Progress | None = None,
) -> Path:
    """Download what a release is made of, at the commit that `revision` names now, and nothing else.

    `on_progress` is told (bytes so far, bytes in all). Raises HubRefusal if the Hub or the release says no, and
    ConnectionError, after `hub_watch.SILENCE_SECONDS` of silence at most, if the Hub cannot be used now.
    """
    watch = HubWatch(on_progress)
    try:
        folder, files = watch.run(lambda: _download(repo, revision, token, cache_dir, watch))
    except Exception as error:
        raise _in_one_sentence(error, repo, revision, watch.last_status) from error
    _compare(folder, files, repo)
    with _said_of(repo, folder):
        check_release(folder)
    for name in {revision, folder.name}:
        _write_ref(_storage(repo, cache_dir) / "refs" / name, folder.name)
    return folder


def _download(
    repo: str, revision: str, token: str | bool | None, cache_dir: str | Path | None, watch: HubWatch
) -> tuple[Path, list]:
    """The snapshot's folder and the Hub's record of every file in it. Settings come first, weights only after them."""
    from huggingface_hub import HfApi, constants, hf_hub_download

    constants.HF_HUB_DISABLE_XET = True
    hub_watch.look_at_responses()
    silence = hub_watch.SILENCE_SECONDS
    info = HfApi(token=token).model_info(repo, revision=revision, files_metadata=True, timeout=2 * silence)
    watch.note()
    if info.gated:
        HfApi(token=token).auth_check(repo)
        watch.note()
    with _said_of(repo):
        needed = set(needed_files(sibling.rfilename for sibling in info.siblings))
    files = [sibling for sibling in info.siblings if sibling.rfilename in needed]
    _check_sizes(repo, files)
    watch.all_bytes = sum(file.size for file in files)

    def fetch(some: list) -> Path:
        for file in some:
            path = hf_hub_download(
                repo,
                file.rfilename,
                revision=info.sha,
                token=token,
                cache_dir=cache_dir,
                etag_timeout=silence,
            )
            watch.note(file.size)
        return Path(path).parents[file.rfilename.count("/")]

    folder = fetch([file for file in files if _is_setting(file.rfilename)])
    with _said_of(repo, folder):
        check_configs(folder)
    return fetch([file for file in files if not _is_setting(file.rfilename)]), files


def _is_setting(name: str) -> bool:
    return name == "model_index.json" or name.endswith("/config.json")


@contextlib.contextmanager
def _said_of(repo: str, folder: Path | None = None) -> Iterator[None]:
    """Turns what a check says of a folder into a refusal that names the repository."""
    try:
        yield
    except ValueError as error:
        raise HubRefusal(str(error).replace(str(folder), repo) if folder else f"{repo!r}: {error}") from error


def _check_sizes(repo: str, files: list) -> None:
    total = sum(file.size for file in files)
    if total > MAX_RELEASE_BYTES:
        raise HubRefusal(f"{repo!r} is {total / 2**30:.1f} GiB, above the {MAX_RELEASE_BYTES >> 30} GiB allowed here.")
    for file in files:
        if file.rfilename.endswith(".json") and file.size > MAX_JSON_BYTES:
            raise HubRefusal(f"{repo!r} has {file.size / 2**20:.0f} MiB in its {file.rfilename}, which is absurd.")


def _compare(folder: Path, files: list, repo: str) -> None:
    """Every file against the Hub's hash; if one differs it is deleted, so that nothing can use it."""
    for file in files:
        path = folder / file.rfilename
        content = path.read_bytes()
        if file.lfs is not None:
            same = hashlib.sha256(content).hexdigest() == file.lfs.sha256
        else:
            same = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest() == file.blob_id
        if not same:
            path.resolve().unlink()
            path.unlink(missing_ok=True)
            raise ConnectionError(f"{file.rfilename} of {repo!r} arrived damaged and was thrown away; try again.")


def _in_one_sentence(error: Exception, repo: str, revision: str, last_status: int | None) -> Exception:
    """What a visitor is told, as the exception to raise: HubRefusal or ConnectionError.

    `last_status` speaks for a Hub that was given up while huggingface-hub waited to ask it again.
    """
    from huggingface_hub import errors

    if isinstance(error, HubRefusal):
        return error
    if isinstance(error, errors.GatedRepoError):
        return HubRefusal(f"{repo!r} is gated: ask for access on its page, then log in or pass your token.")
    if isinstance(error, errors.RepositoryNotFoundError):
        return HubRefusal(f"The Hub has no checkpoint {repo!r}, or it is private: log in or pass your token.")
    if isinstance(error, errors.RevisionNotFoundError):
        return HubRefusal(f"{repo!r} has no revision {revision!r} on the Hub.")
    if isinstance(error, errors.HFValidationError):
        return HubRefusal(f"{repo!r} is no valid id on the Hub; it looks like owner/name.")
    cause = error.__cause__ if isinstance(error, errors.LocalEntryNotFoundError) else error
    status = cause.response.status_code if isinstance(cause, errors.HfHubHTTPError) else None
    if isinstance(error, TimeoutError) and last_status is not None and last_status >= 400:
        status = last_status
    if status == 401:
        return HubRefusal(f"The Hub does not know this login or token (401), so {repo!r} stays closed.")
    if status == 403:
        return HubRefusal(f"The Hub does not let this login read {repo!r} (403).")
    if status == 404:
        return HubRefusal(f"{repo!r} lists a file that the Hub does not have (404).")
    if status == 429:
        return ConnectionError("The Hub is asked too often from here (429); wait some minutes.")
    if status is not None:
        return ConnectionError(f"The Hub has a fault of its own ({status}); try later.")
    if isinstance(error, TimeoutError):
        return ConnectionError(f"The Hub sent nothing for {hub_watch.SILENCE_SECONDS:g} seconds and was given up.")
    return ConnectionError("The Hub cannot be reached, or broke off.")


def _storage(repo: str, cache_dir: str | Path | None) -> Path:
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    return Path(cache_dir or constants.HF_HUB_CACHE) / repo_folder_name(repo_id=repo, repo_type="model")


def _write_ref(ref: Path, commit: str) -> None:
    ref.parent.mkdir(parents=True, exist_ok=True)
    partial = ref.with_name(f".{ref.name}-{threading.get_ident()}")
    partial.write_text(commit)
    partial.replace(ref)
