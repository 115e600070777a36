"""Tests the purge: the list, and the exported script on small mirrors, forwards and back."""

import ast
import errno
import fcntl
import json
import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from audit.blocklists.targets.purge import LIST, SCRIPT, TEMPLATE, PurgeExport
from jobs.mirror.project_page import parse_html_page, parse_json_page
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import open_mirror
from tests.audit.blocklists.targets.purge_tree import EVIL, PurgeTree, make_entry

WHEEL = "evil-1.1-py3-none-any.whl"
DONE, PROBLEMS, MISUSE, LOCKED = 0, 1, 2, 3
FILES = {
    "evil-1.0.tar.gz": "1.0",
    WHEEL: "1.1",
    EVIL: "1.1",
    "evil-1.1.1.tar.gz": "1.1.1",
    "good-1.0.tar.gz": "1.0",
}


@pytest.fixture(autouse=True)
def no_flushes(monkeypatch):
    """Flush nothing to the disk: a loss of power is no part of these tests, and flushing takes most of their time."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture
def tree(tmp_path):
    return PurgeTree(tmp_path, FILES)


@pytest.fixture
def make_tree(tmp_path):
    """Return `make_tree({name: version}, evil)`, each time in a folder of its own."""

    def make(files, evil):
        return PurgeTree(tmp_path / f"tree-{len(list(tmp_path.iterdir()))}", files, evil)

    return make


def page(tree, name="index.v1_json", project="evil"):
    return (tree.web / "simple" / project / name).read_bytes()


def listed(tree, project="evil"):
    return [Path(file["url"]).name for file in parse_json_page(page(tree, project=project))]


def move(tree, name=EVIL):
    return tree.web / tree.paths[name]


# The export


def test_the_list_says_which_files_and_why(tree):
    content = json.loads((tree.into / LIST).read_text())
    assert {
        "format": "boojum-purge",
        "schema_version": 1,
        "revision": "abc123",
        "run": "run-1",
        "generated_at": "2026-11-22",
        "mirror": str(tree.web),
        "files": [
            {
                "path": tree.paths[EVIL],
                "project": "evil",
                "version": "1.1",
                "sha256": tree.entries[0].sha256,
                "why": "malicious: posts data to a webhook",
            }
        ],
    } == content


def test_an_entry_without_a_path_gets_the_one_of_its_digest(tree):
    tree.export(tree.entry(EVIL, path=""), tree.entry(EVIL, path="", blake2b_256=""))
    paths = [file["path"] for file in json.loads((tree.into / LIST).read_text())["files"]]
    assert [tree.paths[EVIL], ""] == paths


def test_the_script_is_the_template_whatever_is_listed(tree):
    before = (tree.into / SCRIPT).read_text()
    tree.export(tree.entry("good-1.0.tar.gz"))
    assert TEMPLATE.read_text() == before == (tree.into / SCRIPT).read_text()


def test_the_script_is_python_3_8_and_imports_the_standard_library_alone():
    parsed = ast.parse(TEMPLATE.read_text(), feature_version=(3, 8))
    names = [alias.name for node in ast.walk(parsed) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(parsed) if isinstance(node, ast.ImportFrom)]
    assert not [name for name in names if name.split(".")[0] not in sys.stdlib_module_names]


def test_python_3_8_runs_the_script(tree):
    python = shutil.which("python3.8")
    if python is None or subprocess.run([python, "-V"], capture_output=True, check=False).returncode:
        pytest.skip("there is no python3.8")
    done = subprocess.run([python, tree.into / SCRIPT, "--do"], capture_output=True, text=True, check=False)
    assert (DONE, "") == (done.returncode, done.stderr)
    assert EVIL not in listed(tree)


# Forwards


def test_without_do_nothing_is_changed_and_all_is_printed(tree, capsys):
    before = tree.snapshot()
    assert tree.run() == DONE
    assert before == tree.snapshot()
    assert not tree.quarantine.exists()
    lines = capsys.readouterr().out.splitlines()
    assert f"mirror {tree.web}, list abc123 of run run-1, 1 files" == lines[0]
    assert f"move    {tree.paths[EVIL]}  (malicious: posts data to a webhook)" in lines
    assert f"cut     simple/evil/index.v1_json  ({EVIL})" in lines
    assert "6 steps, no problems; nothing was changed: add --do" == lines[-1]
    assert lines[-2].startswith("The next sync brings these files back unless ")


def test_the_mirror_is_as_if_the_file_had_never_been_there(tree, make_tree):
    never = make_tree({name: version for name, version in tree.files.items() if name != EVIL}, ())
    assert tree.run("--do") == DONE
    assert {**contents(never), "last-modified": b""} == {**contents(tree), "last-modified": b""}


def test_a_version_stays_while_a_file_of_it_is_left(tree):
    assert tree.run("--do") == DONE
    assert ["1.0", "1.1", "1.1.1"] == json.loads(page(tree))["versions"]
    tree.export(tree.entry(EVIL), tree.entry(WHEEL))
    assert tree.run("--do") == DONE
    assert ["1.0", "1.1.1"] == json.loads(page(tree))["versions"]


def test_pages_keep_their_form_their_serial_and_their_times(tree):
    before = tree.snapshot()
    tree.export(tree.entry(EVIL), tree.entry(WHEEL))
    assert tree.run("--do") == DONE
    after = tree.snapshot()
    assert {name: facts[1:] for name, facts in after.items()} == {name: before[name][1:] for name in after}
    text = page(tree, "index.html").decode()
    assert text.endswith("<!--SERIAL 5-->")
    gone = [line for line in before["simple/evil/index.html"][0].decode().splitlines() if line not in text]
    assert [f">{WHEEL}</a><br/>", f">{EVIL}</a><br/>"] == [line[line.index(">") :] for line in gone]
    documents = json.loads((tree.web / "json/evil").read_text())
    assert [] == documents["releases"]["1.1"]
    assert "/packages/" in documents["urls"][0]["url"]


def test_the_last_file_of_a_project_leaves_pages_that_parse(make_tree):
    tree = make_tree({EVIL: "1.1"}, (EVIL,))
    assert tree.run("--do") == DONE
    assert [] == listed(tree) == parse_html_page(page(tree, "index.html").decode())
    assert [] == json.loads(page(tree))["versions"]
    assert {"1.1": []} == json.loads((tree.web / "pypi/evil/json").read_text())["releases"]
    inventory = read_inventory(open_mirror(tree.root))
    assert (0, 0, 0) == tuple(inventory.counts[code] for code in ("artifacts", "listed_missing", "malformed_pages"))


def test_the_metadata_goes_with_its_file(tree):
    sidecar = tree.web / f"{tree.paths[EVIL]}.metadata"
    sidecar.write_text("Metadata-Version: 2.1")
    before = tree.snapshot()
    assert tree.run("--do") == DONE
    assert not sidecar.exists()
    assert tree.undo() == DONE
    assert before == tree.snapshot()


def test_a_file_that_is_gone_leaves_the_pages_all_the_same(tree, capsys):
    move(tree).unlink()
    assert tree.run("--do") == DONE
    assert EVIL not in listed(tree)
    assert "1 of the listed files are not on the disk\n" in capsys.readouterr().out


def test_an_entry_without_path_or_blake2b_is_found_on_its_pages_by_its_digest(tree):
    move(tree).unlink()
    tree.export(tree.entry(EVIL, path="", blake2b_256="", filename=""))
    assert tree.run("--do") == DONE
    assert EVIL not in listed(tree)


def test_the_second_run_does_nothing(tree, capsys):
    assert tree.run("--do") == DONE
    before = tree.snapshot()
    capsys.readouterr()
    assert tree.run("--do") == DONE
    assert "no steps, no problems\n" in capsys.readouterr().out
    assert before == tree.snapshot()
    assert tree.log().exists()


def test_only_the_named_files_are_purged(tree):
    tree.export(tree.entry(EVIL), tree.entry(WHEEL))
    assert tree.run("--do", "--only", tree.entry(WHEEL).sha256) == DONE
    assert ["evil-1.0.tar.gz", "evil-1.1.1.tar.gz", EVIL] == sorted(listed(tree))
    assert move(tree).exists()
    assert not move(tree, WHEEL).exists()


def test_a_plain_folder_of_files_has_no_pages(tmp_path, tree):
    folder = tmp_path / "plain"
    folder.mkdir()
    (folder / EVIL).write_bytes(EVIL.encode())
    tree.export(make_entry("evil", "1.1", EVIL, EVIL, EVIL.encode()))
    assert tree.run(str(folder), "--do") == DONE
    assert [] == list(folder.iterdir())
    assert (tmp_path / "boojum-quarantine").exists()


def test_the_mirror_may_be_named_by_its_directory_its_web_folder_or_its_conf(tree, capsys):
    conf = tree.root / "bandersnatch.conf"
    conf.write_text(f"[mirror]\ndirectory = {tree.root}\n")
    for given in (tree.root, tree.web, conf):
        assert tree.run(str(given)) == DONE
        assert f"mirror {tree.web}, " in capsys.readouterr().out


# The layouts of bandersnatch


def test_pages_of_a_hash_index_are_edited(tree):
    for project in ("evil", "good"):
        target = tree.web / "simple" / project[0] / project
        target.parent.mkdir()
        (tree.web / "simple" / project).rename(target)
    assert tree.run("--do") == DONE
    text = (tree.web / "simple/e/evil/index.v1_json").read_text()
    assert EVIL not in text
    assert ["1.0", "1.1", "1.1.1"] == json.loads(text)["versions"]


def keep_versions(tree, stamp="2026-11-22T052841Z"):
    """Make the pages of a project links into `versions`, as keep_index_versions does."""
    folder = tree.web / "simple" / "evil"
    (folder / "versions").mkdir(exist_ok=True)
    for name in ("index.html", "index.v1_html", "index.v1_json"):
        kept = folder / "versions" / name.replace("index", f"index_0_{stamp}")
        shutil.copy(folder / name, kept)
        (folder / name).unlink()
        (folder / name).symlink_to(kept)


def test_kept_versions_of_pages_are_edited_and_their_links_stay(tree):
    keep_versions(tree)
    before = tree.snapshot()
    assert tree.run("--do") == DONE
    assert (tree.web / "simple/evil/index.html").is_symlink()
    assert not [path for path in (tree.web / "simple/evil").rglob("*") if path.is_file() and EVIL in path.read_text()]
    assert tree.undo() == DONE
    assert before == tree.snapshot()


def test_a_newer_kept_version_gets_the_lines_back_too(tree):
    keep_versions(tree)
    assert tree.run("--do") == DONE
    keep_versions(tree, "2026-11-23T052841Z")
    assert tree.undo() == DONE
    assert EVIL in listed(tree)


def test_kept_versions_of_a_tree_that_is_mounted_elsewhere_are_edited(tree, tmp_path):
    keep_versions(tree)
    elsewhere = tmp_path / "elsewhere"
    tree.root.rename(elsewhere)
    assert tree.run(str(elsewhere), "--do") == DONE
    assert not [path for path in elsewhere.rglob("versions/*") if EVIL in path.read_text()]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text.replace("../../packages", "https://files.example/packages"), id="root_uri"),
        pytest.param(lambda text: text.replace("sha256=", "md5=").replace('"sha256"', '"md5"'), id="md5"),
        pytest.param(lambda text: text.replace("-1.1.tar", "%2D1.1.tar"), id="quoted"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="crlf"),
        pytest.param(lambda text: text + "\n<!-- \udcff -->" if text.startswith("<") else text, id="no UTF-8"),
    ],
)
def test_other_ways_to_write_a_page_are_found_and_taken_back(tree, change):
    for name in ("index.html", "index.v1_html", "index.v1_json"):
        path = tree.web / "simple/evil" / name
        text = path.read_bytes().decode()
        path.write_bytes(change(text).encode("utf-8", "surrogateescape"))
    before = tree.snapshot()
    assert tree.run("--do") == DONE
    for name in ("index.html", "index.v1_html", "index.v1_json"):
        kept = page(tree, name).replace(b"%2D", b"-")
        assert (False, True) == (EVIL.encode() in kept, b"evil-1.1.1.tar.gz" in kept)
    assert tree.undo() == DONE
    assert before == tree.snapshot()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("<a href='{bad}'>b</a> <a href='{good}'>g</a>\n", " <a href='{good}'>g</a>\n", id="one line"),
        pytest.param("<p><a href='{bad}'>b</a><BR></p>\n", "<p></p>\n", id="within a paragraph"),
        pytest.param("\t<a\n href='{bad}'\n>b</a >\n<i>x</i>", "<i>x</i>", id="many lines"),
        pytest.param("<!-- <a href='{bad}'>b</a> -->\n", "<!-- <a href='{bad}'>b</a> -->\n", id="a comment"),
        pytest.param("<a href='{bad}'>b\n<a href='{good}'>g</a>", "b\n<a href='{good}'>g</a>", id="never closed"),
        pytest.param("<a href='{bad}'>b</a>", "", id="no line break"),
        pytest.param("<li><a href='{bad}'><b>b</b></a></li>\n", "<li></li>\n", id="tags within"),
        pytest.param("<a name='x'>b</a>", "<a name='x'>b</a>", id="no address"),
    ],
)
def test_only_the_link_goes_from_a_page_of_another_hand(tree, before, after):
    names = {"bad": f"../../{tree.paths[EVIL]}", "good": f"../../{tree.paths[WHEEL]}"}
    path = tree.web / "simple/evil/index.html"
    path.write_text(before.format(**names))
    assert tree.run("--do") == DONE
    assert after.format(**names) == path.read_text()
    assert tree.undo() == DONE
    assert before.format(**names) == path.read_text()


def test_a_file_is_found_on_the_page_that_lists_it_though_its_project_was_guessed(tree):
    deb = "python-evil_1.1-1_all.deb"
    pages = tree.web / "simple/evil/index.html"
    pages.write_text(f'<a href="../../{tree.paths[EVIL]}#sha256={tree.entries[0].sha256}">{deb}</a>\n')
    path = f"{Path(tree.paths[EVIL]).parent}/{deb}"
    (tree.web / tree.paths[EVIL]).rename(tree.web / path)
    pages.write_text(pages.read_text().replace(EVIL, deb))
    tree.export(tree.entry(EVIL, project="python-evil-1-1-1-all", filename=deb, path=path))
    assert tree.run("--do") == DONE
    assert "" == pages.read_text()


@pytest.mark.parametrize(
    ("filename", "version"),
    [
        ("foo_bar-1.0.tar.gz", "1.0"),
        ("foo.bar-1.0.1.zip", "1.0.1"),
        ("Foo_Bar-1.0-py3-none-manylinux_2_17_x86_64.whl", "1.0"),
        ("foo_bar-1.0-1-py3-none-any.whl", "1.0"),
        ("foo-bar-1.0.linux-x86_64.tar.gz", "1.0"),
        ("foo-bar-1.0.win32-py2.7.exe", "1.0"),
        ("foo_bar-2.0rc1.tar.gz", "2.0-rc1"),
        ("foo_bar-2.0.beta.2.tar.gz", "2.0b2"),
        ("foo_bar-2.17.tar.gz", "2.17"),
        ("foo_bar-3.0.tar.gz", ""),
        ("other-1.0.tar.gz", ""),
        ("foo", ""),
    ],
)
def test_which_version_a_file_is_of(tree, filename, version):
    versions = ["1.0", "1.0.1", "2.0-rc1", "2.0b2", "2.17", "1.0.1.1"]
    assert version == tree.script().version_of(filename, "foo-bar", versions)


def test_a_version_stays_if_it_cannot_be_told_whose_a_file_is(make_tree):
    tree = make_tree({EVIL: "1.1", "evil-1.2.tar.gz": "1.2"}, (EVIL,))
    path = tree.web / "simple/evil/index.v1_json"
    path.write_text(path.read_text().replace('"evil-1.2.tar.gz"', '"python-evil_1.1_all.deb"'))
    assert tree.run("--do") == DONE
    assert ["1.1", "1.2"] == json.loads(path.read_text())["versions"]


# What is refused, and what fails


def test_a_file_with_other_bytes_is_left_with_its_lines_and_the_rest_goes_on(tree, capsys):
    tree.export(tree.entry(EVIL), tree.entry(WHEEL))
    move(tree).write_text("replaced")
    assert tree.run("--do") == PROBLEMS
    assert (True, False) == (EVIL in listed(tree), WHEEL in listed(tree))
    assert "replaced" == move(tree).read_text()
    assert f"PROBLEM {tree.paths[EVIL]}: its sha256 is " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("path", "../outside"),
        ("path", "/etc/hosts"),
        ("path", "packages/../../outside"),
        ("path", "packages//x"),
        ("path", "./packages/x"),
        ("path", "."),
        ("path", "packages/x\0y"),
        ("project", "Evil"),
        ("project", "evil_thing"),
        ("project", "../evil"),
        ("project", "a/b"),
        ("sha256", "0"),
        ("sha256", "../x"),
    ],
)
def test_a_hostile_entry_is_refused(tree, capsys, key, value):
    before = tree.snapshot()
    tree.edit_list(lambda file: file.update({key: value}))
    assert tree.run("--do") == PROBLEMS
    assert before == tree.snapshot()
    assert "it was refused\n" in capsys.readouterr().out
    assert not tree.quarantine.exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"format": "boojum-purge", "schema_version": 2}'])
def test_a_file_that_is_no_list_is_misuse(tree, capsys, text):
    (tree.into / LIST).write_text(text)
    assert tree.run("--do") == MISUSE
    assert "is no purge list" in capsys.readouterr().err


def test_a_mirror_that_is_not_mounted_is_misuse(tree, tmp_path, capsys):
    assert tree.run(str(tmp_path / "none"), "--do") == MISUSE
    assert "is the mirror mounted?" in capsys.readouterr().err


def test_links_out_of_the_mirror_are_not_followed(tree, tmp_path, capsys):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / EVIL).write_bytes(EVIL.encode())
    (outside / "index.html").write_bytes(page(tree, "index.html"))
    move(tree).unlink()
    move(tree).symlink_to(outside / EVIL)
    (tree.web / "simple/evil/index.html").unlink()
    (tree.web / "simple/evil/index.html").symlink_to(outside / "index.html")
    assert tree.run("--do") == PROBLEMS
    assert EVIL in (outside / "index.html").read_text()
    assert "out of the mirror; it was refused" in capsys.readouterr().out
    move(tree).unlink()
    (tree.web / "simple/evil/index.html").unlink()
    shutil.rmtree(move(tree).parent)
    move(tree).parent.symlink_to(outside)
    assert tree.run("--do") == PROBLEMS
    assert ["evil-1.1.tar.gz", "index.html"] == sorted(path.name for path in outside.iterdir())


def test_the_four_folders_may_be_links_to_another_disk(tree, tmp_path):
    before = tree.snapshot()
    for name in ("packages", "simple"):
        (tree.web / name).rename(tmp_path / name)
        (tree.web / name).symlink_to(tmp_path / name)
    assert tree.run("--do") == DONE
    assert (EVIL in listed(tree), move(tree).exists()) == (False, False)
    assert tree.undo() == DONE
    for name in ("packages", "simple"):
        (tree.web / name).unlink()
        (tmp_path / name).rename(tree.web / name)
    assert before == tree.snapshot()


def test_a_link_to_another_listed_file_goes_with_it(tree):
    alias = tree.web / "packages/alias/evil-1.1.tar.gz"
    alias.parent.mkdir()
    alias.symlink_to(move(tree))
    tree.export(tree.entry(EVIL, path="packages/alias/evil-1.1.tar.gz"))
    assert tree.run("--do") == PROBLEMS
    tree.export(tree.entry(EVIL), tree.entry(EVIL, path="packages/alias/evil-1.1.tar.gz"))
    assert tree.run("--do") == DONE
    assert not alias.exists()


def test_a_line_with_the_path_and_another_digest_is_left_and_said(tree, capsys):
    path = tree.web / "simple/evil/index.html"
    path.write_text(path.read_text().replace(tree.entries[0].sha256, "0" * 64))
    assert tree.run("--do") == PROBLEMS
    assert EVIL in path.read_text()
    assert "with another digest; that line was left" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["{", '{"files": [}', '{"files": ' + "[" * 100_000])
def test_a_page_that_cannot_be_parsed_is_left_and_said(tree, capsys, text):
    (tree.web / "simple/evil/index.v1_json").write_text(text)
    assert tree.run("--do") == PROBLEMS
    assert text == page(tree).decode()
    assert EVIL not in page(tree, "index.html").decode()
    assert "PROBLEM simple/evil/index.v1_json: cannot be parsed" in capsys.readouterr().out


def test_what_is_not_moved_is_said_and_the_rest_goes_on(tree, capsys, monkeypatch):
    tree.export(tree.entry(EVIL), tree.entry(WHEEL))
    script, rename = tree.script(), Path.rename

    def refuse(self, target):
        if self.name == EVIL:
            raise OSError(errno.EROFS, "Read-only file system")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    assert script.main(["--do"]) == PROBLEMS
    monkeypatch.undo()
    assert (True, False) == (move(tree).exists(), move(tree, WHEEL).exists())
    assert f"PROBLEM {tree.paths[EVIL]}: Read-only file system; it was left\n" in capsys.readouterr().out
    assert tree.run("--do") == DONE
    assert not move(tree).exists()


def test_a_page_whose_owner_cannot_be_kept_is_left(tree, capsys, monkeypatch):
    script = tree.script()

    def refuse(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    before = tree.snapshot()
    for path in (tree.web / "simple/evil").iterdir():
        os.chown(path, 65534, 65534) if os.geteuid() == 0 else pytest.skip("only root gives a file away")
    monkeypatch.setattr(os, "fchown", refuse)
    assert script.main(["--do"]) == PROBLEMS
    assert before["simple/evil/index.html"][0] == page(tree, "index.html")
    assert "PROBLEM simple/evil/index.html: Operation not permitted; it was left\n" in capsys.readouterr().out
    assert [] == list(tree.web.rglob(".boojum.*"))


def test_a_page_that_changes_meanwhile_is_left(tree, monkeypatch, capsys):
    script = tree.script()
    monkeypatch.setattr(script, "is_same", lambda one, other: False)
    assert script.main(["--do"]) == PROBLEMS
    assert EVIL in listed(tree)
    assert "was changed meanwhile; it was left" in capsys.readouterr().out


def test_a_quarantine_within_the_mirror_is_misuse(tree, capsys):
    assert tree.run("--do", "--quarantine", str(tree.web / "packages/q")) == MISUSE
    assert "is inside the mirror, where it would be served" in capsys.readouterr().err


def test_a_quarantine_that_cannot_be_made_stops_it(tree, capsys):
    (tree.root / "boojum-quarantine").write_text("a file")
    before = tree.snapshot()
    assert tree.run("--do") == MISUSE
    assert before == tree.snapshot()
    assert "name another with --quarantine" in capsys.readouterr().err


def test_two_at_once_lock_and_looking_does_not(tree, capsys):
    handle = os.open(tree.web, os.O_RDONLY)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        assert tree.run() == DONE
        with pytest.raises(SystemExit) as left:
            tree.run("--do")
    finally:
        os.close(handle)
    assert left.value.code == LOCKED
    assert "another purge of this mirror is running" in capsys.readouterr().err
    assert move(tree).exists()


def test_names_of_packages_cannot_command_the_terminal(tree, capsys):
    tree.edit_list(lambda file: file.update(why="\x1b[2J\u202emalicious\n"))
    assert tree.run() == DONE
    assert "(\\x1b[2J\\u202emalicious\\n)" in capsys.readouterr().out


def test_a_sync_that_is_running_is_noted(tree, capsys):
    (tree.root / "todo").write_text("6\nevil 6")
    assert tree.run() == DONE
    assert "note: a sync is running or was interrupted" in capsys.readouterr().out


# Back


def test_undo_puts_everything_back_byte_for_byte(tree, capsys):
    before = tree.snapshot()
    assert tree.run("--do") == DONE
    after = tree.snapshot()
    assert tree.run("--undo", str(tree.log())) == DONE
    assert after == tree.snapshot()
    assert tree.undo() == DONE
    assert before == tree.snapshot()
    capsys.readouterr()
    assert tree.undo() == DONE
    assert "no steps, no problems\n" in capsys.readouterr().out
    assert tree.run("--do") == DONE
    assert after == tree.snapshot()


def test_across_disks_a_file_is_copied_and_compared(tree, monkeypatch):
    before = tree.snapshot()
    script = tree.script()

    def refuse(self, target):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "rename", refuse)
    assert script.main(["--do"]) == DONE
    (moved,) = tree.quarantine.glob(f"*/files/{tree.paths[EVIL]}")
    assert (EVIL.encode(), before[tree.paths[EVIL]][4]) == (moved.read_bytes(), moved.stat().st_mtime_ns)
    moved.chmod(0o600)
    assert script.main(["--undo", str(tree.log()), "--do"]) == DONE
    assert before == tree.snapshot()


def test_undo_makes_the_folder_that_verify_removed(tree):
    before = tree.snapshot()
    assert tree.run("--do") == DONE
    move(tree).parent.rmdir()
    move(tree).parent.parent.rmdir()
    assert tree.undo() == DONE
    assert before == tree.snapshot()


def test_undo_merges_into_pages_that_were_written_anew(make_tree, tree):
    tree.export(tree.entry(EVIL), tree.entry(WHEEL))
    assert tree.run("--do") == DONE
    names = {**tree.files, "evil-1.2.tar.gz": "1.2"}
    whole = make_tree(names, ())
    newer = make_tree({name: version for name, version in names.items() if name not in {EVIL, WHEEL}}, ())
    for document in ("simple/evil/index.html", "simple/evil/index.v1_html", "simple/evil/index.v1_json", "json/evil"):
        shutil.copy(newer.web / document, tree.web / document)
    (tree.web / "pypi/evil/json").unlink()
    assert tree.undo() == PROBLEMS  # the document below pypi is gone
    for document in ("simple/evil/index.html", "simple/evil/index.v1_html", "simple/evil/index.v1_json"):
        assert (whole.web / document).read_text() == (tree.web / document).read_text()
    document = json.loads((tree.web / "json/evil").read_text())
    assert {WHEEL, EVIL} == {file["filename"] for file in document["releases"]["1.1"]}
    assert json.loads((newer.web / "json/evil").read_text())["urls"] == document["urls"]


def test_undo_leaves_a_page_that_lists_the_file_again(make_tree, tree):
    assert tree.run("--do") == DONE
    again = make_tree({**tree.files, "evil-1.2.tar.gz": "1.2"}, ())
    for path in ("simple", "json", "pypi"):
        shutil.copytree(again.web / path, tree.web / path, dirs_exist_ok=True)
    before = (tree.web / "json/evil").read_bytes(), page(tree)
    assert tree.undo() == DONE
    assert before == ((tree.web / "json/evil").read_bytes(), page(tree))


def test_undo_of_one_file_leaves_the_others_purged(tree):
    tree.export(tree.entry(EVIL), tree.entry(WHEEL), tree.entry("evil-1.0.tar.gz"))
    assert tree.run("--do") == DONE
    assert tree.undo("--only", tree.entry(EVIL).sha256) == DONE
    assert [EVIL, "evil-1.1.1.tar.gz"] == sorted(listed(tree), key=len)
    assert ["1.1", "1.1.1"] == json.loads(page(tree))["versions"]
    assert (True, False) == (move(tree).exists(), move(tree, WHEEL).exists())


def test_undo_does_not_overwrite_another_file(tree, capsys):
    assert tree.run("--do") == DONE
    move(tree).write_text("another")
    assert tree.undo() == PROBLEMS
    assert "another" == move(tree).read_text()
    assert "another file is there now" in capsys.readouterr().out


def test_undo_after_the_file_was_downloaded_again_keeps_one(tree):
    assert tree.run("--do") == DONE
    move(tree).write_bytes(EVIL.encode())
    assert tree.undo() == DONE
    assert [] == [path for path in tree.quarantine.rglob("*") if path.name == EVIL]


def test_undo_refuses_a_quarantine_that_was_changed(tree, capsys):
    assert tree.run("--do") == DONE
    (moved,) = tree.quarantine.glob(f"*/files/{tree.paths[EVIL]}")
    moved.write_text("another")
    assert tree.undo() == PROBLEMS
    assert not move(tree).exists()


@pytest.mark.parametrize("text", ["", "x\n", "[]\n", '{"op": "move"}\n'])
def test_a_file_that_is_no_log_is_misuse(tree, tmp_path, capsys, text):
    (tmp_path / "log").write_text(text)
    assert tree.run("--undo", str(tmp_path / "log"), "--do") == MISUSE
    assert "is no log of a purge" in capsys.readouterr().err


def test_undo_follows_no_path_of_a_log_out_of_the_mirror(tree, tmp_path):
    assert tree.run("--do") == DONE
    log = tree.log()
    log.write_text(log.read_text().replace(tree.paths[EVIL], f"../../{EVIL}"))
    assert tree.undo() == PROBLEMS
    assert not list(tmp_path.glob(f"*{EVIL}"))


# Killed

KILLED = textwrap.dedent("""
    import os, runpy, sys

    left = int(sys.argv[1])

    def counted(function):
        def call(*arguments, **named):
            global left
            left -= 1
            if not left:
                os._exit(9)
            return function(*arguments, **named)
        return call

    for name in ("fsync", "rename", "replace", "unlink", "mkdir", "fchown", "fchmod", "chmod", "utime"):
        setattr(os, name, counted(getattr(os, name)))
    sys.argv[:] = sys.argv[2:]
    runpy.run_path(sys.argv[0], run_name="__main__")
""")


def killed(tree: PurgeTree, step: int, *arguments: str) -> int:
    """Return the status of the script, killed before its n-th change of the disk."""
    argv = [sys.executable, "-c", KILLED, str(step), str(tree.into / SCRIPT), *arguments]
    return subprocess.run(argv, capture_output=True, check=False).returncode


def contents(tree):
    return {name: facts[0] for name, facts in tree.snapshot().items()}


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, 5))
def test_killed_at_any_step_it_goes_on_and_can_be_taken_back(make_tree, first):
    files = {EVIL: "1.1", WHEEL: "1.1", "evil-1.0.tar.gz": "1.0"}
    example = make_tree(files, (EVIL, WHEEL))
    assert example.run("--do") == DONE
    for step in range(first, 1_000, 4):
        tree = make_tree(files, (EVIL, WHEEL))
        before = tree.snapshot()
        if killed(tree, step, "--do") == DONE:
            break
        assert tree.run("--do") == DONE
        assert {**contents(example), "last-modified": b""} == {**contents(tree), "last-modified": b""}
        assert killed(tree, step, "--undo", str(tree.log()), "--do") in {DONE, 9}
        assert tree.undo() == DONE
        assert before == tree.snapshot()
    assert step > 40


def test_a_record_that_was_cut_short_is_forgotten(tree):
    before = tree.snapshot()
    assert tree.run("--do") == DONE
    log = tree.log()
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-1]) + lines[-2][:20])
    (tree.web / "simple/evil/index.html").write_bytes(before["simple/evil/index.html"][0])
    assert tree.run("--do") == DONE
    assert log == tree.log()
    assert tree.undo() == DONE
    assert {name: facts[0] for name, facts in before.items()} == contents(tree)


def test_the_export_of_nothing_does_nothing(tree, capsys):
    content = json.loads((tree.into / LIST).read_text())
    (tree.into / LIST).write_text(json.dumps({**content, "files": []}))
    assert tree.run("--do") == DONE
    assert "The next sync" not in capsys.readouterr().out
    assert "purge" == PurgeExport().name
