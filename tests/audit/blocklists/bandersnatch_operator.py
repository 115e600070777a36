"""Someone who runs bandersnatch, 6.8 or 8, against an index on loopback."""

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

VARIABLE = "BOOJUM_BANDERSNATCH_8"
"""Environment variable with the path of a Python that has bandersnatch 8; `.ci/run` makes one where it can."""

CONF = """\
[mirror]
directory = {directory}
master = {master}
json = true
timeout = 10
global-timeout = 100
workers = 2
verifiers = 1
stop-on-error = false
hash-index = {hash_index}
{more}
"""


@cache
def version_of(python: str) -> str:
    code = "import bandersnatch; print(bandersnatch.__version__)"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def newer_python() -> str:
    return os.environ.get(VARIABLE, "")


def find_python(version: str) -> str:
    """Return the path of a Python that has a version of bandersnatch ("6.8" or "8"), or skip the test."""
    chosen = sys.executable if version == "6.8" else newer_python()
    if not chosen:
        pytest.skip(f"no bandersnatch 8 here (it needs Python 3.12): name such a Python in {VARIABLE}")
    if not version_of(chosen).startswith(version):
        pytest.skip(f"{chosen} has bandersnatch {version_of(chosen) or 'not at all'}, not {version}")
    return chosen


class BandersnatchOperator:
    """One version of bandersnatch, its configuration and its mirror."""

    def __init__(self, folder: Path, python: str, address: str, hash_index: str = "false", more: str = "") -> None:
        self.python = python
        self.folder = folder
        self.root = folder / "mirror"
        self.web = self.root / "web"
        self.conf = folder / "bandersnatch.conf"
        self.text = CONF.format(directory=self.root, master=address, hash_index=hash_index, more=more)
        self.conf.write_text(self.text)
        self.environment = dict(os.environ)

    def bandersnatch(self, *arguments: str, status: int = 0) -> str:
        """Run bandersnatch to its end; return what it logs. Its verify ignores `allow-non-https`."""
        code = (
            "import sys, bandersnatch.master as m; old = m.Master.__init__\n"
            "def new(self, *a, **k):\n    k['allow_non_https'] = True; old(self, *a[:4], **k)\n"
            "m.Master.__init__ = new\n"
            "from bandersnatch.main import main; sys.exit(main())"
        )
        argv = [self.python, "-c", code, "-c", str(self.conf), *arguments]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=self.folder, env=self.environment)
        assert done.returncode == status, done.stderr
        return done.stderr

    def files(self) -> set[str]:
        """Return the names of all files below `packages`."""
        return {path.name for path in (self.web / "packages").rglob("*") if path.is_file()}

    def listed_files(self, project: str, known: Iterable[str]) -> set[str]:
        """Return the files that a project's JSON page lists, after a look whether its HTML pages say the same."""
        (page,) = [path for path in (self.web / "simple").rglob("index.v1_json") if path.parent.name == project]
        names = {file["filename"] for file in json.loads(page.read_text())["files"]}
        for other in ("index.html", "index.v1_html"):
            text = page.with_name(other).read_text()
            assert {name for name in known if f">{name}</a>" in text} == names
        return names
