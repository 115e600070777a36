import pyarrow as pa

from features.schema import fingerprint
from jobs.changes.registry import PARTS
from jobs.changes.schema import BASE, IDENTITY, change_fingerprint, change_schema, dense_columns


def test_the_schema_is_identity_base_and_the_columns_of_the_parts():
    fixed = [field.name for field in (*IDENTITY, *BASE)]
    assert fixed == change_schema().names[: len(fixed)]
    assert [field.name for part in PARTS for field in part.fields] == change_schema().names[len(fixed) :]
    assert len(set(change_schema().names)) == len(change_schema().names)


def test_the_metadata_name_this_schema_and_that_of_the_features():
    metadata = change_schema().metadata
    assert (change_fingerprint(), fingerprint()) == (metadata[b"fingerprint"].decode(), metadata[b"features"].decode())


def test_every_number_has_a_meaning_and_no_other_column_has_one():
    for field in change_schema():
        assert field.name.startswith("change_") is bool(field.metadata and field.metadata.get(b"meaning")), field.name


def test_columns_for_a_model_are_numbers():
    numbers = {pa.bool_(), pa.int32(), pa.int64(), pa.float32()}
    assert {change_schema().field(name).type for name in dense_columns()} <= numbers


def test_the_fingerprint_changes_with_the_version_of_a_part(monkeypatch):
    before = change_fingerprint()
    change_fingerprint.cache_clear()
    monkeypatch.setattr(type(PARTS[0]), "version", "other")
    after = change_fingerprint()
    change_fingerprint.cache_clear()
    assert before != after
