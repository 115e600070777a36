"""What people decided about listed benign artifacts after reading them: still being served proves nothing."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from jobs.corpus.contract import CorpusError
from jobs.corpus.listing import read_rows

COLUMNS = ("sha256", "filename", "split", "decision", "reason", "reviewed")

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TEACHING = frozenset({"train", "valid"})


class Decision(StrEnum):
    """What an artifact of a benign list was found to be."""

    HONEST = "honest"
    """An ordinary or legitimate tool, however odd it looks."""
    GREY = "grey"
    """A placeholder, proof of concept, prank, offensive tool, or one that cannot be decided."""
    MALICIOUS = "malicious"
    """Plainly malware: it would be removed if it were reported."""


@dataclass(frozen=True, slots=True)
class Review:
    """One artifact that was read by eye: the decision, its reason in a sentence, and the day."""

    sha256: str
    filename: str
    split: str
    decision: Decision
    reason: str
    reviewed: date

    def bars(self, split: str) -> bool:
        """Say whether the artifact must not stand in a split as benign.

        A grey one neither teaches nor moves a threshold, but is never dropped from a test for being uncertain.
        """
        match self.decision:
            case Decision.HONEST:
                return False
            case Decision.GREY:
                return split in _TEACHING
            case Decision.MALICIOUS:
                return True
            case _ as never:
                assert_never(never)


def read_reviewed(path: Path) -> Mapping[str, Review]:
    """Read a list of reviews (CSV with `COLUMNS`), by sha256; raises CorpusError with the row that is wrong."""
    reviews: dict[str, Review] = {}
    for number, row in enumerate(read_rows(path, COLUMNS), start=1):
        try:
            review = _parse_review(row)
        except ValueError as error:
            hint = f"give {', '.join(COLUMNS)}; a decision is {', '.join(Decision)}"
            raise CorpusError(str(path), f"review {number} cannot be read ({error})", hint) from error
        if review.sha256 in reviews:
            raise CorpusError(str(path), f"review {number} is of an artifact listed before", "keep one of the two")
        reviews[review.sha256] = review
    return reviews


def _parse_review(row: Mapping[str, str]) -> Review:
    sha256, reason = row["sha256"].lower(), row["reason"].strip()
    if not _SHA256.fullmatch(sha256):
        raise ValueError(f"{sha256[:80]!r} is no sha256")
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
