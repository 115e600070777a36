"""Tests the export for simple-repository with simple-repository-server, wired as the page on blocklists says."""

import contextlib
import json
import sqlite3

import pytest

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import ExportOptions
from audit.blocklists.targets.simple_repository import SQL, SimpleRepositoryExport
from tests.audit.blocklists.targets.purge_tree import EVIL, PurgeTree
from tests.audit.blocklists.targets.server_process import ask, find_server, free_port, run_server, serve_folder

GOOD = "evil-1.0.tar.gz"
APP = """
import contextlib, sys
import aiosqlite, fastapi, httpx, uvicorn
from simple_repository.components.http import HttpRepository
from simple_repository.components.yanking import SqliteYankProvider, YankRepository
from simple_repository_server.routers import simple

@contextlib.asynccontextmanager
async def lifespan(app):
    async with httpx.AsyncClient() as client, aiosqlite.connect(sys.argv[3]) as database:
        source = HttpRepository(url=sys.argv[1], http_client=client)
        repository = YankRepository(source, SqliteYankProvider(database))
        app.include_router(simple.build_router(repository, http_client=client))
        yield

uvicorn.run(fastapi.FastAPI(lifespan=lifespan), host="127.0.0.1", port=int(sys.argv[2]))
"""


@pytest.mark.slow
def test_a_blocked_file_is_yanked_until_it_is_off_the_list(tmp_path):
    python = find_server("BOOJUM_SIMPLE_REPOSITORY")
    tree = PurgeTree(tmp_path, {EVIL: "1.1", GOOD: "1.0"}, evil=())
    database, port = tmp_path / "yanked.sqlite", free_port()

    def load(*entries):
        listed = Blocklist(2, "abc", "2026-11-22", "", "5", "model", "run-1", 0, entries)
        with contextlib.closing(sqlite3.connect(database)) as connection:
            connection.executescript(SimpleRepositoryExport().export(listed, ExportOptions()).files[SQL])

    def yanked():
        status, page = ask(port, "/simple/evil/", "application/vnd.pypi.simple.v1+json")
        assert 200 == status, page
        return {file["filename"]: file.get("yanked", False) for file in json.loads(page)["files"]}

    load(tree.entry(EVIL))
    with serve_folder(tree.web) as index:
        argv = [python, "-c", APP, f"http://127.0.0.1:{index}/simple/", str(port), str(database)]
        with run_server(argv, port, tmp_path / "log"):
            assert {EVIL: "boojum: malicious: posts data to a webhook", GOOD: False} == yanked()
            load()
            assert {EVIL: False, GOOD: False} == yanked()
