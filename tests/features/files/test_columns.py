"""The columns over files."""

from features.archive.anomalies import ANOMALIES
from features.files.columns import COLUMN_ANOMALIES, COLUMNS


def test_columns_are_distinct_and_belong_to_the_files_group():
    names = [column.name for column in COLUMNS]
    assert len(names) == len(set(names))
    assert all(name.startswith("files_") for name in names)
    assert all(column.meaning and not column.meaning.endswith(".") for column in COLUMNS)


def test_all_anomalies_but_the_collectors_own_have_a_column():
    assert {anomaly.id for anomaly in ANOMALIES} - {anomaly.id for anomaly in COLUMN_ANOMALIES} == {"mislabelled"}
