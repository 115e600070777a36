import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jobs.mirror.project_page import parse_html_page, parse_json_page


def html(tags="", href="../../packages/aa/x.whl"):
    return f'<!DOCTYPE html><html><body><a href="{href}"{tags}>x.whl</a></body></html>'


def test_a_json_page_gives_its_file_objects_as_they_stand():
    files = [{"url": "x.whl", "filename": "x.whl", "hashes": {}, "size": 5, "other": None}, {"url": ""}]
    assert files == parse_json_page(json.dumps({"files": files, "versions": ["1"]}).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b'{"files": {}}',
        b'{"files": [1]}',
        b'{"files": [{"filename": "a"}]}',
        b'{"files": [{"url": 1}]}',
        b"\xff\xfe",
        b"{" * 9,
        pytest.param(b"[" * 200_000, id="nested"),
        pytest.param(b'{"files": [' + b"[]," * 2_500_000 + b"1]}", id="more values than memory should hold"),
        pytest.param(b'{"files": [' + b"9" * 5_000 + b"]}", id="a huge number"),
        pytest.param(b'{"files": [], "x": ' + b'{"a":' * 100_000, id="nested objects"),
    ],
)
def test_content_that_is_no_json_page_or_would_take_too_much_is_a_value_error(content):
    with pytest.raises(ValueError):
        parse_json_page(content)


def test_an_html_link_becomes_a_file_object_with_what_its_attributes_state():
    tags = ' data-requires-python="&gt;=3.8" data-upload-time="2021-05-04T03:02:01Z" data-yanked="bad &amp; broken"'
    assert parse_html_page(html(tags, "x%2B1.whl#sha256=0123")) == [
        {
            "url": "x%2B1.whl",
            "hashes": {"sha256": "0123"},
            "requires-python": ">=3.8",
            "upload-time": "2021-05-04T03:02:01Z",
            "yanked": "bad & broken",
        }
    ]


@pytest.mark.parametrize("name", ["data-core-metadata", "data-dist-info-metadata"])
def test_the_digest_of_the_metadata_file_is_stated_under_either_name(name):
    (file,) = parse_html_page(html(f' {name}="sha256=0123"'))
    assert {"sha256": "0123"} == file["core-metadata"]


@pytest.mark.parametrize("tags", ["", " data-core-metadata", " data-core-metadata=true"])
def test_no_digest_of_the_metadata_file_is_stated(tags):
    (file,) = parse_html_page(html(tags))
    assert "core-metadata" not in file


def test_of_a_key_that_stands_twice_the_last_counts_as_for_pip():
    assert [{"url": "b"}] == parse_json_page(b'{"files": [{"url": "a"}], "files": [{"url": "b"}]}')


@pytest.mark.parametrize(("tags", "expected"), [("", False), (" data-yanked", True), (' data-yanked=""', True)])
def test_a_yanked_attribute_needs_no_reason(tags, expected):
    (file,) = parse_html_page(html(tags))
    assert file["yanked"] is expected


@pytest.mark.parametrize("fragment", ["", "#", "#sha256", "#sha256=", "#top"])
def test_a_fragment_that_is_no_digest_states_no_hashes(fragment):
    assert [{"url": "x.whl", "yanked": False}] == parse_html_page(html("", "x.whl" + fragment))


def test_only_anchors_with_an_address_are_files():
    page = '<base href="/"><link href="style.css"><a>no</a><a href="">no</a><A HREF=yes.whl>yes</A>'
    assert ["yes.whl"] == [file["url"] for file in parse_html_page(page)]


def test_a_link_in_a_comment_or_a_script_is_no_file():
    assert parse_html_page('<!-- <a href="a.whl"> --><script><a href="b.whl"></script>') == []


@given(st.text(max_size=200))
@example("<html><![x[ ")
@example("<!DOCTYPE [ <")
def test_any_text_is_an_html_page_or_a_value_error(text):
    try:
        files = parse_html_page(text)
    except ValueError:
        return
    assert all(isinstance(file["url"], str) for file in files)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_json_page_or_a_value_error(content):
    try:
        files = parse_json_page(content)
    except ValueError:
        return
    assert all(isinstance(file["url"], str) for file in files)
