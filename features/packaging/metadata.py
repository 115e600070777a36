"""What a distribution says of itself: PKG-INFO and METADATA, or what stands literally in its setup files.

A file that says less than it should is still read: every field that is not there is empty, and what is odd
about the file is in `problems`. Nothing is run; setup.py is only looked at (`features.packaging.setup_files`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from features.contract import Kind, Member, Release
from features.packaging.names import normalise
from features.packaging.setup_files import Literals, read_build_system, read_pyproject, read_setup_cfg, read_setup_py
from features.runtime.cache import ContentCache, size_of_words

HEADER_BYTES = 2**20
"""A longer metadata file is cut before it is parsed."""

SINGLE = frozenset(
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
"""Fields that may stand once (core metadata specification)."""

_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]{0,63})[ \t]*:[ \t]*(.*)", re.DOTALL)
_UNKNOWN = frozenset({"", "unknown", "none", "null"})
_READERS = {"pyproject.toml": read_pyproject, "setup.cfg": read_setup_cfg, "setup.py": read_setup_py}
_BUILD_READERS = {**_READERS, "pyproject.toml": read_build_system}
_BUILD_FILES = (*_BUILD_READERS, ".egg-info/dependency_links.txt")
_BUILD_WORDS = (b"build-system", b"setup_requires", b"dependency_links")
_PERSON = re.compile(r"^\s*\"?([^<>\"]{1,200}?)\"?\s*<([^<>]{0,320})>\s*$")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a distribution declares, in one shape whatever file said it.

    `source` is the path of the member it was read from, "" where there was none. `people` and `emails` are in
    order of authors, then maintainers. `project_urls` are (label in lower case, address). A value that
    old tools write for "nothing" (UNKNOWN, None) is empty. `computed` names the keyword arguments of
    setup() that are not literals, so that empty can be told from unknown. `problems` are ids: "encoding",
    "duplicate:<field>", "malformed".
    """

    source: str = ""
    name: str = ""
    version: str = ""
    summary: str = ""
    description: str = ""
    author: str = ""
    maintainer: str = ""
    emails: tuple[str, ...] = ()
    homepage: str = ""
    project_urls: tuple[tuple[str, str], ...] = ()
    classifiers: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    licence: str = ""
    requires_python: str = ""
    requires: tuple[str, ...] = ()
    computed: frozenset[str] = frozenset()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Build:
    """What no metadata file says of how an sdist is built.

    `requires` are the projects that are installed first, as requirements; `links` are the addresses at which old
    tools look for dependencies.
    """

    requires: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def _weigh(declared: Declared) -> int:
    return 4 * len(declared.description) + size_of_words((*declared.requires, *declared.classifiers, declared.licence))


def _weigh_literals(literals: Literals) -> int:
    return 4 * size_of_words(literals.texts.values()) + sum(map(size_of_words, literals.lists.values()))


DECLARED: ContentCache[Declared] = ContentCache(8 * 2**20, _weigh)
LITERALS: ContentCache[Literals] = ContentCache(4 * 2**20, _weigh_literals)


@dataclass(frozen=True, slots=True)
class Headers:
    """A metadata file taken apart: fields (names in lower case) in order, and the text after them."""

    fields: tuple[tuple[str, str], ...]
    body: str
    problems: tuple[str, ...]

    def first(self, name: str) -> str:
        """Return the first value of a field, "" where there is none or an old tool wrote that it has none."""
        for key, value in self.fields:
            if key == name:
                return "" if value.lower() in _UNKNOWN else value
        return ""

    def every(self, name: str) -> tuple[str, ...]:
        """Return all values of a field that may be repeated."""
        return tuple(value for key, value in self.fields if key == name and value.lower() not in _UNKNOWN)


def parse_headers(data: bytes) -> Headers:
    """Take a PKG-INFO or METADATA file apart; any bytes are accepted."""
    problems: list[str] = []
    data = data[:HEADER_BYTES]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        problems.append("encoding")
        text = data.decode("latin-1")
    if "\0" in text:
        problems.append("encoding")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # The description after the fields may be long and is no field.
    text, gap, after = text.partition("\n\n") if _FIELD.match(text) else (text, "", "")
    lines = text.split("\n")
    found: list[tuple[str, list[str]]] = []
    body = len(lines)
    for number, line in enumerate(lines):
        if not line:
            if not found and number < 3:
                continue
            body = number + 1
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
    problems += [f"duplicate:{key}" for key in sorted(set(names) & SINGLE) if names.count(key) > 1]
    return Headers(fields, (after if gap else "\n".join(lines[body:])).strip("\n"), tuple(dict.fromkeys(problems)))


def _unfold(lines: list[str]) -> str:
    """Join a folded field; the margins that writers put before its further lines are taken away."""
    if len(lines) == 1:
        return lines[0].strip()
    margin = "        |"
    rest = [line.removeprefix(margin if line.startswith(margin) else margin[:8]) for line in lines[1:]]
    return "\n".join([lines[0], *rest]).strip()


def find_metadata(release: Release) -> tuple[Member, ...]:
    """Return the metadata files of a release, the one that pip would take first.

    A wheel's is `<name>-<version>.dist-info/METADATA`, an sdist's `<root>/PKG-INFO`, an egg's
    `EGG-INFO/PKG-INFO`; where it is not there, the one nearest to the top.
    """
    project = normalise(release.project)
    ranked = []
    for member in release.members:
        if not member.path.endswith(("METADATA", "PKG-INFO")):
            continue
        inner = member.path.removeprefix(release.root)
        folder, _, base = inner.rpartition("/")
        if base == "METADATA" and folder.endswith(".dist-info"):
            wanted = release.kind is Kind.WHEEL
        elif base == "PKG-INFO":
            wanted = (release.kind is Kind.SDIST and not folder) or (release.kind is Kind.EGG and folder == "EGG-INFO")
        else:
            continue
        stranger = normalise(folder.rpartition("/")[2].split("-")[0].split(".")[0]) != project
        nested = "!/" in member.path
        ranked.append(((nested, not wanted, inner.count("/"), stranger, inner), member))
    return tuple(member for _, member in sorted(ranked, key=lambda pair: pair[0]))


def read_declared(release: Release) -> Declared:
    """Return what the release declares: its metadata file, completed by what stands in its setup files."""
    return release.once("declared", lambda: _read_declared(release))


def _read_declared(release: Release) -> Declared:
    files = [member for member in find_metadata(release) if member.kept and member.data]
    if files:
        declared = _declared(files[0])
        if not declared.requires and release.kind is not Kind.WHEEL:
            return _with_requires(declared, release)
        return declared
    return _from_setup_files(release)


def _declared(member: Member) -> Declared:
    """Return what one metadata file declares; the wheels of a release have the same."""

    def read() -> Declared:
        return declared_from_headers(member.path, parse_headers(member.data))

    return DECLARED.get((member.path, member.kept, member.key), read)


def _literals(reader: Callable[[bytes], Literals], member: Member) -> Literals:
    """Return what a reader of setup files says of one that was kept; most say what they said in the release before."""
    return LITERALS.get((reader, member.key), lambda: reader(member.data))


def read_build(release: Release) -> Build:
    """Return what literally stands in an sdist's setup files of what building it installs."""
    requires: dict[str, None] = {}
    links: dict[str, None] = {}
    if release.kind is Kind.WHEEL:
        return Build()
    for member in release.members:
        path = member.path
        if not path.endswith(_BUILD_FILES):
            continue
        reader = _BUILD_READERS.get(path.removeprefix(release.root))
        # Most setup.py say nothing of it, and parsing each would cost more than the rest of this module.
        if reader is not None and any(word in member.data for word in _BUILD_WORDS):
            said = _literals(reader, member)
            requires.update(dict.fromkeys(said.lists.get("setup_requires", ())))
            links.update(dict.fromkeys(said.lists.get("dependency_links", ())))
        elif path.endswith(".egg-info/dependency_links.txt") and "!/" not in path:
            links.update(dict.fromkeys(member.data[:HEADER_BYTES].decode("utf-8", "replace").split()))
    return Build(tuple(requires), tuple(links))


def declared_from_headers(source: str, headers: Headers) -> Declared:
    """Return the fields of one metadata file in the common shape."""
    author, author_emails = _people(headers.first("author"), headers.first("author-email"))
    maintainer, maintainer_emails = _people(headers.first("maintainer"), headers.first("maintainer-email"))
    urls = tuple(_labelled(value) for value in headers.every("project-url"))
    if headers.first("download-url"):
        urls += (("download", headers.first("download-url")),)
    return Declared(
        source=source,
        name=headers.first("name"),
        version=headers.first("version"),
        summary=headers.first("summary"),
        description=headers.body.strip() or headers.first("description"),
        author=author,
        maintainer=maintainer,
        emails=author_emails + maintainer_emails,
        homepage=_homepage(headers.first("home-page"), urls),
        project_urls=urls,
        classifiers=headers.every("classifier"),
        keywords=_words(headers.first("keywords")),
        licence=headers.first("license-expression")
        or headers.first("license")
        or next((c for c in headers.every("classifier") if c.startswith("License ::")), ""),
        requires_python=headers.first("requires-python"),
        requires=headers.every("requires-dist") or headers.every("requires"),
        problems=headers.problems,
    )


def _people(name: str, email: str) -> tuple[str, tuple[str, ...]]:
    """Split what old tools write in two fields and newer ones in one (`Name <address>, Name <address>`)."""
    names: list[str] = []
    emails: list[str] = []
    for piece in email.split(",")[:50]:
        match = _PERSON.match(piece.strip())
        if match is not None:
            names.append(match[1].strip())
            emails.append(match[2].strip())
        elif piece.strip().strip("<>"):
            emails.append(piece.strip().strip("<>"))
    return name or ", ".join(names), tuple(value for value in emails if value)


def _labelled(value: str) -> tuple[str, str]:
    label, comma, address = value.partition(",")
    return (label.strip().lower(), address.strip()) if comma else ("", value.strip())


def _homepage(given: str, urls: tuple[tuple[str, str], ...]) -> str:
    """Return the homepage, which newer tools write only among the labelled addresses."""
    if given:
        return given
    labels = ("homepage", "home", "home page", "home-page", "repository", "source", "source code", "github")
    by_label = dict(reversed(urls))
    return next((by_label[label] for label in labels if label in by_label), urls[0][1] if urls else "")


def _words(text: str) -> tuple[str, ...]:
    return tuple(
        word.strip() for word in re.split(r"[,;]" if re.search(r"[,;]", text) else r"\s+", text) if word.strip()
    )


def _with_requires(declared: Declared, release: Release) -> Declared:
    """Add the dependencies, which older sdists name only in requires.txt or in their setup files."""
    for member in release.members:
        if member.path.endswith(".egg-info/requires.txt") and member.kept and "!/" not in member.path:
            requires, _, _ = member.data[:HEADER_BYTES].decode("utf-8", "replace").partition("\n[")
            lines = tuple(line.strip() for line in requires.split("\n") if line.strip() and line[0] != "[")
            return replace(declared, requires=lines)
    if any(".egg-info/" in member.path for member in release.members):
        return declared
    written = _from_setup_files(release)
    return replace(declared, requires=written.requires, computed=written.computed)


def _from_setup_files(release: Release) -> Declared:
    """Return what stands literally in pyproject.toml, setup.cfg and setup.py, the first that says a thing."""
    top = {member.path: member for member in release.members if member.kept}
    found: list[tuple[str, Literals]] = []
    for base, reader in _READERS.items():
        member = top.get(release.root + base)
        if member is not None:
            found.append((member.path, _literals(reader, member)))
    if not found:
        return Declared()

    def text(name: str) -> str:
        value = next((said.texts[name] for _, said in found if said.texts.get(name)), "")
        return "" if value.strip().lower() in _UNKNOWN else value

    def listed(name: str) -> tuple[str, ...]:
        return next((said.lists[name] for _, said in found if said.lists.get(name)), ())

    author, author_emails = _people(text("author"), text("author_email"))
    maintainer, maintainer_emails = _people(text("maintainer"), text("maintainer_email"))
    urls = tuple(_labelled(value) for value in listed("project_urls"))
    return Declared(
        source=next((path for path, said in found if said.texts or said.lists), ""),
        name=text("name"),
        version=text("version"),
        summary=text("description"),
        description=text("long_description"),
        author=author,
        maintainer=maintainer,
        emails=author_emails + maintainer_emails,
        homepage=_homepage(text("url"), urls),
        project_urls=urls,
        classifiers=listed("classifiers"),
        keywords=listed("keywords") or _words(text("keywords")),
        licence=text("license"),
        requires_python=text("python_requires"),
        requires=listed("install_requires"),
        computed=frozenset().union(*(said.computed for _, said in found)),
        problems=tuple(dict.fromkeys(problem for _, said in found for problem in said.problems)),
    )
