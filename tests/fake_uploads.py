"""The Hub's routes for uploads, as huggingface-hub asks for them: small files in the commit, large ones in a store.

The Hub first says of each file which way it goes. A large file is announced to the Git LFS batch route, put at the
address that this gives, on another host, and confirmed; the commit then names its hash and size only. A commit that
names a file which the store lacks is refused as a whole.
"""

import base64
import hashlib
import json
from http.server import BaseHTTPRequestHandler

COMMIT = "a" * 40


class Uploads(BaseHTTPRequestHandler):
    """What a FakeHub answers to POST and PUT."""

    def do_POST(self) -> None:
        hub, path = self.server, self._path()
        body = self._body()
        if self._fails(path):
            return None
        if self._token() is None:
            return self._refuse(401)
        if path == "api/repos/create":
            hub.created.append(json.loads(body))
            return self._send_json(
                {"url": f"{hub.url}/{hub.repo}", "id": hub.repo}, 409 if len(hub.created) > 1 else 200
            )
        if path.endswith(f"{hub.repo}/preupload/main"):
            files = hub.files()
            return self._send_json({"files": [self._way(file["path"], files) for file in json.loads(body)["files"]]})
        if path.endswith(f"{hub.repo}.git/info/lfs/objects/batch"):
            return self._send_json({"transfer": "basic", "objects": [*map(self._place, json.loads(body)["objects"])]})
        if path.endswith(f"{hub.repo}.git/info/lfs/objects/verify"):
            told = json.loads(body)
            arrived = told["size"] == len(hub.put.get(told["oid"], b""))
            return self._send_json({}) if arrived else self._refuse(404)
        if path.endswith(f"{hub.repo}/commit/main"):
            return self._commit([json.loads(line) for line in body.splitlines()])
        if path == "api/validate-yaml":
            errors = [{"message": message} for message in hub.card_faults]
            return self._send_json({"errors": errors, "warnings": []}, 400 if errors else 200)
        return self._refuse(404, "RepoNotFound")

    def do_PUT(self) -> None:
        """A store knows signed addresses only, and takes only what hashes to the name it was announced under."""
        path, content = self._path(), self._body()
        if self._fails(path):
            return None
        oid = path.rpartition("/")[2]
        if self._token() or "X-Amz-Signature=secret" not in self.path or sha256(content) != oid:
            return self._refuse(400)
        self.server.put[oid] = content
        return self._send(b"")

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _way(self, name: str, files: dict[str, bytes]) -> dict:
        hash_of, mode = (sha256, "lfs") if self._is_stored(name) else (git_hash, "regular")
        oid = hash_of(files[name]) if name in files else None
        return {"path": name, "uploadMode": mode, "shouldIgnore": False, "oid": oid}

    def _place(self, announced: dict) -> dict:
        """Where a large file is to be put; nowhere, if the Hub has it."""
        hub, oid = self.server, announced["oid"]
        if oid in {sha256(content) for content in hub.files().values()}:
            return announced
        store = f"http://localhost:{hub.server_port}/store/{oid}?X-Amz-Signature=secret"
        verify = f"{hub.url}/{hub.repo}.git/info/lfs/objects/verify"
        return {**announced, "actions": {"upload": {"href": store}, "verify": {"href": verify}}}

    def _commit(self, lines: list[dict]) -> None:
        hub = self.server
        known = {**{sha256(content): content for content in hub.files().values()}, **hub.put}
        written, deleted = {}, []
        for line in lines:
            value = line["value"]
            if line["key"] == "file":
                written[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                content = known.get(value["oid"])
                if content is None or len(content) != value["size"]:
                    return self._refuse(400)
                written[value["path"]] = content
            elif line["key"] == "deletedFile":
                deleted.append(value["path"])
        for name, content in written.items():
            (hub.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (hub.folder / name).write_bytes(content)
        for name in deleted:
            (hub.folder / name).unlink()
        hub.commits.append(sorted([*written, *(f"-{name}" for name in deleted)]))
        url = f"{hub.url}/{hub.repo}/commit/{COMMIT}"
        return self._send_json({"success": True, "commitOid": COMMIT, "commitUrl": url, "hookOutput": ""})


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def git_hash(content: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
