import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.corpus.layout import PlacedFile, tree_path
from jobs.corpus.project_documents import (
    ProjectListing,
    parse_json_document,
    render_html_index,
    render_html_page,
    render_json_document,
    render_json_index,
    render_json_page,
)
from jobs.mirror.project_page import parse_html_page, parse_json_page

UPLOADED = datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC)
BLAKE = "ab" * 32


def placed(version: str = "1.0", filename: str = "six-1.0.tar.gz", **more) -> PlacedFile:
    facts = {"size": 5, "sha256": "cd" * 32, "blake2b_256": BLAKE, "upload_time": UPLOADED, **more}
    return PlacedFile(version, filename, tree_path(BLAKE, filename), **facts)


def listing(*files: PlacedFile, name: str = "Six", **info) -> ProjectListing:
    return ProjectListing(name, info, {(f.version, f.filename, f.sha256): f for f in files})


def test_a_document_is_read_back_as_it_was():
    project = listing(
        placed(requires_python=">=3.8"),
        placed("1.1", "six-1.1-py3-none-any.whl", yanked=True, yanked_reason="broken & <odd>"),
        placed("1.1", "../odd 1.1.zip"),
        summary="A thing",
    )
    assert project == parse_json_document(render_json_document(project, 7).encode())


@given(st.text(max_size=20), st.text(min_size=1, max_size=20), st.text(max_size=20))
def test_any_names_are_read_back_as_they_were(version, filename, name):
    project = listing(placed(version, filename), name=name)
    assert project == parse_json_document(render_json_document(project, 1).encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("document", [b"", b"[]", b"{}", b'{"info": {"name": "a"}}', b'{"info": {"name": "a"}, "releases": {"1": [{}]}}'])  # fmt: skip
def test_another_document_is_an_error(document):
    with pytest.raises((KeyError, TypeError, ValueError)):
        parse_json_document(document)


@pytest.mark.parametrize(
    ("versions", "newest"),
    [(("1.0", "1.10", "1.9"), "1.10"), (("2.0rc1", "1.0"), "2.0rc1"), (("odd", "0.1"), "0.1"), (("odd", "old"), "old"), ((), "")],
)  # fmt: skip
def test_info_has_the_newest_version_and_urls_its_files(versions, newest):
    document = json.loads(render_json_document(listing(*(placed(v, f"six-{v}.zip") for v in versions)), 7))
    assert newest == document["info"]["version"]
    assert [f"six-{newest}.zip"] * bool(versions) == [file["filename"] for file in document["urls"]]
    assert 7 == document["last_serial"]


@pytest.mark.parametrize(
    ("filename", "package_type", "python_version"),
    [
        ("six-1.0.tar.gz", "sdist", "source"),
        ("six-1.0-py2.py3-none-any.whl", "bdist_wheel", "py2.py3"),
        ("six-1.0-py2.7.EGG", "bdist_egg", "six"),
        ("six-1.0.exe", "bdist_wininst", "six"),
    ],
)
def test_the_type_of_a_file_is_that_of_its_suffix(filename, package_type, python_version):
    [file] = json.loads(render_json_document(listing(placed(filename=filename)), 1))["urls"]
    assert (package_type, python_version) == (file["packagetype"], file["python_version"])


def test_times_are_written_in_utc():
    local = UPLOADED.astimezone(timezone(timedelta(hours=5)))
    [file] = json.loads(render_json_document(listing(placed(upload_time=local)), 1))["urls"]
    assert ("2021-05-04T03:02:01", "2021-05-04T03:02:01.000000Z") == (file["upload_time"], file["upload_time_iso_8601"])


def test_both_pages_state_the_same_files():
    project = listing(
        placed(requires_python=">=3.8"),
        placed("1.1", "six-1.1.zip", yanked=True, yanked_reason='"why" & <how>'),
        placed("1.2", "six-1.2.zip", yanked=True),
    )
    from_html = parse_html_page(render_html_page(project, 7))
    from_json = parse_json_page(render_json_page(project, "six", 7).encode())
    for name in ("url", "hashes", "yanked"):
        assert [file[name] for file in from_json] == [file[name] for file in from_html]
    assert [False, '"why" & <how>', True] == [file["yanked"] for file in from_json]
    assert [">=3.8", "", ""] == [file.get("requires-python", "") for file in from_html]


def test_a_hostile_name_is_escaped_in_html():
    page = render_html_page(listing(placed(filename="<script>.zip"), name="<b>"), 7)
    assert "<script>" not in page
    assert "<b>" not in page
    assert page.endswith("<!--SERIAL 7-->")


def test_the_page_in_json_has_its_names_and_versions():
    project = listing(placed("2.0", "six-2.0.zip"), placed("1.0", "six-1.0.zip"), placed("1.0", "six-1.0.tar.gz"))
    page = json.loads(render_json_page(project, "six", 7))
    assert ("six", ["1.0", "2.0"]) == (page["name"], page["versions"])
    assert ["six-1.0.tar.gz", "six-1.0.zip", "six-2.0.zip"] == [file["filename"] for file in page["files"]]


def test_the_root_pages_list_the_same_names():
    names = ["a", "z&z"]
    assert ["a/", "z%26z/"] == [link["url"] for link in parse_html_page(render_html_index(names))]
    index = json.loads(render_json_index(names, 41))
    assert [{"name": "a"}, {"name": "z&z"}] == index["projects"]
    assert 41 == index["meta"]["_last-serial"]


def test_files_of_one_name_are_sorted_by_version_and_digest():
    files = [placed("2"), placed("1", sha256="b" * 64), placed("1", sha256="a" * 64)]
    assert files[::-1] == listing(*files).sorted_files()
    assert replace(files[0], version="1") not in files
