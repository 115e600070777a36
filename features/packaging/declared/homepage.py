"""Measures the web addresses that a release declares, the homepage first."""

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from features.contract import Scalar
from features.packaging.declared.placeholders import is_placeholder
from features.packaging.metadata import CoreMetadata
from features.packaging.names import normalise
from features.reference.popular_names import popular_names

_URL_CHARS = 2_000
_CODE_HOSTS = (
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "codeberg.org",
    "gitee.com",
    "sourceforge.net",
    "launchpad.net",
)
_DOCUMENTATION_HOSTS = ("readthedocs.io", "readthedocs.org", "rtfd.io", "github.io", "gitlab.io", "pythonhosted.org")
_SHORTENERS = frozenset({
    "bit.ly", "tinyurl.com", "t.co", "goo.gl", "is.gd", "cutt.ly", "rb.gy", "ow.ly", "shorturl.at", "t.ly",
    "v.gd", "t.me", "discord.gg", "discord.com",
})  # fmt: skip
"""Link shorteners, and hosts of chat invitations."""
_PACKAGE_INDEX = re.compile(r"(?:^|\.)(?:test\.)?pypi\.(?:python\.)?org$")
_IP = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\[?[0-9a-f:]*:[0-9a-f:]+\]?")
_HOST = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,62}[a-z0-9_])?\.)+[a-z][a-z0-9-]{1,23}", re.IGNORECASE)


def homepage_values(declared: CoreMetadata) -> dict[str, Scalar]:
    """Return the figures of the homepage and the number of all declared URLs and hosts."""
    addresses = [
        address for address in dict.fromkeys((declared.homepage, *(url for _, url in declared.project_urls))) if address
    ]
    values: dict[str, Scalar] = {
        "homepage_present": bool(declared.homepage) or "url" in declared.dynamic,
        "urls": len(addresses),
        "url_hosts": len({host for host in map(host_of, addresses) if host}),
    }
    homepage = declared.homepage[:_URL_CHARS]
    return values | _homepage_values(homepage, normalise(declared.name)) if homepage else values


def _homepage_values(homepage: str, project: str) -> dict[str, Scalar]:
    host = host_of(homepage)
    is_ip = _IP.fullmatch(host) is not None
    path = [segment for segment in homepage.split("://", 1)[-1].partition("?")[0].split("/")[1:] if segment]
    on_code_host = _is_under(host, _CODE_HOSTS)
    repository = normalise(path[1].removesuffix(".git")) if on_code_host and len(path) > 1 else ""
    return {
        "homepage_valid": homepage.startswith(("http://", "https://")) and (is_ip or _HOST.fullmatch(host) is not None),
        "homepage_forge": on_code_host,
        "homepage_docs": _is_under(host, _DOCUMENTATION_HOSTS),
        "homepage_index": _PACKAGE_INDEX.search(host) is not None,
        "homepage_ip": is_ip,
        "homepage_shortener": host.removeprefix("www.") in _SHORTENERS,
        "homepage_placeholder": is_placeholder(homepage),
        "homepage_bare": on_code_host and len(path) < 2,
        "homepage_names_project": (
            bool(project) and project.replace("-", "") in re.sub(r"[-_.]", "", homepage.lower())
        ),
        "homepage_of_popular": (
            repository in popular_names() and repository != project and not project.startswith(repository)
        ),
    }


def host_of(address: str) -> str:
    """Return the host of an address in lower case, without user and port; "" if there is none."""
    if "://" not in address:
        address = f"//{address}"
    try:
        return (urlsplit(address[:_URL_CHARS]).hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_under(host: str, domains: Sequence[str]) -> bool:
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)
