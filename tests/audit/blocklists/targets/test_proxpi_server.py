"""Tests the export for proxpi with proxpi and Debian's nginx in front of it."""

import contextlib
import os
import shutil
import subprocess
import threading
from dataclasses import replace

import pytest

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import ExportOptions
from audit.blocklists.targets.proxpi import ProxpiExport
from tests.audit.blocklists.targets.purge_tree import PurgeTree
from tests.audit.blocklists.targets.server_process import ask, find_server, free_port, run_server, serve_folder

CONF = """
{user}worker_processes 1; daemon off; pid nginx.pid; error_log error.log;
events {{}}
http {{
    access_log off; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
    include proxpi-blocklist.conf;
    server {{
        listen 127.0.0.1:{port};
        {lines}
        location / {{ proxy_pass http://127.0.0.1:{proxpi}; }}
    }}
}}
"""
WHEEL, OLDER, OTHER = "evil_pkg-1.1-py3-none-any.whl", "evil_pkg-1.0-py3-none-any.whl", "good-1.0.tar.gz"


def becomes_served(port: int, path: str) -> bool:
    """Return whether a path is served a few seconds from now at the latest."""
    waiting = threading.Event()
    return any(ask(port, path)[0] == 200 or waiting.wait(0.05) for _ in range(200))


@pytest.mark.slow
def test_nginx_refuses_a_blocked_file_of_proxpi_in_any_spelling_until_it_is_undone(tmp_path):
    python, nginx = find_server("BOOJUM_PROXPI"), shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if nginx is None:
        pytest.skip("there is no nginx here")
    tree = PurgeTree(tmp_path, {WHEEL: "1.1", OLDER: "1.0", OTHER: "1.0"}, evil=())
    (tree.web / f"{tree.paths[WHEEL]}.metadata").write_text("Name: evil_pkg")
    entry = replace(tree.entry(WHEEL), project="evil-pkg")
    folder, proxpi, port = tmp_path / "nginx", free_port(), free_port()
    folder.mkdir()

    def load(*entries):
        listed = Blocklist(2, "abc", "2026-11-22", "", "5", "model", "run-1", 0, entries)
        export = ProxpiExport().export(listed, ExportOptions())
        for name, text in export.files.items():
            (folder / name).write_text(text)
        return [line[1:] for line in export.files["proxpi-blocklist.conf"].splitlines() if line.startswith("#   ")]

    lines = load(entry)
    user = "user root; " if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(CONF.format(user=user, port=port, proxpi=proxpi, lines=" ".join(lines)))
    front = [nginx, "-p", f"{folder}/", "-c", "nginx.conf"]
    with contextlib.ExitStack() as stack:
        index = stack.enter_context(serve_folder(tree.web))
        serve = f"from proxpi.server import app; app.run(host='127.0.0.1', port={proxpi})"
        environment = {"PROXPI_INDEX_URL": f"http://127.0.0.1:{index}/simple/"}
        stack.enter_context(run_server([python, "-c", serve], proxpi, tmp_path / "proxpi.log", environment))
        stack.enter_context(run_server(front, port, tmp_path / "nginx.log"))
        for project in ("evil-pkg", "evil_pkg", "Evil.Pkg"):
            assert 403 == ask(port, f"/index/{project}/{WHEEL}")[0]
        for path in (
            f"/index/evil-pkg/{WHEEL}.metadata",
            f"/index/evil-pkg/{WHEEL}?x=1",
            f"/index/evil-pkg/{WHEEL.replace('-', '%2d')}",
            f"/index/evil-pkg/%65{WHEEL[1:]}",
            f"/index/evil-pkg/{WHEEL.upper()}",
            f"/index/evil-pkg/./{WHEEL}",
            f"//index//evil-pkg//{WHEEL}",
            f"/index/evil-pkg/{WHEEL}/",
        ):
            assert 403 == ask(port, path)[0], path
        assert (200, OLDER.encode()) == ask(port, f"/index/evil-pkg/{OLDER}")
        assert (200, OTHER.encode()) == ask(port, f"/index/good/{OTHER}")
        assert 200 == ask(port, "/index/evil-pkg/")[0]

        load()
        subprocess.run([*front, "-s", "reload"], check=True, capture_output=True)
        # The workers of before answer until the reload has reached them.
        for path in (WHEEL, f"{WHEEL}.metadata"):
            assert becomes_served(port, f"/index/evil-pkg/{path}")
