"""Tests the fragment for bandersnatch with bandersnatch's own plugins."""

import json
import subprocess
import sys
import textwrap
from pathlib import Path

from audit.blocklists.targets.bandersnatch import FRAGMENT, BandersnatchExport
from audit.blocklists.targets.contract import ExportOptions
from model.contract import Verdict

FILTER = textwrap.dedent("""
    import json, sys
    from pathlib import Path
    from bandersnatch.configuration import BandersnatchConfig
    BandersnatchConfig(Path(sys.argv[1]))
    from bandersnatch.filter import LoadedFilters
    loaded = LoadedFilters()
    plugins = loaded.filter_release_file_plugins()
    others = loaded.filter_project_plugins() + loaded.filter_metadata_plugins() + loaded.filter_release_plugins()
    files = json.load(sys.stdin)
    kept = [all(plugin.filter(file) for plugin in plugins) for file in files]
    print(json.dumps({"kept": kept, "plugins": [p.name for p in plugins], "others": [p.name for p in others]}))
""")


def run_filters(conf: Path, files: list[dict[str, object]]) -> dict[str, list[object]]:
    """Return what bandersnatch would mirror; its configuration is a singleton, so it runs in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", FILTER, str(conf)], input=json.dumps(files), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def release_file(digest: str | None) -> dict[str, object]:
    digests = {} if digest is None else {"sha256": digest}
    return {"info": {"name": "x"}, "release": "1.0", "release_file": {"filename": "x.tar.gz", "digests": digests}}


def test_bandersnatch_refuses_what_is_listed_and_nothing_else(tmp_path, record, finding):
    listed = record(finding(1), finding(2), finding(3, verdict=Verdict.REVIEW))
    conf = tmp_path / "bandersnatch.conf"
    mirror = "[mirror]\ndirectory = /srv/pypi\nmaster = https://index.invalid\ntimeout = 10\nworkers = 3\n"
    conf.write_text(
        mirror
        + "hash-index = false\nstop-on-error = false\n\n"
        + BandersnatchExport().export(listed, ExportOptions()).files[FRAGMENT]
    )
    digests = [f"{1:064x}", f"{2:064x}", f"{3:064x}", f"{1:064x}"[:-1] + "2", f"{99:064x}", None]
    filtered = run_filters(conf, [release_file(digest) for digest in digests])
    assert {
        "plugins": ["regex_release_file_metadata"],
        "others": [],
        "kept": [False, False, True, False, True, True],
    } == filtered


def test_an_empty_list_blocks_nothing(tmp_path, record):
    conf = tmp_path / "bandersnatch.conf"
    fragment = BandersnatchExport().export(record(), ExportOptions()).files[FRAGMENT]
    conf.write_text(
        "[mirror]\ndirectory = /srv/pypi\nmaster = https://index.invalid\ntimeout = 10\nworkers = 3\n\n" + fragment
    )
    filtered = run_filters(conf, [release_file(f"{1:064x}"), release_file(None)])
    assert {"plugins": [], "others": [], "kept": [True, True]} == filtered
