"""Defines the columns of a feed's entries, and of what a run finds by them."""

import pyarrow as pa

ENTRIES = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("record", "kind", "project", "version", "filename")),
        *(pa.field(name, pa.string()) for name in ("sha256", "blake2b_256", "ranges")),
        *(pa.field(name, pa.date32()) for name in ("day", "modified", "withdrawn")),
        pa.field("text", pa.string()),
    ]
)
"""Columns of a feed's entries.parquet, one row for each thing that a record names.

`kind` is "digest", "file", "version" or "name"; in a snapshot, "project" or "listed" (a file). Projects are normalised
and versions canonical. `ranges` is JSON: the events of a range that cannot be listed (OSV, type ECOSYSTEM).
"""

MATCHES = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("project", "version", "filename", "path", "sha256")),
        *(pa.field(name, pa.string()) for name in ("feed", "record", "kind")),
        pa.field("day", pa.date32()),
        pa.field("text", pa.string()),
        pa.field("withdrawn", pa.date32()),
        pa.field("note", pa.string()),
    ]
)
"""Columns of known_bad.parquet, one row for each record that speaks of a file of the mirror.

`note` is "" where the record makes the file known bad, else the reason why it does not.
"""

GONE = pa.schema(
    [
        *(pa.field(name, pa.string()) for name in ("project", "version", "filename", "path", "sha256", "verdict")),
        pa.field("why", pa.string()),
    ]
)
"""Columns of gone_upstream.parquet; `why` is "project" or "file"."""
