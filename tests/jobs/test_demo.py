import base64
import hashlib
import io
import re
import tarfile
import zipfile
import zlib

import pytest

from features.extract import extract_row
from features.limits import Limits
from jobs.demo import write_demo_mirror
from jobs.demo.package import build_sdist, build_wheel
from jobs.demo.template import parse_project, read_projects
from jobs.mirror.reading import read_inventory
from jobs.mirror.root import open_mirror

PROJECTS = {project.name: project for project in read_projects()}
LOOKALIKES = {name: project for name, project in PROJECTS.items() if project.field("Lookalike")}
HOSTS = re.compile(r"https?://([^/\s\"'\\]+)")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    return write_demo_mirror(tmp_path_factory.mktemp("demo"))


def digests(root):
    return {
        str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in root.rglob("*") if p.is_file()
    }


def test_the_mirror_holds_what_it_says(demo):
    inventory = read_inventory(open_mirror(demo.root))
    assert (demo.projects, demo.files) == (30, 115)
    assert inventory.counts["artifacts"] == demo.files
    assert inventory.counts["pages"] == demo.projects
    odd = {code: n for code, n in inventory.counts.items() if n and code not in ("artifacts", "bytes", "pages")}
    assert odd == {"partial_downloads": 1, "unlisted": 1}
    rows = {row["filename"]: row for row in inventory.table.to_pylist()}
    assert rows[demo.unlisted]["listed"] is False
    assert rows[demo.yanked]["yanked"] is True
    assert set(demo.lookalikes) <= set(rows)
    assert inventory.findings[0].path.endswith(demo.partial)
    wrong = [
        name
        for name, row in rows.items()
        if hashlib.blake2b((demo.root / "web" / row["path"]).read_bytes(), digest_size=32).hexdigest()
        != row["blake2b_256"]
    ]
    assert wrong == [demo.mismatched]
    assert not zipfile.is_zipfile(demo.root / "web" / rows[demo.damaged]["path"])
    assert (
        extract_row(demo.root / "web" / rows[demo.unreadable]["path"], demo.unreadable, Limits()).status == "unreadable"
    )


def test_the_same_mirror_every_time(demo, tmp_path):
    write_demo_mirror(tmp_path)
    once = digests(tmp_path)
    write_demo_mirror(tmp_path)
    assert once == digests(tmp_path) == digests(demo.root)


def test_eight_kinds_of_lookalikes():
    assert sorted(LOOKALIKES) == [
        "acme-billing-internal",
        "cachewire",
        "colorloom",
        "cordtools",
        "netkeeper",
        "pathboost",
        "pyfastloader",
        "reqeusts",
    ]


@pytest.mark.parametrize("name", ["colorloom", "cachewire"])
def test_a_compromised_release_follows_honest_ones(name):
    project = PROJECTS[name]
    bad = project.field("Lookalike")
    honest = [release.version for release in project.releases if release.version != bad]
    assert len(honest) == 2
    assert project.releases[-1].version == bad
    changed = {p for p, text in project.contents(bad).items() if text != project.contents(honest[-1]).get(p)}
    assert len(changed - {"colorloom/__init__.py"}) == 1


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
def test_every_address_is_reserved(project):
    for release in project.releases:
        for text in project.contents(release.version).values():
            for host in HOSTS.findall(text):
                name = host.partition(":")[0]
                assert name.endswith((".example", "example.invalid")) or name == "{host}", host
            for address in re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text):
                assert address in ("192.0.2.1", "127.0.0.1"), address


def decoded(text):
    """Yield what base64 constants hold, through zlib and further layers of the same."""
    for constant in re.findall(r"[\"']([A-Za-z0-9+/=]{40,})[\"']", text):
        try:
            content = base64.b64decode(constant, validate=True)
        except ValueError:
            continue
        if content[:1] == b"x":
            content = zlib.decompress(content)
        plain = content.decode("utf-8", "replace")
        inner = list(decoded(plain))
        yield from inner or [plain]


@pytest.mark.parametrize("name", ["colorloom", "pathboost", "pyfastloader"])
def test_what_is_hidden_is_a_print(name):
    project = PROJECTS[name]
    found = [p for text in project.contents(project.field("Lookalike")).values() for p in decoded(text)]
    assert found
    for plain in found:
        assert re.fullmatch(r'print\("[\w :;-]+"\)\n?', plain), plain


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
def test_every_python_file_compiles(project):
    for release in project.releases:
        for path, text in project.contents(release.version).items():
            if path.endswith(".py"):
                compile(text, path, "exec")


def test_an_sdist_has_one_root_and_its_metadata():
    project = PROJECTS["csvquill"]
    release = project.releases[0]
    filename, content = build_sdist(project, release.version, release.time)
    assert filename == "csvquill-2.0.0.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        names = archive.getnames()
        metadata = archive.extractfile("csvquill-2.0.0/PKG-INFO")
        assert metadata is not None
        told = metadata.read().decode()
    assert {name.partition("/")[0] for name in names} == {"csvquill-2.0.0"}
    for path in ("setup.py", "LICENSE", "csvquill.egg-info/SOURCES.txt", "tests/test_types.py"):
        assert f"csvquill-2.0.0/{path}" in names
    assert "Name: csvquill\nVersion: 2.0.0\n" in told


@pytest.mark.parametrize("project", PROJECTS.values(), ids=PROJECTS)
def test_a_wheels_record_is_right(project):
    for release in project.releases:
        if "wheel" not in release.kinds:
            continue
        filename, content = build_wheel(project, release.version, release.time)
        assert filename.endswith("-py3-none-any.whl")
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            [record] = [name for name in archive.namelist() if name.endswith("/RECORD")]
            lines = dict(line.split(",", 1) for line in archive.read(record).decode().splitlines())
            assert set(lines) == set(archive.namelist())
            for name in archive.namelist():
                if name != record:
                    told = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=").decode()
                    assert lines[name] == f"sha256={told},{archive.getinfo(name).file_size}"


def test_a_file_since_a_release_takes_the_place_of_the_earlier_one():
    text = "Name: x\nRelease: 1.0 2020-01-01 sdist\nRelease: 1.10 2020-02-02 sdist\n===== a\nold @VERSION@\n===== a since 1.10\nnew\n"
    project = parse_project(text)
    assert (project.contents("1.0"), project.contents("1.10")) == ({"a": "old 1.0\n"}, {"a": "new\n"})


@pytest.mark.parametrize("text", ["", "Name: x\n", "Release: 1.0 2020-01-01 sdist\n"])
def test_a_text_without_name_or_release(text):
    with pytest.raises(ValueError, match="name and a release"):
        parse_project(text)
