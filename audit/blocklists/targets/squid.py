"""Exports the blocklist as a list of patterns for squid, which refuses requests by the folder of a file's digest."""

import re
from collections.abc import Iterator

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.addresses import Addresses, find_addresses, tell_addresses
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope

RULES = "boojum-squid.conf"
PATTERNS = "boojum-patterns.txt"
PROJECTS = "boojum-projects.txt"

# squid decodes a path before it compares. Where it is not the server itself, what is behind would resolve `.` and `..`.
_RULES = f"""\
# boojum: copy these lines before the first http_access line of squid.conf, with the full paths of the lists.
acl boojum_dots urlpath_regex (^|/)\\.\\.?(/|$)
acl boojum_files urlpath_regex "{PATTERNS}"
acl boojum_projects urlpath_regex -i "{PROJECTS}"
http_access deny boojum_dots
http_access deny boojum_files
http_access deny boojum_projects
"""
_END = r"(\.metadata)?(\?|$)"
_SDIST = r"-[0-9][^/-]*\.(tar\.[a-z0-9]+|tgz|tbz|zip|egg)"


class SquidExport:
    """Patterns for squid in front of a mirror; a file is refused under every name, and its metadata with it."""

    name = "squid"
    summary = "squid in front of the mirror: patterns by the folder of a file (403)"
    actions = (Action.DENY,)
    scopes = (Scope.FILE, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the patterns and the rules that read them; squid takes an empty list, and warns."""
        addresses = find_addresses(blocklist, options)
        patterns = (*_file_patterns(addresses),)
        projects = [pattern for project in addresses.projects for pattern in _project_patterns(project)]
        return BlocklistExport(
            files={
                RULES: _RULES,
                PATTERNS: "".join(f"{line}\n" for line in patterns),
                PROJECTS: "".join(f"{line}\n" for line in projects),
            },
            widened=addresses.widened,
            left_out=addresses.left_out,
            instructions=(
                f"The lists block {tell_addresses(addresses)}. Once: copy the lines of {RULES} before the first "
                "http_access line of squid.conf, with the full paths of the lists. "
                "Then, and after each export: squid -k parse && squid -k reconfigure"
            ),
        )


def _file_patterns(addresses: Addresses) -> Iterator[str]:
    for folder in addresses.folders:
        yield f"/{folder[:2]}/+{folder[2:4]}/+{folder[4:]}(/|$)"
    for path in addresses.paths:
        yield "^/+" + "/+".join(map(_quote, path.split("/"))) + _END
    for name in addresses.names:
        yield f"/{_quote(name)}{_END}"


def _project_patterns(project: str) -> Iterator[str]:
    """Yield patterns of a project's pages and of the files whose names say that they are of it."""
    name = project.replace("-", "[-_.]+")
    yield f"/simple/+([^/]/+)?{name}(/|$)"
    yield f"/(pypi|json)/+{name}(/|$)"
    # A dash ends the name of a project in the name of a wheel.
    yield f"/{project.replace('-', '[_.]+')}-[^/]*\\.whl{_END}"
    yield f"/{name}{_SDIST}{_END}"


def _quote(text: str) -> str:
    """Return a pattern of POSIX that matches a text of letters, digits and `._+!@=~-` alone."""
    return re.sub(r"[.+]", r"\\\g<0>", text)
