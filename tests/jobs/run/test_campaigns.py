"""Tests how candidates of campaigns are stored with their scores, and what campaigns.parquet holds."""

import numpy as np
import pyarrow as pa

from features.schema import TOKENS
from jobs.run.campaigns import CAMPAIGN_TOKENS, CAMPAIGNS_SCHEMA, CANDIDATE_SCORE, campaign_table, candidate_tokens

PAYLOAD = list(range(100, 140))


def candidates(rows: list[tuple[str, float, list[int]]]) -> pa.Table:
    names = [f"{project}-1.0.tar.gz" for project, _, _ in rows]
    return pa.table(
        {
            "project": pa.array([project for project, _, _ in rows], pa.string()),
            "version": ["1.0"] * len(rows),
            "filename": names,
            "path": [f"packages/{name}" for name in names],
            "sha256": [f"{number:064x}" for number in range(len(rows))],
            "size": pa.array([1_000] * len(rows), pa.int64()),
            "artifact_score": pa.array([score for _, score, _ in rows], pa.float64()),
            CAMPAIGN_TOKENS: pa.array([tokens for _, _, tokens in rows], pa.list_(pa.uint32())),
        }
    )


def crowd(count: int) -> list[tuple[str, float, list[int]]]:
    random = np.random.default_rng(1)
    return [
        (f"honest{number}", 0.05, sorted(1_000 + random.choice(3_000, 40, replace=False))) for number in range(count)
    ]


def test_tokens_are_kept_of_candidates_only() -> None:
    rows = pa.table({TOKENS: pa.array([[1], [2], [3]], pa.list_(pa.uint32()))})
    scores = pa.chunked_array([[CANDIDATE_SCORE, CANDIDATE_SCORE / 2, None]], pa.float64())
    assert candidate_tokens(rows, scores).to_pylist() == [[1], None, None]


def test_a_campaign_names_its_artifacts_and_raises_the_lowest() -> None:
    rows = [*crowd(20), ("worst", 0.9, PAYLOAD), ("second", 0.2, PAYLOAD), ("third", 0.2, PAYLOAD)]
    table = campaign_table(candidates(rows))
    assert table.schema == CAMPAIGNS_SCHEMA
    assert table.column("project").to_pylist() == ["worst", "second", "third"]
    assert table.column("campaign").to_pylist() == [0, 0, 0]
    assert table.column("projects").to_pylist() == [3, 3, 3]
    assert table.column("artifacts").to_pylist() == [3, 3, 3]
    raised = table.column("campaign_score").to_pylist()
    assert raised[1] > 0.3
    assert raised[0] >= 0.9


def test_a_mirror_without_candidates_has_an_empty_table() -> None:
    table = campaign_table(candidates([]))
    assert table.schema == CAMPAIGNS_SCHEMA
    assert not len(table)
