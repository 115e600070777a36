"""Reads an advisory or a list of indicators as a person pastes it: projects, versions, digests, hosts and addresses.

A word is taken for a project only in a context that says so: quoted, in a command, a purl, a link, a list, beside a
version or beside a word like `package`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import NamedTuple

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
_HOST = re.compile(
    r"(?:(?<![\w.@/-])|(?<=\*\.))(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,24}(?![\w-])", re.IGNORECASE
)
_ADDRESS = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\d)")
_NOUN = r"(?:packages?|projects?|library|libraries|modules?|distributions?)"
_OPERATOR = r"(?:<=|>=|~=|!=|<|>)"
_BOUND = rf"{_OPERATOR}\s*v?\d[\w.]*"
_NUMBER = r"v?\d+(?:\.\d+)*"
_BEFORE = r"(?:before|prior\s+to|earlier\s+than|older\s+than|below)"
_SPANS = (
    (re.compile(rf"{_BOUND}(?:(?:\s*,\s*|\s+and\s+|\s*&\s*|\s+){_BOUND})*"), ""),
    (re.compile(rf"(?:from\s+)?({_VERSION})\s+(?:(?:up\s+)?to\s+)?(?:\(?but\s+not\s+including\)?\s+|{_BEFORE}\s+)"
                rf"({_VERSION})"), ">={0},<{1}"),
    (re.compile(rf"(?:between|from)\s+(?:versions?\s+)?({_VERSION})\s+(?:and|(?:up\s+)?to|through|until|-|\u2013)\s+"
                rf"({_VERSION})"), ">={0},<={1}"),
    (re.compile(rf"({_VERSION})\s*(?:\s(?:through|thru|(?:up\s+)?to|until)\s|\u2013|\s-\s)\s*({_VERSION})"),
     ">={0},<={1}"),
    (re.compile(rf"(?:up\s+to|through|until)\s*(?:and\s+including\s+)?(?:versions?\s+)?({_VERSION})"), "<={0}"),
    (re.compile(rf"{_BEFORE}\s*(?:versions?\s+)?({_VERSION})"), "<{0}"),
    (re.compile(rf"({_VERSION})\s+(?:and|or)\s+(?:all\s+)?(?:earlier|older|below|lower|before|prior)"), "<={0}"),
    (re.compile(rf"({_VERSION})(?:\s+(?:and|or)\s+(?:all\s+)?(?:later|newer|above|higher|after|up)|\s+onwards?"
                r"|\+(?!\w))"), ">={0}"),
    (re.compile(rf"(?:since|starting\s+(?:with|from)|from)\s*(?:versions?\s+)?({_VERSION})"), ">={0}"),
    (re.compile(rf"(?:after|later\s+than|newer\s+than|above)\s*(?:versions?\s+)?({_VERSION})"), ">{0}"),
    (re.compile(rf"(?<![\w.-])({_NUMBER})\.[x*](?!\w)"), "=={0}.*"),
)  # fmt: skip
_SINGLE = (
    re.compile(r"(?<![=<>!~])={2,3}\s*v?(\d[\w.!+]*)"),
    re.compile(r"@v?(\d[\w.!+]*)"),
    re.compile(rf"(?<![\w.-])({_VERSION})(?![\w]|\.\d)"),
    re.compile(r"versions?\s*:?\s+(\d+)(?![\w.])", re.IGNORECASE),
)
_SPAN_WORDS = rf"(?:(?:between|from|up\s+to|through|until|since|after|{_BEFORE})\s+(?:versions?\s+)?(?={_VERSION}))"
_CONTEXTS = (
    re.compile(rf"pip3?\s+(?:install|download|uninstall)\s+(?:-\S+\s+)*(?!git\+)({_NAME})"),
    re.compile(rf"({_NAME})(?:\[[\w,.\s-]*\])?\s*={{2,3}}\s*(?=v?\d)"),
    re.compile(rf"({_NAME})(?:\[[\w,.\s-]*\])?\s*{_OPERATOR}\s*(?=v?\d)"),
    re.compile(rf"(?<![\w.-])({_NAME})@(?=v?\d)"),
    re.compile(rf"[`'\"\u201c\u2018]({_NAME})(?:={{2,3}}[^`'\"\u201d\u2019]*)?[`'\"\u201d\u2019]"),
    re.compile(rf"\b{_NOUN}(?:\s+names?)?(?:\s*[:=]\s*|\s+)(?:(?:named|called|is|was)\s+)?({_NAME})", re.IGNORECASE),
    re.compile(rf"\bthe\s+({_NAME})\s+PyPI\s+{_NOUN}\b", re.IGNORECASE),
    re.compile(rf"\b({_NAME})(?:,?\s+(?:in\s+)?(?:versions?|releases?))?[\s(:,;]+(?={_VERSION})", re.IGNORECASE),
    re.compile(rf"\b({_NAME})(?:,?\s+(?:in\s+)?(?:versions?|releases?))?\s+(?={_SPAN_WORDS})", re.IGNORECASE),
    re.compile(rf"\b({_NAME})\s*(?:\(|:\s*|\|\s*)all(?:\s+versions|\s*\))", re.IGNORECASE),
    re.compile(rf"(?:\bversions?|\breleases?|\bboth|{_VERSION})\s+(?:of|for)\s+(?:the\s+)?({_NAME})", re.IGNORECASE),
    re.compile(rf"^\s*(?:[-*•‣]|\d{{1,3}}[.)])\s+({_NAME})(?=\s*(?:$|[,;:(]|[-\u2013]\s|{_VERSION}|[<>=]))"),
    re.compile(rf"^\s*\|?\s*({_NAME})\s*[|,;\t](?=.*(?:{_VERSION}|\0))"),
)
_LISTED = re.compile(rf"\b{_NOUN}(?:\s+names?)?\s*:(.*)", re.IGNORECASE)
_ITEM = re.compile(rf"(?:^|,|\band\b)\s*({_NAME})(?=\s*(?:,|$|\(|\band\b|\.$))")
# What has versions of its own, and is beside many a project in an advisory.
_RUNTIMES = frozenset(
    """python cpython pypy pip node node.js nodejs npm windows macos osx ubuntu debian fedora rhel alpine linux kernel
    android ios java jdk openssl openssh glibc tls http cvss cvssv3 cuda docker chrome firefox score
    severity""".split()  # noqa: SIM905
)
_RUNTIME = re.compile(
    rf"(?<![\w.-])({'|'.join(map(re.escape, sorted(_RUNTIMES, key=len, reverse=True)))})"
    r"(?:\s*\(?\s*(?:server|base|score|versions?)\b)?[\s:/(v]*(?=[\d<>=~!a-z])",
    re.IGNORECASE,
)
_NO_NAMES = _RUNTIMES | frozenset(
    """a an the and or of for from to up in on at by is was are were be as with version versions release releases
    pypi before after prior through until between later earlier than below above including this that these those
    package packages project projects library module which affected malicious compromised it its has have we our you
    since only not both all any also other named called sha256 sha1 md5 hash hashes file files name names affects fixed
    patched unaffected safe clean upgrade update updated upgraded downgrade downgraded but users released published
    installed introduced removed using onwards range ranges popular official legitimate original following new fake
    real entire use if v older newer lower higher respectively namely e.g i.e see like uploaded backdoored infected
    vulnerable known last_affected""".split()  # noqa: SIM905
)
_JOINED = re.compile(r"(?:[\s,;&/|()`'\"]|\band\b|\bor\b)*", re.IGNORECASE)
_OF = re.compile(rf"[`'\")\s]*\s(?:of|for|in)\s+(?:the\s+)?(?:{_NOUN}\s+)?[`'\"\u201c\u2018]?", re.IGNORECASE)
_REMEDY = re.compile(
    r"(?:\b(?:fixed|patched|unaffected|safe|clean|fix|patch)\b|(?<!\ban )(?<!\bthe )\b(?:upgrade|update|downgrade|pin|"
    r"revert|roll\s*back)\b[^.;]*\bto)\s*(?:(?:in|by|is|are|at|as|of|to|with|the|versions?|releases?)\b|[\s:|(])*$",
    re.IGNORECASE,
)
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
    prose = _ADDRESS.sub(lambda match: " " if match[0] in hosts else match[0], _DIGEST.sub(" \0 ", text))
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


class _Said(NamedTuple):
    """A version or a span at a place of a sentence."""

    start: int
    end: int
    text: str
    is_span: bool


def _projects(text: str, left: list[tuple[str, str]]) -> tuple[NamedProject, ...]:
    found: dict[str, NamedProject] = {}
    for name, version in [*_LINK.findall(text), *_PURL.findall(text)]:
        _add(found, name, (version,) if version else (), ())
    last = next(reversed(found), "")
    for sentence in _SENTENCE.split(_PURL.sub(" ", _URL.sub(" ", text))):
        names = list(_names(sentence))
        runtimes = {match.end(): match[1] for match in _RUNTIME.finditer(sentence)}
        for _, name in names:
            _add(found, name, (), ())
        for group in _groups(sentence):
            versions = tuple(each.text for each in group if not each.is_span)
            specifiers = tuple(each.text for each in group if each.is_span)
            start = group[0].start
            runtime = runtimes.get(start, "")
            if runtime or _REMEDY.search(sentence[:start]):
                why = f"a version of {runtime}, not looked for" if runtime else "taken for the version that mends it"
                left += [(each.text, why) for each in group]
            elif name := _owner(sentence, group, names) or last:
                _add(found, name, versions, specifiers)
            else:
                left += [(each.text, "a version of no project") for each in group]
        last = normalise(names[-1][1]) if names else last
    return tuple(found.values())


def _owner(sentence: str, group: list[_Said], names: list[tuple[int, str]]) -> str:
    """Return the name that versions belong to: "1.0 of x", else the one before them, else the one after them."""
    of = _OF.match(sentence, group[-1].end)
    after = [name for at, name in names if of and at == of.end()]
    before = [name for at, name in names if at < group[0].start]
    return next(iter(after or before[-1:] or [name for _, name in names]), "")


def _groups(sentence: str) -> Iterator[list[_Said]]:
    """Yield the versions and spans of a sentence, those together that only `,`, `and` or `or` parts."""
    group: list[_Said] = []
    for said in _versions(sentence):
        between = sentence[group[-1].end : said.start] if group else ""
        if group and not _JOINED.fullmatch(between):
            yield group
            group = []
        group.append(said)
    if group:
        yield group


def _names(sentence: str) -> Iterator[tuple[int, str]]:
    places: dict[int, str] = {}
    matches = [match for pattern in _CONTEXTS for match in pattern.finditer(sentence)]
    if listed := _LISTED.search(sentence):
        matches += _ITEM.finditer(sentence, listed.start(1), listed.end(1))
    for match in matches:
        name = match[1].rstrip(".")
        is_word = name.lower() not in _NO_NAMES and re.search(r"[A-Za-z]", name)
        if is_word and not re.fullmatch(_VERSION, name) and not name.lower().endswith((*_FILES, *_DISTRIBUTIONS)):
            places.setdefault(match.start(1), name)
    yield from sorted(places.items())


def _versions(sentence: str) -> list[_Said]:
    """Return the versions that a sentence lists, and its spans as specifiers, in their order."""
    found = []
    for pattern, form in _SPANS:
        for match in pattern.finditer(sentence):
            bounds = [each.removeprefix("v") for each in match.groups() if each]
            text = form.format(*bounds) if form else ",".join(
                re.sub(r"\s|(?<=[<>=])v", "", bound) for bound in re.findall(_BOUND, match[0])
            )  # fmt: skip
            found.append(_Said(match.start(), match.end(), text.rstrip("."), is_span=True))
        sentence = pattern.sub(lambda match: "\1" * len(match[0]), sentence)
    for pattern in _SINGLE:
        found += [
            _Said(match.start(), match.end(), match[1].removeprefix("v").rstrip("."), is_span=False)
            for match in pattern.finditer(sentence)
        ]
        sentence = pattern.sub(lambda match: "\1" * len(match[0]), sentence)
    return sorted(found)


def _add(found: dict[str, NamedProject], name: str, versions: tuple[str, ...], specifiers: tuple[str, ...]) -> None:
    project = normalise(name)
    known = found.get(project, NamedProject(project))
    found[project] = replace(
        known,
        versions=tuple(dict.fromkeys((*known.versions, *versions))),
        specifiers=tuple(dict.fromkeys((*known.specifiers, *specifiers))),
    )
