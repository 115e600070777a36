"""Reads an advisory or a list of indicators as a person pastes it: projects, versions, digests, hosts and addresses.

A word is taken for a project only in a context that says so: quoted, in a command, a purl, a link, a list, beside a
version or beside a word like `package`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address

from features.packaging.names import OTHER_SUFFIXES, SDIST_SUFFIXES, normalise

TEXT_BYTES = 2**20
"""Bytes of a text that are read."""
_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_VERSION = r"v?\d+(?:\.\d+)+(?:[a-z]+\d*)?(?:\.(?:post|dev)\d+)?(?:\+[a-z0-9.]+)?"
_DEFANGED = (
    (re.compile(r"\bhxxp(s?)\b", re.IGNORECASE), r"http\1"),
    (re.compile(r"\s?[\[({]\s?(?:\.|dot)\s?[\])}]\s?", re.IGNORECASE), "."),
    (re.compile(r"[\[({]\s?:\s?[\])}]"), ":"),
    (re.compile(r"[\[({]\s?(?:/|slash)\s?[\])}]", re.IGNORECASE), "/"),
)
_DIGEST = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})(?![0-9a-fA-F])")
_URL = re.compile(r"\b[a-z]{2,6}://[^\s<>\"'`)\]]+", re.IGNORECASE)
_LINK = re.compile(rf"//(?:[\w-]+\.)?pypi\.org/(?:project|simple|pypi)/({_NAME})(?:/({_VERSION}))?")
_PURL = re.compile(rf"pkg:pypi/({_NAME})(?:@([^\s?#,;)\]]+))?")
_HOST = re.compile(r"(?<![\w.@/-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?![\w-])", re.IGNORECASE)
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_NOUN = r"(?:packages?|projects?|library|libraries|modules?|distributions?)"
_CONTEXTS = (
    re.compile(rf"pip3?\s+(?:install|download)\s+(?:-\S+\s+)*({_NAME})"),
    re.compile(rf"({_NAME})\s*={{2,3}}\s*(?=v?\d)"),
    re.compile(rf"[`'\"\u201c\u2018]({_NAME})(?:={{2,3}}[^`'\"\u201d\u2019]*)?[`'\"\u201d\u2019]"),
    re.compile(rf"\b{_NOUN}\s+(?:named|called|is|was)?\s*({_NAME})", re.IGNORECASE),
    re.compile(rf"\b({_NAME})(?:,?\s+(?:in\s+)?versions?)?\s+(?={_VERSION})"),
    re.compile(rf"{_VERSION}\s+(?:of|for)\s+({_NAME})"),
    re.compile(rf"^\s*(?:[-*•‣]|\d{{1,3}}[.)])\s+({_NAME})(?=\s*(?:$|[,;:(]|[-\u2013]\s|{_VERSION}|[<>=]))"),
)
_NO_NAMES = frozenset(
    """a an the and or of for from to up in on at by is was are were be as with version versions release releases python
    pip pypi before after prior through until between later earlier than below above including this that these those
    package packages project projects library module which affected malicious compromised it its has have we our you
    since only not both all any also other named called sha256 sha1 md5 hash hashes file files""".split()  # noqa: SIM905
)
_SPANS = (
    (re.compile(rf"(?:between|from)\s+({_VERSION})\s+(?:and|to|through|until|-)\s+({_VERSION})|"
                rf"({_VERSION})\s+(?:through|to|\u2013|-)\s+({_VERSION})"), ">={0},<={1}"),
    (re.compile(rf"(?:up\s+to|through|until|<=)\s*(?:and\s+including\s+)?(?:version\s+)?({_VERSION})"), "<={0}"),
    (re.compile(rf"(?:before|prior\s+to|earlier\s+than|older\s+than|below|<)\s*(?:version\s+)?({_VERSION})"), "<{0}"),
    (re.compile(rf"({_VERSION})\s+(?:and|or)\s+(?:earlier|older|below|lower|before)"), "<={0}"),
    (re.compile(rf"({_VERSION})\s+(?:and|or)\s+(?:later|newer|above|higher|after|up)"), ">={0}"),
    (re.compile(rf"(?:since|starting\s+with|after|>=)\s*(?:version\s+)?({_VERSION})"), ">={0}"),
)  # fmt: skip
_FILES = (".py", ".txt", ".exe", ".sh", ".json", ".js", ".md", ".zip", ".gz", ".whl", ".dll", ".so", ".bat", ".ps1",
          ".toml", ".cfg", ".pth", ".html", ".pdf", ".csv", ".yml", ".yaml")  # fmt: skip
_DISTRIBUTIONS = tuple(each for each in (*SDIST_SUFFIXES, ".whl", ".egg", *OTHER_SUFFIXES) if each != ".tar")
_REFERENCES = ("github.com", "pypi" + ".org", "osv.dev", "nist.gov", "mitre.org", "python.org")
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z`\"'])|\n")


@dataclass(frozen=True, slots=True)
class NamedProject:
    """A project that a text names: `versions` as listed, and `specifiers` of spans; without either all of it."""

    project: str
    versions: tuple[str, ...] = ()
    specifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Advisory:
    """The things that were understood of a text; `digests` have 64 hex digits. The rest was not, with the reason."""

    projects: tuple[NamedProject, ...] = ()
    digests: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    not_understood: tuple[tuple[str, str], ...] = ()


def parse_advisory(text: str) -> Advisory:
    """Return what a text says."""
    for pattern, plain in _DEFANGED:
        text = pattern.sub(plain, text)
    left: list[tuple[str, str]] = []
    digests = [each.lower() for each in dict.fromkeys(_DIGEST.findall(text))]
    left += [(each, "the store keeps no md5 or sha1") for each in digests if len(each) != 64]
    hosts, references = _hosts(text)
    left += [(each, "taken for a reference, not looked for") for each in references]
    prose = _ADDRESS.sub(lambda match: " " if match[0] in hosts else match[0], _DIGEST.sub(" ", text))
    files = tuple(dict.fromkeys(
        word for word in re.findall(r"[\w.+!-]+", prose) if word.lower().endswith(_DISTRIBUTIONS) and "-" in word
    ))  # fmt: skip
    projects = _projects(prose, left)
    return Advisory(
        projects=projects,
        digests=tuple(each for each in digests if len(each) == 64),
        files=files,
        hosts=hosts,
        not_understood=tuple(dict.fromkeys(left)),
    )


def _hosts(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the hosts and addresses of a text, and those that are references to read."""
    found = [
        url.partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0] for url in _URL.findall(text)
    ]
    bare = _URL.sub(" ", text)
    found += [host for host in _HOST.findall(bare) if not host.lower().endswith(_FILES)]
    for match in _ADDRESS.finditer(bare):
        if not re.search(r"versions?\s+$|=\s*$", bare[: match.start()], re.IGNORECASE):
            found.append(match[0])
    unique = tuple(dict.fromkeys(host.lower().strip(".") for host in found if host and _is_host(host)))
    references = tuple(host for host in unique if host.endswith(_REFERENCES))
    return tuple(host for host in unique if host not in references), references


def _is_host(host: str) -> bool:
    if re.fullmatch(r"[\d.]+", host):
        try:
            ip_address(host)
        except ValueError:
            return False
    return "." in host


def _projects(text: str, left: list[tuple[str, str]]) -> tuple[NamedProject, ...]:
    found: dict[str, NamedProject] = {}
    for name, version in [*_LINK.findall(text), *_PURL.findall(text)]:
        _add(found, name, (version,) if version else (), ())
    last = next(reversed(found), "")
    for sentence in _SENTENCE.split(_PURL.sub(" ", _URL.sub(" ", text))):
        names = list(_names(sentence))
        for number, (at, name) in enumerate(names):
            end = names[number + 1][0] if number + 1 < len(names) else len(sentence)
            # What stands before the first name of a sentence is its own: "versions 1.0 and 1.1 of `x`".
            versions, specifiers = _versions(sentence[at if number else 0 : end])
            _add(found, name, versions, specifiers)
            last = normalise(name)
        versions, specifiers = ((), ()) if names else _versions(sentence)
        if (versions or specifiers) and last:
            _add(found, last, versions, specifiers)
        elif versions or specifiers:
            left += [(each, "a version of no project") for each in (*versions, *specifiers)]
    return tuple(found.values())


def _names(sentence: str) -> Iterator[tuple[int, str]]:
    places: dict[int, str] = {}
    for pattern in _CONTEXTS:
        for match in pattern.finditer(sentence):
            name = match[1].rstrip(".")
            is_word = name.lower() not in _NO_NAMES and re.search(r"[A-Za-z]", name)
            if is_word and not re.fullmatch(_VERSION, name) and not name.lower().endswith((*_FILES, *_DISTRIBUTIONS)):
                places.setdefault(match.start(1), name)
    yield from sorted(places.items())


def _versions(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the versions that a text lists, and its spans as specifiers."""
    specifiers = []
    for pattern, form in _SPANS:
        specifiers += [
            form.format(*(each.removeprefix("v") for each in match.groups() if each))
            for match in pattern.finditer(text)
        ]
        text = pattern.sub(" ", text)
    versions = re.findall(rf"(?<![\w.-]){_VERSION}(?![\w]|\.\d)", text)
    versions += re.findall(r"versions?\s+(\d+)(?![\w.])", text, re.IGNORECASE)
    return tuple(dict.fromkeys(each.removeprefix("v") for each in versions)), tuple(specifiers)


def _add(found: dict[str, NamedProject], name: str, versions: tuple[str, ...], specifiers: tuple[str, ...]) -> None:
    project = normalise(name)
    known = found.get(project, NamedProject(project))
    found[project] = replace(
        known,
        versions=tuple(dict.fromkeys((*known.versions, *versions))),
        specifiers=tuple(dict.fromkeys((*known.specifiers, *specifiers))),
    )
