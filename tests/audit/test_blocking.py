"""What is blocked, what never is, and what bandersnatch's own plugins make of it."""

import json
import subprocess
import sys
import textwrap
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

import audit.blocklists
from audit.blocklists.bandersnatch import FRAGMENT
from audit.blocklists.build import TooBroadError, TruncatedError, build_blocklist
from audit.blocklists.canonical import parse_blocklist, render_blocklist
from audit.blocklists.registry import BLOCKLISTS, blocklist_format
from audit.config import BlocklistSettings
from audit.contract import Waiver
from model.contract import Verdict

SETTINGS = BlocklistSettings()


def test_every_format_on_disk_is_registered():
    there = {p.stem for p in Path(audit.blocklists.__file__).parent.glob("*.py")} - {
        "__init__",
        "build",
        "contract",
        "registry",
    }
    named = {type(target).__module__.rsplit(".", 1)[-1] for target in BLOCKLISTS}
    assert there == named


def test_the_default_scope_is_the_file_and_review_is_not_blocked(document, finding):
    listed = build_blocklist(document(finding(1), finding(2, verdict=Verdict.REVIEW)), SETTINGS)
    assert [f"{1:064x}"] == [entry.sha256 for entry in listed.entries]
    entry = listed.entries[0]
    assert ("file", "deny") == (entry.scope, entry.action)
    assert "pkg:pypi/project-1@1.0?file_name=project_1-1.0.tar.gz" == entry.purl
    assert "2026-12-22" == entry.expires_at
    assert ("posts data to a webhook when installed",) == entry.reasons


def test_a_list_that_the_document_is_too_short_for_is_not_written(document, finding):
    cut = document(finding(1), totals={"malicious": 1, "review": 7})
    assert 1 == len(build_blocklist(cut, SETTINGS).entries)
    with pytest.raises(TruncatedError, match="1 of the 8 findings"):
        build_blocklist(cut, BlocklistSettings(verdict="review"), yes=True)


def test_a_waiver_wins_and_is_counted(document, finding):
    waiver = Waiver(f"{1:064x}", "ops", "ours", date(2027, 1, 1))
    listed = build_blocklist(document(finding(1, waiver=waiver), finding(2)), SETTINGS)
    assert (1, [f"{2:064x}"]) == (listed.waived, [entry.sha256 for entry in listed.entries])


def test_order_and_revision_do_not_depend_on_the_ranking(document, finding):
    one = build_blocklist(document(finding(1), finding(2)), SETTINGS)
    other = build_blocklist(document(finding(2), finding(1)), SETTINGS)
    assert one == other


def test_the_revision_stands_while_the_list_does(document, finding):
    tonight = document(finding(1))
    tomorrow = document(finding(1), run="another", finished=datetime(2026, 11, 23, tzinfo=UTC))
    assert build_blocklist(tonight, SETTINGS).revision == build_blocklist(tomorrow, SETTINGS).revision
    assert build_blocklist(document(finding(2)), SETTINGS).revision != build_blocklist(tonight, SETTINGS).revision


def test_first_seen_is_kept(document, finding):
    listed = build_blocklist(document(finding(1)), SETTINGS, first_seen={f"{1:064x}": "2026-01-01"})
    assert "2026-01-01" == listed.entries[0].first_seen


@pytest.mark.parametrize(
    ("expected", "settings"),
    [
        ("would block 60 files, over the bound of 50", SETTINGS),
        ("would block 60 files, over the bound of 30", BlocklistSettings(max_files=1)),
        ("names the protected project project-7", BlocklistSettings(protected=("project-7",))),
    ],
)
def test_a_broad_list_is_refused_and_yes_writes_it(document, finding, expected, settings):
    many = document(*(finding(n) for n in range(60)))
    with pytest.raises(TooBroadError, match=expected):
        build_blocklist(many, settings)
    assert 60 == len(build_blocklist(many, settings, yes=True).entries)


def test_the_canonical_list_round_trips(document, finding):
    listed = build_blocklist(document(finding(1), finding(2)), SETTINGS)
    assert listed == parse_blocklist(render_blocklist(listed))
    digests = blocklist_format("json").export(listed).files["sha256.txt"]
    assert f"{1:064x}\n{2:064x}\n" == digests


ASK = textwrap.dedent("""
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


def ask_bandersnatch(conf: Path, files: list[dict[str, object]]) -> dict[str, list[object]]:
    """Ask bandersnatch, in a process of its own since its configuration is a singleton, what it would mirror."""
    done = subprocess.run(
        [sys.executable, "-c", ASK, str(conf)], input=json.dumps(files), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def release_file(digest: str | None) -> dict[str, object]:
    digests = {} if digest is None else {"sha256": digest}
    return {"info": {"name": "x"}, "release": "1.0", "release_file": {"filename": "x.tar.gz", "digests": digests}}


def test_bandersnatch_refuses_what_is_listed_and_nothing_else(tmp_path, document, finding):
    listed = build_blocklist(document(finding(1), finding(2), finding(3, verdict=Verdict.REVIEW)), SETTINGS)
    conf = tmp_path / "bandersnatch.conf"
    mirror = "[mirror]\ndirectory = /srv/pypi\nmaster = https://index.invalid\ntimeout = 10\nworkers = 3\n"
    conf.write_text(
        mirror
        + "hash-index = false\nstop-on-error = false\n\n"
        + blocklist_format("bandersnatch").export(listed).files[FRAGMENT]
    )
    digests = [f"{1:064x}", f"{2:064x}", f"{3:064x}", f"{1:064x}"[:-1] + "2", f"{99:064x}", None]
    said = ask_bandersnatch(conf, [release_file(digest) for digest in digests])
    assert {
        "plugins": ["regex_release_file_metadata"],
        "others": [],
        "kept": [False, False, True, False, True, True],
    } == said


def test_an_empty_list_blocks_nothing(tmp_path, document):
    conf = tmp_path / "bandersnatch.conf"
    fragment = blocklist_format("bandersnatch").export(build_blocklist(document(), SETTINGS)).files[FRAGMENT]
    conf.write_text(
        "[mirror]\ndirectory = /srv/pypi\nmaster = https://index.invalid\ntimeout = 10\nworkers = 3\n\n" + fragment
    )
    said = ask_bandersnatch(conf, [release_file(f"{1:064x}"), release_file(None)])
    assert {"plugins": [], "others": [], "kept": [True, True]} == said


def test_the_cleanup_script_quotes_what_a_package_is_called(document, finding):
    export = blocklist_format("bandersnatch").export(
        build_blocklist(document(finding(1, project="a; rm -rf /")), SETTINGS)
    )
    assert "sync 'a; rm -rf /'\n" in export.files["bandersnatch-cleanup.sh"]
