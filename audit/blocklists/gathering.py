"""Gathers from a run what its record is made from."""

import contextlib
from collections.abc import Iterator
from datetime import date

import duckdb

from audit.blocklists.contract import Blocklist
from audit.blocklists.entries import Night, findings_to_block
from audit.blocklists.holding import HoldRule, find_popular, find_telling_acts
from audit.blocklists.mirror_files import MirrorFile, MirrorFiles, find_files
from audit.config import BlocklistSettings
from audit.contract import AuditDocument
from audit.decisions.matching import Decisions
from audit.query import open_views
from audit.runs import NoSuchRunError
from audit.sql_text import sql_string
from features.packaging.names import normalise
from features.schema import feature_schema
from jobs.run import joined_scores, known_files
from jobs.run.run_folder import RunFolder
from jobs.run.views import store_views
from jobs.store.quarantine import quarantine_on_error
from model.contract import ModelCard


def gather_night(
    run: RunFolder,
    document: AuditDocument,
    previous: Blocklist | None,
    decisions: Decisions,
    settings: BlocklistSettings,
    card: ModelCard,
) -> Night:
    """Return the facts of a staged run from which the record is renewed.

    Raises StoreBrokenError after it moved a damaged part of the store aside.
    """
    views = store_views(run.out, run.folder)
    wanted = findings_to_block(document, settings)
    with (
        quarantine_on_error(views["features"].files, feature_schema()),
        contextlib.closing(open_views(views)) as connection,
    ):
        rule = HoldRule(
            today=document.finished.date(),
            hold_after=settings.hold_after,
            least=settings.verdict,
            popular=find_popular(connection, wanted),
            acts=find_telling_acts(card, settings.verdict),
            since=_first_night(run),
        )
        files = _find_files(connection, previous, decisions)
    mirror = run.manifest.mirror
    return Night(document, files, rule, decisions, str(mirror.serial or ""), mirror.root)


def gather_decided(
    run: RunFolder,
    document: AuditDocument,
    record: Blocklist,
    decisions: Decisions,
    settings: BlocklistSettings,
    today: date,
) -> Night:
    """Return the facts of a finished run to which the decisions of today are applied.

    Raises NoSuchRunError where its scores.parquet cannot be read.
    """
    with _open_scores(run) as connection:
        files = _find_files(connection, record, decisions)
    rule = HoldRule(today, settings.hold_after, settings.verdict)
    mirror = run.manifest.mirror
    return Night(document, files, rule, decisions, str(mirror.serial or ""), mirror.root)


def gather_known(run: RunFolder, record: Blocklist, decisions: Decisions) -> dict[str, tuple[MirrorFile, ...]]:
    """Return the files that the mirror has of the projects of a record and of blocks, by normalised project.

    Raises NoSuchRunError where scores.parquet of the run cannot be read.
    """
    projects = sorted(
        {entry.project for entry in record.entries}.union(block.project for block in decisions.blocks) - {""}
    )
    with _open_scores(run) as connection:
        rows = connection.execute(
            """SELECT project, version, filename, path, sha256, blake2b_256, score, verdict FROM artifacts
            WHERE project IN (SELECT unnest(?::VARCHAR[])) ORDER BY path""",
            [projects],
        ).fetchall()
    known: dict[str, list[MirrorFile]] = {}
    for row in rows:
        known.setdefault(normalise(row[0]), []).append(MirrorFile(*row))
    return {project: tuple(group) for project, group in known.items()}


@contextlib.contextmanager
def _open_scores(run: RunFolder) -> Iterator["duckdb.DuckDBPyConnection"]:
    """Open a database whose view `artifacts` is the scores.parquet of a run."""
    scores = run.folder / joined_scores.FILENAME
    try:
        with contextlib.closing(duckdb.connect()) as connection:
            connection.execute(f"CREATE VIEW artifacts AS SELECT * FROM read_parquet({sql_string(str(scores))})")  # noqa: S608  quoted
            yield connection
    except duckdb.Error as error:
        raise NoSuchRunError(
            f"{scores} cannot be read ({str(error).splitlines()[0]})", "run the audit again, or name another run"
        ) from error


def _find_files(connection: "duckdb.DuckDBPyConnection", record: Blocklist | None, decisions: Decisions) -> MirrorFiles:
    """Return the files that the record or a person's block names."""
    entries = [*record.entries, *(each.entry for each in record.lifted)] if record is not None else []
    digests = {block.sha256 for block in decisions.blocks} - {""}
    return find_files(connection, entries, digests, {block.project for block in decisions.blocks} - {""})


def _first_night(run: RunFolder) -> date | None:
    """Return the first day on which boojum saw a file of this mirror, None if the run has no table of files."""
    files = run.folder / known_files.FILENAME
    if not files.exists():
        return None
    found = duckdb.execute("SELECT min(first_seen) FROM read_parquet(?)", [str(files)]).fetchone()
    return found[0] if found is not None else None
