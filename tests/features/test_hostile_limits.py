"""Artifacts that are built to exhaust their reader each give a row in bounded memory.

They are read in a process of their own, whose peak memory the kernel tells; a process that does not end fails the test.
All of them are inert: zeros, repetitions and nested brackets.
"""

import bz2
import gzip
import io
import json
import lzma
import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from features.limits import Limits

MEMORY = 2**30
"""Bytes that a process may hold at once, whatever it reads; all its libraries among them."""

MIB = 2**20

_READ = """
import json, sys
from pathlib import Path
from features.extract import extract_row
from features.limits import Limits

def high() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

seconds, paths = float(sys.argv[1]), sys.argv[2:]
extract_row(Path(paths[0]), "warm-1.0.tar.gz", Limits())
for path in paths[1:]:
    row = extract_row(Path(path), "demo-1.0.tar.gz", Limits(seconds=seconds))
    names = ("files_members", "files_unexamined", "code_not_examined", "code_not_read")
    print(json.dumps({
        "status": row.status, "reason": row.reason, "limits": row.limits,
        "peak": high(), "values": {key: row.values.get(key) for key in names},
    }))
"""


@dataclass(frozen=True)
class Read:
    """A row, and the peak memory of its process until then, in bytes."""

    status: str
    reason: str
    limits: list[str]
    peak: int
    values: dict[str, float | None]


def read(folder: Path, *builds: Callable[[Path], None], seconds: float = Limits().seconds) -> list[Read]:
    """Return the rows of artifacts, all read in one process; a crash of it fails the test."""
    warm = folder / "warm.tar.gz"
    warm.write_bytes(gzip.compress(tar({"warm-1.0/setup.py": b"print(1)\n"})))
    paths = [warm]
    for number, build in enumerate(builds):
        paths.append(folder / f"{number}.tar.gz")
        build(paths[-1])
    done = subprocess.run(
        [sys.executable, "-c", _READ, str(seconds), *map(str, paths)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=290,
        check=False,
    )
    for path in paths:
        path.unlink()
    rows = [Read(**json.loads(line)) for line in done.stdout.splitlines()]
    assert (done.returncode, len(rows)) == (0, len(builds)), f"after {len(rows)}: {done.stderr[-2000:]}"
    return rows


def check(row: Read, *expected: str) -> None:
    """Assert that a row took bounded memory and names the limits that were reached."""
    assert row.peak <= MEMORY, f"{row.peak / MIB:.0f} MiB"
    assert "internal error" not in row.reason, row.reason
    assert set(expected) <= set(row.limits)
    assert all(limit in row.reason for limit in expected)
    if expected:
        assert row.status in {"partial", "unreadable"}


def header(name: str, size: int = 0) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    return info.tobuf(tarfile.GNU_FORMAT)


def tar(files: dict[str, bytes]) -> bytes:
    return b"".join(header(n, len(d)) + d + bytes(-len(d) % 512) for n, d in files.items()) + bytes(1024)


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method, compresslevel=1) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return made.getvalue()


def deflated(pieces: Iterator[bytes]) -> bytes:
    made = zlib.compressobj(9, zlib.DEFLATED, -15)
    return b"".join(map(made.compress, pieces)) + made.flush()


def local(name: bytes, crc: int, stored: int, size: int, method: int = 8) -> bytes:
    return struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, method, 0, 0, crc, stored, size, len(name), 0) + name


def central(name: bytes, crc: int, stored: int, size: int, at: int, method: int = 8) -> bytes:
    plain = struct.pack(
        "<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, method, 0, 0, crc, stored, size, len(name), 0, 0, 0, 0, 0, at
    )
    return plain + name


def end(count: int, size: int, at: int) -> bytes:
    return struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count & 0xFFFF, count & 0xFFFF, size, at, 0)


# -- what inflates -----------------------------------------------------------------------------------------


def small_to_300_mb(path: Path) -> None:
    made = io.BytesIO()
    with gzip.GzipFile(fileobj=made, mode="wb", compresslevel=9, mtime=0) as out:
        out.write(header("demo-1.0/setup.py", 300 * MIB))
        for _ in range(300):
            out.write(bytes(MIB))
    path.write_bytes(made.getvalue())


def small_to_300_mb_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out, out.open("demo/__init__.py", "w") as member:
        for _ in range(300):
            member.write(b"x = 1\n" * (MIB // 6))


def towards_100_gb_bz2(path: Path) -> None:
    """Write streams of 9 million zeros each, one after the other, behind a header that claims them all."""
    stream = bz2.compress(bytes(9_000_000))
    path.write_bytes(bz2.compress(header("demo-1.0/data.py", 8 * 2**30 - 1)) + stream * 11_000)


def towards_100_gb_xz(path: Path) -> None:
    stream = lzma.compress(bytes(64 * MIB), preset=0)
    path.write_bytes(lzma.compress(header("demo-1.0/data.py", 8 * 2**30 - 1)) + stream * 1_600)


def towards_100_gb_gz(path: Path) -> None:
    """Write many members of below the size at which one of them counts as a bomb."""
    files = b"".join(header(f"demo-1.0/m{n}.py", 9 * MIB) + b"x = 1\n" * (9 * MIB // 6) for n in range(4))
    stream = gzip.compress(files, 9, mtime=0)
    path.write_bytes(stream * 2_700)


def towards_100_gb_zip(path: Path) -> None:
    """Write many names for data that stand once."""
    plain = b"x = 1\n" * (9 * MIB // 6)
    crc, data = zlib.crc32(plain), deflated(iter([plain]))
    body = local(b"m", crc, len(data), len(plain)) + data
    directory = b"".join(central(b"demo/m%d.py" % n, crc, len(data), len(plain), 0) for n in range(11_000))
    path.write_bytes(body + directory + end(11_000, len(directory), len(body)))


def gzip_in_gzip(path: Path) -> None:
    data = gzip.compress(bytes(64 * MIB), 9, mtime=0) * 1_600
    for _ in range(3):
        data = gzip.compress(data, 9, mtime=0)
    path.write_bytes(data)


def overlapping(path: Path) -> None:
    """Write Fifield's zip: each member quotes the headers of all that follow and ends in one kernel."""
    count, kernel = 250, deflated(bytes(MIB) for _ in range(64))
    size = 64 * MIB
    plain_crc = zlib.crc32(bytes(size))
    parts: list[tuple[bytes, bytes, int, int]] = []
    data, crc = kernel, plain_crc
    body = b""
    for number in reversed(range(count)):
        name = b"demo/%03d.py" % number
        if parts:
            quoted = parts[-1][1]
            data = struct.pack("<BHH", 0, len(quoted), len(quoted) ^ 0xFFFF) + quoted + data
            size += len(quoted)
            crc = 0  # another than the true one costs a reader nothing
        head = local(name, crc, len(data), size)
        parts.append((name, head, len(data), size))
        body = head + data
    directory, at = b"", 0
    for name, head, stored, inflated in reversed(parts):
        directory += central(name, struct.unpack_from("<L", head, 14)[0], stored, inflated, at)
        at += len(head) + 5
    path.write_bytes(body + directory + end(count, len(directory), len(body)))


# -- what is many ------------------------------------------------------------------------------------------


def million_members_zip(path: Path) -> None:
    body = local(b"m", 0, 0, 0, 0)
    with path.open("wb") as out:
        out.write(body)
        size = 0
        for begin in range(0, 1_000_000, 10_000):
            part = b"".join(central(b"demo/%d.py" % n, 0, 0, 0, 0, 0) for n in range(begin, begin + 10_000))
            size += len(part)
            out.write(part)
        out.write(end(1_000_000, size, len(body)))


def million_members_tar(path: Path) -> None:
    thousand = gzip.compress(b"".join(header(f"demo-1.0/{n}.py") for n in range(1_000)), 6, mtime=0)
    path.write_bytes(thousand * 1_000)


def million_members_nested(path: Path) -> None:
    thousand = gzip.compress(b"".join(header(f"{n}.py") for n in range(1_000)), 6, mtime=0)
    path.write_bytes(zipped({f"demo/{n}.tar.gz": thousand * 50 for n in range(20)}))


def million_sources(path: Path) -> None:
    """Write as many files with something in them as the limit of members lets by."""
    source = b"import os\nos.getcwd()\n"
    files = b"".join(header(f"demo-1.0/{n}.py", len(source)) + source.ljust(512, b"\0") for n in range(1_000))
    path.write_bytes(gzip.compress(files, 1, mtime=0) * 1_000)


def long_names(path: Path) -> None:
    directory = b"".join(central(b"demo/%06d" % n + b"n" * 60_000, 0, 0, 0, 0, 0) for n in range(4_000))
    body = local(b"m", 0, 0, 0, 0)
    path.write_bytes(body + directory + end(4_000, len(directory), len(body)))


def long_pax_names(path: Path) -> None:
    """Write names of two million characters each, which a pax header may hold."""
    record = b" path=" + b"n" * 1_900_000 + b"\n"
    record = str(len(record) + 7).encode() + record
    pax = tarfile.TarInfo("x")
    pax.size, pax.type = len(record), tarfile.XHDTYPE
    one = pax.tobuf(tarfile.GNU_FORMAT) + record + bytes(-len(record) % 512) + header("a.py")
    path.write_bytes(gzip.compress(one, 9, mtime=0) * 400)


def pax(records: bytes, kind: bytes, follower: bytes = b"") -> bytes:
    """Return one extended header with these records."""
    info = tarfile.TarInfo("x")
    info.size, info.type = len(records), kind
    return info.tobuf(tarfile.GNU_FORMAT) + records + bytes(-len(records) % 512) + follower


def million_globals(path: Path) -> None:
    """Write global headers whose keywords would be kept and processed for every member."""
    made = b""
    for begin in range(0, 1_000_000, 50_000):
        records = b"".join(b"14 k%07d=v\n" % n for n in range(begin, begin + 50_000))
        made += gzip.compress(pax(records, tarfile.XGLTYPE, header(f"demo-1.0/{begin}.py")), 1, mtime=0)
    path.write_bytes(made + gzip.compress(header("demo-1.0/a.py"), mtime=0) * 2_000)


def short_pax_records(path: Path) -> None:
    """Write records of a declared length of two bytes, each of which would be read to a distant equals sign."""
    path.write_bytes(pax(b"2 " * 900_000 + b"=\n", tarfile.XHDTYPE, header("demo-1.0/a.py")) + bytes(1024))


def sparse_map_without_end(path: Path) -> None:
    """Write an old sparse header whose map never ends."""
    info = tarfile.TarInfo("demo-1.0/a.py")
    info.type = tarfile.GNUTYPE_SPARSE
    first = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    first[482] = 1
    first[148:156] = b"        "
    first[148:156] = b"%06o\0 " % sum(first)
    more = (b"%011o\0" % 512 * 2) * 21 + b"\1"
    path.write_bytes(gzip.compress(bytes(first)) + gzip.compress(more.ljust(512, b"\0") * 1_000, 9) * 300)


def many_magics(path: Path) -> None:
    """Write what might be the beginning of a zip's member at every fourth byte."""
    path.write_bytes(b"PK\3\4" * 2_000_000 + b"PK\5\6" + bytes(18))


def members_below_a_long_name(path: Path) -> None:
    """Write a nested archive whose name, of letters of four bytes, stands before that of each member."""
    inner = b"".join(header(f"{n}.py") for n in range(50_000))
    name = tarfile.TarInfo("demo-1.0/" + "\U00010400" * 900 + ".tar.gz")
    data = gzip.compress(inner, 6, mtime=0)
    name.size = len(data)
    path.write_bytes(gzip.compress(name.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512 + 1024), 1, mtime=0))


def start_files(path: Path) -> None:
    """Write start-up files of short lines, one letter of which makes the whole of a text wide."""
    text = "\U00010400:b\n".encode() + (b"a:b\n" * 1000 + b"#" + b"c" * 95 + b"\n") * 4_000
    path.write_bytes(gzip.compress(tar({f"demo-1.0/{n}.start": text + b"%d" % n for n in range(8)}), 1, mtime=0))


# -- what is nested ----------------------------------------------------------------------------------------


def nested_zips(path: Path) -> None:
    data = zipped({"demo/deepest.py": b"print(1)\n"})
    for depth in range(200):
        data = zipped({f"demo/{depth}.zip": data}, zipfile.ZIP_STORED)
    path.write_bytes(data)


def wide_and_deep(path: Path) -> None:
    """Write the shape of the known zip of 4.5 petabytes: sixteen archives in each, five deep."""
    data = zipped({"demo/zeros.bin": bytes(64 * MIB)})
    for _ in range(5):
        data = zipped({f"demo/{n}.zip": data for n in range(16)})
    path.write_bytes(data)


def itself(path: Path) -> None:
    """Write a gzip that inflates to a tar which holds a link to itself, and itself again, ten times."""
    data = gzip.compress(tar({"demo-1.0/setup.py": b"print(1)\n"}))
    for _ in range(12):
        data = gzip.compress(tar({f"demo-1.0/{n}.tar.gz": data for n in range(10)}), 1)
    path.write_bytes(data)


# -- what is one long line or one deep tree ----------------------------------------------------------------


def one_member(path: Path, text: bytes, times: int = 1, name: str = "setup.py") -> None:
    """Write an sdist of one member, `text` many times over, stored as it is."""
    with path.open("wb") as out:
        out.write(header(f"demo-1.0/{name}", len(text) * times))
        for _ in range(times):
            out.write(text)
        out.write(bytes(-(len(text) * times) % 512 + 1024))


def line(text: bytes, size: int, name: str = "setup.py") -> Callable[[Path], None]:
    """Return a function that writes an sdist whose only member is one long line."""
    piece = text * max(1, MIB // len(text))
    return lambda path: one_member(path, piece, max(1, size // len(piece)), name)


def whole(text: str, name: str = "setup.py") -> Callable[[Path], None]:
    return lambda path: one_member(path, text.encode(), 1, name)


QUICK = 5.0

SMALL: tuple[tuple[Callable[[Path], None], tuple[str, ...]], ...] = (
    (small_to_300_mb, ("ratio",)),
    (gzip_in_gzip, ("kept_bytes",)),
    (overlapping, ("ratio", "inflated_bytes")),
    (nested_zips, ("nesting",)),
    (itself, ("nesting",)),
    (members_below_a_long_name, ("path_chars",)),
    (start_files, ()),
    (long_pax_names, ("path_chars",)),
    (million_globals, ()),
    (short_pax_records, ()),
    (many_magics, ("path_chars",)),
    (whole("os.system(a)\n" * 80_000), ("syntax_bytes",)),
    (whole("a\n" * 2**19, "demo/__init__.py"), ()),
    (whole("print(" * 40_000 + ")" * 40_000), ("syntax_depth",)),
    (whole("x = " + "-" * 40_000 + "1\nexec(x)\n"), ("syntax_depth",)),
)


@pytest.mark.slow
def test_small_artifacts_that_grow_give_rows(tmp_path: Path) -> None:
    rows = read(tmp_path, *(build for build, _ in SMALL), seconds=QUICK)
    for row, (_, limits) in zip(rows, SMALL, strict=True):
        check(row, *limits)


LARGE: tuple[tuple[Callable[[Path], None], tuple[str, ...]], ...] = (
    (small_to_300_mb_zip, ("ratio",)),
    (towards_100_gb_bz2, ("ratio", "inflated_bytes")),
    (sparse_map_without_end, ()),
    (towards_100_gb_xz, ("ratio", "inflated_bytes")),
    (towards_100_gb_gz, ("kept_bytes", "inflated_bytes")),
    (towards_100_gb_zip, ("kept_bytes", "inflated_bytes")),
    (wide_and_deep, ("nesting",)),
    (million_members_zip, ("members",)),
    (million_members_tar, ("members",)),
    (million_members_nested, ("members",)),
    (million_sources, ("members",)),
    (long_names, ("path_chars",)),
    (line(b"x=1;", 200 * MIB), ("member_bytes", "syntax_bytes")),
    (line(b"eval(", 200 * MIB, "demo/a.py"), ("member_bytes",)),
    (line(b"exec(b64decode('QUJD'))\n", 64 * MIB), ("member_bytes", "syntax_bytes")),
)


@pytest.mark.slow
@pytest.mark.parametrize(("build", "limits"), LARGE)
def test_large_artifacts_give_rows(build: Callable[[Path], None], limits: tuple[str, ...], tmp_path: Path) -> None:
    (row,) = read(tmp_path, build)
    check(row, *limits)


@pytest.mark.slow
@pytest.mark.parametrize("build", [towards_100_gb_gz, million_members_zip, million_sources])
def test_a_deadline_is_a_limit_in_the_row(build: Callable[[Path], None], tmp_path: Path) -> None:
    # No machine inflates a gibibyte, which is another limit, in this time.
    (row,) = read(tmp_path, build, seconds=0.2)
    check(row, "seconds")
