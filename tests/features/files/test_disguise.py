"""Code that is not what its name or place promises."""

import pytest

from features.contract import FileType, Kind
from features.files.disguise import disguise_values, reads_like_python

ELF = b"\x7fELF" + bytes(60)
PYTHON = b"import os\nimport sys\nexec(x)\ndef run():\n    pass\n"


@pytest.mark.parametrize(
    ("suffix", "head", "expected"),
    [
        (".png", b"import os\nexec(x)\n", True),
        (".png", b"import os\n", False),
        (".txt", PYTHON, True),
        (".txt", b"To install,\n" + PYTHON, False),
        (".txt", b"import os\nimport sys\nexec(x)\n", False),
        (".dat", b"import goods from abroad, class by class\n", False),
        (".dat", b"", False),
    ],
)
def test_data_that_reads_like_python(suffix, head, expected):
    assert reads_like_python(suffix, head) is expected


def test_python_under_a_data_suffix_is_disguised_and_under_its_own_is_not(make_member, make_paths):
    for path, expected in (("a/logo.png", 1), ("a/logo.PNG", 1), ("a/logo.py", 0), ("a/logo.md", 0)):
        assert disguise_values(make_paths(make_member(path, PYTHON, FileType.TEXT)))["python_disguised"] == expected
    native = make_member("a/logo.png", PYTHON, FileType.NATIVE)
    assert disguise_values(make_paths(native))["python_disguised"] == 0


def test_native_formats_are_told_apart(make_member, make_paths):
    values = disguise_values(
        make_paths(
            make_member("a.so", ELF, FileType.NATIVE),
            make_member("b.png", ELF, FileType.NATIVE),
            make_member("c.dylib", b"\xcf\xfa\xed\xfe" + bytes(60), FileType.NATIVE),
        )
    )
    assert (values["elf"], values["pe"], values["macho"], values["native_disguised"]) == (2, 0, 1, 1)


@pytest.mark.parametrize(
    ("kind", "filename", "expected"),
    [
        (Kind.SDIST, "demo-1.0.tar.gz", 1),
        (Kind.WHEEL, "demo-1.0-py3-none-any.whl", 1),
        (Kind.WHEEL, "demo-1.0-cp311-cp311-win_amd64.whl", 0),
        (Kind.EGG, "demo-1.0-py3.11.egg", 0),
    ],
)
def test_native_code_is_unexpected_where_none_was_promised(kind, filename, expected, make_member, make_paths):
    paths = make_paths(make_member("a.so", ELF, FileType.NATIVE), kind=kind, filename=filename)
    assert disguise_values(paths)["native_unexpected"] == expected


@pytest.mark.parametrize(
    ("compiled", "source", "expected"),
    [
        ("a/b.pyc", "a/b.py", 0),
        ("a/__pycache__/b.cpython-311.pyc", "a/b.py", 0),
        ("__pycache__/b.cpython-311.pyc", "b.py", 0),
        ("a/__pycache__/b.cpython-311.pyc", "b.py", 1),
        ("a/c.pyc", "a/b.py", 1),
    ],
)
def test_bytecode_without_its_source_is_an_orphan(compiled, source, expected, make_member, make_paths):
    paths = make_paths(make_member(compiled, b"x", FileType.BYTECODE), make_member(source, b"", FileType.EMPTY))
    assert disguise_values(paths)["bytecode_orphans"] == expected
