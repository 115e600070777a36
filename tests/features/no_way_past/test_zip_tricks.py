"""The payload where the headers of a zip file disagree with each other, or with the data between them."""

import gzip
import struct
import zipfile
import zlib

import pytest

WHEEL = "demo-1.0-py3-none-any.whl"


def parts(data):
    """Members, directory and end record of a plain zip file."""
    at, end = data.find(b"PK\x01\x02"), data.rfind(b"PK\x05\x06")
    return data[:at], data[at:end], data[end:]


def two(make, listed, other):
    """Two zips in one file: `listed` is the one with the last directory."""
    first, _, _ = parts(make.wheel(other))
    return first + make.wheel(listed)


def local(data):
    return parts(data)[0]


def central_at(data):
    return data.find(b"PK\x01\x02")


def names_differ(make):
    return make.wheel({"demo/x.py": make.code}).replace(b"demo/x.py", b"demo/y.py", 1)


def sizes_differ(make):
    data = make.wheel({"demo/x.py": make.harmless + make.code}, zipfile.ZIP_STORED)
    return make.patched(data, central_at(data) + 20, "<2L", len(make.harmless), len(make.harmless))


def size_is_short(make):
    data = make.wheel({"demo/x.py": make.harmless + make.code})
    return make.patched(data, central_at(data) + 24, "<L", len(make.harmless))


def methods_differ(make):
    """The directory declares the member as stored, and so as meaningless."""
    data = make.wheel({"demo/x.py": make.code})
    stored = struct.unpack_from("<L", data, central_at(data) + 20)[0]
    data = make.patched(data, central_at(data) + 10, "<H", 0)
    return make.patched(data, central_at(data) + 24, "<L", stored)


def method_hides_in_the_directory(make):
    """The local header declares it as stored, the directory as deflated."""
    data = make.wheel({"demo/x.py": make.code})
    return make.patched(data, 8, "<H", 0)


def descriptor_lies(make):
    data = make.wheel({"demo/x.py": make.code})
    return make.patched(make.patched(data, 6, "<H", 8), 14, "<3L", 0, 0, 0)


def encrypted_in_one(make):
    data = make.wheel({"demo/x.py": make.code})
    return make.patched(data, central_at(data) + 8, "<H", 1)


def wide_sizes_lie(make):
    """A zip64 field in the local header declares another size."""
    data = make.code
    extra = struct.pack("<HHQQ", 1, 16, 5, 5)
    head = struct.pack(
        "<4s5H3L2H", b"PK\x03\x04", 45, 0, 0, 0, 33, zlib.crc32(data), 0xFFFFFFFF, 0xFFFFFFFF, 9, len(extra)
    )
    body = head + b"demo/x.py" + extra + data
    entry = (
        struct.pack(
            "<4s6H3L5H2L",
            b"PK\x01\x02",
            45,
            45,
            0,
            0,
            0,
            33,
            zlib.crc32(data),
            len(data),
            len(data),
            9,
            0,
            0,
            0,
            0,
            0,
            0,
        )
        + b"demo/x.py"
    )
    return body + entry + make.end(1, len(entry), len(body))


def wide_end_lies(make):
    """The zip64 end record leads to another directory than the plain one."""
    members = local(make.zip({"demo/x.py": make.code}))
    at = len(members)
    _, hidden, _ = parts(make.zip({"demo/x.py": make.code}))
    more, listed, _ = parts(make.zip({"demo/z.py": make.harmless}))
    listed = make.patched(listed, 42, "<L", at)
    data = members + more + hidden + listed
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(listed), len(data) - len(listed))
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, len(data), 1)
    return data + record + locator + make.end(1, len(hidden), len(data) - len(listed) - len(hidden))


def unlisted_between(make):
    members, directory, _ = parts(make.wheel({"demo/z.py": make.harmless}))
    members += local(make.zip({"demo/x.py": make.code}))
    return members + directory + make.end(3, len(directory), len(members))


def unlisted_before(make):
    return two(make, {"demo/z.py": make.harmless}, {"demo/x.py": make.code})


def directory_is_wrong(make):
    members, directory, _ = parts(make.wheel({"demo/x.py": make.code}))
    return members + directory + make.end(3, 2**31, 7)


def count_is_wrong(make):
    members, directory, _ = parts(make.wheel({"demo/x.py": make.code}))
    return members + directory + make.end(1, len(directory), len(members))


def no_directory(make):
    return local(make.wheel({"demo/x.py": make.code}))


def no_end(make):
    return b"".join(parts(make.wheel({"demo/x.py": make.code}))[:2])


def directory_breaks_off(make):
    members, directory, _ = parts(make.wheel([("demo/z.py", make.harmless), ("demo/x.py", make.code)]))
    second = directory.find(b"PK\x01\x02", 4)
    directory = directory[:second] + b"??" + directory[second + 2 :]
    return members + directory + make.end(4, len(directory), len(members))


def empty_but_for_a_stream(make):
    """Every size is zero; a reader of streams reads until the data ends."""
    packed = zlib.compress(make.code, wbits=-15)
    data = make.patched(make.zip({"demo/x.py": b""}, zipfile.ZIP_STORED), 6, "<2H", 8, 8)
    members, directory, _ = parts(make.patched(data, central_at(data) + 8, "<2H", 8, 8))
    members += packed + struct.pack("<4s3L", b"PK\x07\x08", zlib.crc32(make.code), len(packed), len(make.code))
    return members + directory + make.end(1, len(directory), len(members))


def two_ends(make):
    """The payload's directory is the first one; zipfile takes the last."""
    return make.wheel({"demo/x.py": make.code}) + make.wheel({"demo/z.py": make.harmless})


def end_in_the_comment(make):
    hidden = make.zip({"demo/x.py": make.code})
    return hidden[:-2] + struct.pack("<H", 400) + make.wheel({"demo/z.py": make.harmless})


def two_directories_over_one_member(make):
    """A directory that zipfile ignores declares the stored bytes as deflated code."""
    packed = zlib.compress(make.code, wbits=-15)
    data = make.zip({"demo/x.dat": packed}, zipfile.ZIP_STORED)
    members, directory, _ = parts(data)
    entry = make.patched(directory, 10, "<H", 8)
    entry = make.patched(entry, 16, "<3L", zlib.crc32(make.code), len(packed), len(make.code)).replace(
        b"x.dat", b"x.py\0"
    )
    first = members + entry + make.end(1, len(entry), len(members))
    shifted = make.patched(directory, 42, "<L", 0)
    return first + shifted + make.end(1, len(shifted), len(first))


def unicode_path(make):
    """Python since 3.13 takes a name from this field if its checksum fits."""
    name = b"demo/x.dat"
    field = struct.pack("<BL", 1, zlib.crc32(name)) + b"demo/x.py"
    extra = struct.pack("<HH", 0x7075, len(field)) + field
    members, directory, _ = parts(make.zip({name.decode(): make.code}))
    entry = make.patched(directory, 30, "<H", len(extra)) + extra
    return members + entry + make.end(1, len(entry), len(members))


def two_fields_of_zip64(make, *offsets):
    """The offset of the entry is in one of several zip64 fields."""
    members = local(make.zip({"demo/a.py": make.harmless}, zipfile.ZIP_STORED))
    at = len(members)
    members += local(make.zip({"demo/x.py": make.code}, zipfile.ZIP_STORED))
    entry = parts(make.zip({"demo/x.py": make.code}, zipfile.ZIP_STORED))[1]
    extra = b"".join(struct.pack("<HHQ", 1, 8, at if offset is None else offset) for offset in offsets)
    entry = make.patched(make.patched(entry, 42, "<L", 0xFFFFFFFF), 30, "<H", len(extra)) + extra
    return members + entry + make.end(1, len(entry), len(members))


def offset_in_zip64(make):
    return two_fields_of_zip64(make, None)


def offset_in_the_first_zip64(make):
    return two_fields_of_zip64(make, None, 0)


def directory_encrypted(make):
    """A flag that zipfile ignores."""
    data = make.wheel({"demo/x.py": make.code})
    return make.patched(data, central_at(data) + 8, "<H", 0x2000)


def on_another_disk(make):
    data = make.wheel({"demo/x.py": make.code})
    data = make.patched(data, data.rfind(b"PK\x05\x06") + 4, "<2H", 1, 1)
    return make.patched(data, central_at(data) + 34, "<H", 7)


def a_folder_by_its_attributes(make):
    data = make.wheel({"demo/x.py": make.code})
    return make.patched(data, central_at(data) + 38, "<L", 0x10 | (0o040755 << 16))


def for_a_later_version(make):
    data = make.wheel({"demo/x.py": make.code})
    return make.patched(make.patched(data, 4, "<H", 99), central_at(data) + 6, "<H", 99)


def no_checksum(make):
    data = make.wheel({"demo/x.py": make.code})
    return make.patched(make.patched(data, 14, "<L", 0), central_at(data) + 16, "<L", 0)


def comment_is_short(make):
    data = make.wheel({"demo/x.py": make.code})
    return make.patched(data, len(data) - 2, "<H", 9_000)


def marked_as_a_part(make):
    return b"PK\x07\x08" + make.wheel({"demo/x.py": make.code})


def listed_twice(make):
    """The last entry of a name is the one that zipfile reads."""
    members = local(make.zip({"demo/x.py": make.harmless}))
    at = len(members)
    members += local(make.zip({"demo/x.py": make.code}))
    first = parts(make.zip({"demo/x.py": make.harmless}))[1]
    second = make.patched(parts(make.zip({"demo/x.py": make.code}))[1], 42, "<L", at)
    directory = first + second + second
    return members + directory + make.end(3, len(directory), len(members))


FOUND = [
    (names_differ, "demo/x.py", "rest"), (names_differ, "demo/y.py", "rest"), (sizes_differ, "demo/x.py", "rest"),
    (size_is_short, "demo/x.py", "rest"), (methods_differ, "demo/x.py", "rest"),
    (method_hides_in_the_directory, "demo/x.py", "rest"), (descriptor_lies, "demo/x.py", "rest"),
    (encrypted_in_one, "demo/x.py", "rest"), (wide_sizes_lie, "demo/x.py", "import"), (unlisted_between, "demo/x.py", "rest"),
    (unlisted_before, "demo/x.py", "rest"), (directory_is_wrong, "demo/x.py", "rest"), (count_is_wrong, "demo/x.py", "rest"),
    (no_directory, "demo/x.py", "rest"), (no_end, "demo/x.py", "rest"), (directory_breaks_off, "demo/x.py", "import"),
    (two_ends, "demo/x.py", "rest"), (end_in_the_comment, "demo/x.py", "rest"),
    (two_directories_over_one_member, "demo/x.py", "import"), (unicode_path, "demo/x.py", "import"),
    (offset_in_zip64, "demo/x.py", "import"), (offset_in_the_first_zip64, "demo/x.py", "import"), (directory_encrypted, "demo/x.py", "rest"),
    (on_another_disk, "demo/x.py", "rest"), (a_folder_by_its_attributes, "demo/x.py", "rest"), (for_a_later_version, "demo/x.py", "rest"),
    (no_checksum, "demo/x.py", "rest"), (comment_is_short, "demo/x.py", "rest"), (marked_as_a_part, "demo/x.py", "rest"),
    (listed_twice, "demo/x.py", "import"),
    (empty_but_for_a_stream, "demo/x.py", "import"), (wide_end_lies, "demo/x.py", "import"),
]  # fmt: skip


@pytest.mark.parametrize(("trick", "member", "role"), FOUND)
def test_the_payload_is_found_where_headers_disagree(trick, member, role, make, examine):
    for name in (WHEEL, "demo-1.0.zip", "demo-1.0.tar.gz"):
        examine(trick(make), name).is_found(member, role)


@pytest.mark.parametrize("trick", [trick for trick, _, _ in FOUND])
def test_the_payload_is_found_where_nested_headers_disagree(trick, make, examine):
    member = next(member for one, member, _ in FOUND if one is trick)
    examine(make.sdist({"data.bin": trick(make)})).is_found(f"demo-1.0/data.bin!/{member}", "rest")


LOOSE = [
    ("!leading_data", lambda make: make.code * 3 + make.wheel()),
    ("!leading_data", lambda make: b"\x7fELF" [:0] + bytes(40) + make.code * 3 + make.wheel()),
    ("!trailing_data", lambda make: make.wheel() + make.code * 3),
    ("!trailing_data", lambda make: make.wheel() + bytes(600) + make.code * 3 + bytes(70)),
    ("!comment", lambda make: make.wheel(comment=make.code)),
    ("!trailing_data!/p.py", lambda make: make.wheel() + make.tar(make.member("p.py", make.code))),
    ("!trailing_data!/p.py", lambda make: make.wheel() + gzip.compress(make.tar(make.member("p.py", make.code)))),
    ("!comment!/p.py", lambda make: make.wheel(comment=gzip.compress(make.tar(make.member("p.py", make.code))))),
]  # fmt: skip


@pytest.mark.parametrize(("member", "build"), LOOSE)
def test_the_payload_is_found_around_the_archive(member, build, make, examine):
    examine(build(make), WHEEL).is_found(member, "rest" if member.endswith("py") else "text")


def test_the_payload_is_found_in_a_tar_before_the_archive(make, examine):
    examine(gzip.compress(make.tar(make.member("p.py", make.code))) + make.wheel(), WHEEL).is_found("p.py", "import")


def test_the_payload_is_found_between_members(make, examine):
    members, directory, _ = parts(make.wheel())
    data = members + bytes(30) + make.code + directory + make.end(2, len(directory), len(members) + 30 + len(make.code))
    examine(data, WHEEL).is_found("!hidden_data", "text")


def test_much_data_before_the_archive_is_named(make, examine):
    examine(b"# \n" * 500_000 + make.code + make.wheel(), WHEEL).is_named("member_bytes")


@pytest.mark.parametrize(
    ("method", "words"),
    [
        (9, "unsupported"),
        (93, "unsupported"),
        (95, "unsupported"),
        (98, "unsupported"),
        (1, "unsupported"),
        (12, "bad_data"),
        (14, "bad_data"),
    ],
)
def test_an_unsupported_compression_is_named(method, words, make, examine):
    data = make.wheel({"demo/x.py": make.code})
    data = make.patched(make.patched(data, 8, "<H", method), central_at(data) + 10, "<H", method)
    examine(data, WHEEL).is_named(words)


@pytest.mark.parametrize("flag", [0x1, 0x41, 0x2001])
def test_an_encrypted_member_is_named(flag, make, examine):
    data = make.wheel({"demo/x.py": make.code})
    examine(make.patched(make.patched(data, 6, "<H", flag), central_at(data) + 8, "<H", flag), WHEEL).is_named(
        "encrypted"
    )


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("other", ["demo/x.py", "demo/X.py", "demo/./x.py", "demo//x.py", "demo\\x.py", "./demo/x.py"])
def test_the_payload_is_found_under_names_that_collide(other, order, make, examine):
    pairs = [("demo/x.py", make.code), (other, make.harmless)][::order]
    examine(make.wheel(pairs), WHEEL).is_found("demo/x.py", "rest")
    pairs = [("demo/x.py", make.harmless), (other, make.code)][::order]
    examine(make.wheel(pairs), WHEEL).is_found(other.removeprefix("./"), "rest")


@pytest.mark.parametrize(
    "name",
    ["../../x.py", "/etc/x.py", "C:\\x.py", "demo/x.py/", "a" * 3000 + ".py", "x.py\0.txt", "é.py", "demo/\x1b[2Jx.py"],
)
def test_the_payload_is_found_under_an_odd_name(name, make, examine):
    seen = examine(make.wheel({name: make.code}), WHEEL)
    assert {member for member, _ in seen.locations()} == {name.partition("\0")[0]}, seen.describe()


def test_the_payload_is_found_in_a_link_with_content(make, examine):
    data = make.wheel({"demo/x.py": make.code})
    examine(make.patched(data, central_at(data) + 38, "<L", 0o120777 << 16), WHEEL).is_found("demo/x.py", "rest")
