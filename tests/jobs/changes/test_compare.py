import pyarrow as pa
from change_builders import change, digest, member, release, sdist, table, wheel

from features.contract import Status
from features.schema import feature_schema
from jobs.changes.compare import compare, compared_columns
from jobs.changes.schema import change_schema, dense_columns


def test_a_change_names_the_artifact_and_its_base():
    made = change(sdist("1.0"), wheel("1.1"), "release")
    assert ("demo", "1.1", "demo-1.1-py3-none-any.whl", "wheel", digest("demo-1.1-py3-none-any.whl")) == tuple(
        made[name] for name in ("project", "version", "filename", "kind", "sha256")
    )
    assert ("release", "demo", "1.0", "demo-1.0.tar.gz", 10, digest("demo-1.0.tar.gz")) == tuple(
        made[f"base_{name}"] for name in ("kind", "project", "version", "filename", "size", "sha256")
    )


def test_the_table_has_the_schema_even_without_rows():
    assert change_schema() == compare(table(), table(), []).schema
    assert change_schema() == compare(table(sdist("1.1")), table(sdist("1.0")), ["release"]).schema


def test_a_release_without_a_difference_changes_nothing():
    members = (member("a.py", exec_call=1, tokens=(1, 2)), member("b.py"))
    made = change(wheel("1.0", *members), wheel("1.0.1", *members))
    steps = {"change_base_release", "change_same_kind", "change_step_patch", "change_members"}
    assert {"change_members_kept_share"} | steps == {name for name in dense_columns() if made[name]}
    assert [] == made["differences"] == made["changed_members"] == made["new_places"]


def test_a_row_does_not_depend_on_the_other_rows_of_its_table():
    pairs = [
        (wheel("1.0", member("a.py")), wheel("1.1", member("a.py", "x", exec_call=2, tokens=(4,)))),
        (sdist("1.0", member("demo-1.0/b.py")), sdist("1.1", member("demo-1.1/c.py", "y", os_system=1))),
        (wheel("3.0"), sdist("3.0", member("demo-3.0/setup.py"))),
    ]
    kinds = ["release", "relative", "sibling"]
    together = compare(table(*(new for _, new in pairs)), table(*(base for base, _ in pairs)), kinds).to_pylist()
    assert together == [change(*pair, kind) for pair, kind in zip(pairs, kinds, strict=True)]


def test_a_row_that_could_not_be_read_compares_without_an_error():
    made = change(wheel("1.0", member("a.py")), release("demo-1.1-py3-none-any.whl", status=Status.UNREADABLE))
    assert (0, 1) == (made["change_members"], made["change_members_gone"])


def test_all_columns_that_are_read_are_columns_of_the_store():
    read = compared_columns()
    assert set(read) <= set(feature_schema().names)
    rows, bases = table(sdist("1.1", member("a.py"))), table(sdist("1.0"))
    assert compare(rows, bases, ["release"]).equals(compare(rows.select(read), bases.select(read), ["release"]))


def test_an_sdist_and_a_wheel_that_share_nothing_compare():
    made = change(sdist("1.0", member("demo-1.0/setup.py")), wheel("1.0", member("demo/a.py")), "sibling")
    assert (1, 1, 0.0) == (made["change_members_new"], made["change_members_gone"], made["change_members_kept_share"])
    assert (1, 0, 1) == (made["change_wheel_only"], made["change_wheel_other"], made["change_sdist_only"])


def test_tables_in_several_chunks_compare():
    new = [sdist(f"1.{number}", member("a.py", str(number))) for number in range(4)]
    rows, bases = pa.concat_tables([table(*new[:1]), table(*new[1:])]), table(*reversed(new))
    assert [1, 1, 1, 1] == compare(rows, bases, ["release"] * 4)["change_members_changed"].to_pylist()
