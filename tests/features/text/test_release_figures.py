"""Figures of a release's source by role."""

from features.contract import Role
from features.runtime.cache import caches, clear_caches
from features.text.release_figures import release_figures
from features.text.source_metrics import SourceFiles

DEPTH = 2**16


def files(data: bytes) -> SourceFiles:
    return SourceFiles([data], DEPTH, DEPTH)


def test_install_and_import_code_have_figures_of_their_own() -> None:
    figures = release_figures(
        {
            Role.INSTALL: files(b"x = '" + b"y" * 500 + b"'\n"),
            Role.IMPORT: files(b"short = 1\n"),
            Role.REST: files(b"y" * 900 + b"\n"),
        }
    )
    assert (figures["install_longest_string"], figures["import_longest_string"]) == (500, 0)
    assert (figures["longest_line"], figures["import_longest_line"]) == (900, 9)
    assert figures["lines"] == 3
    assert not [noun for noun in figures if noun.startswith("rest_")]


def test_a_lone_role_has_the_figures_of_all_source() -> None:
    figures = release_figures({Role.IMPORT: files(b"name = other\n")})
    own = {noun: value for noun, value in figures.items() if noun.startswith("import_")}
    assert own == {f"import_{noun.removeprefix('import_')}": figures[noun.removeprefix("import_")] for noun in own}


def test_the_same_source_is_measured_once_and_another_is_not_taken_for_it() -> None:
    clear_caches()
    first = release_figures({Role.REST: files(b"a = 1\n")})
    hits = caches()["source_figures"].hits
    assert release_figures({Role.REST: files(b"a = 1\n")}) == first
    assert release_figures({Role.REST: files(b"a = 1\nb = 2\n")})["lines"] == 2
    assert "import_lines" not in release_figures({Role.IMPORT: files(b"a = 1\n")})
    assert caches()["source_figures"].hits == hits + 1
