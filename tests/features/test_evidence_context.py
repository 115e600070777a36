import pytest

from features.contract import Evidence, FileType, Kind, Member, Release, Role
from features.evidence_context import DECODED_BYTES, LINE_CHARS, add_context
from features.text.decode import decode_source

LINES = b"".join(b"line %d\n" % number for number in range(1, 10))


def member(data: bytes, path: str = "a.py", file_type: FileType = FileType.PYTHON) -> Member:
    return Member(path, len(data), file_type, Role.REST, data, data[:4096], b"d" * 16)


def contexts(*members: Member, line: int = 5, excerpt: str = "line 5", path: str = "a.py") -> tuple[str, int]:
    release = Release("a-1.tar.gz", "a", "1", Kind.SDIST, "tar.gz", 1, members)
    (place,) = add_context(release, [Evidence(path, line, "exec_call", Role.REST, excerpt, 1.0)])
    return place.context, place.context_line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (1, ("line 1\nline 2\nline 3", 1)),
        (2, ("line 1\nline 2\nline 3\nline 4", 1)),
        (5, ("line 3\nline 4\nline 5\nline 6\nline 7", 3)),
        (9, ("line 7\nline 8\nline 9", 7)),
        (40, ("", 0)),
    ],
)
def test_two_lines_stand_before_and_after_a_place(line, expected):
    assert expected == contexts(member(LINES), line=line)


def test_lines_are_found_behind_any_number_of_others():
    data = b"\n" * 200_000 + b"x = 1\nexec(x)\n"
    assert ("\n\nexec(x)".replace("\n\n", "\nx = 1\n"), 200_000) == contexts(
        member(data), line=200_002, excerpt="exec(x)"
    )


@pytest.mark.parametrize(
    "data",
    [
        "# coding: latin-1\nx = '\xe9'\nline 3\n".encode("latin-1"),
        "# coding: latin-1\r\nx = '\xe9'\rline 3\r\n".encode("latin-1"),
        "# coding: latin-1\nx = '\xe9'\nline 3\n".encode("utf-16"),
    ],
)
def test_lines_are_those_of_the_text_as_python_reads_it(data):
    assert "line 3" in decode_source(data).text
    assert ("# coding: latin-1\nx = '\xe9'\nline 3", 1) == contexts(member(data), line=3, excerpt="line 3")


def test_a_long_line_is_cut_where_the_excerpt_is_not():
    far = "x = 1" + " " * 300 + "; exec(y)" + " " * 300 + "z"
    context, _ = contexts(member(far.encode()), line=1, excerpt="; exec(y)")
    assert "; exec(y)" in context
    assert ("…", "…", LINE_CHARS) == (context[0], context[-1], len(context))
    assert "x" * (LINE_CHARS - 1) + "…" == contexts(member(b"x" * 999), line=1, excerpt="xxx")[0]


def test_of_two_members_of_one_path_the_one_with_the_excerpt_is_shown():
    honest, other = member(b"print(1)\n"), member(b"exec(x)\n")
    expected = ("exec(x)", 1)
    assert expected == contexts(honest, other, line=1, excerpt="exec(x)")
    assert expected == contexts(other, honest, line=1, excerpt="exec(x)")


@pytest.mark.parametrize("file_type", [FileType.NATIVE, FileType.BYTECODE, FileType.ARCHIVE])
def test_data_that_is_no_text_has_no_lines(file_type):
    assert ("", 0) == contexts(member(LINES, file_type=file_type))


def test_binary_data_has_lines_only_where_they_show_the_excerpt():
    data = b"\x80\x81\nline 2\nline 3\nos.system(x)\nline 5\nline 6\n"
    assert ("line 2\nline 3\nos.system(x)\nline 5\nline 6", 2) == contexts(
        member(data, file_type=FileType.BINARY), line=4, excerpt="os.system(x)"
    )
    assert ("", 0) == contexts(member(data, file_type=FileType.BINARY), line=1, excerpt="posix.system")


def test_a_place_without_its_member_has_no_lines():
    assert ("", 0) == contexts(member(LINES), path="gone.py")


def test_a_text_that_is_too_long_to_decode_again_has_no_lines():
    data = LINES + b"\xff" + b"x" * DECODED_BYTES
    assert ("", 0) == contexts(member(data))
