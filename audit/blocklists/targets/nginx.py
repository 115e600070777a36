"""Exports the blocklist as maps for nginx, which refuses requests by the folder that a file's digest names."""

from collections.abc import Iterator

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.addresses import Addresses, find_addresses, tell_addresses
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope

MAPS = "boojum-maps.conf"
REFUSAL = "boojum-refuse.conf"

_REFUSE = """\
# boojum: include this file in the server or the location that serves the mirror. It never changes.
if ($boojum_blocked) {
    return 403 "blocked: see the blocklist of boojum\\n";
}
"""
# nginx compares with a decoded path, in which it has resolved `.` and `..`.
_KEYS = r"""
map $uri $boojum_folder {
    default "";
    "~/(?<b_a>[0-9a-f]{2})/+(?<b_b>[0-9a-f]{2})/+(?<b_c>[0-9a-f]{60})(?:/|$)" $b_a$b_b$b_c;
}
map $uri $boojum_path {
    default $uri;
    "~^(?<boojum_p>.*)\.metadata$" $boojum_p;
}
map $boojum_path $boojum_name {
    default "";
    "~(?<boojum_n>[^/]+)$" $boojum_n;
}
map $uri $boojum_page {
    default "";
    "~/simple/(?:[^/]/(?=[^/]+/))?(?<boojum_s>[^/]+)" $boojum_s;
    "~/(?:pypi|json)/(?<boojum_j>[^/]+)" $boojum_j;
}
map $boojum_name $boojum_owner {
    default "";
    "~^(?<boojum_w>[^-]+)-.*\.whl$" $boojum_w;
    "~^(?<boojum_d>.+)-[0-9][^-]*\.(?:tar\.[a-z0-9]+|tgz|tbz|zip|egg)$" $boojum_d;
}
"""
_LISTS = (
    ("boojum_folder", "boojum_by_folder"),
    ("boojum_path", "boojum_by_path"),
    ("boojum_name", "boojum_by_name"),
    ("boojum_page", "boojum_by_page"),
    ("boojum_owner", "boojum_by_owner"),
)


class NginxExport:
    """Maps for nginx in front of a mirror; a file is refused under every name, and its metadata with it."""

    name = "nginx"
    summary = "nginx in front of the mirror: maps by the folder of a file (403)"
    actions = (Action.DENY,)
    scopes = (Scope.FILE, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the maps and the lines of a server."""
        addresses = find_addresses(blocklist, options)
        head = f"# boojum blocklist, revision {blocklist.revision}, run {blocklist.source_run}\n"
        return BlocklistExport(
            files={MAPS: head + "\n".join(_render_maps(addresses)) + "\n", REFUSAL: _REFUSE},
            widened=addresses.widened,
            left_out=addresses.left_out,
            instructions=(
                f"{MAPS} blocks {tell_addresses(addresses)}. Once: `include {MAPS};` in http {{}} and "
                f"`include {REFUSAL};` in server {{}} of nginx.conf, with their full paths. "
                "Then, and after each export: nginx -t && nginx -s reload"
            ),
        )


def _render_maps(addresses: Addresses) -> Iterator[str]:
    projects = sorted({spelling for project in addresses.projects for spelling in _spellings(project)})
    # A backslash before a word keeps it from being one of nginx's own, as `default` is.
    words = [[rf"\\{word}" for word in group] for group in (addresses.names, projects)]
    keys = (addresses.folders, [f"/{path}" for path in addresses.paths], *words, words[1])
    longest = max((len(key) for group in keys for key in group), default=0)
    # nginx warns where its table of hashes is small for a map, and refuses to start where a key exceeds a bucket.
    yield f"map_hash_max_size {_power_of_two(4 * max(map(len, keys)), 65536)};"
    yield f"map_hash_bucket_size {_power_of_two(longest + 64, 256)};"
    yield _KEYS
    for (variable, answer), group in zip(_LISTS, keys, strict=True):
        yield f"map ${variable} ${answer} {{"
        yield '    default "";'
        yield from (f'    "{key}" 1;' for key in group)
        yield "}"
    yield f'map "{"".join(f"${answer}" for _, answer in _LISTS)}" $boojum_blocked {{'
    yield "    default 1;"
    yield '    "" 0;'
    yield "}"


def _spellings(project: str) -> set[str]:
    """Return the spellings of a normalised name that folders and files of it have; nginx ignores the case."""
    return {project.replace("-", separator) for separator in "-_."}


def _power_of_two(number: int, least: int) -> int:
    return max(least, 1 << (number - 1).bit_length() if number else 0)
