"""A text member with what the passes found in it."""

import pytest

from features.code.analysed_file import NON_CODE_SECTIONS, AnalysedFile, section_of
from features.code.contract import FileAnalysis
from features.code.detect.rules import RULE_WEIGHTS
from features.contract import FileType, Member, Role
from features.text.indicator_scan import TextScan


def member(
    path: str, file_type: FileType = FileType.PYTHON, role: Role = Role.REST, *, executable: bool = False
) -> Member:
    return Member(path, 1, file_type, role, data=b"x", head=b"x", executable=executable)


def analysed(path: str, role: Role = Role.REST, *, weight: int = 0, known: bool = False) -> AnalysedFile:
    return AnalysedFile(member(path, role=role), role.value, b"x", b"", TextScan(1, weight=weight), known=known)


@pytest.mark.parametrize(
    ("path", "file_type", "role", "expected"),
    [
        ("a.py", FileType.PYTHON, Role.REST, "rest"),
        ("a.pth", FileType.PTH, Role.INSTALL, "install"),
        ("README.md", FileType.TEXT, Role.INSTALL, "install"),
        ("README.md", FileType.TEXT, Role.REST, "prose"),
        ("docs/licence", FileType.TEXT, Role.REST, "prose"),
        ("a.sh", FileType.TEXT, Role.REST, "text"),
        ("readme.sh", FileType.TEXT, Role.REST, "text"),
        ("METADATA", FileType.METADATA, Role.REST, "prose"),
        ("data.JSON", FileType.TEXT, Role.REST, "text"),
    ],
)
def test_the_section_follows_role_type_and_name(path: str, file_type: FileType, role: Role, expected: str) -> None:
    assert section_of(member(path, file_type, role)) == expected


def test_an_executable_text_is_no_prose() -> None:
    assert section_of(member("install", FileType.TEXT, executable=True)) == "text"
    assert section_of(member("install", FileType.TEXT)) == "prose"


def test_the_script_of_cmake_is_no_prose():
    assert section_of(member("a/CMakeLists.txt", FileType.TEXT)) == "text"
    assert section_of(member("a/lists.txt", FileType.TEXT)) == "prose"


@pytest.mark.parametrize("section", [*(role.value for role in Role), *NON_CODE_SECTIONS])
def test_sections_of_roles_are_code(section: str) -> None:
    file = AnalysedFile(member("a"), section, b"", b"", TextScan(1))
    assert file.is_code is (section not in NON_CODE_SECTIONS)


def test_what_runs_first_is_unknown_or_heavy_is_the_most_urgent() -> None:
    files = [
        analysed("rest", weight=99),
        analysed("import_known", Role.IMPORT, weight=99, known=True),
        analysed("import_light", Role.IMPORT),
        analysed("import_heavy", Role.IMPORT, weight=5),
        analysed("install", Role.INSTALL),
        analysed("a_twin", Role.INSTALL),
    ]
    ordered = [file.member.path for file in sorted(files, key=lambda file: file.urgency)]
    assert ordered == ["a_twin", "install", "import_heavy", "import_light", "import_known", "rest"]


def test_a_file_without_analysis_matches_no_rule() -> None:
    assert (analysed("a").rule_ids, analysed("a").rule_weight) == (frozenset(), 0.0)


def test_each_rule_weighs_once() -> None:
    file = analysed("a")
    file.analysis = FileAnalysis(True, counts={"finding_hidden_name": 3, "finding_pip_install": 1, "calls": 9})
    assert file.rule_ids == {"hidden_name", "pip_install"}
    assert file.rule_weight == RULE_WEIGHTS["hidden_name"] + RULE_WEIGHTS["pip_install"]
