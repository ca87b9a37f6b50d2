"""A Hugging Face Hub of one repository on localhost: the routes that a snapshot download asks for."""

import hashlib
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "a" * 40


class FakeHub(ThreadingHTTPServer):
    """Serves `folder` as `repo` at revision main; `asked` lists the request paths."""

    def __init__(self, repo: str, folder: Path):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.repo, self.folder, self.asked = repo, folder, []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def files(self) -> dict[str, bytes]:
        return {str(p.relative_to(self.folder)): p.read_bytes() for p in self.folder.rglob("*") if p.is_file()}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        hub: FakeHub = self.server
        path = self.path.partition("?")[0].lstrip("/")
        hub.asked.append(path)
        files = hub.files()
        if path.startswith(f"api/models/{hub.repo}/revision/"):
            if path.rpartition("/")[2] not in ("main", COMMIT):
                return self._refuse("RevisionNotFound")
            siblings = [{"rfilename": name} for name in files]
            return self._send_json({"id": hub.repo, "sha": COMMIT, "siblings": siblings})
        if path.startswith(f"api/models/{hub.repo}/tree/"):
            return self._send_json(
                [{"type": "file", "path": n, "size": len(c), "oid": _tag(c)} for n, c in files.items()]
            )
        if path.startswith(f"{hub.repo}/resolve/"):
            return self._send(files[path.split("/", 4)[4]])
        return self._refuse("RepoNotFound")

    do_HEAD = do_GET

    def log_message(self, *args) -> None:
        pass

    def _send_json(self, value) -> None:
        self._send(json.dumps(value).encode(), "application/json")

    def _send(self, content: bytes, content_type: str = "application/octet-stream") -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{_tag(content)}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(content)

    def _refuse(self, code: str) -> None:
        self.send_response(404)
        self.send_header("X-Error-Code", code)
        self.send_header("Content-Length", "0")
        self.end_headers()


def _tag(content: bytes) -> str:
    return hashlib.sha1(content).hexdigest()
