import json
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.mirror import index_pages
from jobs.mirror.index_pages import as_keys, parse_url, path_key, read_html, read_served
from jobs.mirror.walk import WalkLog

DIGEST = "ab/cd/" + "0" * 60


def path(filename, digest=DIGEST):
    return f"packages/{digest}/{filename}"


def json_page(*filenames, prefix="../../", **more):
    files = [{"filename": name, "url": prefix + path(name), "yanked": False, **more} for name in filenames]
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "x", "files": files})


def html_page(*filenames, prefix="../../", tags=""):
    links = "".join(f'<a href="{prefix}{path(n)}#sha256=00"{tags}>{n}</a><br/>\n' for n in filenames)
    return f"<!DOCTYPE html>\n<html>\n<body>\n{links}</body>\n</html>\n<!--SERIAL 5-->"


def write(root, pages):
    for name, text in pages.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


def served(root, **options):
    log = WalkLog()
    found = read_served(root, log, **options)
    return found, {code: count for code, count in log.counts().items() if count}


def lists(found, *filenames):
    keys = as_keys(b"".join(path_key(path(name)) for name in filenames))
    return (found.find(keys) >= 0).tolist()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("../../" + path("six-1.0.tar.gz"), path("six-1.0.tar.gz")),
        ("https://files.example.invalid/" + path("six-1.0.tar.gz") + "#sha256=0", path("six-1.0.tar.gz")),
        ("https://example.invalid/packages/pypi/" + path("a.whl") + "?x=/packages/y", path("a.whl")),
        ("/" + path("a%2B1.whl"), path("a+1.whl")),
        (path("a.whl"), path("a.whl")),
        ("../../packages/source/p/packages/packages-1.0.zip", "packages/source/p/packages/packages-1.0.zip"),
        ("packages/source/x.zip", "packages/source/x.zip"),
        ("../../packages/../../etc/passwd", ""),
        ("https://example.invalid/files/six.whl", ""),
        ("", ""),
    ],
)
def test_the_path_of_a_url_begins_at_packages(url, expected):
    assert parse_url(url) == expected


@given(st.text())
def test_any_text_is_a_path_or_leads_elsewhere(url):
    found = parse_url(url)
    assert found == "" or found.startswith("packages/")
    assert len(path_key(found)) == 16


@pytest.mark.parametrize("yanked", [True, "broken"])
@pytest.mark.parametrize("name", ["index.v1_json", "index.html"])
def test_a_file_is_yanked_with_or_without_a_reason(tmp_path, name, yanked):
    tags = " data-yanked" if yanked is True else f' data-yanked="{yanked}"'
    page = json_page("a.whl", yanked=yanked) if name.endswith("json") else html_page("a.whl", tags=tags)
    write(tmp_path, {f"simple/a/{name}": page})
    assert served(tmp_path)[0].yanked.tolist() == [True]


@pytest.mark.parametrize("yanked", [False, "", None])
def test_a_file_is_not_yanked_where_the_page_says_so_or_nothing(tmp_path, yanked):
    write(tmp_path, {"simple/a/index.v1_json": json_page("a.whl", yanked=yanked)})
    assert served(tmp_path)[0].yanked.tolist() == [False]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"<html><a href='../../packages/x'>"])
def test_an_html_page_that_is_cut_or_not_utf_8_is_malformed(content):
    with pytest.raises(ValueError):
        read_html(content)


def test_an_html_page_ends_with_its_root_element_or_bandersnatchs_serial():
    for tail in (b"</html>", b"</HTML>\n", b"<!--SERIAL 5-->"):
        assert [{"url": "x.whl", "yanked": False}] == read_html(b"<a href=x.whl>x</a>" + tail)


@pytest.mark.parametrize(
    "names", [("index.v1_json",), ("index.v1_html",), ("index.html",), ("index.html", "index.v1_json")]
)
def test_a_page_may_be_json_html_or_both(tmp_path, names):
    pages = {"index.v1_json": json_page("a.whl"), "index.v1_html": html_page("a.whl"), "index.html": html_page("a.whl")}
    write(tmp_path, {f"simple/a/{name}": pages[name] for name in names})
    found, met = served(tmp_path)
    assert lists(found, "a.whl", "b.whl") == [True, False]
    assert (found.pages, found.unknown, met) == (1, frozenset(), {})


def test_json_comes_first_unless_the_conf_says_html(tmp_path):
    write(tmp_path, {"simple/a/index.v1_json": json_page("old.whl"), "simple/a/index.html": html_page("new.whl")})
    assert lists(served(tmp_path)[0], "old.whl", "new.whl") == [True, False]
    assert lists(served(tmp_path, html_first=True)[0], "old.whl", "new.whl") == [False, True]


def test_without_pages_nothing_is_listed(tmp_path):
    found, met = served(tmp_path)
    assert (found.pages, len(found.keys), met) == (0, 0, {})
    assert lists(found, "a.whl") == [False]


def test_pages_of_a_hash_index_are_found(tmp_path):
    write(
        tmp_path,
        {
            "simple/s/six/index.v1_json": json_page("six.whl"),
            "simple/s/s/index.html": html_page("s.whl"),
            "simple/v/versions/index.html": html_page("v.whl"),
            "simple/index.html": "<html></html>",
        },
    )
    found, met = served(tmp_path)
    assert lists(found, "six.whl", "s.whl", "v.whl") == [True, True, True]
    assert (found.pages, met) == (3, {})


def test_a_project_of_one_letter_in_a_tree_without_hashes(tmp_path):
    write(tmp_path, {"simple/q/index.html": html_page("q.whl")})
    assert served(tmp_path)[0].pages == 1


def test_links_into_another_mount_are_resolved_within_the_tree(tmp_path):
    versions = tmp_path / "simple" / "a" / "versions"
    write(
        versions,
        {
            "index_9_2026-01-02T000000Z.v1_json": json_page("new.whl"),
            "index_9_2026-01-01T000000Z.v1_json": json_page("old.whl"),
            "index_0_2026-01-03T000000Z.html": html_page("html.whl"),
        },
    )
    page = versions.parent / "index.v1_json"
    page.symlink_to("/srv/elsewhere/web/simple/a/versions/index_9_2026-01-01T000000Z.v1_json")
    found, met = served(tmp_path)
    assert lists(found, "new.whl", "old.whl", "html.whl") == [False, True, False]
    assert met == {"index_fallbacks": 1}
    page.unlink()
    page.symlink_to("/srv/elsewhere/web/simple/a/versions/index_1_2025-01-01T000000Z.v1_json")
    found, met = served(tmp_path)
    assert lists(found, "new.whl", "old.whl", "html.whl") == [True, False, False]
    assert met == {"index_fallbacks": 1}


def test_a_link_never_reads_another_tree(tmp_path):
    write(tmp_path / "other", {"index_1_x.html": html_page("foreign.whl")})
    write(tmp_path / "web", {"simple/a/versions/index_1_x.html": html_page("own.whl")})
    (tmp_path / "web" / "simple" / "a" / "index.html").symlink_to(tmp_path / "other" / "index_1_x.html")
    found, met = served(tmp_path / "web")
    assert lists(found, "own.whl", "foreign.whl") == [True, False]
    assert met == {"index_fallbacks": 1}


def test_links_within_the_tree_are_followed(tmp_path):
    write(tmp_path, {"simple/a/versions/index_1_x.html": html_page("a.whl"), "simple/a/versions/index_1_x.v1_json": ""})
    for name in ("html", "v1_json"):
        target = tmp_path / "simple" / "a" / "versions" / f"index_1_x.{name}"
        (tmp_path / "simple" / "a" / f"index.{name}").symlink_to(target)
    found, met = served(tmp_path)
    assert lists(found, "a.whl") == [True]
    assert met == {}


def test_the_newest_kept_version_replaces_a_missing_page(tmp_path):
    write(tmp_path, {"simple/a/versions/index_5_x.html": html_page("a.whl")})
    found, met = served(tmp_path)
    assert lists(found, "a.whl") == [True]
    assert met == {"index_fallbacks": 1}


def test_links_to_nothing_fall_back_to_the_newest_version(tmp_path):
    (tmp_path / "simple" / "a.b").mkdir(parents=True)
    (tmp_path / "simple" / "a.b" / "index.html").symlink_to("/nowhere")
    found, met = served(tmp_path)
    assert (found.pages, found.unknown, met) == (0, {"a-b"}, {"unreadable_pages": 1})


def test_a_project_folder_without_a_page_lists_nothing(tmp_path):
    (tmp_path / "simple" / "abc").mkdir(parents=True)
    found, met = served(tmp_path)
    assert (found.pages, found.unknown, met) == (1, frozenset(), {})


def test_a_good_page_replaces_a_broken_one_of_its_project(tmp_path):
    write(tmp_path, {"simple/a/index.v1_json": '{"files": [', "simple/a/index.html": html_page("a.whl")})
    found, met = served(tmp_path)
    assert lists(found, "a.whl") == [True]
    assert met == {"malformed_pages": 1}


def test_pages_that_cannot_be_read_are_logged_and_unknown(tmp_path, monkeypatch):
    monkeypatch.setattr(index_pages, "PAGE_BYTES", 500)
    write(
        tmp_path,
        {
            "simple/big/index.v1_json": json_page(*map(str, range(50))),
            "simple/bad/index.html": "<html><a href=",
            "simple/empty/index.html": "",
            "simple/good/index.html": html_page("good.whl"),
        },
    )
    (tmp_path / "simple" / "folder" / "index.html").mkdir(parents=True)
    (tmp_path / "simple" / "pipe").mkdir()
    os.mkfifo(tmp_path / "simple" / "pipe" / "index.html")
    found, met = served(tmp_path)
    assert found.unknown == {"big", "bad", "empty", "folder", "pipe"}
    assert met == {"malformed_pages": 2, "oversized_pages": 1, "unreadable_pages": 2}
    assert lists(found, "good.whl") == [True]


@pytest.mark.parametrize("last", [True, False])
def test_a_file_that_is_listed_twice_is_yanked_if_one_entry_is(tmp_path, last):
    write(
        tmp_path,
        {
            "simple/a/index.v1_json": json_page("a.whl", yanked=not last),
            "simple/b/index.v1_json": json_page("a.whl", yanked=last),
        },
    )
    found, _ = served(tmp_path)
    assert (len(found.keys), found.yanked.tolist()) == (1, [True])
    assert lists(found, "a.whl") == [True]


def test_urls_that_lead_elsewhere_are_counted(tmp_path):
    page = {"files": [{"url": "https://example.invalid/six.whl"}]}
    write(tmp_path, {"simple/a/index.v1_json": json.dumps(page)})
    assert served(tmp_path)[1] == {"foreign_urls": 1}


def test_keys_that_end_in_zeros_stay_apart():
    keys = as_keys(b"a" * 15 + b"\0" + b"a" * 14 + b"\0\0" + b"a" * 16)
    assert len(np.unique(keys)) == 3


def test_progress_is_reported(tmp_path):
    for n in range(300):
        write(tmp_path, {f"simple/p{n}/index.html": html_page()})
    reports = []
    read_served(tmp_path, WalkLog(), lambda *report: reports.append(report))
    assert reports == [(256, 0, "index pages")]
