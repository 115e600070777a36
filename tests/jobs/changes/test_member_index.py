import pyarrow as pa
from change_builders import member, release, table, wheel
from hypothesis import given
from hypothesis import strategies as st
from store_builders import finish

from features.contract import FileType
from jobs.changes.member_index import IndexMembers, digest_numbers, index_file, index_members, unindexed_parts
from jobs.store.part_files import read_part
from jobs.store.part_store import PartStore


def index(*releases):
    """Return (project, first row, last row) of each content of some releases, sorted."""
    rows = index_members(table(*releases).select(["project", "members"])).to_pylist()
    return sorted((row["project"], row["first"], row["last"]) for row in rows)


def test_a_content_is_listed_once_with_its_first_and_last_row():
    kept, new = member("a.py", "x"), member("b.py", "y")
    assert [("demo", 0, 2), ("demo", 1, 1)] == index(wheel("1.0", kept), wheel("1.1", kept, new), wheel("1.2", kept))


def test_projects_are_listed_apart_by_their_normalised_names():
    files = release("A_b-1.0.tar.gz", member("a.py"), project="A_b"), release("c-1.0.tar.gz", member("a.py"))
    assert [("a-b", 0, 0), ("c", 1, 1)] == index(*files)


def test_small_contents_and_metadata_are_left_out():
    small = member("a.py", size=90)
    metadata = member("demo-1.0.dist-info/METADATA", file_type=FileType.METADATA)
    assert [] == index(wheel("1.0", small, metadata), wheel("1.1"))


def test_nothing_has_an_empty_index():
    assert [] == index()


@given(st.lists(st.binary(min_size=16, max_size=16)))
def test_the_first_half_of_a_digest_is_its_number(digests):
    numbers = digest_numbers(pa.array(digests, pa.binary(16)))
    assert [int.from_bytes(each[:8], "little") for each in digests] == numbers.tolist()


def test_each_feature_part_is_indexed_once(tmp_path):
    features, changes = PartStore(tmp_path / "features"), PartStore(tmp_path / "changes")
    finish(features, "1", a=table(wheel("1.0", member("a.py"))), b=table(wheel("1.1")))
    first, second = unindexed_parts(features, changes)
    index_file(changes, first).parent.mkdir(parents=True)
    assert 1 == IndexMembers(index_file(changes, first).parent)((first,))
    assert [second] == unindexed_parts(features, changes)
    assert ["demo"] == read_part(index_file(changes, first), ["project"])["project"].to_pylist()
