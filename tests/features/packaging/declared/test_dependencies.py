"""CoreMetadata dependencies."""

import re

import pytest

from features.contract import FileType, Kind, Member, Release, Requirement, Role
from features.packaging.declared import dependencies
from features.packaging.declared.dependencies import (
    build_values,
    declared_requirements,
    dependency_values,
    parse_dependencies,
)
from features.packaging.metadata import CoreMetadata
from features.runtime.cache import clear_caches


def judge(*requires: str, name: str = "sheep", dynamic: frozenset[str] = frozenset()) -> dict[str, object]:
    declared = CoreMetadata(name=name, requires_dist=requires, dynamic=dynamic)
    return dict(dependency_values(declared, parse_dependencies(requires)))


DEEP = "a; " + "(" * 600


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Goat_Milk", ("goat-milk", False, False, False)),
        ("goat==1.0", ("goat", False, True, False)),
        ("goat==1.*", ("goat", False, False, False)),
        ("goat===1.0+local", ("goat", False, True, False)),
        ("goat>=1; extra == 'x'", ("goat", False, False, True)),
        ("goat @ https://192.0.2.7/g.zip", ("goat", True, False, False)),
        ("git+https://forge.example/goat", ("", True, False, False)),
        ("https://forge.example/goat", ("", True, False, False)),
        (":::", ("", False, False, False)),
        ("", ("", False, False, False)),
        ("goat ==1.0 (", ("goat", False, True, False)),
        (DEEP, ("a", False, False, False)),
    ],
)
def test_a_requirement_is_read_as_far_as_it_can_be(line: str, expected: tuple[str, bool, bool, bool]) -> None:
    (found,) = parse_dependencies([line])
    assert expected == (found.name, found.direct, found.pinned, found.optional)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Goat_Milk", Requirement("goat-milk")),
        ("goat >=1.0, <2", Requirement("goat", "<2,>=1.0")),
        ("goat (>=1.0)", Requirement("goat", ">=1.0")),
        ("goat[milk]~=1.0", Requirement("goat", "~=1.0")),
        ("goat ; python_version  < '3.9'", Requirement("goat", "", "", 'python_version < "3.9"')),
        ("goat; extra == 'Wool_Y'", Requirement("goat", "", "wool-y", 'extra == "Wool_Y"')),
        (
            "goat @ https://198.51.100.7/g.zip ; extra=='x' and os_name=='nt'",
            Requirement("goat", "", "x", 'extra == "x" and os_name == "nt"', "https://198.51.100.7/g.zip"),
        ),
        ("git+https://forge.example/goat", Requirement("", "git+https://forge.example/goat", url="git+https://forge.example/goat")),
        (":::", Requirement("", ":::")),
        ("goat, ^1.2", Requirement("goat", ",^1.2")),
        ("x" * 101, Requirement("", "x" * 101)),
        (DEEP, Requirement("a", "", "", "(" * 200)),
        ("goat ==1 \ud800", Requirement("goat", "==1?")),
    ],
)  # fmt: skip
def test_a_requirement_is_kept_in_its_parts(line: str, expected: Requirement) -> None:
    assert (expected,) == declared_requirements(parse_dependencies([line]))


def test_too_many_requirements_are_cut() -> None:
    assert len(parse_dependencies(["goat"] * 501)) == 500


def test_requirements_are_distinct_and_sorted() -> None:
    found = declared_requirements(parse_dependencies(["numpy", "Goat_Milk", "goat.milk", "goat-milk>1", "numpy"]))
    assert (Requirement("goat-milk"), Requirement("goat-milk", ">1"), Requirement("numpy")) == found


def test_dependencies_that_are_not_popular_are_unknown() -> None:
    values = judge("numpy", "goats-of-nobody==1", "goats-of-nobody", "sheep")
    assert (values["requires"], values["requires_unknown"], values["requires_unknown_pinned"]) == (4, 1, 1)
    assert values["requires_unknown_share"] == pytest.approx(1 / 3)
    assert values["requires_pinned"] == 0.25


def test_a_dependency_on_itself_shows_unless_it_bundles_extras() -> None:
    assert judge("sheep")["requires_self"] is True
    assert judge("sheep[wool]; extra == 'all'")["requires_self"] is False
    assert judge("goat")["requires_self"] is False


@pytest.mark.parametrize(
    ("name", "noun", "expected"),
    [
        ("reqeusts", "requires_slip", 1),
        ("requests", "requires_slip", 0),
        ("requestss", "requires_imitating", 1),
        ("goats-of-nobody", "requires_imitating", 0),
        ("shutil", "requires_stdlib", 1),
        ("goats-of-nobody", "requires_stdlib", 0),
        ("xkqzvjw", "requires_random", 1),
        ("goats-of-nobody", "requires_random", 0),
    ],
)
def test_the_name_of_a_dependency_is_judged(name: str, noun: str, expected: int) -> None:
    assert judge(name)[noun] == expected


def test_a_dependency_on_the_imitated_project_shows() -> None:
    assert judge("requests", name="reqeusts")["requires_imitated"] is True
    assert judge("requests", name="sheep")["requires_imitated"] is False


def test_dependencies_that_setup_computes_are_unknown_and_not_none() -> None:
    assert judge(dynamic=frozenset({"install_requires"})) == {}
    assert judge()["requires"] == 0
    assert "requires_pinned" not in judge()


def test_what_a_build_installs_is_counted_without_build_backends() -> None:
    toml = b'[build-system]\nrequires = ["scikit-build-core", "numpy", "goats-of-nobody", "goats-of-nobody>1"]\n'
    member = Member("pyproject.toml", len(toml), FileType.TEXT, Role.INSTALL, data=toml, head=toml)
    release = Release("x-1.tar.gz", "x", "1", Kind.SDIST, "tar.gz", 1, (member,))
    assert build_values(release) == {"dependency_links": 0, "build_requires": 4, "build_requires_unknown": 1}


@pytest.mark.parametrize("name", ["demo", "Demo.Two", "demo[extra_one]", "demo [more]"])
@pytest.mark.parametrize(
    "versions",
    ["", "==1.0", " == 1", "==1.*", "!=1.0", ">=1,<2", " (>=1.0, <2)", "~=1.2", "===1.0", ">=1.0b2", "(==3)"],
)
@pytest.mark.parametrize(
    "condition",
    ["", ' ; extra == "test"', ";python_version<'3.8'", " ; os_name == 'nt' and extra == 'x'", " ; (extra == 'a')"],
)
def test_a_plain_requirement_is_read_as_the_parser_of_packaging_reads_it(
    name: str, versions: str, condition: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = name + versions + condition
    clear_caches()
    plain = parse_dependencies([line])
    monkeypatch.setattr(dependencies, "_SIMPLE", re.compile(r"(?!)"))
    clear_caches()
    assert plain == parse_dependencies([line])
    clear_caches()
