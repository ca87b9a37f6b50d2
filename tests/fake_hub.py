"""A Hugging Face Hub of one repository on localhost: the routes that downloads and uploads ask for, and its failures.

`fault` makes it fail: a number is the status it answers with, "silent" never answers, "cut" breaks off in the middle of
a file, "limited" does so and answers 429 from then on, "corrupt" sends wrong bytes of the right length, "slow" waits
`pause` seconds before a file's first byte, "trickle" sends a file in small pieces with pauses. A fault strikes every
request, or, with `fault_in` set, only those whose path contains it.

With `stores` set, files in safetensors and MP4 lie in a store of another host, as the Hub's do ("lfs", or "xet", which
also offers the Xet route): their addresses answer with a redirect to it, and uploads go there (fake_uploads.py).
`moved_from` is an earlier name of the repository, whose addresses answer with a redirect to the new one.
"""

import json
import time
from http.server import ThreadingHTTPServer
from pathlib import Path

from tests.fake_uploads import COMMIT, Uploads, git_hash, sha256


class FakeHub(ThreadingHTTPServer):
    """Serves `folder` as `repo` at revision main; `asked` lists the request paths, `commits` the names in each upload,
    and `put` is what its store was sent, by SHA-256. `card_faults` are what it finds wrong with every README.

    `readers` are the tokens that may see a private repository or a gated one's files; None opens it to everybody.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self, repo: str, folder: Path, kind: str = "models"):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repo, self.folder, self.kind = repo, folder, kind
        self.asked: list[str] = []
        self.tokens: list[str | None] = []
        self.commits: list[list[str]] = []
        self.put: dict[str, bytes] = {}
        self.card_faults: list[str] = []
        self.created: list[dict] = []
        self.readers: set[str] | None = None
        self.gated = False
        self.fault: int | str | None = None
        self.fault_in = ""
        self.pause = 30.0
        self.claimed_sizes: dict[str, int] = {}
        self.extra_names: list[str] = []
        self.stores: str | None = None
        self.moved_from: str | None = None
        self.broken_off: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


class _Handler(Uploads):
    server: FakeHub

    def do_GET(self) -> None:
        hub, path = self.server, self._path()
        if self._fails(path):
            return None
        files, prefix = hub.files(), f"api/{hub.kind}/{hub.repo}"
        if path.startswith("store/"):
            return self._send_stored({sha256(content): content for content in files.values()}, path)
        if hub.moved_from and f"{hub.moved_from}/" in path:
            return self._redirect(307, "/" + self.path.lstrip("/").replace(hub.moved_from, hub.repo))
        may_read = hub.readers is None or self._token() in hub.readers
        if not path.startswith((prefix, f"{hub.repo}/", f"spaces/{hub.repo}/")) or not (may_read or hub.gated):
            return self._refuse(404, "RepoNotFound")
        if path in (prefix, f"{prefix}/revision/main", f"{prefix}/revision/{COMMIT}"):
            return self._send_json(self._info(files))
        if path.startswith(f"{prefix}/revision/"):
            return self._refuse(404, "RevisionNotFound")
        if path.startswith(f"{prefix}/tree/"):
            return self._send_json(
                [{"type": "file", "path": n, "size": len(c), "oid": git_hash(c)} for n, c in files.items()]
            )
        if not may_read:
            return self._refuse(403, "GatedRepo")
        if path == f"{prefix}/auth-check":
            return self._send_json({})
        name = path.split("/resolve/")[-1].partition("/")[2]
        if self._is_stored(name) and name in files:
            return self._redirect(302, self._place_in_store(files[name], path), files[name])
        return self._send(files[name]) if name in files else self._refuse(404, "EntryNotFound")

    do_HEAD = do_GET

    def _is_stored(self, name: str) -> bool:
        return self.server.stores is not None and name.endswith((".safetensors", ".mp4"))

    def _place_in_store(self, content: bytes, path: str) -> str:
        return f"http://localhost:{self.server.server_port}/store/{sha256(content)}/{path}?X-Amz-Signature=secret"

    def _redirect(self, status: int, place: str, content: bytes | None = None) -> None:
        self.send_response(status)
        self.send_header("Location", place)
        self.send_header("Content-Length", "0")
        if content is not None:
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("X-Linked-ETag", f'"{sha256(content)}"')
            self.send_header("X-Linked-Size", str(len(content)))
            if self.server.stores == "xet":
                self.send_header("X-Xet-Hash", "b" * 64)
                self.send_header("Link", f'<{self.server.url}/api/xet-read-token>; rel="xet-auth"')
        self.end_headers()

    def _send_stored(self, contents: dict[str, bytes], path: str) -> None:
        """A store knows signed addresses only: a token in a request is somebody's secret given away."""
        if self._token() or "X-Amz-Signature=secret" not in self.path:
            return self._refuse(400)
        return self._send(contents[path.split("/")[1]])

    def log_message(self, *args) -> None:
        pass

    def _name_of(self) -> str:
        return self.path.partition("?")[0].lstrip("/")

    def _path(self) -> str:
        path = self._name_of()
        self.server.asked.append(path)
        self.server.tokens.append(self._token())
        return path

    def _token(self) -> str | None:
        return (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None

    def _fails(self, path: str) -> bool:
        fault = self.server.fault
        if fault is None or self.server.fault_in not in path:
            return False
        if isinstance(fault, int):
            self._refuse(fault)
        elif fault == "limited" and path in self.server.broken_off:
            self._refuse(429)
        elif fault in ("silent", "slow"):
            time.sleep(self.server.pause)
        else:
            return False
        return fault != "slow"

    def _info(self, files: dict[str, bytes]) -> dict:
        hub = self.server
        siblings = [
            {
                "rfilename": n,
                "size": hub.claimed_sizes.get(n, len(c)),
                "blobId": git_hash(c),
                **({"lfs": {"sha256": sha256(c), "size": len(c), "pointerSize": 134}} if self._is_stored(n) else {}),
            }
            for n, c in files.items()
        ] + [{"rfilename": n, "size": 1, "blobId": ""} for n in hub.extra_names]
        private = hub.readers is not None and not hub.gated
        gated = "manual" if hub.gated else False
        return {"id": hub.repo, "sha": COMMIT, "siblings": siblings, "private": private, "gated": gated}

    def _send_json(self, value, status: int = 200) -> None:
        self._send(json.dumps(value).encode(), "application/json", status)

    def _send(self, content: bytes, content_type: str = "application/octet-stream", status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{git_hash(content)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "HEAD":
            return
        strikes = content_type != "application/json" and self.server.fault_in in self.path
        if strikes and self.server.fault == "corrupt":
            content = content[:-4] + bytes(255 - byte for byte in content[-4:])
        if strikes and self.server.fault in ("cut", "limited"):
            content = content[: len(content) // 2]
            self.server.broken_off.add(self._name_of())
            self.close_connection = True
        if strikes and self.server.fault == "trickle":
            for start in range(0, len(content), len(content) // 8):
                self.wfile.write(content[start : start + len(content) // 8])
                time.sleep(0.25)
            return
        self.wfile.write(content)

    def _refuse(self, status: int, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()
