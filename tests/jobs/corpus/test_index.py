import base64
import sys
from datetime import UTC, datetime

import pytest
from packaging.utils import canonicalize_name

from jobs.corpus import index as module
from jobs.corpus.contract import CorpusError
from jobs.corpus.index import (
    IndexClient,
    IndexFile,
    IndexUnreachableError,
    NotOnIndexError,
    configured_index,
    parse_time,
)

SIX = canonicalize_name("six")
HTML_PAGE = b"""<!DOCTYPE html><html><body>
<a href="../../files/ab/six-1.0.tar.gz#sha256=0123" data-requires-python="&gt;=3.8"
   data-upload-time="2021-05-04T03:02:01.5Z">six-1.0.tar.gz</a><br/>
<A HREF="../../files/ab/six%2B1-2.zip" data-yanked="bad &amp; broken">other text</A>
</body></html>"""


def test_names_come_sorted_and_normalised_from_json(index):
    index.add("b", "1", "b-1.zip", b"b", "2021-01-01T00:00:00Z")
    index.pages["/simple/"] = (
        200,
        "application/vnd.pypi.simple.v1+json",
        b'{"projects":[{"name":"Z.z"},{"name":"a"}]}',
    )
    assert index.client().project_names() == ["a", "z-z"]


def test_names_come_from_html_too(index):
    page = b'<a href="/simple/z-z/">Z.z</a><br/><a class="x" href="A_a/">A</a>'
    index.pages["/simple/"] = (200, "text/html; charset=UTF-8", page)
    assert index.client().project_names() == ["a-a", "z-z"]


def test_a_json_page_and_the_file_it_names(index):
    sha256 = index.add("six", "1", "six-1.zip", b"bytes", "2021-05-04T03:02:01Z")
    client = index.client()
    [file] = client.project_files(SIX)
    assert file == IndexFile(
        filename="six-1.zip",
        url=f"{index.url}/files/{sha256[:8]}/six-1.zip",
        sha256=sha256,
        size=5,
        upload_time=datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC),
    )
    assert client.download(file, max_bytes=5) == b"bytes"
    with pytest.raises(CorpusError, match="larger than 4 bytes"):
        client.download(file, max_bytes=4)


def test_an_html_page(index):
    index.pages["/simple/six/"] = (200, "text/html", HTML_PAGE)
    assert index.client().project_files(SIX) == [
        IndexFile(
            filename="six-1.0.tar.gz",
            url=f"{index.url}/files/ab/six-1.0.tar.gz",
            sha256="0123",
            upload_time=datetime(2021, 5, 4, 3, 2, 1, 500_000, tzinfo=UTC),
            requires_python=">=3.8",
        ),
        IndexFile(
            filename="six+1-2.zip",
            url=f"{index.url}/files/ab/six%2B1-2.zip",
            yanked=True,
            yanked_reason="bad & broken",
        ),
    ]


def test_the_json_of_a_project_is_beside_the_simple_pages(index):
    index.add("six", "1", "six-1.zip", b"bytes", "2021-05-04T03:02:01Z", summary="A thing")
    assert index.client().project_json("six")["info"]["summary"] == "A thing"


def test_a_missing_project_is_requested_once(index):
    with pytest.raises(NotOnIndexError, match="answered 404"):
        index.client().project_files(SIX)
    assert index.requests["/simple/six/"] == 1


def test_a_failing_index_is_retried_and_then_an_error_with_a_hint(index):
    index.pages["/simple/six/"] = (503, "text/plain", b"")
    with pytest.raises(IndexUnreachableError, match="answered 503") as caught:
        index.client().project_files(SIX)
    assert index.requests["/simple/six/"] == 2
    assert caught.value.hint


def test_an_unreachable_index_is_an_error_with_a_hint():
    client = IndexClient("http://127.0.0.1:9/simple/", retries=0, timeout=2)
    with pytest.raises(IndexUnreachableError, match="did not answer") as caught:
        client.project_files(SIX)
    assert "--index-url" in caught.value.hint


@pytest.mark.parametrize("body", [b"{", b"[]", b"{}", b'{"projects": 3}', b'{"projects": [{}]}'])
def test_a_list_of_projects_of_another_shape_is_an_error(index, body):
    index.pages["/simple/"] = (200, "application/json", body)
    with pytest.raises(IndexUnreachableError):
        index.client().project_names()


@pytest.mark.parametrize("body", [b"{", b"[]", b"3", b"[" * 100_000])
def test_a_document_of_another_shape_is_an_error(index, body):
    index.pages["/pypi/six/json"] = (200, "application/json", body)
    with pytest.raises(IndexUnreachableError, match="JSON"):
        index.client().project_json(SIX)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"files": [{}]}', b'{"files": 3}', b'{"files": [1]}'])
def test_a_page_of_another_shape_is_an_error(index, body):
    index.pages["/simple/six/"] = (200, "application/json", body)
    with pytest.raises(IndexUnreachableError, match="JSON"):
        index.client().project_files(SIX)


def test_an_account_in_the_address_is_for_its_host_alone_and_stays_out_of_messages(index):
    sha256 = index.add("six", "1", "six-1.zip", b"bytes", "2021-05-04T03:02:01Z")
    elsewhere = index.url.replace("127.0.0.1", "localhost")
    page = b'<a href="%s/files/%s/six-1.zip">f</a>' % (elsewhere.encode(), sha256[:8].encode())
    index.pages["/simple/six/"] = (200, "text/html", page)
    client = IndexClient(index.url.replace("//", "//me:se%40cret@") + "/simple", retries=0)
    [file] = client.project_files(SIX)
    client.download(file, max_bytes=5)
    assert index.accounts["/simple/six/"] == "Basic " + base64.b64encode(b"me:se@cret").decode()
    assert index.accounts[f"/files/{sha256[:8]}/six-1.zip"] is None
    with pytest.raises(NotOnIndexError) as caught:
        client.project_files(canonicalize_name("gone"))
    assert "cret" not in str(caught.value)


@pytest.mark.parametrize("address", ["ftp://example.invalid/simple", "no address", "https://"])
def test_a_url_of_no_index_is_refused(address):
    with pytest.raises(CorpusError, match="is not the URL"):
        IndexClient(address)


def test_the_environment_names_the_index_as_for_pip(monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example.invalid/simple")
    assert configured_index() == "https://index.example.invalid/simple"
    assert IndexClient().index_url == "https://index.example.invalid/simple/"


def test_pips_configuration_and_then_its_default_name_the_index(monkeypatch, tmp_path):
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    config = tmp_path / "pip.conf"
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    config.write_text("[global]\nindex-url = https://mirror.example.invalid/simple\n")
    assert configured_index() == "https://mirror.example.invalid/simple"
    monkeypatch.setattr(module, "_pip_setting", lambda key: "")
    assert configured_index().startswith("https://")


def test_without_pip_the_url_must_be_given(monkeypatch):
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.setattr(module, "_pip_setting", lambda key: "")
    monkeypatch.setitem(sys.modules, "pip._internal.models.index", None)
    with pytest.raises(CorpusError, match="not installed") as caught:
        configured_index()
    assert caught.value.hint == "give --index-url"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-05-04T05:02:01+02:00", datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC)),
        ("2021-05-04T03:02:01", datetime(2021, 5, 4, 3, 2, 1, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
        (5, None),
    ],
)
def test_times_are_read_as_utc(text, expected):
    assert parse_time(text) == expected
