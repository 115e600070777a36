"""Lines at interpreter start, commands and scripts."""

import pytest

from features.contract import FileType, Role
from features.files.startup import count_commands, startup_values


@pytest.fixture
def pth(make_member):
    return lambda path, data: make_member(path, data, FileType.PTH, Role.INSTALL)


def test_only_import_lines_of_a_path_file_run(pth, make_paths):
    values = startup_values(
        make_paths(pth("a.pth", b"/lib\nimport os; os.system('id')  \r\nimport\tx\n#import y\n imp\n"))
    )
    assert (values["pth_imports"], values["pth_longest"], values["pth_loaded"]) == (2, 26, True)


def test_a_benign_path_file_loads_nothing(pth, make_paths):
    values = startup_values(make_paths(pth("a.pth", b"/opt/lib\nimport sys; sys.path.append('x')\n")))
    assert (values["pth_imports"], values["pth_loaded"]) == (1, False)


def test_a_start_file_counts_its_calls_and_not_its_lines(pth, make_paths):
    values = startup_values(make_paths(pth("a.start", b"demo.hook:go\n")))
    assert (values["pth_imports"], values["pth_longest"]) == (1, 0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"[console_scripts]\na = x:y\n\nb=x:z\n[other]\nc = x:y\n[ gui_scripts ]\nd = e\n", 2),
        (b"[console_scripts]\na = x:y\n  [gui_scripts]  \nd = e:f\n", 2),
        (b"a = b\n", 0),
        (b"", 0),
    ],
)
def test_commands_are_counted_by_section(text, expected):
    assert count_commands(text) == expected


def test_the_largest_list_of_commands_counts(make_member, make_paths):
    one = make_member("a-1.dist-info/entry_points.txt", b"[console_scripts]\na=b:c\n", FileType.METADATA)
    two = make_member("b.egg-info/entry_points.txt", b"[console_scripts]\na=b:c\nd=e:f\n", FileType.METADATA)
    other = make_member("entry_points.txt", b"[console_scripts]\na=b:c\nd=e:f\ng=h:i\n", FileType.TEXT)
    assert startup_values(make_paths(one, two, other))["entry_points"] == 2
    assert startup_values(make_paths(other))["entry_points"] == 0


def test_scripts_are_told_by_their_suffix(make_member, make_paths):
    values = startup_values(
        make_paths("a.sh", "B.BASH", "c.ps1", "d.Lnk", "e.mjs", "f.py", "sh", ".sh", make_member("g", b"#!/bin/sh\n"))
    )
    assert (values["shell"], values["windows_scripts"], values["javascript"], values["shebangs"]) == (3, 2, 1, 1)
    assert startup_values(make_paths("demo-1.0.data/scripts/run", "scripts/run"))["data_scripts"] == 1
