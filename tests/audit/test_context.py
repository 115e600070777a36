"""Tests the context that a mirror adds to a finding, on a store that the test writes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit.context import (
    add_dependents,
    add_own_code,
    count_dependents,
    describe_context,
    imitated_project,
    rank_by_dependents,
)
from audit.contract import Finding
from audit.query import connect
from features.reference.known_code import KnownCode


@pytest.fixture
def connection(store_folder: Path) -> Any:
    connection = connect(store_folder)
    yield connection
    connection.close()


OWN = bytes(range(16))
"""A digest of the store's members."""


def of(finding: Callable[..., Finding], name: str, version: str = "1.0") -> Finding:
    return finding(project=name, path=f"{name}-{version}", sha256=f"{name}{version}")


def test_the_view_has_each_edge_once_and_nothing_that_left(connection: Any) -> None:
    columns = [("project",), ("version",), ("name",), ("specifier",), ("extra",), ("marker",), ("url",)]
    assert columns == [(name,) for name, *_ in connection.execute("DESCRIBE requires").fetchall()]
    assert connection.execute("SELECT project, version, name FROM requires ORDER BY ALL").fetchall() == [
        ("goats", "1.0", "goats"),
        ("goats", "1.0", "reqeusts"),
        ("goats", "1.0", "requests"),
        ("sheep", "1.0", "numpy"),
        ("sheep", "1.0", "requests"),
        ("sheep", "2.0", "requests"),
    ]


def test_projects_count_once_and_not_themselves(connection: Any) -> None:
    assert count_dependents(connection, ["requests", "numpy", "goats", "absent"]) == {"requests": 2, "numpy": 1}
    assert count_dependents(connection, []) == {}
    assert rank_by_dependents(connection, 2) == [("requests", 2), ("numpy", 1)]


def test_an_imitation_is_described_with_the_dependents_of_its_target(
    connection: Any, finding: Callable[..., Finding]
) -> None:
    imitator, honest = add_dependents(connection, [of(finding, "reqeusts"), of(finding, "sheep")])
    assert (imitator.imitates, imitator.imitates_dependents, imitator.dependents) == ("requests", 2, 1)
    assert (honest.imitates, honest.imitates_dependents, honest.dependents) == ("", 0, 0)
    assert list(describe_context(imitator)) == [
        "Its name imitates requests, on which 2 projects of this mirror depend.",
        "1 project on this mirror depends on it.",
    ]
    assert not list(describe_context(honest))


@pytest.mark.parametrize(("name", "imitated"), [("requests3", "requests"), ("pytest-sheep", ""), ("requests", "")])
def test_a_plug_in_imitates_no_project(name: str, imitated: str) -> None:
    assert imitated_project(name) == imitated


def test_an_own_index_names_the_project_that_a_findings_code_belongs_to(
    connection: Any, finding: Callable[..., Finding]
) -> None:
    own = KnownCode.of({"our-sheep": [int.from_bytes(OWN[:8], "big")], "other": [7]})
    found = add_own_code(connection, [of(finding, "sheep"), of(finding, "goats"), of(finding, "reqeusts")], own)
    assert [(each.own_known_share, each.own_known_project) for each in found] == [
        (0.5, "our-sheep"),
        (None, ""),
        (1.0, "our-sheep"),
    ]
    assert list(describe_context(found[0])) == [
        "50% of its source files are in your own index of known code, most of them from our-sheep."
    ]


def test_without_an_index_nothing_is_read_or_shown(finding: Callable[..., Finding]) -> None:
    sheep = of(finding, "sheep")
    assert add_own_code(None, [sheep], None) == (sheep,)


def test_a_finding_without_source_files_has_no_share(connection: Any, finding: Callable[..., Finding]) -> None:
    own = KnownCode.of({"our-sheep": [int.from_bytes(OWN[:8], "big")]})
    (found,) = add_own_code(connection, [of(finding, "sheep", "2.0")], own)
    assert found.own_known_share is None
    assert not list(describe_context(found))


def test_more_findings_than_a_batch_are_all_looked_up(
    connection: Any, finding: Callable[..., Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.context._BATCH", 1)
    own = KnownCode.of({"our-sheep": [int.from_bytes(OWN[:8], "big")]})
    found = add_own_code(connection, [of(finding, "sheep"), of(finding, "reqeusts")], own)
    assert [0.5, 1.0] == [each.own_known_share for each in found]
