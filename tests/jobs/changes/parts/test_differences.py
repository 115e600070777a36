from change_builders import change, wheel

from features.contract import Status


def differences(base, new, **details):
    made = change(wheel("1.0", values=base), wheel("1.1", values=new, **details))
    return dict(made["differences"]), made["change_columns"]


def test_only_columns_that_differ_are_kept():
    base = {"files_python": 3, "files_ratio": 0.5, "metadata_description_missing": True}
    assert ({}, 0) == differences(base, base)
    assert ({"files_python": 2.0, "files_ratio": -0.25}, 2) == differences(
        base, base | {"files_python": 5, "files_ratio": 0.25}
    )


def test_a_missing_value_counts_as_nothing():
    assert ({"files_python": 3.0}, 1) == differences({"files_python": None}, {"files_python": 3})
    assert ({"files_python": -3.0}, 1) == differences({"files_python": 3}, {}, status=Status.UNREADABLE)


def test_what_is_no_number_counts_as_nothing():
    assert ({}, 0) == differences({"files_ratio": 0.0}, {"files_ratio": float("nan")})
    assert ({}, 0) == differences({"files_ratio": 0.0}, {"files_ratio": float("inf")})


def test_truth_is_one():
    name = "text_name_popular"
    assert ({name: 1.0}, 1) == differences({name: False}, {name: True})
