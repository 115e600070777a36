"""Exports the blocklist for an nginx in front of proxpi, which has no list of its own.

proxpi serves a file as `/index/<project>/<file>`, with the project in any spelling, and not below a path with its
digest. So nginx looks up the name of the file. A map of nginx compares without regard to case, which blocks no other
file: names of one project that differ in case alone cannot both be in an index.
"""

from collections.abc import Iterator

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import carry_blocks, is_plain_filename, is_project

MAP = "proxpi-blocked-files.map"
PROJECTS = "proxpi-blocked-projects.map"
CONF = "proxpi-blocklist.conf"

_CONF = """\
# Goes into http {{}}; two lines go into server {{}}:
#   if ($boojum_proxpi_file) {{ return 403 "blocked by boojum\\n"; }}
#   if ($boojum_proxpi_project) {{ return 404; }}
map_hash_max_size {size};
map_hash_bucket_size 512;
map $uri $boojum_proxpi_name {{
    default "";
    "~^/index/+[^/]+/+(?<boojum_proxpi_1>[^/]+?)(?:\\.metadata)?/*$" "/$boojum_proxpi_1";
}}
map $boojum_proxpi_name $boojum_proxpi_file {{
    default 0;
    include {folder}{map};
}}
map $uri $boojum_proxpi_page {{
    default "";
    "~^/index/+(?<boojum_proxpi_2>[^/]+)" "/$boojum_proxpi_2";
}}
map $boojum_proxpi_page $boojum_proxpi_project {{
    default 0;
    include {folder}{projects};
}}
"""


class ProxpiExport:
    """Maps of nginx keyed by file name."""

    name = "proxpi"
    summary = "proxpi: maps for the nginx in front of it, by file name"
    actions = (Action.DENY,)
    scopes = (Scope.FILE, Scope.PROJECT)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the maps and the configuration that reads them."""
        carried = carry_blocks(blocklist, options, {Scope.FILE: is_plain_filename, Scope.PROJECT: is_project})
        names = sorted({f"/{entry.filename}".lower() for entry in carried.files})
        projects = [block.project for block in carried.projects]
        size = 2048
        while size < 4 * max(len(names), len(projects)):
            size *= 2
        return BlocklistExport(
            files={
                CONF: _CONF.format(size=size, folder="", map=MAP, projects=PROJECTS),
                MAP: "".join(f'"{name}" 1;\n' for name in names),
                PROJECTS: "".join(f"{line}\n" for line in _render_projects(projects)),
            },
            instructions=(
                f"Put the three files beside nginx.conf, include {CONF} in http {{}}, copy its two lines into "
                f"server {{}}, and reload nginx (nginx -t && nginx -s reload). proxpi must be reachable through "
                "nginx alone."
            ),
            widened=carried.widened,
            left_out=carried.left_out,
        )


def _render_projects(projects: list[str]) -> Iterator[str]:
    """Yield the lines for projects; nginx lowers the case of a name, and any run of `-_.` is one hyphen."""
    for project in projects:
        yield f'"~*^/{project.replace("-", "[-_.]+")}$" 1;'
