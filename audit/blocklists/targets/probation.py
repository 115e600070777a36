"""Exports the blocklist as a snapshot for probation, a proxy for PyPI and npm that blocks by sha256.

Written from the sample and the test files of its source, version 0.1; never run against the product. probation refuses
every request once its snapshot has expired, so the snapshot says a day that is far off: a list that grew old goes on
blocking what it names, and no more. Its revision must grow with each change; it is the time of the export.
"""

import json
from datetime import UTC, datetime

from audit.blocklists.contract import Blocklist
from audit.blocklists.targets.contract import Action, BlocklistExport, ExportOptions, Scope
from audit.blocklists.targets.widening import tell_reason

SNAPSHOT = "probation-blocklist.json"
EXPIRES = "2099-01-01T00:00:00Z"


class ProbationExport:
    """A snapshot with the sha256 of each file."""

    name = "probation"
    summary = "probation: a snapshot with the sha256 of each file (not run against the product)"
    actions = (Action.HIDE,)
    scopes = (Scope.FILE,)

    def export(self, blocklist: Blocklist, options: ExportOptions) -> BlocklistExport:
        """Return the snapshot."""
        reasons = {entry.sha256: tell_reason(entry) for entry in blocklist.entries}
        snapshot = {
            "schema_version": 1,
            "revision": int(options.made.timestamp()),
            "generated_at": _render_time(blocklist.generated_at),
            "expires_at": EXPIRES,
            "blocked_packages": [],
            "blocked_hashes": [
                {"algorithm": "sha256", "digest": digest, "reason": reason}
                for digest, reason in sorted(reasons.items())
            ],
        }
        return BlocklistExport(
            files={SNAPSHOT: json.dumps(snapshot, indent=1) + "\n"},
            instructions=(
                f"Name {SNAPSHOT} as `blocklist_file` in probation's configuration. It reads the file again when it is "
                "replaced."
            ),
        )


def _render_time(text: str) -> str:
    """Return an ISO time in UTC as probation writes it; one without an offset is in UTC."""
    time = datetime.fromisoformat(text)
    return f"{(time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
