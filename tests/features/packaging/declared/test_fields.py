"""The form of declared metadata."""

from features.packaging.declared.fields import field_values
from features.packaging.metadata import CoreMetadata


def test_filled_fields_are_counted_and_empty_ones_are_not() -> None:
    assert field_values(CoreMetadata())["fields"] == 0
    full = CoreMetadata(
        summary="s",
        description="d",
        author="a",
        emails=("a@b.example",),
        homepage="https://b.example",
        classifiers=("Topic :: Utilities",),
        keywords=("k",),
        licence="MIT",
    )
    assert field_values(full)["fields"] == 8


def test_problems_are_told_apart() -> None:
    values = field_values(CoreMetadata(problems=("encoding", "duplicate:name", "duplicate:version", "malformed")))
    assert (values["problems"], values["encoding_problem"], values["duplicate_fields"]) == (4, True, 2)
    clean = field_values(CoreMetadata())
    assert (clean["problems"], clean["encoding_problem"], clean["duplicate_fields"]) == (0, False, 0)


def test_the_first_development_status_counts() -> None:
    declared = CoreMetadata(
        classifiers=("Topic :: Utilities", "Development Status :: 4 - Beta", "Development Status :: 1 - Planning")
    )
    values = field_values(declared)
    assert (values["classifiers"], values["classifiers_topics"], values["development_status"]) == (3, 1, 4)
    assert field_values(CoreMetadata())["development_status"] is None


def test_a_licence_that_setup_computes_is_present() -> None:
    assert field_values(CoreMetadata(dynamic=frozenset({"license"})))["licence_present"] is True
    assert field_values(CoreMetadata())["licence_present"] is False
