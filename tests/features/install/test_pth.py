import pytest

from features.install.pth import MOST_CODE_CHARS, is_start_file, pth_code, start_code


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("", "/opt/lib"),
        ("import a", "import a"),
        ("import\ta; a.b()", "import\ta; a.b()"),
        ("", " import a"),
        ("\n\nimport a", "# import b\nlib\nimport a"),
        ("import a", "x\x0cimport a"),
    ],
)
def test_lines_of_a_path_file_that_are_executed(expected: str, text: str) -> None:
    assert expected == pth_code(text)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("import demo.boot; demo.boot.main()", "demo.boot:main"),
        ("import demo; demo.a.b()", "  demo:a.b \r"),
        ("import d\u00e9mo; d\u00e9mo.go()", "d\u00e9mo:go"),
        ("\n\nimport a; a.b()", "# demo:main\n\na : b"),
        ("import a; a.b(); import c; c.d()", "a:b\x0cc:d"),
        ("", "import os; os.system('true')"),
        ("", "demo.boot"),
        ("", "demo.boot:"),
        ("", "1demo:main"),
        ("", "demo:main [extra]"),
        ("", "C:/lib"),
    ],
)
def test_lines_of_a_start_file_as_code(expected: str, text: str) -> None:
    assert expected == start_code(text)


def test_start_files_name_functions() -> None:
    assert [is_start_file(path) for path in ("demo.start", "d.data/purelib/X.START", "demo.pth", "start")] == [
        True,
        True,
        False,
        False,
    ]


def test_of_many_lines_only_as_many_become_code_as_are_read() -> None:
    assert MOST_CODE_CHARS < len(start_code("a:b\n" * 2**19)) < MOST_CODE_CHARS + 100
    assert MOST_CODE_CHARS < len(start_code("a:b\x0c" * 2**19)) < MOST_CODE_CHARS + 100
    assert MOST_CODE_CHARS < len(pth_code("import a\n" * 2**19)) < MOST_CODE_CHARS + 100
