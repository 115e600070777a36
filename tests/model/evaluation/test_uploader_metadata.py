import numpy as np
import pytest
from scipy.sparse import csr_matrix

from features.schema import feature_schema
from model.evaluation.uploader_metadata import easy_columns, with_honest_metadata
from model.frame import Frame

COLUMNS = ("metadata_summary_chars", "metadata_requires_direct", "text_readme_entropy", "text_name_slip")


def frame(*rows: tuple[float, ...]) -> Frame:
    return Frame(COLUMNS, np.array(rows, np.float32).reshape(len(rows), len(COLUMNS)), csr_matrix((len(rows), 4)))


MALWARE = frame((3, 1, 0.5, 1), (4, 2, np.nan, 0))
HONEST = frame((70, 0, 4.25, 0), (80, 0, 4.75, 0))


def test_easy_columns_come_from_one_honest_row_and_all_others_stay() -> None:
    made = with_honest_metadata(MALWARE, HONEST, seed=3)
    np.testing.assert_array_equal(MALWARE.dense[:, [1, 3]], made.dense[:, [1, 3]])
    assert {tuple(row) for row in made.dense[:, [0, 2]].tolist()} <= {(70, 4.25), (80, 4.75)}
    np.testing.assert_array_equal(made.dense, with_honest_metadata(MALWARE, HONEST, seed=3).dense)
    assert 3 == MALWARE.dense[0, 0]


def test_metadata_must_come_from_somewhere() -> None:
    with pytest.raises(ValueError, match="no honest row"):
        with_honest_metadata(MALWARE, HONEST.take(slice(0, 0)))


def test_texts_and_contacts_are_easy_and_what_acts_or_compares_is_not() -> None:
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
