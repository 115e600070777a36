import pyarrow as pa
import pytest

from features.schema import feature_schema
from model.evaluation.uploader_metadata import easy_columns, with_honest_metadata

SCHEMA = pa.schema(
    [
        pa.field("metadata_summary_chars", pa.int32(), metadata={"meaning": "length"}),
        pa.field("metadata_requires_direct", pa.int32()),
        pa.field("text_readme_entropy", pa.float32()),
        pa.field("text_name_slip", pa.bool_()),
        pa.field("project", pa.string()),
    ]
)


def table(*rows: tuple) -> pa.Table:
    return pa.table([list(column) for column in zip(*rows, strict=True)], schema=SCHEMA)


MALWARE = table((3, 1, 0.5, True, "bad"), (4, 2, None, False, "worse"))
HONEST = table((70, 0, 4.25, False, "good"), (80, 0, 4.75, False, "better"))


def test_easy_columns_come_from_one_honest_row_and_all_others_stay():
    made = with_honest_metadata(MALWARE, HONEST, seed=3)
    assert MALWARE.schema.equals(made.schema, check_metadata=True)
    for name in ("metadata_requires_direct", "text_name_slip", "project"):
        assert MALWARE[name] == made[name]
    pairs = list(zip(made["metadata_summary_chars"].to_pylist(), made["text_readme_entropy"].to_pylist(), strict=True))
    assert set(pairs) <= {(70, 4.25), (80, 4.75)}
    assert made == with_honest_metadata(MALWARE, HONEST, seed=3)


def test_metadata_must_come_from_somewhere():
    with pytest.raises(ValueError, match="no honest row"):
        with_honest_metadata(MALWARE, HONEST.slice(0, 0))


def test_texts_and_contacts_are_easy_and_what_acts_or_compares_is_not():
    easy = set(easy_columns(feature_schema().names))
    assert {
        "metadata_author_present",
        "metadata_homepage_forge",
        "metadata_version_nines",
        "metadata_licence_present",
    } <= easy
    assert not easy & {
        "metadata_requires_direct",
        "metadata_name_matches_package",
        "text_name_slip",
        "metadata_codeless",
    }
    assert not [name for name in easy if name.startswith(("code_", "files_", "binary_", "metadata_requires"))]
    assert 60 < len(easy) < 110
