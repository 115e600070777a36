"""Reads core metadata from PKG-INFO and METADATA, or from the literals of setup files.

A malformed file is still read: a missing field is empty, and `problems` names the file's faults. Nothing is executed;
setup.py is only parsed (`features.packaging.setup_files`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from features.contract import Kind, Member, Release
from features.packaging.names import normalise
from features.packaging.setup_files import (
    StaticMetadata,
    read_build_system,
    read_pyproject,
    read_setup_cfg,
    read_setup_py,
)
from features.runtime.cache import cached, size_of_words
from features.runtime.memo import memoize

METADATA_BYTES = 2**20
"""Bytes of a metadata file that are parsed; the rest is ignored."""

SINGLE_USE_FIELDS = frozenset(
    {
        "metadata-version",
        "name",
        "version",
        "summary",
        "description",
        "description-content-type",
        "keywords",
        "home-page",
        "download-url",
        "author",
        "author-email",
        "maintainer",
        "maintainer-email",
        "license",
        "license-expression",
        "requires-python",
    }
)
"""Fields that may occur once (core metadata specification)."""

_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,63})[ \t]*:[ \t]*(.*)", re.DOTALL)
_UNKNOWN = frozenset({"", "unknown", "none", "null"})
"""Text that old tools write in a field without a value."""
_READERS = {"pyproject.toml": read_pyproject, "setup.cfg": read_setup_cfg, "setup.py": read_setup_py}
_BUILD_READERS = {**_READERS, "pyproject.toml": read_build_system}
_BUILD_FILES = (*_BUILD_READERS, ".egg-info/dependency_links.txt")
_BUILD_WORDS = (b"build-system", b"setup_requires", b"dependency_links")
_MAX_PEOPLE = 50
_PERSON = re.compile(r"^\s*\"?([^<>\"]{1,200}?)\"?\s*<([^<>]{0,320})>\s*$")


@dataclass(frozen=True, slots=True)
class CoreMetadata:
    """Core metadata of a distribution, from a metadata file or from setup files.

    `path` is the member that it was read from, "" if there was none. `emails` are those of the authors, then those of
    the maintainers; `author_email` and `maintainer_email` are the same as text. `project_urls` are (label in lower
    case, URL). A field that old tools filled with UNKNOWN or None is empty. `dynamic` names the
    arguments of setup() that are computed and therefore unknown rather than empty.
    `problems` are ids: "encoding", "duplicate:<field>", "malformed", "unparsable:<file>".
    """

    path: str = ""
    name: str = ""
    version: str = ""
    summary: str = ""
    description: str = ""
    author: str = ""
    maintainer: str = ""
    author_email: str = ""
    maintainer_email: str = ""
    emails: tuple[str, ...] = ()
    homepage: str = ""
    project_urls: tuple[tuple[str, str], ...] = ()
    classifiers: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    licence: str = ""
    requires_python: str = ""
    requires_dist: tuple[str, ...] = ()
    dynamic: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()
    metadata_version: str = ""


@dataclass(frozen=True, slots=True)
class BuildRequirements:
    """Build-time dependencies of an sdist, which no metadata file declares.

    `requires` are the requirement strings of `build-system.requires` (PEP 518) and `setup_requires`. `dependency_links`
    are URLs at which old tools look for dependencies.
    """

    requires: tuple[str, ...] = ()
    dependency_links: tuple[str, ...] = ()


def _size_of_core_metadata(metadata: CoreMetadata) -> int:
    lists = (*metadata.requires_dist, *metadata.classifiers, metadata.licence)
    return 4 * len(metadata.description) + size_of_words(lists)


def _size_of_static_metadata(metadata: StaticMetadata) -> int:
    points = sum(map(size_of_words, metadata.entry_points))
    return 4 * size_of_words(metadata.texts.values()) + sum(map(size_of_words, metadata.lists.values())) + points


@dataclass(frozen=True, slots=True)
class MetadataHeaders:
    """A parsed metadata file: its fields (name in lower case, value) in order, and the body after them."""

    fields: tuple[tuple[str, str], ...]
    body: str
    problems: tuple[str, ...]

    def get(self, name: str) -> str:
        """Return the first value of a field, "" if it is missing or has no value."""
        for key, value in self.fields:
            if key == name:
                return "" if value.lower() in _UNKNOWN else value
        return ""

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return all values of a field that may occur several times."""
        return tuple(value for key, value in self.fields if key == name and value.lower() not in _UNKNOWN)


def parse_metadata_headers(data: bytes) -> MetadataHeaders:
    """Parse a PKG-INFO or METADATA file; any bytes are accepted."""
    problems: list[str] = []
    data = data[:METADATA_BYTES]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append("encoding")
        text = data.decode("latin-1")
    if "\0" in text:
        problems.append("encoding")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # The body may be long, so it is split off before the fields are read line by line.
    text, gap, body = text.partition("\n\n") if _FIELD.match(text) else (text, "", "")
    lines = text.split("\n")
    found: list[tuple[str, list[str]]] = []
    body_start = len(lines)
    for number, line in enumerate(lines):
        if not line:
            if not found and number < 3:
                continue
            body_start = number + 1
            break
        if line[0] in " \t" and found:
            found[-1][1].append(line)
            continue
        match = _FIELD.match(line)
        if match is None:
            problems.append("malformed")
            continue
        found.append((match[1].lower(), [match[2]]))
    fields = tuple((key, _unfold(value)) for key, value in found)
    names = [key for key, _ in fields]
    problems += [f"duplicate:{key}" for key in sorted(set(names) & SINGLE_USE_FIELDS) if names.count(key) > 1]
    if not gap:
        body = "\n".join(lines[body_start:])
    return MetadataHeaders(fields, body.strip("\n"), tuple(dict.fromkeys(problems)))


def _unfold(lines: list[str]) -> str:
    """Join the lines of a folded field, without the margins that writers put before continuation lines."""
    if len(lines) == 1:
        return lines[0].strip()
    margin = "        |"
    rest = [line.removeprefix(margin if line.startswith(margin) else margin[:8]) for line in lines[1:]]
    return "\n".join([lines[0], *rest]).strip()


def find_metadata_files(release: Release) -> tuple[Member, ...]:
    """Return the metadata files of a release, beginning with the one that pip would read.

    That is `<name>-<version>.dist-info/METADATA` of a wheel, `<root>/PKG-INFO` of an sdist and `EGG-INFO/PKG-INFO` of
    an egg; if it is missing, the file nearest to the top.
    """
    project = normalise(release.project)
    ranked = []
    for member in release.members:
        if not member.path.endswith(("METADATA", "PKG-INFO")):
            continue
        inner = member.path.removeprefix(release.root)
        folder, _, base = inner.rpartition("/")
        if base == "METADATA" and folder.endswith(".dist-info"):
            is_standard = release.kind is Kind.WHEEL
        elif base == "PKG-INFO":
            is_standard = folder == {Kind.SDIST: "", Kind.EGG: "EGG-INFO"}.get(release.kind)
        else:
            continue
        is_foreign = normalise(folder.rpartition("/")[2].split("-")[0].split(".")[0]) != project
        is_nested = "!/" in member.path
        ranked.append(((is_nested, not is_standard, inner.count("/"), is_foreign, inner), member))
    return tuple(member for _, member in sorted(ranked, key=lambda pair: pair[0]))


@memoize
def read_core_metadata(release: Release) -> CoreMetadata:
    """Return the core metadata of a release: its metadata file, completed by its setup files."""
    files = [member for member in find_metadata_files(release) if member.kept and member.data]
    if not files:
        return _from_setup_files(release)
    metadata = _from_metadata_file(files[0])
    if not metadata.requires_dist and release.kind is not Kind.WHEEL:
        return _with_requires(metadata, release)
    return metadata


@cached("metadata_files", key=lambda member: (member.path, member.kept, member.key), size_of=_size_of_core_metadata)
def _from_metadata_file(member: Member) -> CoreMetadata:
    return core_metadata_from_headers(member.path, parse_metadata_headers(member.data))


@cached("setup_literals", key=lambda reader, member: (reader, member.key), size_of=_size_of_static_metadata)
def static_metadata(reader: Callable[[bytes], StaticMetadata], member: Member) -> StaticMetadata:
    """Return what a reader of setup files finds in a member."""
    return reader(member.data)


def read_build_requirements(release: Release) -> BuildRequirements:
    """Return the build-time dependencies that an sdist's setup files declare literally."""
    if release.kind is Kind.WHEEL:
        return BuildRequirements()
    requires: dict[str, None] = {}
    links: dict[str, None] = {}
    for member in release.members:
        path = member.path
        if not path.endswith(_BUILD_FILES):
            continue
        reader = _BUILD_READERS.get(path.removeprefix(release.root))
        # Most setup files declare none and need no parsing.
        if reader is not None and any(word in member.data for word in _BUILD_WORDS):
            static = static_metadata(reader, member)
            requires.update(dict.fromkeys(static.lists.get("setup_requires", ())))
            links.update(dict.fromkeys(static.lists.get("dependency_links", ())))
        elif path.endswith(".egg-info/dependency_links.txt") and "!/" not in path:
            links.update(dict.fromkeys(member.data[:METADATA_BYTES].decode("utf-8", "replace").split()))
    return BuildRequirements(tuple(requires), tuple(links))


def read_build_backend(release: Release) -> str:
    """Return the build backend that an sdist's pyproject.toml names, "" if it names none."""
    path = f"{release.root}pyproject.toml"
    for member in release.members:
        if member.path == path and b"build-backend" in member.data:
            return static_metadata(read_build_system, member).build_backend
    return ""


def core_metadata_from_headers(path: str, headers: MetadataHeaders) -> CoreMetadata:
    """Return the core metadata of one parsed metadata file; `path` is its member's path."""
    author, author_emails = _people(headers.get("author"), headers.get("author-email"))
    maintainer, maintainer_emails = _people(headers.get("maintainer"), headers.get("maintainer-email"))
    urls = tuple(_split_project_url(value) for value in headers.get_all("project-url"))
    if headers.get("download-url"):
        urls += (("download", headers.get("download-url")),)
    return CoreMetadata(
        path=path,
        name=headers.get("name"),
        version=headers.get("version"),
        summary=headers.get("summary"),
        description=headers.body.strip() or headers.get("description"),
        author=author,
        maintainer=maintainer,
        author_email=", ".join(author_emails),
        maintainer_email=", ".join(maintainer_emails),
        emails=author_emails + maintainer_emails,
        homepage=_homepage(headers.get("home-page"), urls),
        project_urls=urls,
        classifiers=headers.get_all("classifier"),
        keywords=_split_keywords(headers.get("keywords")),
        licence=headers.get("license-expression")
        or headers.get("license")
        or next((c for c in headers.get_all("classifier") if c.startswith("License ::")), ""),
        requires_python=headers.get("requires-python"),
        requires_dist=headers.get_all("requires-dist") or headers.get_all("requires"),
        problems=headers.problems,
        metadata_version=headers.get("metadata-version"),
    )


def _people(name: str, email: str) -> tuple[str, tuple[str, ...]]:
    """Return the names and the e-mail addresses of an author or maintainer field.

    Old tools write them in two fields, newer ones in one (`Name <address>, Name <address>`).
    """
    names: list[str] = []
    emails: list[str] = []
    for person in email.split(",")[:_MAX_PEOPLE]:
        match = _PERSON.match(person.strip())
        if match is not None:
            names.append(match[1].strip())
            emails.append(match[2].strip())
        elif person.strip().strip("<>"):
            emails.append(person.strip().strip("<>"))
    return name or ", ".join(names), tuple(value for value in emails if value)


def _split_project_url(value: str) -> tuple[str, str]:
    label, comma, url = value.partition(",")
    return (label.strip().lower(), url.strip()) if comma else ("", value.strip())


_HOMEPAGE_LABELS = ("homepage", "home", "home page", "home-page", "repository", "source", "source code", "github")


def _homepage(home_page: str, urls: tuple[tuple[str, str], ...]) -> str:
    """Return the homepage, which newer tools write among the project URLs only."""
    if home_page:
        return home_page
    by_label = dict(reversed(urls))
    return next((by_label[label] for label in _HOMEPAGE_LABELS if label in by_label), urls[0][1] if urls else "")


def _split_keywords(text: str) -> tuple[str, ...]:
    separator = r"[,;]" if re.search(r"[,;]", text) else r"\s+"
    return tuple(word.strip() for word in re.split(separator, text) if word.strip())


def _with_requires(metadata: CoreMetadata, release: Release) -> CoreMetadata:
    """Return metadata with the dependencies that older sdists name only in requires.txt or in their setup files."""
    for member in release.members:
        if member.path.endswith(".egg-info/requires.txt") and member.kept and "!/" not in member.path:
            requires, _, _ = member.data[:METADATA_BYTES].decode("utf-8", "replace").partition("\n[")
            lines = tuple(line.strip() for line in requires.split("\n") if line.strip() and line[0] != "[")
            return replace(metadata, requires_dist=lines)
    if any(".egg-info/" in member.path for member in release.members):
        return metadata
    static = _from_setup_files(release)
    return replace(metadata, requires_dist=static.requires_dist, dynamic=static.dynamic)


def _from_setup_files(release: Release) -> CoreMetadata:
    """Return the metadata that pyproject.toml, setup.cfg and setup.py hold as literals, each field from the first."""
    members = {member.path: member for member in release.members if member.kept}
    found: list[tuple[str, StaticMetadata]] = []
    for name, reader in _READERS.items():
        member = members.get(release.root + name)
        if member is not None:
            found.append((member.path, static_metadata(reader, member)))
    if not found:
        return CoreMetadata()

    def text(name: str) -> str:
        value = next((static.texts[name] for _, static in found if static.texts.get(name)), "")
        return "" if value.strip().lower() in _UNKNOWN else value

    def items(name: str) -> tuple[str, ...]:
        return next((static.lists[name] for _, static in found if static.lists.get(name)), ())

    author, author_emails = _people(text("author"), text("author_email"))
    maintainer, maintainer_emails = _people(text("maintainer"), text("maintainer_email"))
    urls = tuple(_split_project_url(value) for value in items("project_urls"))
    return CoreMetadata(
        path=next((path for path, static in found if static.texts or static.lists), ""),
        name=text("name"),
        version=text("version"),
        summary=text("description"),
        description=text("long_description"),
        author=author,
        maintainer=maintainer,
        author_email=", ".join(author_emails),
        maintainer_email=", ".join(maintainer_emails),
        emails=author_emails + maintainer_emails,
        homepage=_homepage(text("url"), urls),
        project_urls=urls,
        classifiers=items("classifiers"),
        keywords=items("keywords") or _split_keywords(text("keywords")),
        licence=text("license"),
        requires_python=text("python_requires"),
        requires_dist=items("install_requires"),
        dynamic=frozenset().union(*(static.dynamic for _, static in found)),
        problems=tuple(dict.fromkeys(problem for _, static in found for problem in static.problems)),
    )
