"""What a distribution says of itself, and how much of it is true, empty or borrowed.

Left out on purpose, because they tell the year or the tool rather than the intent: the metadata version, the
generator, whether a Python version is required (all newer tools write it, older ones did not: in benign
artifacts it goes with the year by a rank correlation of 0.4), which file the fields came from, description
content type, licence files, the spelling "UNKNOWN" (old tools write it for an empty field; it counts as empty),
whether the author's name stands in its own field or inside the address, the Python versions among the
classifiers, and a count of metadata files. Where older and newer tools write the same fact in different fields
(homepage, licence, author), both are read. Nothing comes from archive headers.

Every column but `metadata_present` is null where nothing was declared that could be read.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import InvalidVersion, Version

from features.contract import Column, Dtype, FileType, GroupRow, Member, Release, Role, Scalar
from features.file_type_index import by_file_type
from features.packaging.metadata import CoreMetadata, read_build_requirements, read_core_metadata
from features.packaging.names import normalise
from features.packaging.top_level import stdlib_names, top_level_names
from features.reference.identity import (
    Identities,
    address_key,
    import_names,
    mail_key,
    popular_identities,
    summary_key,
)
from features.reference.popular_names import imitation_of, popular_names, slips_from_well_known
from features.runtime.cache import cached_text, size_of_words
from features.text.word_metrics import entropy, is_random

FREE_MAIL = frozenset((Path(__file__).parents[1] / "data" / "free_mail.txt").read_text(encoding="utf-8").split())
"""Domains where anybody has an address in a minute."""

_DISPOSABLE = re.compile(
    r"(?:mailinator|guerrilla|10minute|tempmail|temp-mail|tmpmail|throwaway|trash-?mail|yopmail|sharklasers|discard|"
    r"dispos|getnada|maildrop|mohmal|mailnesia|fakeinbox|burner|spam4|minutemail|emailondeck|dropmail|moakt)"
)
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@([A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.)+[A-Za-z]{2,24})")
_PLACEHOLDER = re.compile(
    r"\b(?:your|my|author'?s?|some|the|full|first|last)[ _-]?(?:name|e-?mail|username|company)\b|"
    r"\byour[ _-]?(?:project|package|repo\w*|url|website|description)\b|@example\b|\bexample\.(?:com|org|net)\b|"
    r"\btest@|@test\.|lorem ipsum|\bj(?:ohn|ane) doe\b|\basdf|\bqwerty|placeholder|change ?me\b|\btodo\b",
    re.IGNORECASE,
)
_PLACEHOLDER_WORDS = (
    "name", "mail", "company", "your", "example", "test@", "@test.", "lorem ipsum", " doe", "asdf", "qwerty",
    "placeholder", "change", "todo",
)  # fmt: skip
"""One of these stands in each ASCII text that the rule fits, in lower case."""
_PLACEHOLDER_WHOLE = re.compile(
    r"\W*(?:an? )?(?:tests?|testing|examples?|demo|foo|foo ?bar|bar|none|n/a|xxx+|abc|description)\W*$|"
    r"\W*hello,? world|\W*$|"
    r"\W*(?:this is )?(?:an?|my|the)? ?"
    r"(?:\b(?:first|very|simple|small|sample|dummy|empty|basic|example|test|short|python|pypi|cool|new)\b ?)*"
    r"(?:package|project|library|module|description)\W*$",
    re.IGNORECASE,
)
_FORGES = (
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "codeberg.org",
    "gitee.com",
    "sourceforge.net",
    "launchpad.net",
)
_DOCS = ("readthedocs.io", "readthedocs.org", "rtfd.io", "github.io", "gitlab.io", "pythonhosted.org")
_SHORTENERS = frozenset({
    "bit.ly", "tinyurl.com", "t.co", "goo.gl", "is.gd", "cutt.ly", "rb.gy", "ow.ly", "shorturl.at", "t.ly",
    "v.gd", "t.me", "discord.gg", "discord.com",
})  # fmt: skip
_INDEX = re.compile(r"(?:^|\.)(?:test\.)?pypi\.(?:python\.)?org$")
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-f:]*:[0-9a-f:]+\]?")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62}[a-z0-9_])?\.)+[a-z][a-z0-9-]{1,23}", re.IGNORECASE)
_URL = re.compile(r"https?://([^\s/\"'<>()\[\]\\]{1,253})")
_HEADING = re.compile(r"^(?:#{1,6}\s|={3,}\s*$|-{3,}\s*$|~{3,}\s*$)", re.MULTILINE)
_CODE = re.compile(r"^(?:```|~~~|\.\. code|>>> |.*::\s*$)", re.MULTILINE)
_IMAGE = re.compile(r"!\[|\.\. image::|<img\b|\.\. figure::|\|image:: ")
_WORD = re.compile(r"\w+")
_BLANKED = "".join(sign if sign.isalnum() or sign == "_" else " " for sign in map(chr, range(128)))
"""What is no letter of an ASCII word, as a blank."""
_STATUS = re.compile(r"Development Status :: (\d)")
_DIRECT = re.compile(r"@\s*(?:\w+\+)?\w+://|^(?:\w+\+)?(?:https?|git|ssh|file)://|^(?:git|hg|svn|bzr)\+")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SPEC = r"(?:(?:==|!=|[<>]=?) ?\d+(?:\.\d+)*(?:(?<===\d)\.\*)?|~= ?\d+(?:\.\d+)+)"
_MARK = (
    r"(?:python_version|python_full_version|sys_platform|platform_system|platform_machine|os_name|extra"
    r"|platform_python_implementation|implementation_name) ?(?:[=!<>]=|[<>]) ?(?:'[\w.+-]*'|\"[\w.+-]*\")"
)
_SIMPLE = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?) ?(?:\[[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)*\])? ?"
    rf"(?:({_SPEC}(?: ?, ?{_SPEC})*)|\(({_SPEC}(?: ?, ?{_SPEC})*)\))?"
    rf"(?: ?; ?{_MARK}(?: (?:and|or) {_MARK})*)?",
    re.ASCII,
)
"""A dependency as most are written, which needs no parser: a name, versions or none, a plain condition or none."""
_EXACT = re.compile(r"== ?[\d.]+(?![\d.*])")
_PINNED = re.compile(r"===?\s*[\w.]+")
_PARTS = re.compile(r"[A-Za-z]+|\d+")

_INSTALL = re.compile(
    # A letter first, and what stands before it only then: so a search skips to these letters.
    r"(?:p(?<!\wp)(?:ip[23x]?|oetry|ipenv)|u(?<!\wu)v|c(?<!\wc)onda)[ \t]+(?:pip[ \t]+)?(?:install|add)[ \t]+"
    r"(?:-{1,2}[A-Za-z-]{1,20}[ \t]+){0,3}"
    r"[\"']?([A-Za-z0-9][A-Za-z0-9._-]{0,80}[A-Za-z0-9])"
)
_ASIDE = re.compile(r"(?:^|/)(?:tests?|docs?|examples?|setup\.py|conftest\.py|test_[^/]*\.py)(?:/|$)")

_INSTALL_ROLE = Role.INSTALL
_DESCRIPTION_CHARS = 8_000
_MAX_REQUIRES = 500
_BUILDERS = frozenset({"scikit-build-core", "uv-build", "pdm-pep517", "vcs-versioning"})
"""Build backends that are required only to build and so are on no list of dependencies."""
_MAX_COMPARED = 100
_MAX_NAMED = 40
_MAX_NAME = 100
_CODELESS_BYTES = 200
"""Python of its own, without setup.py and tests, below which a release has next to no code."""
_NAMED_BYTES = 2**19
"""Python in which the names of dependencies are looked for; in more of it, nearly all would be found."""

B, I32, F = Dtype.BOOL, Dtype.INT32, Dtype.FLOAT32

_COLUMNS = (
    ("present", B, "whether it declares anything of itself at all"),
    ("problems", I32, "how much is malformed in its metadata file"),
    ("encoding_problem", B, "metadata that is not in the encoding it must be in"),
    ("duplicate_fields", I32, "metadata fields that stand twice though they may stand once"),
    ("fields", I32, "how many of the usual fields of its metadata are filled in"),
    ("summary_chars", I32, "the length of its summary"),
    ("summary_words", I32, "the number of words in its summary"),
    ("summary_placeholder", B, "a summary that is a template's text"),
    ("summary_is_name", B, "a summary that only repeats its name"),
    ("summary_random", F, "random-looking words in its summary"),
    ("description_chars", I32, "the length of its description"),
    ("description_words", I32, "the number of words in its description"),
    ("description_distinct", F, "how much its description repeats itself"),
    ("description_headings", I32, "the number of headings in its description"),
    ("description_code_blocks", I32, "the number of code examples in its description"),
    ("description_links", I32, "the number of links in its description"),
    ("description_link_hosts", I32, "the number of hosts its description links to"),
    ("description_images", I32, "the number of pictures in its description"),
    ("description_is_summary", B, "a description that only repeats its summary"),
    ("description_placeholder", B, "a description that is a template's text"),
    ("description_names_project", B, "whether its description names the project"),
    ("description_installs_popular", B, "a description that tells to install a popular project and not this one"),
    ("borrowed_url", B, "an address that is a popular project's and not its own"),
    ("borrowed_email", B, "an e-mail address that a popular project's author gives"),
    ("borrowed_summary", B, "a summary that is a popular project's, word for word"),
    ("borrowed_kinds", I32, "how much of what it says of itself is one popular project's"),
    ("borrowed_imitated", B, "metadata of the very project that its name is near to"),
    ("borrowed_family", B, "whether what it shares with a popular project is that of their common family"),
    ("author_present", B, "whether it names an author"),
    ("author_chars", I32, "the length of its author's name"),
    ("author_words", I32, "the number of words in its author's name"),
    ("author_placeholder", B, "an author's name that is a template's text"),
    ("author_is_name", B, "an author who is called like the project"),
    ("author_random", B, "an author's name that looks random"),
    ("author_digits", F, "digits in its author's name"),
    ("maintainer_present", B, "whether it names a maintainer beside the author"),
    ("email_present", B, "whether it gives an e-mail address"),
    ("email_valid", B, "whether its e-mail address can be one"),
    ("email_placeholder", B, "an e-mail address that is a template's text"),
    ("email_free", B, "an e-mail address of a free provider"),
    ("email_disposable", B, "an e-mail address of a throw-away provider"),
    ("email_digits", F, "digits in its e-mail address"),
    ("email_random", B, "an e-mail address that looks random"),
    ("email_names_author", B, "whether its e-mail address and its author's name have to do with each other"),
    ("email_matches_homepage", B, "whether its e-mail address and its homepage are of one domain"),
    ("homepage_present", B, "whether it gives a homepage"),
    ("homepage_valid", B, "whether its homepage is a usable address"),
    ("homepage_forge", B, "a homepage at a code forge"),
    ("homepage_docs", B, "a homepage at a documentation host"),
    ("homepage_index", B, "a homepage that is the package index itself"),
    ("homepage_ip", B, "a homepage that is a bare network address"),
    ("homepage_shortener", B, "a homepage behind a link shortener or a chat invitation"),
    ("homepage_placeholder", B, "a homepage that is a template's text"),
    ("homepage_bare", B, "a homepage at a code forge that names no repository"),
    ("homepage_names_project", B, "whether its homepage has to do with its name"),
    ("homepage_of_popular", B, "a homepage that is a popular project's and not its own"),
    ("urls", I32, "the number of addresses it declares"),
    ("url_hosts", I32, "the number of hosts among the addresses it declares"),
    ("classifiers", I32, "the number of classifiers it declares"),
    ("classifiers_topics", I32, "the number of topics it declares"),
    ("development_status", I32, "the development status it declares"),
    ("keywords", I32, "the number of keywords it declares"),
    ("licence_present", B, "whether it declares a licence"),
    ("requires", I32, "the number of its dependencies"),
    ("requires_direct", I32, "dependencies that are fetched from an address and not from the index"),
    ("requires_self", B, "a dependency on itself"),
    ("requires_imitating", I32, "dependencies whose names imitate popular ones"),
    ("requires_unknown", I32, "dependencies that few others depend on"),
    ("requires_unknown_share", F, "how many of its dependencies few others depend on"),
    ("requires_random", I32, "dependencies whose names look random"),
    ("requires_pinned", F, "how many of its dependencies are pinned to one version"),
    ("requires_slip", I32, "dependencies whose names are a slip away from well-known ones"),
    ("requires_stdlib", I32, "dependencies that are called like Python's own modules"),
    ("requires_unknown_pinned", I32, "dependencies on one version of what few others depend on"),
    ("requires_imitated", B, "a dependency on the very project that its name is near to"),
    ("requires_unused", F, "how many of its dependencies its code never names"),
    ("requires_unused_unknown", I32, "dependencies that few others depend on and that its code never names"),
    ("codeless", B, "a release with next to no code of its own"),
    ("codeless_requires", I32, "dependencies of a release with next to no code"),
    ("codeless_requires_unknown", I32, "dependencies that few others depend on, of a release with next to no code"),
    ("dependency_links", I32, "addresses outside the index at which its dependencies are looked for"),
    ("build_requires", I32, "the number of projects that building it installs first"),
    ("build_requires_unknown", I32, "projects that few others depend on and that building it installs first"),
    ("version_valid", B, "whether its version can be one"),
    ("version_parts", I32, "the number of parts in its version"),
    ("version_chars", I32, "the length of its version"),
    ("version_major", I32, "the magnitude of its first version number"),
    ("version_largest", I32, "the magnitude of the largest number in its version"),
    ("version_nines", B, "a version made of nines, as used to win over a private package"),
    ("version_zeros", B, "a version made of zeros"),
    ("version_first", B, "a version that is a template's first one"),
    ("version_prerelease", B, "a version that is not a final one"),
    ("version_calendar", B, "a version that is a date"),
    ("name_chars", I32, "the length of its name"),
    ("name_parts", I32, "the number of parts in its name"),
    ("name_digits", F, "digits in its name"),
    ("name_entropy", F, "how random the letters of its name look"),
    ("name_random", B, "a name that looks random"),
    ("name_upper", B, "capital letters in its name"),
    ("name_matches_file", B, "whether its metadata and its file agree on the name"),
    ("version_matches_file", B, "whether its metadata and its file agree on the version"),
    ("name_matches_package", B, "whether what it installs is called like it"),
    ("name_near_package", F, "how near what it installs is to its name"),
    ("packages_of_popular", I32, "packages it installs that are popular projects' by their import name"),
    ("packages_slip", I32, "packages it installs whose names are a slip away from well-known ones"),
)


class MetadataGroup:
    """Columns over what a distribution declares of itself."""

    name = "metadata"
    columns = tuple(Column(f"metadata_{noun}", dtype, meaning) for noun, dtype, meaning in _COLUMNS)

    @property
    def version(self) -> str:
        """The rules' number and the digests of the popular names and identities that they look at."""
        return f"4.{popular_names().digest}.{popular_identities().digest}"

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release."""
        values: dict[str, Scalar] = dict.fromkeys((noun for noun, _, _ in _COLUMNS), None)
        declared = read_core_metadata(release)
        values["present"] = bool(declared.path)
        required = _required(declared.requires_dist)
        values |= _name_values(declared, release) | _version_values(declared, release)
        if declared.path:
            values |= _form_values(declared) | _text_values(declared) | _person_values(declared)
            values |= _address_values(declared) | _borrowed_values(declared, popular_identities())
            values |= _dependency_values(declared, required) | _unused_values(declared, required, release)
            values |= _build_values(release)
        names = tuple(sorted({one.name for one in required if len(one.name) <= _MAX_NAME} - {""}))
        return GroupRow({f"metadata_{noun}": value for noun, value in values.items()}, requires=names)


def _form_values(declared: CoreMetadata) -> dict[str, Scalar]:
    topics = [c for c in declared.classifiers if c.startswith("Topic ::")]
    status = next((int(m[1]) for m in map(_STATUS.match, declared.classifiers) if m), None)
    filled = (
        declared.summary,
        declared.description,
        declared.author,
        declared.emails,
        declared.homepage,
        declared.classifiers,
        declared.keywords,
        declared.licence,
    )
    return {
        "problems": len(declared.problems),
        "encoding_problem": "encoding" in declared.problems,
        "duplicate_fields": sum(problem.startswith("duplicate:") for problem in declared.problems),
        "fields": sum(map(bool, filled)),
        "classifiers": len(declared.classifiers),
        "classifiers_topics": len(topics),
        "development_status": status,
        "keywords": len(declared.keywords),
        "licence_present": bool(declared.licence) or "license" in declared.dynamic,
    }


def _text_values(declared: CoreMetadata) -> dict[str, Scalar]:
    name = normalise(declared.name).replace("-", "")
    summary = declared.summary[:10_000]
    description = declared.description[:_DESCRIPTION_CHARS]
    words = _WORD.findall(summary)
    squashed = "".join(words).lower()
    values: dict[str, Scalar] = {
        "summary_chars": len(declared.summary),
        "summary_words": len(words),
        "summary_placeholder": bool(summary) and _is_placeholder(summary[:300]),
        "summary_is_name": bool(name) and squashed.replace("_", "") == name,
        "summary_random": sum(map(is_random, words)) / len(words) if words else None,
    }
    if not description and "long_description" in declared.dynamic:
        return values
    return {
        **values,
        **_description_values(description),
        "description_chars": len(declared.description),
        "description_is_summary": bool(summary) and description.strip() == summary.strip(),
        "description_names_project": bool(name) and _names(description.lower(), name),
    }


@cached_text("description_figures", size_of=lambda figures: 100 * len(figures))
def _description_values(description: str) -> Mapping[str, Scalar]:
    words = _words(description)
    first = words[:2_000]
    hosts = [host.lower() for host in _URL.findall(description)]
    return {
        "description_words": len(words),
        "description_distinct": len(set(first)) / len(first) if first else None,
        "description_headings": len(_HEADING.findall(description)),
        "description_code_blocks": len(_CODE.findall(description)),
        "description_links": len(hosts),
        "description_link_hosts": len(set(hosts)),
        "description_images": len(_IMAGE.findall(description)),
        "description_placeholder": bool(description) and _is_placeholder(description[:300]),
    }


def _words(text: str) -> list[str]:
    """Return the words of a text, of ASCII in half the time."""
    return text.translate(_BLANKED).split() if text.isascii() else _WORD.findall(text)


@cached_text("placeholders")
def _is_placeholder(text: str) -> bool:
    """Tell whether a text is, or has in it, what a template says."""
    if _PLACEHOLDER_WHOLE.match(text) is not None:
        return True
    small = text.lower()
    if text.isascii() and not any(word in small for word in _PLACEHOLDER_WORDS):
        return False
    return _PLACEHOLDER.search(text) is not None


def _names(text: str, name: str) -> bool:
    """Tell whether a name stands in a text, whatever stands between its letters there of blanks and hyphens."""
    return name in text or name in "".join(text.split()).replace("-", "").replace("_", "").replace(".", "")


@cached_text("install_instructions", size_of=size_of_words)
def _told_to_install(description: str) -> tuple[str, ...]:
    """Return the projects that a description tells to install, in order."""
    if "install" not in description and " add" not in description and "\tadd" not in description:
        return ()
    return tuple(normalise(found) for found in _INSTALL.findall(description))


def _person_values(declared: CoreMetadata) -> dict[str, Scalar]:
    author = declared.author[:500] or declared.maintainer[:500]
    squashed = "".join(_WORD.findall(author)).lower()
    name = normalise(declared.name).replace("-", "")
    values: dict[str, Scalar] = {
        "author_present": bool(author),
        "maintainer_present": bool(declared.maintainer) and declared.maintainer != declared.author,
        "email_present": bool(declared.emails),
    }
    if author:
        values |= {
            "author_chars": len(author),
            "author_words": len(author.split()),
            "author_placeholder": _is_placeholder(author),
            "author_is_name": squashed.replace("_", "") == name,
            "author_random": any(map(is_random, _WORD.findall(author)[:20])),
            "author_digits": _digits(author),
        }
    if not declared.emails:
        return values
    email = declared.emails[0][:320]
    match = _EMAIL.fullmatch(email)
    local, _, _ = email.rpartition("@")
    domain = match[1].lower() if match else ""
    host = _host(declared.homepage)
    return values | {
        "email_valid": match is not None,
        "email_placeholder": _is_placeholder(email),
        "email_free": domain in FREE_MAIL if match else None,
        "email_disposable": _DISPOSABLE.search(domain) is not None if match else None,
        "email_digits": _digits(local),
        "email_random": any(is_random(part) for part in re.split(r"[._+-]", local)),
        "email_names_author": _related(local, domain, author) if author and match else None,
        "email_matches_homepage": _same_domain(domain, host) if domain and host else None,
    }


def _address_values(declared: CoreMetadata) -> dict[str, Scalar]:
    addresses = [
        address for address in dict.fromkeys((declared.homepage, *(a for _, a in declared.project_urls))) if address
    ]
    hosts = {host for host in map(_host, addresses) if host}
    values: dict[str, Scalar] = {
        "homepage_present": bool(declared.homepage) or "url" in declared.dynamic,
        "urls": len(addresses),
        "url_hosts": len(hosts),
    }
    homepage = declared.homepage[:2_000]
    if not homepage:
        return values
    host = _host(homepage)
    is_ip = _IP.fullmatch(host) is not None
    path = [part for part in homepage.split("://", 1)[-1].split("?")[0].split("/")[1:] if part]
    forge = _of(host, _FORGES)
    name = normalise(declared.name)
    repository = normalise(path[1].removesuffix(".git")) if forge and len(path) > 1 else ""
    return values | {
        "homepage_valid": homepage.startswith(("http://", "https://")) and (is_ip or _HOST.fullmatch(host) is not None),
        "homepage_forge": forge,
        "homepage_docs": _of(host, _DOCS),
        "homepage_index": _INDEX.search(host) is not None,
        "homepage_ip": is_ip,
        "homepage_shortener": host.removeprefix("www.") in _SHORTENERS,
        "homepage_placeholder": _is_placeholder(homepage),
        "homepage_bare": forge and len(path) < 2,
        "homepage_names_project": bool(name) and name.replace("-", "") in re.sub(r"[-_.]", "", homepage.lower()),
        "homepage_of_popular": repository in popular_names() and repository != name and not name.startswith(repository),
    }


def _borrowed_values(declared: CoreMetadata, popular: Identities) -> dict[str, Scalar]:
    """Return what of a release's metadata is some other, popular project's."""
    name = normalise(declared.name)
    addresses = [declared.homepage, *(address for _, address in declared.project_urls[:20])]
    owners = {
        "url": [popular.by_url.get(address_key(address), ()) for address in addresses if address],
        "email": [popular.by_mail.get(mail_key(email), ()) for email in declared.emails[:5]],
        "summary": [popular.by_summary.get(summary_key(declared.summary), ())],
    }
    # What is also the project's own is borrowed from nobody.
    others = {kind: {one for names in found if name not in names for one in names} for kind, found in owners.items()}
    own = {kind for kind, found in owners.items() if any(name in names for names in found)}
    kinds = Counter(one for kind, found in others.items() if kind not in own for one in found)
    family = name.split("-")[0]
    installed = _told_to_install(declared.description[:_DESCRIPTION_CHARS])
    return {
        "borrowed_url": bool(others["url"]) and "url" not in own,
        "borrowed_email": bool(others["email"]) and "email" not in own,
        "borrowed_summary": bool(others["summary"]) and "summary" not in own,
        "borrowed_kinds": max(kinds.values(), default=0),
        "borrowed_imitated": not imitation_of(name).likened.isdisjoint(kinds),
        "borrowed_family": "-" in name and any(one.split("-")[0] == family for one in kinds),
        "description_installs_popular": bool(installed) and installed[0] in popular_names() and name not in installed,
    }


@dataclass(frozen=True, slots=True)
class _Required:
    """One declared dependency: its normalised name ("" where there is none that can be read)."""

    name: str
    direct: bool
    pinned: bool
    optional: bool


def _required(lines: Sequence[str]) -> list[_Required]:
    return [_requirement(line) for line in lines[:_MAX_REQUIRES]]


def _dependency_values(declared: CoreMetadata, required: Sequence[_Required]) -> dict[str, Scalar]:
    if not declared.requires_dist and "install_requires" in declared.dynamic:
        return {}
    project = normalise(declared.name)
    names = [one.name for one in required if one.name]
    popular = popular_names()
    unknown = [name for name in dict.fromkeys(names) if name not in popular and name != project]
    optional = any(one.optional for one in required)
    compared = [imitation_of(name) for name in unknown[:_MAX_COMPARED]]
    values: dict[str, Scalar] = {
        "requires": len(declared.requires_dist),
        "requires_direct": sum(one.direct for one in required),
        "requires_self": project in names and not optional,
        "requires_imitating": sum(bool(found.target) for found in compared),
        "requires_slip": sum(map(slips_from_well_known, unknown[:_MAX_COMPARED])),
        "requires_unknown": len(unknown),
        "requires_stdlib": sum(name.replace("-", "_") in stdlib_names() for name in unknown),
        "requires_unknown_pinned": sum(one.pinned for one in required if one.name in unknown),
        "requires_imitated": not imitation_of(project).likened.isdisjoint(names),
        "requires_random": sum(any(map(is_random, name.split("-"))) for name in unknown),
    }
    if names:
        values["requires_unknown_share"] = len(unknown) / len(set(names))
        values["requires_pinned"] = sum(one.pinned for one in required) / len(names)
    return values


def _unused_values(declared: CoreMetadata, required: Sequence[_Required], release: Release) -> dict[str, Scalar]:
    """Return whether there is code at all that could need the dependencies, and which of them it never names."""
    file_types = by_file_type(release)
    own = [member for member in file_types[FileType.PYTHON] if _is_own_code(member, release)]
    # Only blanks at the ends of a small file could make code of none.
    size = sum(len(member.data.strip()) if member.kept and member.size < 4_096 else member.size for member in own)
    native = bool(file_types[FileType.NATIVE] or file_types[FileType.BYTECODE])
    codeless = size < _CODELESS_BYTES and not native
    project = normalise(declared.name)
    needed = list(dict.fromkeys(one.name for one in required if one.name and not one.optional and one.name != project))
    popular = popular_names()
    values: dict[str, Scalar] = {
        "codeless": codeless,
        "codeless_requires": len(needed) if codeless else 0,
        "codeless_requires_unknown": sum(name not in popular for name in needed) if codeless else 0,
    }
    if needed and size <= _NAMED_BYTES and all(member.kept for member in own):
        code = [member.data for member in own]
        identities = popular_identities()
        unused = [
            name
            for name in needed[:_MAX_NAMED]
            if not any(form and _stands(form.encode(), code) for form in import_names(name, identities))
        ]
        values["requires_unused"] = len(unused) / len(needed[:_MAX_NAMED])
        values["requires_unused_unknown"] = sum(name not in popular for name in unused)
    return values


def _stands(word: bytes, code: Sequence[bytes]) -> bool:
    for data in code:  # noqa: SIM110 - half as long as a generator takes for small files
        if word in data:
            return True
    return False


def _is_own_code(member: Member, release: Release) -> bool:
    """Tell whether a Python member is neither a setup file nor a test."""
    if member.role is _INSTALL_ROLE:
        return False
    path = member.path
    if "test" not in path and "doc" not in path and "example" not in path and "setup.py" not in path:
        return True
    return _ASIDE.search(path.removeprefix(release.root)) is None


def _build_values(release: Release) -> dict[str, Scalar]:
    build = read_build_requirements(release)
    required = _required(build.requires)
    unknown = {
        one.name for one in required if one.name and one.name not in popular_names() and one.name not in _BUILDERS
    }
    return {
        "dependency_links": len(build.dependency_links),
        "build_requires": len(required),
        "build_requires_unknown": len(unknown),
    }


def _requirement(line: str) -> _Required:
    """Take one dependency apart, as far as it can be read."""
    return _taken_apart(line[:2_000])


@cached_text("requirements")
def _taken_apart(line: str) -> _Required:
    simple = _SIMPLE.fullmatch(line)
    optional = "extra" in line
    if simple is not None:
        pinned = _EXACT.search(simple[2] or simple[3] or "") is not None
        return _Required(normalise(simple[1]), direct=False, pinned=pinned, optional=optional)
    try:
        parsed = Requirement(line)
    except InvalidRequirement:
        match = _NAME.match(line)
        is_direct = _DIRECT.search(line) is not None
        name = "" if match is None or line[match.end() :].startswith(("://", "+")) else normalise(match[0])
        return _Required(name, is_direct, _PINNED.search(line) is not None, optional)
    pinned = any(spec.operator in {"==", "==="} and "*" not in spec.version for spec in parsed.specifier)
    return _Required(normalise(parsed.name), parsed.url is not None, pinned, optional)


def _version_values(declared: CoreMetadata, release: Release) -> dict[str, Scalar]:
    text = (declared.version or release.version)[:200]
    if not text:
        return {}
    parsed = _version(text)
    numbers = [int(part) for part in re.findall(r"\d{1,18}", text)]
    digits = re.sub(r"\D", "", text)
    major = numbers[0] if numbers else 0
    filed = _version(release.version) if release.version else None
    return {
        "version_valid": parsed is not None,
        "version_parts": len(_PARTS.findall(text)),
        "version_chars": len(text),
        "version_major": _magnitude(major),
        "version_largest": _magnitude(max(numbers, default=0)),
        "version_nines": re.match(r"9{2,}", text) is not None or (len(digits) > 1 and set(digits) == {"9"}),
        "version_zeros": bool(digits) and set(digits) == {"0"},
        "version_first": text in {"0.0.1", "0.1", "0.1.0", "1.0", "1.0.0", "0.0.0", "1"},
        "version_prerelease": parsed.is_prerelease if parsed is not None else None,
        "version_calendar": 2000 <= major <= 2099 or 20_000_101 <= major <= 20_991_231,
        "version_matches_file": (
            parsed == filed if declared.version and parsed is not None and filed is not None else None
        ),
    }


def _name_values(declared: CoreMetadata, release: Release) -> dict[str, Scalar]:
    name = (declared.name or release.project)[:300]
    if not name:
        return {}
    normal = normalise(name)
    squashed = normal.replace("-", "")
    packages = top_level_names(release)
    forms = [normalise(package).strip("-") for package in packages]
    values: dict[str, Scalar] = {
        "name_chars": len(name),
        "name_parts": len([part for part in normal.split("-") if part]),
        "name_digits": _digits(name),
        "name_entropy": entropy(squashed),
        "name_random": any(map(is_random, normal.split("-"))),
        "name_upper": name != name.lower(),
        "name_matches_file": (normal == normalise(release.project) if declared.name and release.project else None),
    }
    if forms:
        values["name_matches_package"] = any(form.replace("-", "") == squashed for form in forms)
        values["name_near_package"] = max(_overlap(squashed, form.replace("-", "")) for form in forms[:50])
        strangers = [package for package in packages[:50] if normalise(package).replace("-", "") not in squashed]
        owners = [popular_identities().by_import.get(package, ()) for package in strangers]
        values["packages_of_popular"] = sum(bool(names) and normal not in names for names in owners)
        values["packages_slip"] = sum(map(slips_from_well_known, strangers))
    return values


def _overlap(left: str, right: str) -> float:
    """Return the share of letter pairs that two words have in common (Dice), 0.0 to 1.0."""
    pairs = {left[at : at + 2] for at in range(len(left) - 1)}
    others = {right[at : at + 2] for at in range(len(right) - 1)}
    total = len(pairs) + len(others)
    return 2 * len(pairs & others) / total if total else float(left == right)


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _magnitude(number: int) -> int:
    """Return 0 for 0, else one more than twice the number's decimal logarithm, so that 9, 99 and 999 differ."""
    return 0 if number == 0 else 1 + int(2 * math.log10(number + 1))


def _digits(text: str) -> float:
    return sum(map(str.isdigit, text)) / len(text) if text else 0.0


def _host(address: str) -> str:
    """Return the host of an address in lower case, without user and port; "" where there is none."""
    if "://" not in address:
        address = f"//{address}"
    try:
        return (urlsplit(address[:2_000]).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _of(host: str, domains: tuple[str, ...]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def _same_domain(domain: str, host: str) -> bool:
    return domain.split(".")[-2:] == host.split(".")[-2:]


def _related(local: str, domain: str, author: str) -> bool:
    """Tell whether an address holds a word of the author's name, or the author's name a word of the address."""
    there = re.sub(r"[^a-z]", "", local.lower()) + " " + domain
    words = [word for word in re.split(r"[^a-z]+", author.lower()) if len(word) > 2]
    if any(word in there for word in words):
        return True
    squashed = re.sub(r"[^a-z]", "", author.lower())
    return any(len(part) > 2 and part in squashed for part in re.split(r"[^a-z]+", local.lower()))
