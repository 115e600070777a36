"""Archives opened in memory: by content, streaming, under limits, never trusting a header."""

from features.archive.anomalies import ANOMALIES, Anomaly
from features.archive.reader import Opened, open_release, say_partial

__all__ = ["ANOMALIES", "Anomaly", "Opened", "open_release", "say_partial"]
