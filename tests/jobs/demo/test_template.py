import base64
import re
import zlib

import pytest

from jobs.demo.template import parse_project, read_projects

PROJECTS = {project.name: project for project in read_projects()}
LOOKALIKES = {name: project for name, project in PROJECTS.items() if project.field("Lookalike")}
HOSTS = re.compile(r"https?://([^/\s\"'\\]+)")


def test_there_are_eight_lookalikes():
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
def test_every_hidden_text_is_a_print(name):
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


def test_a_file_since_a_release_replaces_the_earlier_one():
    text = "Name: x\nRelease: 1.0 2020-01-01 sdist\nRelease: 1.10 2020-02-02 sdist\n===== a\nold @VERSION@\n===== a since 1.10\nnew\n"
    project = parse_project(text)
    assert (project.contents("1.0"), project.contents("1.10")) == ({"a": "old 1.0\n"}, {"a": "new\n"})


@pytest.mark.parametrize("text", ["", "Name: x\n", "Release: 1.0 2020-01-01 sdist\n"])
def test_a_text_without_a_name_or_a_release_is_no_project(text):
    with pytest.raises(ValueError, match="name and a release"):
        parse_project(text)


def test_a_field_may_be_repeated_or_missing():
    project = parse_project("Name: x\nRelease: 1.0 2020-01-01 sdist\nRequires: a\nRequires: b: c\n")
    assert ("a", "b: c") == project.fields("Requires")
    assert ("a", "") == (project.field("Requires"), project.field("Summary"))
