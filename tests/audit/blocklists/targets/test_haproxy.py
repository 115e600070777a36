"""Tests the lists of HAProxy, and what HAProxy answers with them."""

import re
import signal

import pytest

from audit.blocklists.targets.contract import ExportOptions
from audit.blocklists.targets.haproxy import FOLDERS, NAMES, PATHS, PROJECTS, RULES, HaproxyExport
from tests.audit.blocklists.targets.front_server import (
    SERVED,
    FrontServer,
    Mirror,
    ask,
    find_program,
    public_folder,
    run_server,
    wait_for,
    write_export,
)
from tests.audit.blocklists.targets.server_process import free_port, serve_folder

CONF = """\
defaults
    mode http
    timeout connect 10s
    timeout client 10s
    timeout server 10s
frontend mirror
    bind 127.0.0.1:{port}
{rules}
    default_backend web
backend web
    server web 127.0.0.1:{behind}
"""


@pytest.fixture(scope="module")
def server():
    """Return HAProxy in front of the web server of a mirror, with empty lists."""
    haproxy = find_program("haproxy")
    with public_folder() as folder:
        mirror, port = Mirror(folder / "mirror"), free_port()
        write_export(HaproxyExport(), folder)
        rules = re.sub(r"boojum-\w+\.lst", lambda name: f"{folder}/{name[0]}", (folder / RULES).read_text())
        with serve_folder(mirror.web) as behind:
            (folder / "haproxy.cfg").write_text(CONF.format(port=port, behind=behind, rules=rules))
            with run_server([haproxy, "-W", "-f", str(folder / "haproxy.cfg")], folder / "log") as process:
                wait_for(lambda: ask(port, "/simple/evil/index.html") == SERVED)
                yield FrontServer(HaproxyExport(), mirror, folder, port, lambda: process.send_signal(signal.SIGUSR2))
                assert "ALERT" not in (folder / "log").read_text().replace("exited with code", "")


@pytest.mark.slow
def test_a_blocked_file_is_refused_under_every_name(server):
    server.check_file()


@pytest.mark.slow
def test_a_file_without_a_folder_of_its_own_is_refused_by_path_or_name(server):
    server.check_plain()


@pytest.mark.slow
def test_a_blocked_project_has_neither_pages_nor_files(server):
    server.check_project()


def test_each_list_has_one_address_a_line(record, finding):
    files = HaproxyExport().export(record(finding(1), finding(2)), ExportOptions()).files
    assert [f"{1:064x}\n{2:064x}\n", "", "", ""] == [files[name] for name in (FOLDERS, PATHS, NAMES, PROJECTS)]
