"""What the model room promises: a feature table in, scores and the reasons for them out."""

from enum import StrEnum


class ModelError(Exception):
    """Base of the errors of this room: facts as attributes, a sentence, and a hint that says what to do."""

    hint: str = ""


class Verdict(StrEnum):
    """An operating point, fixed on validation data; each names the false positives it was fixed at."""

    MALICIOUS = "malicious"
    """At most 1 in 10,000."""
    SUSPICIOUS = "suspicious"
    """At most 1 in 1,000."""
    REVIEW = "review"
    """At most 1 in 100."""
    CLEAR = "clear"
    UNREADABLE = "unreadable"
    """Not scored, because nothing of it could be examined."""
