"""A Hugging Face Hub of one repository on localhost: the routes that downloads and uploads ask for, and its failures.

`fault` makes it fail: a number is the status it answers with, "silent" never answers, "cut" breaks off in the middle of
a file, "corrupt" sends wrong bytes of the right length, "slow" waits 30 seconds before a file's first byte. A fault
strikes every request, or, with `fault_in` set, only those whose path contains it.
"""

import base64
import hashlib
import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "a" * 40


class FakeHub(ThreadingHTTPServer):
    """Serves `folder` as `repo` at revision main; `asked` lists the request paths, `commits` what was uploaded.

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
        self.created: list[dict] = []
        self.readers: set[str] | None = None
        self.gated = False
        self.fault: int | str | None = None
        self.fault_in = ""
        self.claimed_sizes: dict[str, int] = {}
        self.extra_names: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


class _Handler(BaseHTTPRequestHandler):
    server: FakeHub

    def do_GET(self) -> None:
        hub, path = self.server, self._path()
        if self._fails(path):
            return None
        files, prefix = hub.files(), f"api/{hub.kind}/{hub.repo}"
        may_read = hub.readers is None or self._token() in hub.readers
        if not path.startswith((prefix, f"{hub.repo}/", f"spaces/{hub.repo}/")) or not (may_read or hub.gated):
            return self._refuse(404, "RepoNotFound")
        if path in (prefix, f"{prefix}/revision/main", f"{prefix}/revision/{COMMIT}"):
            return self._send_json(self._info(files))
        if path.startswith(f"{prefix}/revision/"):
            return self._refuse(404, "RevisionNotFound")
        if path.startswith(f"{prefix}/tree/"):
            return self._send_json(
                [{"type": "file", "path": n, "size": len(c), "oid": _tag(c)} for n, c in files.items()]
            )
        if not may_read:
            return self._refuse(403, "GatedRepo")
        if path == f"{prefix}/auth-check":
            return self._send_json({})
        name = path.split("/resolve/")[-1].partition("/")[2]
        return self._send(files[name]) if name in files else self._refuse(404, "EntryNotFound")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        hub, path = self.server, self._path()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._fails(path):
            return None
        if path == "api/repos/create":
            hub.created.append(json.loads(body))
            return self._send_json(
                {"url": f"{hub.url}/{hub.repo}", "id": hub.repo}, 409 if len(hub.created) > 1 else 200
            )
        if path.endswith("/preupload/main"):
            files = hub.files()
            answers = [
                {
                    "path": file["path"],
                    "uploadMode": "regular",
                    "shouldIgnore": False,
                    "oid": _tag(files[file["path"]]) if file["path"] in files else None,
                }
                for file in json.loads(body)["files"]
            ]
            return self._send_json({"files": answers})
        if path.endswith("/commit/main"):
            return self._commit([json.loads(line) for line in body.splitlines()])
        if path == "api/validate-yaml":
            return self._send_json({"errors": [], "warnings": []})
        return self._refuse(404, "RepoNotFound")

    def _commit(self, lines: list[dict]) -> None:
        names = []
        for line in lines:
            if line["key"] == "file":
                target = self.server.folder / line["value"]["path"]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(base64.b64decode(line["value"]["content"]))
                names.append(line["value"]["path"])
            elif line["key"] == "deletedFile":
                (self.server.folder / line["value"]["path"]).unlink()
                names.append("-" + line["value"]["path"])
        self.server.commits.append(sorted(names))
        url = f"{self.server.url}/{self.server.repo}/commit/{COMMIT}"
        self._send_json({"success": True, "commitOid": COMMIT, "commitUrl": url, "hookOutput": ""})

    def log_message(self, *args) -> None:
        pass

    def _path(self) -> str:
        path = self.path.partition("?")[0].lstrip("/")
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
        elif fault in ("silent", "slow"):
            time.sleep(30)
        else:
            return False
        return fault != "slow"

    def _info(self, files: dict[str, bytes]) -> dict:
        hub = self.server
        siblings = [
            {"rfilename": n, "size": hub.claimed_sizes.get(n, len(c)), "blobId": _tag(c)} for n, c in files.items()
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
        self.send_header("ETag", f'"{_tag(content)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "HEAD":
            return
        strikes = content_type != "application/json" and self.server.fault_in in self.path
        if strikes and self.server.fault == "corrupt":
            content = content[:-4] + bytes(255 - byte for byte in content[-4:])
        if strikes and self.server.fault == "cut":
            content = content[: len(content) // 2]
            self.close_connection = True
        self.wfile.write(content)

    def _refuse(self, status: int, code: str = "") -> None:
        self.send_response(status)
        if code:
            self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _tag(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
