"""Tests the maps of nginx, and what nginx answers with them."""

import os
import signal
from dataclasses import replace

import pytest

from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.nginx import MAPS, NginxExport
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
from tests.audit.blocklists.targets.server_process import free_port

CONF = """\
daemon off;
{user}
error_log stderr;
pid {folder}/nginx.pid;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    include {folder}/boojum-maps.conf;
    server {{
        listen 127.0.0.1:{port};
        root {web};
        index index.html;
        include {folder}/boojum-refuse.conf;
    }}
}}
"""


@pytest.fixture(scope="module")
def server():
    """Return nginx in front of a mirror, with an empty list."""
    nginx = find_program("nginx")
    with public_folder() as folder:
        mirror, port = Mirror(folder / "mirror"), free_port()
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(CONF.format(folder=folder, web=mirror.web, port=port, user=user))
        write_export(NginxExport(), folder)
        argv = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf")]
        with run_server(argv, folder / "log") as process:
            wait_for(lambda: ask(port, "/simple/evil/index.html") == SERVED)
            yield FrontServer(NginxExport(), mirror, folder, port, lambda: process.send_signal(signal.SIGHUP))
            assert "[emerg]" not in (folder / "log").read_text()
            assert "[warn]" not in (folder / "log").read_text()


@pytest.mark.slow
def test_a_blocked_file_is_refused_under_every_name(server):
    server.check_file()


@pytest.mark.slow
def test_a_file_without_a_folder_of_its_own_is_refused_by_path_or_name(server):
    server.check_plain()


@pytest.mark.slow
def test_a_blocked_project_has_neither_pages_nor_files(server):
    server.check_project()


@pytest.mark.slow
@pytest.mark.parametrize("project", ["default", "include", "hostnames", "volatile", "tar", "next-release"])
def test_a_project_with_the_name_of_a_word_of_nginx_is_only_itself(server, project):
    entry = server.mirror.entry("evil-1.1.tar.gz", project=project, path="", blake2b_256="", filename="")
    server.load(entry, until=(f"/simple/{project}/", 403), widen=Scope.PROJECT)
    assert [SERVED] == server.statuses("/simple/evil/index.html")


def test_keys_are_digests_paths_and_words(record, finding):
    entry = record(finding(1)).entries[0]
    plain = replace(entry, path="files/p-1.0.tar.gz", blake2b_256="", sha256="c" * 64)
    text = NginxExport().export(list_of(entry, plain), ExportOptions()).files[MAPS]
    assert [f'    "{1:064x}" 1;', '    "/files/p-1.0.tar.gz" 1;'] == [
        line for line in text.splitlines() if line.endswith('" 1;')
    ]


def test_a_bucket_holds_the_longest_key(record, finding):
    entry = replace(record(finding(1)).entries[0], path="/".join(["d" * 200, "p" * 200]))
    assert "map_hash_bucket_size 512;" in NginxExport().export(list_of(entry), ExportOptions()).files[MAPS]
