"""Serves a package index on the loopback address, and reads back the trees that corpus builders write."""

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from jobs.corpus.index import IndexClient
from jobs.corpus.layout import PlacedFile
from jobs.corpus.project_documents import parse_json_document


def read_tree(root: Path) -> list[tuple[str, PlacedFile]]:
    """Return (project, file) for each file that the JSON documents of a tree list, in order."""
    documents = sorted((root / "web" / "json").iterdir()) if (root / "web" / "json").is_dir() else []
    return [(path.name, file) for path in documents for file in parse_json_document(path.read_bytes()).sorted_files()]


@dataclass
class FakeIndex:
    """Pages by path: (status, content type, body); `requests` counts the requests of each path, `accounts` has their credentials."""

    url: str = ""
    pages: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    accounts: dict[str, str | None] = field(default_factory=dict)
    files: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    info: dict[str, dict[str, object]] = field(default_factory=dict)

    def client(self, **settings) -> IndexClient:
        return IndexClient(f"{self.url}/simple/", **{"threads": 4, "retries": 1, "timeout": 10.0, **settings})

    def add(self, project: str, version: str, filename: str, content: bytes, time: str, **info) -> str:
        """Serve a file and list it on every page of its project; return its sha256."""
        sha256 = hashlib.sha256(content).hexdigest()
        path = f"/files/{sha256[:8]}/{filename}"
        self.pages[path] = (200, "application/octet-stream", content)
        self.files.setdefault(project, []).append(
            {
                "filename": filename,
                "url": f"../..{path}",
                "hashes": {"sha256": sha256},
                "size": len(content),
                "upload-time": time,
                "yanked": False,
                "_version": version,
                "_blake": hashlib.blake2b(content, digest_size=32).hexdigest(),
            }
        )
        self.info.setdefault(project, {}).update(info)
        self.publish(project)
        return sha256

    def publish(self, project: str) -> None:
        """Write the project's pages and the root page anew."""
        simple = "application/vnd.pypi.simple.v1+json"
        listed = self.files[project]
        public = [{k: v for k, v in f.items() if not k.startswith("_")} for f in listed]
        self.pages[f"/simple/{project}/"] = (200, simple, json.dumps({"files": public}).encode())
        releases: dict[str, list[dict[str, object]]] = {}
        for f in listed:
            releases.setdefault(str(f["_version"]), []).append(
                {
                    "filename": f["filename"],
                    "size": f["size"],
                    "digests": {"sha256": f["hashes"]["sha256"], "blake2b_256": f["_blake"]},
                    "packagetype": "bdist_wheel" if str(f["filename"]).endswith(".whl") else "sdist",
                    "upload_time_iso_8601": f["upload-time"],
                    "yanked": False,
                }
            )
        document = {"info": {"name": project, **self.info.get(project, {})}, "releases": releases}
        self.pages[f"/pypi/{project}/json"] = (200, "application/json", json.dumps(document).encode())
        names = {"projects": [{"name": name} for name in self.files]}
        self.pages["/simple/"] = (200, simple, json.dumps(names).encode())


@pytest.fixture
def index() -> Iterator[FakeIndex]:
    fake = FakeIndex()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            fake.requests[self.path] += 1
            fake.accounts[self.path] = self.headers.get("Authorization")
            status, kind, body = fake.pages.get(self.path, (404, "text/plain", b"not here"))
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
