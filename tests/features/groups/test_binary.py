import io
import pickle
import py_compile
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.binary.rules import BINARY_RULES
from features.contract import Dtype, FileType, Kind, Member, Release, Role
from features.evidence_text import meaning_of
from features.groups.binary import BinaryGroup
from features.limits import Limits
from features.opening import open_release

GROUP = BinaryGroup()
LINUX = "x-1-cp311-cp311-manylinux2014_x86_64.whl"
WINDOWS = "x-1-cp311-cp311-win_amd64.whl"
SYSTEM = b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93\x94\x8c\x0becho boojum\x94\x85\x94R\x94."
REACHING = (("KERNEL32.dll", ("OpenProcess", "VirtualAllocEx", "WriteProcessMemory", "CreateRemoteThread")),)


def member(path: str, data: bytes, file_type: FileType = FileType.NATIVE, role: Role = Role.REST) -> Member:
    return Member(path, len(data), file_type, role, data=data, head=data[:4096], digest=str(hash(data)).encode()[:16])


def extract(*members: Member, filename: str = LINUX) -> tuple[dict[str, Any], set[str]]:
    kind = Kind.WHEEL if filename.endswith(".whl") else Kind.SDIST
    row = GROUP.extract(Release(filename, "x", "1", kind, "zip", 9, members))
    assert list(row.values) == [column.name for column in GROUP.columns]
    for column in GROUP.columns:
        value = row.values[column.name]
        assert value is None or isinstance(value, float if column.dtype is Dtype.FLOAT32 else int), column.name
    return {name.removeprefix("binary_"): value for name, value in row.values.items()}, {
        e.indicator for e in row.evidence
    }


def test_a_release_without_binaries_has_zeros_and_no_evidence():
    values, shown = extract(member("x/__init__.py", b"import os\n", FileType.PYTHON))
    assert ({0, None}, set()) == (set(values.values()), shown)


def test_native_code_that_reaches_into_other_processes(write_pe):
    values, shown = extract(member("x/c.pyd", write_pe(REACHING, exports=("PyInit_c",))), filename=WINDOWS)
    twin, calm = extract(
        member("x/c.pyd", write_pe((("KERNEL32.dll", ("CreateFileW",)),), exports=("PyInit_c",))), filename=WINDOWS
    )
    assert (4, 0) == (values["import_injection"], twin["import_injection"])
    assert ({"native_injection"}, set()) == (shown, calm)
    assert (1, 0, 0, 0) == (twin["modules"], twin["misnamed"], twin["no_module"], twin["foreign_system"])


def test_a_module_by_another_name_and_one_that_is_none(write_elf):
    path = "x/core.cpython-311-x86_64-linux-gnu.so"
    values, shown = extract(member(path, write_elf(exports=("PyInit_other",))))
    assert ((1, 0), {"native_misnamed"}) == ((values["misnamed"], values["no_module"]), shown)
    assert 1 == extract(member(path, write_elf()))[0]["no_module"]
    twin, calm = extract(member(path, write_elf(exports=("PyInit_core",))))
    assert ((0, 0), set()) == ((twin["misnamed"], twin["no_module"]), calm)


def test_native_code_for_another_system(write_elf, write_pe):
    values, shown = extract(member("x/c.pyd", write_pe(exports=("PyInit_c",))), filename=LINUX)
    assert (1, {"native_foreign"}) == (values["foreign_system"], shown)
    assert 1 == extract(member("x/l.so", write_elf(machine=183)), filename=LINUX)[0]["foreign_machine"]
    twin = extract(member("x/l.so", write_elf()), filename=LINUX)[0]
    assert (0, 0) == (twin["foreign_system"], twin["foreign_machine"])


def test_a_program_in_what_promised_source(write_pe):
    program = member("x-1/x/tool.exe", write_pe(runnable=True, windowed=True))
    caller = member("x-1/x/__init__.py", b"subprocess.run('tool.exe')", FileType.PYTHON)
    values, shown = extract(program, caller, filename="x-1.tar.gz")
    assert (1, 1, 1, {"native_program"}) == (
        values["programs_unexpected"],
        values["programs_windowed"],
        values["programs_named"],
        shown,
    )
    twin, calm = extract(program, filename=WINDOWS)
    assert (0, 0, set()) == (twin["programs_unexpected"], twin["programs_named"], calm)


def test_a_name_that_hides_native_code(write_elf):
    assert "native_disguised" in extract(member("x/logo.png", write_elf()))[1]
    assert "native_disguised" not in extract(member("x/logo.so", write_elf()))[1]


def test_an_address_inside_native_code(write_elf):
    values, shown = extract(
        member("x/l.so", write_elf(data=b"\0https://discord.com/api/webhooks/123456789012345678/boojum\0"))
    )
    twin, calm = extract(member("x/l.so", write_elf(data=b"\0no such address\0")))
    assert (1, 1, 0) == (values["hosts"], values["category_staging"], twin["category_staging"])
    assert ({"discord_webhook"}, set()) == (shown, calm)
    assert values["native_top_weight"] == values["top_weight"] > 0 == values["pickle_top_weight"]


def test_python_that_was_compiled_to_native_code_and_names_much(write_elf):
    names = b"\0subprocess\0Popen\0urlopen\0b64decode\0marshal\0ctypes\0winreg\0getpass\0"
    values, shown = extract(member("x/l.so", write_elf(data=b"\0__pyx_capi__" + names)))
    assert (8, 1, {"compiled_stealth"}) == (values["python_names_top"], values["made_cython"], shown)
    # In other native code such names are anything.
    twin, calm = extract(member("x/l.so", write_elf(data=names)))
    assert (0, set()) == (twin["python_names_top"], calm)


def test_a_broken_native_file_is_counted():
    values, _ = extract(member("x/l.so", b"\x7fELF\x07\x07" + bytes(80)))
    assert (1, 1, None) == (values["native"], values["unparsed"], values["stripped_share"])
    twin, _ = extract(member("x/l.a", b"!<arch>\n" + bytes(80)))
    assert (1, 0) == (twin["native"], twin["unparsed"])


def test_what_is_too_much_is_not_searched(write_elf, monkeypatch):
    monkeypatch.setattr("features.binary.examination.BINARY_BYTES", 100)
    assert 1 == extract(member("x/l.so", write_elf()))[0]["not_searched"]


def test_after_the_deadline_nothing_is_examined(write_elf):
    release = Release(LINUX, "x", "1", Kind.WHEEL, "zip", 9, (member("x/l.so", write_elf()),), deadline=-1.0)
    row = GROUP.extract(release)
    assert (("seconds",), 1) == (row.limits, row.values["binary_not_searched"])


def compiled(tmp_path, text, mode=py_compile.PycInvalidationMode.TIMESTAMP):
    path = tmp_path / "m.py"
    path.write_text(text)
    py_compile.compile(str(path), str(tmp_path / "m.pyc"), invalidation_mode=mode)
    return (tmp_path / "m.pyc").read_bytes()


SOURCE = "".join(f"def function_{n}(argument_{n}):\n    return argument_{n}.attribute_{n}\n\n" for n in range(6))


def test_compiled_python_that_is_not_made_from_its_source(tmp_path):
    import sys

    path = f"x/__pycache__/m.cpython-3{sys.version_info.minor}.pyc"
    pyc = member(path, compiled(tmp_path, SOURCE), FileType.BYTECODE)
    values, shown = extract(pyc, member("x/m.py", b"VERSION = 1\n", FileType.PYTHON))
    assert (1, 1, {"bytecode_swapped"}) == (values["bytecode_swapped"], values["bytecode_other_size"], shown)
    twin, calm = extract(pyc, member("x/m.py", SOURCE.encode(), FileType.PYTHON))
    assert (0, 0, 0, set()) == (
        twin["bytecode_swapped"],
        twin["bytecode_other_size"],
        twin["bytecode_foreign_names"],
        calm,
    )
    assert (1, 0, 1) == (twin["bytecode"], twin["bytecode_other_version"], twin["bytecode_versions"])
    assert 1 == extract(member("x/m.cpython-27.pyc", pyc.data, FileType.BYTECODE))[0]["bytecode_other_version"]


def test_compiled_python_that_takes_the_place_of_its_source(tmp_path):
    data = compiled(tmp_path, SOURCE)
    assert 1 == extract(member("x/m.pyc", data, FileType.BYTECODE))[0]["bytecode_alone"]
    assert 0 == extract(member("x/__pycache__/m.cpython-311.pyc", data, FileType.BYTECODE))[0]["bytecode_alone"]


def test_compiled_python_that_never_looks_at_its_source(tmp_path):
    data = compiled(tmp_path, SOURCE, py_compile.PycInvalidationMode.UNCHECKED_HASH)
    values, shown = extract(member("x/m.pyc", data, FileType.BYTECODE))
    assert (1, {"bytecode_unchecked"}) == (values["bytecode_unchecked"], shown)


@pytest.mark.parametrize("file_type", [FileType.BINARY, FileType.TEXT])
def test_a_pickle_that_starts_a_program(file_type):
    values, shown = extract(member("x/model.pkl", SYSTEM, file_type))
    assert (1, 1, 1, 1) == (
        values["pickles"],
        values["pickle_execution"],
        values["pickle_telling"],
        values["pickle_calls"],
    )
    assert {"pickle_execution"} == shown
    twin, calm = extract(member("x/model.pkl", pickle.dumps({"a": 1}, 4), file_type))
    assert (file_type is FileType.BINARY, 0, set()) == (twin["pickles"], twin["pickle_telling"], calm)


def packed(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in members:
            archive.writestr(path, data)
    return out.getvalue()


@pytest.mark.parametrize("name", ["model.pt", "weights.pth", "model.bin"])
@pytest.mark.parametrize("way", ["plain", "inside", "large"])
def test_a_pickle_is_found_where_an_archive_holds_it(tmp_path, name, way):
    large = b"\x80\x04]\x94(" + b"K\x01" * 5_000 + b"e0" + SYSTEM[2:]
    data = {
        "plain": SYSTEM + bytes(5_000),
        "inside": packed(("model/data.pkl", SYSTEM + bytes(5_000))),
        "large": large,
    }[way]
    path = tmp_path / LINUX
    path.write_bytes(
        packed(("x/__init__.py", b""), (f"x/{name}", data), ("x/noise.bin", b"\x89PNG\r\n\x1a\n" + bytes(9_000)))
    )
    release = open_release(path, LINUX, Limits(), float("inf")).release
    assert release is not None
    row = GROUP.extract(release)
    assert (1, 1) == (row.values["binary_pickles"], row.values["binary_pickle_execution"])
    assert all(not m.data for m in release.members if m.path.endswith("noise.bin"))


def test_text_is_no_pickle():
    values, shown = extract(
        member("x/notes.dat", b"import\nthis\n or not.", FileType.TEXT), member("x/a.py", b"\x80", FileType.TEXT)
    )
    assert (0, set()) == (values["pickles"], shown)


def test_every_finding_has_words():
    assert all(meaning_of(finding.id) == finding.meaning for finding in BINARY_RULES)


def test_columns_are_named_once_and_have_meanings():
    names = [column.name for column in GROUP.columns]
    assert len(set(names)) == len(names)
    assert all(name.startswith("binary_") for name in names)
    assert all(len(column.meaning) > 10 for column in GROUP.columns)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(("a/x.pyd", "a/__pycache__/b.pyc", "a/b.py", "a/m.pkl")),
                          st.sampled_from((FileType.NATIVE, FileType.BYTECODE, FileType.PYTHON, FileType.BINARY, FileType.TEXT)),
                          st.sampled_from((b"", b"\x7fELF\x02\x01", b"MZ", b"\x80\x04", b"\xa7\r\r\n")), st.binary(max_size=300)), max_size=5))  # fmt: skip
def test_whatever_it_holds_a_release_has_a_row(parts):
    """Law: no bytes make the group raise, and a row always has every column."""
    extract(*(member(path, magic + rest, file_type) for path, file_type, magic, rest in parts))
