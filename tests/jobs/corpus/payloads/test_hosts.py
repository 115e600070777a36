from datetime import UTC, datetime
from pathlib import Path

from packaging.utils import canonicalize_name

from jobs.corpus.contract import ListedFile
from jobs.corpus.listing import write_list
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.corpus.payloads.hosts import pair_hosts, read_hosts
from tests.jobs.corpus.payloads.conftest import sdist_bytes, wheel_bytes, write_host


def test_listed_files_of_a_tree_are_read_in_the_order_of_versions(tmp_path):
    tree = MirrorWriter(tmp_path / "tree")
    listed = []
    for version, data in (("1.10", wheel_bytes("1.10")), ("1.9", wheel_bytes("1.9")), ("odd version", b"x")):
        filename = f"quillbox-{version}-py3-none-any.whl"
        placed = tree.add("quillbox", version, filename, data, datetime(2026, 1, 1, tzinfo=UTC))
        listed.append(
            ListedFile(
                canonicalize_name("quillbox"), version, filename, placed.sha256, size=placed.size, stratum="tail"
            )
        )
    listed.append(ListedFile(canonicalize_name("gone"), "1", "gone-1.tar.gz", "00" * 32, size=5))
    tree.finish()
    write_list(tmp_path / "list.csv", listed)
    hosts = read_hosts(tmp_path / "list.csv", tmp_path / "tree")
    assert ["1.9", "1.10"] == [host.version for host in hosts]
    assert all(wheel_bytes(host.version) == Path(host.path).read_bytes() for host in hosts)
    assert [] == read_hosts(tmp_path / "list.csv", tmp_path / "tree", max_bytes=10)


def test_a_file_is_paired_with_the_release_before_it_of_its_kind(tmp_path):
    old_wheel, old_sdist, new = (
        write_host(tmp_path, kind, v) for kind, v in (("wheel", "1.9"), ("sdist", "1.9"), ("wheel", "1.10"))
    )
    pairs = pair_hosts([new, old_sdist, old_wheel])
    assert {(new.filename, old_wheel.filename), (new.filename, new.filename)} == {
        (p.host.filename, p.base.filename) for p in pairs
    }
    sdist = write_host(tmp_path, "sdist", "1.10")
    assert [old_wheel.filename] == [p.base.filename for p in pair_hosts([sdist, old_wheel]) if not p.is_raised]


def test_a_project_with_one_release_is_raised(tmp_path):
    host = write_host(tmp_path, "sdist", "1.0")
    assert sdist_bytes("1.0") == Path(host.path).read_bytes()
    assert [True] == [pair.is_raised for pair in pair_hosts([host])]
