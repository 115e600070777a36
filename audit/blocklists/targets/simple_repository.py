"""Exports the blocklist as SQL for the yank tables of simple-repository, which its SqliteYankProvider reads.

A yanked file is passed over by installers unless a requirement pins its version with `==`: this is a signal, no
refusal. The tables and their columns are those of simple-repository 0.11. Rows of boojum are known by their reason,
so that the SQL replaces the rows of the export before, and none of the operator's own.
"""

from collections.abc import Iterator, Mapping

from audit.blocklists.contract import Blocklist, BlocklistEntry
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import carry_blocks, is_plain_filename, is_project, is_version, tell_reason
from features.packaging.names import normalise

SQL = "simple-repository-yanked.sql"
MARK = "boojum: "
"""Beginning of the reason of each row."""

_TABLES = """\
CREATE TABLE IF NOT EXISTS yanked_versions(project_name TEXT, version TEXT, reason TEXT,
 date TIMESTAMP DEFAULT CURRENT_TIMESTAMP, CONSTRAINT pk PRIMARY KEY (project_name, version));
CREATE TABLE IF NOT EXISTS yanked_releases(project_name TEXT, file_name TEXT, reason TEXT,
 date TIMESTAMP DEFAULT CURRENT_TIMESTAMP, CONSTRAINT pk PRIMARY KEY (project_name, file_name));
"""


class SimpleRepositoryExport:
    """SQL that yanks each file by its name."""

    name = "simple-repository"
    summary = "simple-repository: yanks files in the tables of its SqliteYankProvider (pinned ones still install)"
    actions = (Action.HIDE,)
    scopes = (Scope.FILE, Scope.VERSION)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the SQL."""
        carried = carry_blocks(blocklist, options, {Scope.FILE: _has_name, Scope.VERSION: is_version})
        files = {(normalise(entry.project), entry.filename): tell_reason(entry) for entry in carried.files}
        versions = {(block.project, block.version): block.reason for block in carried.versions}
        lines = [
            f"-- boojum blocklist, revision {blocklist.revision}, run {blocklist.source_run}",
            "BEGIN IMMEDIATE;",
            _TABLES.rstrip(),
        ]
        lines += _render_rows("yanked_versions", "version", versions)
        lines += _render_rows("yanked_releases", "file_name", files)
        return BlocklistExport(
            files={SQL: "\n".join([*lines, "COMMIT;"]) + "\n"},
            instructions=(
                f"sqlite3 DATABASE < {SQL}, with the database of your SqliteYankProvider: it counts from the next "
                "request on. A yanked file is still installed where a requirement pins it with ==, and its "
                "address still answers."
            ),
            widened=carried.widened,
            left_out=carried.left_out,
        )


def _has_name(entry: BlocklistEntry) -> str:
    return is_plain_filename(entry) or is_project(entry)


def _quote(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))


def _render_rows(table: str, column: str, rows: Mapping[tuple[str, str], str]) -> Iterator[str]:
    """Yield SQL that replaces the rows of boojum in a table; a row of the operator's own is kept."""
    yield f"DELETE FROM {table} WHERE reason LIKE '{MARK}%';"  # noqa: S608  our own words
    for key, reason in sorted(rows.items()):
        values = ", ".join(map(_quote, (*key, MARK + reason)))
        yield f"INSERT OR IGNORE INTO {table}(project_name, {column}, reason) VALUES ({values});"  # noqa: S608  quoted
