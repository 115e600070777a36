"""Tests how artifacts of different projects are grouped by rare code, and what their company does to their rank."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from model.campaigns import CROWD, MIN_TOKENS, find_campaigns, odds_in_company

SPACE = 4_096


def matrix(rows: list[list[int]]) -> csr_matrix:
    lengths = np.cumsum([0, *map(len, rows)])
    ids = np.array([token for row in rows for token in sorted(row)], dtype=np.int32)
    return csr_matrix((np.ones(len(ids), np.float32), ids, lengths), shape=(len(rows), SPACE))


def crowd(count: int, seed: int = 1) -> list[list[int]]:
    """Return artifacts that have nothing in common but what everybody has."""
    random = np.random.default_rng(seed)
    common = list(range(10))
    return [[*common, *(1_000 + random.choice(3_000, 40, replace=False)).tolist()] for _ in range(count)]


PAYLOAD = list(range(100, 140))


def test_one_payload_under_three_names_is_one_campaign() -> None:
    rows = [*crowd(30), *([*PAYLOAD, 200 + number] for number in range(3))]
    owners = [f"project{number}" for number in range(33)]
    found = find_campaigns(matrix(rows), owners, np.linspace(-3, 1, 33))
    assert len(found) == 1
    assert found.group.tolist() == [-1] * 30 + [0] * 3
    assert (found.similarity[30:] > 0.6).all()
    assert not found.similarity[:30].any()


def test_the_releases_of_one_project_are_no_campaign() -> None:
    rows = [*crowd(30), *([*PAYLOAD, 200 + number] for number in range(3))]
    owners = [f"project{number}" for number in range(30)] + ["same"] * 3
    assert len(find_campaigns(matrix(rows), owners, np.zeros(33))) == 0


def test_artifacts_of_few_tokens_are_not_compared() -> None:
    short = list(range(100, 100 + MIN_TOKENS - 1))
    rows = [*crowd(30), short, short]
    assert len(find_campaigns(matrix(rows), [str(number) for number in range(32)], np.zeros(32))) == 0


def test_code_that_everybody_has_makes_no_campaign() -> None:
    rows = [[*range(40), 500 + number] for number in range(40)]
    assert len(find_campaigns(matrix(rows), [str(number) for number in range(40)], np.zeros(40))) == 0


def test_two_campaigns_are_kept_apart_and_numbered_by_rank() -> None:
    other = list(range(300, 340))
    rows = [*crowd(30), PAYLOAD, other, PAYLOAD, other]
    odds = np.array([-5.0] * 30 + [0.0, 3.0, 0.5, -1.0])
    found = find_campaigns(matrix(rows), [str(number) for number in range(34)], odds)
    assert found.group[30:].tolist() == [1, 0, 1, 0]


def test_groups_do_not_grow_along_chains() -> None:
    """The middle one resembles both ends, which do not resemble each other."""
    first, middle, last = range(100, 140), range(108, 148), range(116, 156)
    rows = [*crowd(60), list(first), list(middle), list(last)]
    odds = np.array([-5.0] * 60 + [2.0, 1.0, 0.0])
    found = find_campaigns(matrix(rows), [str(number) for number in range(63)], odds)
    assert found.group[60:].tolist() == [0, 0, -1]


def test_an_empty_mirror_has_no_campaign() -> None:
    found = find_campaigns(matrix([]), [], np.zeros(0))
    assert len(found) == 0
    assert len(odds_in_company(found, [], np.zeros(0))) == 0


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        ([0.0, 4.0], [2.0, 4.0]),
        ([0.0, 0.0, 0.0, 0.0], [CROWD * np.log(2)] * 4),
    ],
)
def test_company_raises_and_never_lowers(own: list[float], expected: list[float]) -> None:
    rows = [*crowd(30), *([*PAYLOAD, 200 + number] for number in range(len(own)))]
    owners = [str(number) for number in range(len(rows))]
    odds = np.array([-5.0] * 30 + own)
    found = find_campaigns(matrix(rows), owners, odds)
    raised = odds_in_company(found, owners, odds)
    assert raised[30:] == pytest.approx(expected)
    assert (raised[:30] == odds[:30]).all()


def test_a_hundred_files_of_one_project_count_as_one_voice() -> None:
    rows = [*crowd(30), PAYLOAD, *([PAYLOAD] * 100)]
    owners = [str(number) for number in range(30)] + ["lone"] + ["many"] * 100
    odds = np.array([-5.0] * 30 + [-1.0] + [1.0] * 100)
    raised = odds_in_company(find_campaigns(matrix(rows), owners, odds), owners, odds)
    assert raised[30] == pytest.approx(0.0)
