"""Reads the reviews of listed benign artifacts by a person: that an index still serves an artifact proves nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from jobs.corpus.contract import CorpusError
from jobs.corpus.listing import read_csv

COLUMNS = ("sha256", "filename", "split", "decision", "reason", "reviewed")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_LEARNT_FROM = frozenset({"train", "valid"})
"""Splits that move the model or a threshold."""


class Decision(StrEnum):
    """Verdict of a reader on an artifact of a benign list."""

    HONEST = "honest"
    """A legitimate tool, however odd it looks."""
    GREY = "grey"
    """A placeholder, proof of concept, prank or offensive tool, or an artifact that cannot be decided."""
    MALICIOUS = "malicious"
    """Malware that the index would remove if it were reported."""


@dataclass(frozen=True, slots=True)
class Review:
    """The decision about one artifact, its reason in a sentence, and the day."""

    sha256: str
    filename: str
    split: str
    decision: Decision
    reason: str
    reviewed: date

    def is_excluded_from(self, split: str) -> bool:
        """Return whether the artifact must not be in a split as benign.

        The model and its thresholds learn nothing from a grey artifact, but it stays in a test: leaving uncertain
        artifacts out would make the test easier.
        """
        match self.decision:
            case Decision.HONEST:
                return False
            case Decision.GREY:
                return split in _LEARNT_FROM
            case Decision.MALICIOUS:
                return True
            case _ as never:
                assert_never(never)


def read_reviewed(path: Path) -> Mapping[str, Review]:
    """Read a list of reviews (CSV with `COLUMNS`), by sha256; raises CorpusError that names the wrong row."""
    reviews: dict[str, Review] = {}
    for number, row in enumerate(read_csv(path, COLUMNS), start=1):
        try:
            review = _parse_review(row)
        except ValueError as error:
            hint = f"give {', '.join(COLUMNS)}; a decision is {', '.join(Decision)}"
            raise CorpusError(str(path), f"review {number} cannot be read ({error})", hint) from error
        if review.sha256 in reviews:
            raise CorpusError(str(path), f"review {number} reviews an artifact twice", "keep one of the two")
        reviews[review.sha256] = review
    return reviews


def _parse_review(row: Mapping[str, str]) -> Review:
    """Return one review; raises ValueError."""
    sha256, reason = row["sha256"].lower(), row["reason"].strip()
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256[:80]!r} is not a sha256")
    if not reason:
        raise ValueError("it gives no reason")
    return Review(
        sha256=sha256,
        filename=row["filename"],
        split=row["split"],
        decision=Decision(row["decision"]),
        reason=reason,
        reviewed=date.fromisoformat(row["reviewed"]),
    )
