"""Every anomaly that the readers record is defined once, with a sentence."""

import re
from pathlib import Path

from features.archive.anomalies import ANOMALIES, TRUNCATING_ANOMALIES

IDS = [anomaly.id for anomaly in ANOMALIES]
READERS = Path(__file__).parents[3] / "features" / "archive"


def test_every_id_is_unique_and_fits_a_column() -> None:
    assert len(set(IDS)) == len(IDS)
    assert all(re.fullmatch(r"[a-z][a-z_]+", one) for one in IDS)


def test_every_anomaly_has_a_meaning_that_completes_a_list() -> None:
    assert [] == [anomaly for anomaly in ANOMALIES if not anomaly.meaning or anomaly.meaning.endswith(".")]


def test_what_truncates_a_file_is_an_anomaly() -> None:
    assert set(TRUNCATING_ANOMALIES) < set(IDS)


def test_every_anomaly_that_a_reader_records_is_defined() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in READERS.glob("*.py"))
    recorded = re.findall(r"(?:record_anomaly|InvalidHeader|CorruptData|\brecord)\(\s*\"(\w+)\"", source)
    assert recorded
    assert [] == [one for one in recorded if one not in IDS]
