"""As much of a member is kept as the feature groups need, and the memory is accounted for."""

import io
import random
import zipfile
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from xxhash import xxh3_128_digest

from features.archive.budget import SPARE_BYTES, Budget, CorruptData, DecompressionBomb
from features.archive.retention import (
    HEAD_AND_TAIL_BYTES,
    HEAD_BYTES,
    GuardedStream,
    HeadTailBuffer,
    MemberContent,
    RawMember,
    keep_as_code,
    keep_searchable_data,
    release_budget,
    retain_slack_data,
    retain_stream,
    retain_whole,
)
from features.contract import FileType
from features.limits import Limits
from features.runtime.cache import content_key

NOISE = random.Random(1).randbytes(3 * 2**20)
NATIVE = b"\x7fELF" + NOISE


def budget(depth: int = 0, **limits: int) -> Budget:
    counts = Budget(replace(Limits(), **limits), float("inf"))
    counts.depth = depth
    return counts


def zipped(data: bytes = b"x = 1") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.py", data)
    return made.getvalue()


def pieces(data: bytes, size: int = 1000) -> Iterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]


CONTENTS = {
    "a.py": b"x = 1\n",
    "long.py": b"x = 1\n" * 2000,
    "a.so": NATIVE,
    "short.so": NATIVE[:5000],
    "a.png": b"\x89PNG\r\n\x1a\n\0" + NOISE,
    "a.pkl": b"\x80\x04\x95" + NOISE,
    "a.zip": zipped(),
    "empty": b"",
    "a.bin": NOISE[: 2**20],
    "weights.pth": b"\x80\x04\x95" + NOISE,
    "boot.pth": b"\x80\x04\x95" + NOISE[: 2**20] + b"\nimport os; os.getcwd()\n",
    "self-extracting.exe": b"MZ" + bytes(5000) + zipped(),
}


@pytest.mark.parametrize("path", CONTENTS)
def test_a_member_is_kept_alike_whether_it_comes_whole_or_in_pieces(path: str) -> None:
    data = CONTENTS[path]
    whole, streamed = retain_whole(path, data, budget()), retain_stream(path, len(data), pieces(data), budget())
    for name in ("path", "size", "file_type", "head", "digest", "kept", "problem", "nested_data", "spare"):
        assert getattr(whole, name) == getattr(streamed, name), name
    assert whole.data.replace(b"\n", b"") == streamed.data.replace(b"\n", b"")
    assert (len(data), xxh3_128_digest(data), data[:HEAD_BYTES]) == (whole.size, whole.digest, whole.head)


def test_source_is_kept_whole_and_keyed_by_its_content() -> None:
    member = retain_whole("a.py", b"x = 1\n", budget())
    assert (b"x = 1\n", True, content_key(b"x = 1\n")) == (member.data, member.kept, member.content_key)


@pytest.mark.parametrize("size", [100, 101])
def test_source_beyond_the_limit_keeps_both_ends(size: int) -> None:
    data = b"a" * (size // 2) + b"z" * (size - size // 2)
    counts = budget(member_bytes=100)
    member = retain_whole("a.py", data, counts)
    if size <= 100:
        assert (data, "", {}) == (member.data, member.problem, counts.limits_reached)
    else:
        assert b"a" * 50 + b"\n" + b"z" * 50 == member.data
        assert ("member_bytes", b"", ["member_bytes"]) == (
            member.problem,
            member.content_key,
            list(counts.limits_reached),
        )


def test_long_native_code_keeps_both_ends_without_a_problem() -> None:
    member = retain_whole("a.so", NATIVE, budget())
    half = HEAD_AND_TAIL_BYTES // 2
    assert NATIVE[:half] + NATIVE[-half:] == member.data
    assert ("", True) == (member.problem, member.kept)


def test_of_other_data_only_the_head_is_kept() -> None:
    counts = budget()
    member = retain_whole("a.png", CONTENTS["a.png"], counts)
    assert (b"", False, HEAD_BYTES, 0) == (member.data, member.kept, len(member.head), counts.kept)


def test_other_data_in_a_nested_archive_is_skimmed() -> None:
    data = CONTENTS["a.png"]
    stream = pieces(data)
    member = retain_stream("a.png", len(data), stream, budget(), skim=True)
    assert (b"", len(data), False) == (member.digest, member.size, member.kept)
    assert sum(map(len, stream)) >= len(data) - HEAD_BYTES - 1000


def test_a_nested_archive_is_held_until_it_is_opened() -> None:
    counts = budget()
    member = retain_whole("a.zip", CONTENTS["a.zip"], counts)
    assert (CONTENTS["a.zip"], b"", False) == (member.nested_data, member.data, member.kept)
    assert len(CONTENTS["a.zip"]) == counts.kept


@pytest.mark.parametrize(("problem", "depth", "kept"), [("nesting", 3, 2**20), ("kept_bytes", 0, 200)])
@pytest.mark.parametrize("streamed", [False, True])
def test_a_nested_archive_that_cannot_be_opened_is_a_problem(
    problem: str, depth: int, kept: int, streamed: bool
) -> None:
    counts, data = budget(depth, kept_bytes=kept), CONTENTS["a.zip"]
    member = (
        retain_stream("a.zip", len(data), pieces(data), counts) if streamed else retain_whole("a.zip", data, counts)
    )
    assert (problem, b"", [problem]) == (member.problem, member.nested_data, list(counts.limits_reached))


def test_content_that_ends_as_a_zip_file_is_held_whatever_it_begins_with() -> None:
    data = b"print(1)\n" + zipped()
    member = retain_whole("a.py", data, budget())
    assert (FileType.PYTHON, data, data) == (member.file_type, member.data, member.nested_data)


def test_a_zip_file_at_the_end_of_content_that_was_cut_is_a_problem() -> None:
    data = NATIVE + zipped()
    member = retain_stream("a.so", len(data), pieces(data, 2**16), budget())
    assert ("unread zip", b"") == (member.problem, member.nested_data)


def test_text_without_memory_left_keeps_its_head_alone() -> None:
    counts = budget(kept_bytes=100)
    member = retain_whole("a.txt", b"x" * 90, counts)
    assert (False, b"", b"x" * 90, "kept_bytes", b"") == (
        member.kept,
        member.data,
        member.head,
        member.problem,
        member.content_key,
    )


def test_releasing_a_member_gives_back_what_it_holds() -> None:
    counts = budget()
    for path in ("a.py", "a.so", "a.zip", "self-extracting.exe"):
        release_budget(retain_whole(path, CONTENTS[path], counts), counts)
    release_budget(retain_whole("a.txt", b"hello", counts), counts)
    assert (0, 0) == (counts.kept, counts.kept_text)


def test_slack_data_is_hidden_and_a_text_if_it_is_nothing_else() -> None:
    member = retain_slack_data("!gap", b"\x00\x01\x02 data", 8, budget())
    assert (FileType.TEXT, True, True, "") == (member.file_type, member.kept, member.hidden, member.problem)
    assert b"\x00\x01\x02 data" == member.data


def test_slack_data_that_was_cut_has_no_digest() -> None:
    counts = budget()
    member = retain_slack_data("!gap", b"x = 1\n", 100, counts)
    assert (100, b"", "member_bytes") == (member.size, member.digest, member.problem)
    assert ["member_bytes"] == list(counts.limits_reached)


@pytest.mark.parametrize(
    ("problem", "error"), [("ratio", DecompressionBomb()), ("truncated", CorruptData("truncated")), ("", None)]
)
def test_a_stream_that_breaks_is_kept_up_to_there(problem: str, error: Exception | None) -> None:
    def breaking() -> Iterator[bytes]:
        yield b"x = 1\n" * 1000
        if error is not None:
            raise error

    member = retain_stream("a.py", 9_000, breaking(), budget())
    assert (problem, b"x = 1\n" * 1000) == (member.problem, member.data)
    assert (b"" if problem else xxh3_128_digest(member.data)) == member.digest
    assert (9_000 if problem else 6_000) == member.size


def test_a_guarded_stream_goes_on_where_it_was_left() -> None:
    stream = GuardedStream(iter([b"a", b"b", b"c"]))
    for piece in stream:
        assert b"a" == piece
        break
    assert ([b"b", b"c"], "") == (list(stream), stream.problem)


@given(st.lists(st.binary(max_size=9), max_size=9), st.integers(0, 20))
def test_a_buffer_keeps_both_ends_of_a_stream(added: list[bytes], limit: int) -> None:
    buffer = HeadTailBuffer(limit)
    for piece in added:
        buffer.add(piece)
    whole = b"".join(added)
    assert (len(whole), len(whole) > limit) == (buffer.seen, buffer.is_cut)
    if len(whole) <= limit:
        assert whole == buffer.content()
    else:
        first, last = limit - limit // 2, limit // 2
        assert whole[:first] + b"\n" + whole[len(whole) - last :] == buffer.content()


def test_the_type_of_content_follows_the_path() -> None:
    content = MemberContent(b"x = 1\n")
    paths = ("a.py", "a.txt", "a.txt", "a.pth", "a.py")
    expected = [FileType.PYTHON, FileType.TEXT, FileType.TEXT, FileType.PTH, FileType.PYTHON]
    assert expected == [content.file_type_at(path) for path in paths]


@pytest.mark.parametrize(
    ("expected", "size"), [(10, 10), (HEAD_BYTES, HEAD_BYTES), (2 * HEAD_BYTES + 1, HEAD_BYTES + 1)]
)
def test_a_head_counts_only_if_it_is_a_copy(expected: int, size: int) -> None:
    assert expected == MemberContent(bytes(size)).size_in_memory()


def test_a_raw_member_holds_nothing_by_default() -> None:
    member = RawMember("a", 1, FileType.TEXT)
    assert (b"", b"", "", False) == (member.data, member.nested_data, member.problem, member.hidden)


def test_a_path_file_that_begins_like_a_pickle_or_an_archive_is_kept_as_code() -> None:
    line = b"\nimport os; os.getcwd()\n"
    for start in (b"\x80\x04\x95", b"PK\x03\x04", b"\x7fELF"):
        data = start + NOISE[: 2**19] + line
        member = retain_stream("boot.pth", len(data), pieces(data), budget())
        assert (FileType.PTH, True) == (member.file_type, line in member.data)
    assert FileType.BINARY == retain_whole("weights.pth", b"\x80\x04\x95" + NOISE[:9000], budget()).file_type


def test_binary_data_is_held_until_the_archive_is_read() -> None:
    counts = budget()
    member = retain_whole("a.bin", NOISE[:9000], counts)
    assert (b"", NOISE[:9000], NOISE[:9000], False, 9000) == (
        member.data,
        member.spare,
        member.whole,
        member.kept,
        counts.spare,
    )
    keep_as_code(member, FileType.TEXT, "unread")
    assert (NOISE[:9000], FileType.TEXT, True, "") == (member.data, member.file_type, member.kept, member.problem)


@pytest.mark.parametrize("spare", [SPARE_BYTES, SPARE_BYTES - 100])
def test_binary_data_that_was_not_held_cannot_become_code(spare: int) -> None:
    counts = budget()
    counts.spare = spare
    for member in (
        retain_whole("a.bin", NOISE[:9000], counts),
        retain_stream("a.bin", 9000, pieces(NOISE[:9000]), counts),
    ):
        keep_as_code(member, FileType.PYTHON, "unread")
        assert (b"", FileType.BINARY, "unread") == (member.whole, member.file_type, member.problem)


def test_data_of_unknown_use_is_kept_the_smallest_first_and_media_are_not() -> None:
    counts = budget()
    large = [retain_whole(f"{n}.bin", bytes((n, 0)) + NOISE[: 2**21 - 2], counts) for n in range(5)]
    small = retain_whole("a.class", b"\xca\xfe\xba\xbe\0\0\0\x34", counts)
    picture = retain_whole("a.png", b"\x89PNG\r\n\x1a\n\0", counts)
    keep_searchable_data([*large, picture, small])
    assert [True, True, True, False, False] == [member.kept for member in large]
    assert (small.spare, b"") == (small.data, picture.data)
