import pytest

from features.code import text_decoding as texts
from features.code.text_decoding import KEPT_CODE_BYTES, read_text
from features.contract import FileType, Member, Role
from features.runtime.cache import caches, clear_caches
from features.text.indicator_scan import TextScan


def member(data: bytes, file_type: FileType = FileType.TEXT, role: Role = Role.REST) -> Member:
    return Member("demo/a", len(data), file_type, role, data=data, head=data[:4096])


@pytest.mark.parametrize(
    ("expected", "data", "file_type", "role"),
    [
        (None, b"import os\n", FileType.PYTHON, Role.REST),
        (b"", b"import os\n", FileType.TEXT, Role.REST),
        (b"import os\n", b"import os\n", FileType.TEXT, Role.INSTALL),
        (b"", b"[metadata]\nname = x\n", FileType.METADATA, Role.INSTALL),
        (b"\nimport os\n", b"/usr/lib\nimport os\n", FileType.PTH, Role.INSTALL),
        (b"import os\n", "\ufeffimport os\n".encode("utf-16-le"), FileType.TEXT, Role.INSTALL),
    ],
)
def test_what_python_would_execute_of_it(expected, data, file_type, role):
    assert expected == read_text(member(data, file_type, role)).python


def test_letters_that_python_takes_for_others_and_lines_that_go_on_are_read_as_python_does():
    plain = read_text(member(b"import os\nos.system('true')\n", FileType.PYTHON)).scan
    disguised = read_text(member("import os\nos.\U0001d42cystem('true')\n".encode(), FileType.PYTHON)).scan
    broken = read_text(member(b"import os\nos.\\\nsystem('true')\n", FileType.PYTHON)).scan
    assert plain.counts == disguised.counts
    assert plain.counts
    assert broken.size == plain.size + 2


def test_a_text_is_read_once_for_each_way_to_take_it(monkeypatch):
    taken: list[bytes] = []

    def scan(data: bytes) -> TextScan:
        taken.append(data)
        return TextScan(len(data))

    monkeypatch.setattr(texts, "scan_text", scan)
    clear_caches()
    for _ in range(3):
        for file_type, role in ((FileType.PYTHON, Role.REST), (FileType.TEXT, Role.REST), (FileType.TEXT, Role.IMPORT)):
            read_text(member(b"x = 1\n", file_type, role))
    assert 3 == len(taken)
    clear_caches()


def test_what_is_not_kept_is_read_by_its_head_and_a_long_script_is_not_remembered(monkeypatch):
    unkept = Member("demo/a.py", 10_000, FileType.PYTHON, Role.REST, head=b"x = 1\n", kept=False)
    assert 6 == read_text(unkept).scan.size
    clear_caches()
    read_text(member(b"import os\n" * KEPT_CODE_BYTES, FileType.TEXT, Role.INSTALL))
    assert 0 == caches()["decoded_texts"].held
