"""Tests the entries for Pulp with a Pulp that runs already: it needs PostgreSQL and minutes to begin."""

import base64
import io
import json
import os
import threading
import urllib.error
import urllib.request
import uuid
import zipfile
from typing import Any
from urllib.parse import urlsplit

import pytest

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.pulp import ENTRIES, PulpExport
from tests.audit.blocklists.targets.purge_tree import make_entry

VARIABLE = "BOOJUM_PULP"
"""Environment variable with the address of a Pulp with pulp_python: http://USER:PASSWORD@127.0.0.1:PORT."""
BOUNDARY = "boojum"


def wheel(version: str) -> tuple[str, bytes]:
    made, info = io.BytesIO(), f"evil-{version}.dist-info"
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: evil\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("evil/__init__.py", f"x = '{uuid.uuid4()}'\n")
    return f"evil-{version}-py3-none-any.whl", made.getvalue()


class Pulp:
    """A repository of a Pulp."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self.base = f"{parts.scheme}://{parts.hostname}:{parts.port}"
        self.login = base64.b64encode(f"{parts.username}:{parts.password}".encode()).decode()
        made = self.ask("POST", "/pulp/api/v3/repositories/python/python/", {"name": f"boojum-{uuid.uuid4()}"})
        self.href: str = made[1]["pulp_href"]

    def ask(self, method: str, path: str, body: dict[str, str] | bytes | None = None) -> tuple[int, Any]:
        """Return status and content of the answer to a request with a JSON body, or one of form data."""
        kind = f"multipart/form-data; boundary={BOUNDARY}" if isinstance(body, bytes) else "application/json"
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Basic {self.login}", "Content-Type": kind}
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def add(self, filename: str, content: bytes) -> str:
        """Return the state in which the upload of a file to the repository ends."""
        fields = {"repository": self.base + self.href, "relative_path": filename}
        parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
        parts.append(f'name="file"; filename="{filename}"\r\n\r\n'.encode() + content)
        lines = [b"--%b\r\nContent-Disposition: form-data; %b\r\n" % (BOUNDARY.encode(), part) for part in parts]
        form = b"".join(lines) + f"--{BOUNDARY}--\r\n".encode()
        _, answer = self.ask("POST", "/pulp/api/v3/content/python/packages/", form)
        waiting = threading.Event()
        for _ in range(200):
            state: str = self.ask("GET", answer["task"])[1]["state"]
            if state in {"completed", "failed"}:
                return state
            waiting.wait(0.2)
        return "still running"


@pytest.mark.slow
def test_what_is_listed_is_not_added_and_its_neighbour_is_until_it_is_undone():
    if not os.environ.get(VARIABLE):
        pytest.skip(f"no Pulp runs here: name its address in {VARIABLE}")
    pulp = Pulp(os.environ[VARIABLE])
    evil, good = wheel("1.1"), wheel("1.0")
    entries = (
        make_entry("evil", "1.1", evil[0], "", evil[1]),
        make_entry("bad", "2.0", "b a d.whl", "", b"bad"),
        make_entry("worse", "?", "w o r s e.whl", "", b"worse"),
    )
    listed = Blocklist(2, "abc", "2026-11-22", "", "5", "model", "run-1", 0, entries)
    lines = PulpExport().export(listed, ExportOptions(widen=Scope.PROJECT)).files[ENTRIES].splitlines()
    made = [pulp.ask("POST", f"{pulp.href}blocklist_entries/", json.loads(line)) for line in lines]
    assert [201] * 3 == [status for status, _ in made]
    assert 400 == pulp.ask("POST", f"{pulp.href}blocklist_entries/", json.loads(lines[0]))[0]
    assert ["completed", "failed"] == [pulp.add(*good), pulp.add(*evil)]
    assert 204 == pulp.ask("DELETE", made[0][1]["pulp_href"])[0]
    assert "completed" == pulp.add(*evil)
