"""Tests the patterns of squid, and what squid answers with them."""

import re
import subprocess

import pytest

from audit.blocklists.targets.contract import ExportOptions
from audit.blocklists.targets.squid import PATTERNS, RULES, SquidExport
from tests.audit.blocklists.targets.front_server import (
    SERVED,
    FrontServer,
    Mirror,
    ask,
    find_program,
    list_of,
    public_folder,
    run_server,
    wait_for,
    write_export,
)
from tests.audit.blocklists.targets.server_process import free_port, serve_folder

CONF = """\
http_port 127.0.0.1:{port} accel defaultsite=mirror.example no-vhost
cache_peer 127.0.0.1 parent {behind} 0 no-query originserver name=web
pid_filename {folder}/run/squid.pid
cache_log {folder}/run/cache.log
access_log none
cache deny all
shutdown_lifetime 0 seconds
{rules}
http_access allow all
"""


@pytest.fixture(scope="module")
def server():
    """Return squid in front of the web server of a mirror, with empty lists."""
    squid = find_program("squid")
    with public_folder() as folder:
        mirror, port, conf = Mirror(folder / "mirror"), free_port(), folder / "squid.conf"
        (folder / "run").mkdir()
        (folder / "run").chmod(0o777)
        write_export(SquidExport(), folder)
        rules = re.sub(r"boojum-\w+\.txt", lambda name: f"{folder}/{name[0]}", (folder / RULES).read_text())
        with serve_folder(mirror.web) as behind:
            conf.write_text(CONF.format(port=port, behind=behind, folder=folder, rules=rules))
            subprocess.run([squid, "-k", "parse", "-f", conf], check=True, capture_output=True)
            with run_server([squid, "-N", "-f", str(conf)], folder / "log"):
                wait_for(lambda: ask(port, "/simple/evil/index.html") == SERVED)
                reconfigure = [squid, "-k", "reconfigure", "-f", str(conf)]

                def reload() -> None:
                    subprocess.run(reconfigure, check=True)

                yield FrontServer(SquidExport(), mirror, folder, port, reload)


@pytest.mark.slow
def test_a_blocked_file_is_refused_under_every_name(server):
    server.check_file()


@pytest.mark.slow
def test_a_file_without_a_folder_of_its_own_is_refused_by_path_or_name(server):
    server.check_plain()


@pytest.mark.slow
def test_a_blocked_project_has_neither_pages_nor_files(server):
    server.check_project()


def test_a_pattern_matches_the_folder_of_a_file_and_no_other(record, finding):
    (pattern,) = SquidExport().export(record(finding(1)), ExportOptions()).files[PATTERNS].splitlines()
    digest = f"{1:064x}"
    place = f"/packages/{digest[:2]}/{digest[2:4]}/{digest[4:]}"
    assert [True, True, False] == [
        bool(re.search(pattern, path)) for path in (f"{place}/a.zip", f"{place}/a.zip.metadata", f"{place}0/a.zip")
    ]


def test_a_name_is_no_pattern(record, finding):
    entry = record(finding(1, path="files/a.b+c-1.0.zip", filename="a.b+c-1.0.zip", blake2b_256="")).entries[0]
    (pattern,) = SquidExport().export(list_of(entry), ExportOptions()).files[PATTERNS].splitlines()
    assert [True, True, False, False] == [
        bool(re.search(pattern, f"/{path}"))
        for path in (
            "files/a.b+c-1.0.zip",
            "files/a.b+c-1.0.zip.metadata",
            "files/axb+c-1.0.zip",
            "files/a.bbc-1.0.zip",
        )
    ]
