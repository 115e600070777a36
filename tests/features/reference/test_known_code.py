import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from features.contract import FileType, Kind, Member, Release, Role
from features.reference.known_code import (
    KNOWN_FILE,
    MIN_BYTES,
    MOST_OWNERS,
    KnownCode,
    KnownCodeError,
    index_key,
    is_attributable,
    is_source,
    known_code,
    match_known_code,
    merge,
    read_known,
    write_known,
)

KEYS = st.integers(min_value=0, max_value=2**64 - 1)
PUBLISHED = st.dictionaries(
    st.sampled_from([f"p{number}" for number in range(9)]), st.sets(KEYS | st.integers(0, 3), max_size=6), max_size=9
)


def member(path: str, data: bytes, file_type: FileType = FileType.PYTHON, **more) -> Member:
    digest = xxhash.xxh3_128_digest(data)
    return Member(path, len(data), file_type, Role.REST, data=data, head=data[:4096], digest=digest, **more)


def code(text: str) -> bytes:
    return f"def {text}():\n    return 1  # {'-' * MIN_BYTES}\n".encode()


def release(*members: Member, project: str = "copy") -> Release:
    return Release(f"{project}-1.tar.gz", project, "1", Kind.SDIST, "tar.gz", 9, members, root=f"{project}-1/")


def owners(known: KnownCode) -> dict[int, tuple[str, ...]]:
    return {key: tuple(known.projects[o] for o in known.owners_at(at)) for at, key in enumerate(known.keys.tolist())}


def expected(published: dict[str, set[int]]) -> dict[int, tuple[str, ...]]:
    whose: dict[int, list[str]] = {}
    for project in sorted(published):
        for key in published[project]:
            whose.setdefault(key, []).append(project)
    return {key: tuple(names) if len(names) <= MOST_OWNERS else () for key, names in whose.items()}


def test_the_shipped_index_is_sorted_and_says_who():
    known = known_code()
    assert len(known) > 100_000
    assert (known.keys[1:] > known.keys[:-1]).all()
    assert list(known.projects) == sorted(set(known.projects))
    assert {"requests", "numpy", "pytest"} <= set(known.projects)
    assert KNOWN_FILE.stat().st_size < 6_500_000
    assert max(np.diff(known.first)) <= MOST_OWNERS


@given(PUBLISHED)
def test_every_published_key_is_found_with_its_owners(published):
    known = KnownCode.of(published)
    assert owners(known) == expected(published)
    asked = [*known.keys.tolist(), 17, 2**64 - 1]
    found = [at >= 0 for at in known.lookup(asked)]
    assert found == [key in owners(known) for key in asked]


@given(PUBLISHED)
def test_an_index_is_read_as_it_was_written(tmp_path_factory, published):
    known = KnownCode.of(published)
    path = tmp_path_factory.mktemp("known") / "known.parquet"
    write_known(path, known)
    assert owners(read_known(path)) == owners(known)


@given(PUBLISHED, st.randoms(use_true_random=False))
def test_pairs_in_any_order_and_repeated_are_the_same_index(tmp_path_factory, published, random):
    known = KnownCode.of(published)
    path = tmp_path_factory.mktemp("known") / "known.parquet"
    write_known(path, known)
    table, written = pq.read_table(path), read_known(path)
    rows = [*range(len(table)), *(at for at in range(len(table)) if random.random() < 0.3)]
    random.shuffle(rows)
    pq.write_table(table.take(pa.array(rows, pa.int64())), path)
    shuffled = read_known(path)
    assert (owners(shuffled), shuffled.digest) == (owners(known), written.digest)


def test_what_lies_sorted_but_is_owned_by_too_many_is_nobodys_own(tmp_path):
    names = [f"p{number}" for number in range(MOST_OWNERS + 1)]
    path = tmp_path / "known.parquet"
    digests = pa.array([5] * len(names) + [6, 6, 7], pa.uint64())
    pq.write_table(pa.table({"digest": digests, "project": [*names, None, "p1", "p2"]}), path)
    assert owners(read_known(path)) == {5: (), 6: (), 7: ("p2",)}


@pytest.mark.slow
@given(PUBLISHED, PUBLISHED)
def test_merging_is_publishing_together_where_nothing_is_shared_by_many(one, other):
    together = {name: one.get(name, set()) | other.get(name, set()) for name in {*one, *other}}
    merged = merge(KnownCode.of(one), KnownCode.of(other))
    everybodys = {k for published in (one, other) for k, names in expected(published).items() if not names}
    assert owners(merged) == {k: () if k in everybodys else v for k, v in expected(together).items()}


def test_merging_with_nothing_changes_nothing():
    known = KnownCode.of({"a": {1, 2}, "b": {2}, "c": {7}})
    assert merge(known, KnownCode.empty()).digest == merge(KnownCode.empty(), known).digest == known.digest


def test_the_digest_changes_with_what_is_known_and_with_whose_it_is():
    digests = {KnownCode.of(p).digest for p in ({"a": {1}}, {"a": {2}}, {"b": {1}}, {"a": {1}, "b": {1}}, {})}
    assert len(digests) == 5
    assert KnownCode.of({"b": {2}, "a": {1}}).digest == KnownCode.of({"a": {1}, "b": {2}}).digest


def test_what_is_no_index_is_said(tmp_path):
    path = tmp_path / "known.parquet"
    with pytest.raises(KnownCodeError, match="no index of known code") as caught:
        read_known(path)
    assert caught.value.path == path
    path.write_bytes(b"PAR1 but not really")
    with pytest.raises(KnownCodeError):
        read_known(path)


def test_line_ends_hide_no_copy():
    unix = member("a.py", b"import os\nprint(os.name)\n")
    assert index_key(unix) == int.from_bytes(unix.digest[:8], "big")
    assert index_key(member("b.py", unix.data.replace(b"\n", b"\r\n"))) == index_key(unix)
    assert index_key(member("c.py", unix.data + b"#")) != index_key(unix)


@pytest.mark.parametrize(
    ("expected", "path", "data", "file_type"),
    [
        (True, "a.py", b"1", FileType.PYTHON),
        (True, "a.pth", b"import a", FileType.PTH),
        (True, "run.sh", b"echo", FileType.TEXT),
        (True, "run", b"#!/bin/sh\n", FileType.TEXT),
        (False, "a.txt", b"hello", FileType.TEXT),
        (False, "a.so", b"\x7fELF", FileType.NATIVE),
    ],
)
def test_source_is_what_can_be_run(expected, path, data, file_type):
    assert is_source(member(path, data, file_type)) is expected


def test_a_member_that_was_not_read_is_no_source():
    assert not is_source(Member("a.py", 10, FileType.PYTHON, Role.REST))


def test_blanks_tell_nothing():
    assert is_attributable(member("a.py", b"x" * MIN_BYTES))
    assert not is_attributable(member("a.py", b"x" * (MIN_BYTES - 1) + b"\n" * MIN_BYTES))


def test_another_projects_code_is_known_and_ones_own_is_not():
    mine, theirs, new = (member(f"x/{name}.py", code(name)) for name in ("mine", "theirs", "new"))
    known = KnownCode.of({"copy": {index_key(mine)}, "victim": {index_key(theirs)}})
    found = match_known_code(release(mine, theirs, new), known)
    assert [(s.known, s.owners) for s in found] == [(False, ()), (True, ("victim",)), (False, ())]


def test_what_was_told_before_is_told_of_the_same_index_and_of_the_same_whole():
    whole = member("x.py", code("whole"))
    # Cut to the same ends, and between them another.
    other = Member(whole.path, whole.size, whole.file_type, whole.role, whole.data, whole.head, bytes(16))
    ones, twos = (KnownCode.of({project: {index_key(whole)}}) for project in ("one", "two"))
    for known, source, expected in ((ones, whole, ("one",)), (twos, whole, ("two",)), (ones, other, ())):
        assert match_known_code(release(source), known)[0].owners == expected


def test_code_published_by_a_project_and_by_others_is_its_own():
    both = member("x.py", code("both"))
    known = KnownCode.of({"copy": {index_key(both)}, "carrier": {index_key(both)}})
    assert [s.known for s in match_known_code(release(both), known)] == [False]


def test_everybodys_code_is_known_and_nobodys():
    stub = member("x.py", code("stub"))
    known = KnownCode.of({f"p{n}": {index_key(stub)} for n in range(MOST_OWNERS + 1)})
    assert [(s.known, s.owners) for s in match_known_code(release(stub), known)] == [(True, ())]


@pytest.mark.parametrize(
    ("expected", "project"),
    [(False, "Typing_Extensions"), (True, "typingextensions"), (True, "typing-extensions-binary"), (True, "")],
)
def test_only_what_the_index_takes_for_the_same_name_is_the_same_project(expected, project):
    source = member("x.py", code("typing"))
    known = KnownCode.of({"typing-extensions": {index_key(source)}})
    assert match_known_code(release(source, project=project), known)[0].known is expected
