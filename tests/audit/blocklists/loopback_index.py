"""An index on loopback that bandersnatch mirrors: project documents, files, and both ways to ask what changed."""

import hashlib
import http.server
import json
import threading
import xmlrpc.client
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

TIME = datetime(2021, 5, 5, 14, 18, 17, tzinfo=UTC)


class LoopbackIndex:
    """Projects with their files; each `add` is a change upstream and gives the project the next serial."""

    def __init__(self) -> None:
        self.address = ""
        self.serial = 0
        self.serials: dict[str, int] = {}
        self.files: dict[str, dict[str, list[dict[str, Any]]]] = {}
        self.contents: dict[str, bytes] = {}

    def add(self, project: str, version: str, filename: str, metadata: bytes = b"") -> str:
        """Publish a file whose content is its name; return its path below the mirror's web folder."""
        content = filename.encode()
        blake2b = hashlib.blake2b(content, digest_size=32).hexdigest()
        path = f"packages/{blake2b[:2]}/{blake2b[2:4]}/{blake2b[4:]}/{filename}"
        self.contents[f"/{path}"] = content
        file: dict[str, Any] = {
            "filename": filename,
            "size": len(content),
            "digests": {"sha256": hashlib.sha256(content).hexdigest(), "md5": hashlib.md5(content).hexdigest()},
            "url": f"{self.address}/{path}",
            "upload_time_iso_8601": f"{TIME:%Y-%m-%dT%H:%M:%S.000000Z}",
            "yanked": False,
            "packagetype": "sdist",
        }
        if metadata:
            self.contents[f"/{path}.metadata"] = metadata
            file["core-metadata"] = {"sha256": hashlib.sha256(metadata).hexdigest()}
        self.files.setdefault(project, {}).setdefault(version, []).append(file)
        self.serial += 1
        self.serials[project] = self.serial
        return path

    def touch(self, project: str) -> None:
        """Change a project without a new file, as an edit of its description does."""
        self.serial += 1
        self.serials[project] = self.serial

    def document(self, project: str) -> dict[str, Any]:
        """Return the document of a project, as `/pypi/<name>/json` gives it."""
        releases = self.files[project]
        latest = max(releases)
        info = {"name": project, "version": latest}
        return {"info": info, "last_serial": self.serials[project], "releases": releases, "urls": releases[latest]}

    def answer(self, path: str) -> tuple[bytes, str, int] | None:
        """Return content, type and serial of a GET; None if there is nothing."""
        if path in self.contents:
            return self.contents[path], "application/octet-stream", self.serial
        if path.rstrip("/") == "/simple":
            projects = [{"name": name, "_last-serial": serial} for name, serial in self.serials.items()]
            page = {"meta": {"api-version": "1.1", "_last-serial": self.serial}, "projects": projects}
            return json.dumps(page).encode(), "application/vnd.pypi.simple.v1+json", self.serial
        parts = path.strip("/").split("/")
        if len(parts) == 3 and (parts[0], parts[2]) == ("pypi", "json") and parts[1] in self.files:
            return json.dumps(self.document(parts[1])).encode(), "application/json", self.serials[parts[1]]
        return None

    def call(self, body: bytes) -> bytes:
        """Return the answer to an XML-RPC call of bandersnatch 6.8."""
        arguments, method = xmlrpc.client.loads(body)
        if method == "list_packages_with_serial":
            result: Any = dict(self.serials)
        else:
            since = int(str(arguments[0]))
            result = [[name, "", 0, "change", serial] for name, serial in self.serials.items() if serial > since]
        return xmlrpc.client.dumps((result,), methodresponse=True, allow_none=True).encode()


@contextmanager
def serve_index() -> Iterator[LoopbackIndex]:
    """Serve an index, on loopback alone, until the block ends."""
    index = LoopbackIndex()

    class Handler(http.server.BaseHTTPRequestHandler):
        """Answers of the index."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = index.answer(self.path)
            self.reply(*(found or (b"", "text/plain", 0)), status=200 if found else 404)

        def do_POST(self) -> None:
            self.reply(index.call(self.rfile.read(int(self.headers["Content-Length"]))), "text/xml", index.serial)

        def reply(self, content: bytes, kind: str, serial: int, status: int = 200) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("X-PYPI-LAST-SERIAL", str(serial))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name of the base class
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        index.address = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()
