import base64
import contextlib
import gzip
import hashlib
import io
import random
import struct
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.contract import Kind, Status
from features.extract import extract_row
from features.limits import Limits
from jobs.corpus.variants import packing
from jobs.corpus.variants.contract import ArchiveMember, NotApplicableError, Package
from jobs.corpus.variants.extraction import memory_file
from jobs.corpus.variants.packing import pack, read_package, with_files
from tests.jobs.corpus.variants.conftest import SDIST, WHEEL, tar_bytes, wheel_bytes, zip_bytes


@pytest.mark.parametrize(
    ("data", "filename", "container"),
    [
        (tar_bytes(SDIST), "quillbox-1.2.tar.gz", "tar.gz"),
        (zip_bytes(SDIST, "quillbox-1.2/"), "quillbox-1.2.zip", "zip"),
        (wheel_bytes(), "quillbox-1.2-py3-none-any.whl", "zip"),
        (gzip.decompress(tar_bytes(SDIST)), "quillbox-1.2.tar", "tar"),
    ],
)
def test_a_repacked_archive_has_the_same_files(data, filename, container):
    package = read_package(data, filename, "quillbox", "1.2")
    assert container == package.container
    again = read_package(pack(package), filename, "quillbox", "1.2")
    assert package == again
    assert pack(package) == pack(again)


def test_a_repacked_sdist_reads_as_the_original_does(sdist):
    data = tar_bytes(SDIST)
    with memory_file(data) as before, memory_file(pack(sdist)) as after:
        first, second = extract_row(before, sdist.filename, Limits()), extract_row(after, sdist.filename, Limits())
    assert (Status.OK, Kind.SDIST) == (second.status, second.kind)
    differing = {name for name in first.values if first.values[name] != second.values[name]}
    assert differing <= {name for name in first.values if name.startswith("files_")}


def test_links_folders_and_modes_stay():
    members = (
        ArchiveMember("a/", is_folder=True),
        ArchiveMember("a/b", b"x", 0o755),
        ArchiveMember("a/c", link_target="b"),
        ArchiveMember("a/d", link_target="a/b", is_hard_link=True),
    )
    package = Package("a-1.tar.gz", "a", "1", "tar.gz", members)
    again = read_package(pack(package), "a-1.tar.gz", "a", "1")
    assert [("a", True), ("a/b", False), ("a/c", False), ("a/d", False)] == [
        (e.path, e.is_folder) for e in again.members
    ]
    assert (0o755, "b", True) == (again.members[1].mode, again.members[2].link_target, again.members[3].is_hard_link)


def test_a_changed_wheel_has_a_true_record(wheel):
    changed = with_files(wheel, {"quillbox/pen.py": b"x = 1\n", "quillbox/new.py": b"y = 2\n"})
    lines = changed.files()["quillbox-1.2.dist-info/RECORD"].decode().splitlines()
    recorded = {line.split(",")[0]: line.split(",")[1:] for line in lines}
    assert len(recorded) == len(lines)
    assert {*WHEEL, "quillbox/new.py", "quillbox-1.2.dist-info/RECORD"} == set(recorded)
    for path, (digest, size) in recorded.items():
        if path.endswith("RECORD"):
            continue
        data = changed.files()[path]
        wanted = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        assert (f"sha256={wanted}", str(len(data))) == (digest, size)


def test_a_new_module_of_an_sdist_is_listed_in_sources(sdist):
    changed = with_files(sdist, {"quillbox-1.2/quillbox/new.py": b""})
    assert "quillbox/new.py" in changed.files()["quillbox-1.2/quillbox.egg-info/SOURCES.txt"].decode().splitlines()


def test_the_last_of_two_members_of_one_path_counts():
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for data in (b"old", b"new"):
            info = tarfile.TarInfo("a-1/setup.py")
            info.size = 3
            archive.addfile(info, io.BytesIO(data))
    assert {"a-1/setup.py": b"new"} == read_package(
        gzip.compress(packed.getvalue(), mtime=0), "a-1.tar.gz", "a", "1"
    ).files()


def bomb() -> bytes:
    info = tarfile.TarInfo("a/b")
    info.size = 4096
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        archive.addfile(info, io.BytesIO(bytes(4096)))
    return gzip.compress(packed.getvalue(), mtime=0)


def encrypted() -> bytes:
    data = bytearray(zip_bytes({"a.py": "x"}))
    at = data.find(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, 1)
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no archive"),
        (b"plain text", "no archive"),
        (b"\x1f\x8b\x08broken", "damaged"),
        (tar_bytes(SDIST)[:-40], "damaged"),
        (b"PK\x03\x04" + bytes(40), "damaged"),
        (wheel_bytes()[:-30], "damaged"),
        (gzip.compress(b"no tar at all" * 100, mtime=0), "damaged"),
        (tar_bytes({}), "holds no files"),
        (encrypted(), "damaged"),
    ],
    ids=["empty", "text", "gzip header", "cut tar", "zip header", "cut wheel", "gzip", "empty tar", "encrypted"],
)
def test_a_hostile_archive_is_not_applicable_with_a_reason(data, reason):
    with pytest.raises(NotApplicableError, match=reason) as caught:
        read_package(data, "a-1.tar.gz", "a", "1")
    assert "a-1.tar.gz" == caught.value.subject


def test_too_many_bytes_or_members_are_not_applicable(monkeypatch):
    monkeypatch.setattr(packing, "MAX_BYTES", 1000)
    for data in (bomb(), zip_bytes({"a": bytes(1001)})):
        with pytest.raises(NotApplicableError, match="1,000 bytes"):
            read_package(data, "a-1.tar.gz", "a", "1")
    monkeypatch.setattr(packing, "MAX_BYTES", 10**6)
    monkeypatch.setattr(packing, "MAX_MEMBERS", 3)
    with pytest.raises(NotApplicableError, match="3 members"):
        read_package(tar_bytes(SDIST), "a-1.tar.gz", "a", "1")


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x1f\x8b", b"PK\x03\x04", b"BZh9"]), st.integers(0, 2**32))
def test_whatever_the_bytes_an_archive_is_read_or_not_applicable(noise, magic, seed):
    whole = bytearray(zip_bytes(SDIST) if magic == b"PK\x03\x04" else tar_bytes(SDIST))
    numbers = random.Random(seed)
    for _ in range(5):
        whole[numbers.randrange(len(whole))] = numbers.randrange(256)
    for data in (magic + noise, bytes(whole)):
        with contextlib.suppress(NotApplicableError):
            assert read_package(data, "a-1.tar.gz", "a", "1").members


def test_zip_reads_names_as_they_are():
    data = zip_bytes({"ä/ö.py": "x = 1\n"})
    assert ["ä/ö.py"] == zipfile.ZipFile(io.BytesIO(pack(read_package(data, "a.whl", "a", "1")))).namelist()
