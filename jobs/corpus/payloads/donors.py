"""Reads which known malware may be transplanted, and takes the payload's source out of it (as bytes, never run)."""

import hashlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

from jobs.corpus.listing import read_csv
from jobs.corpus.mirror_writer import MirrorWriter
from jobs.corpus.payloads.contract import Donor
from jobs.corpus.variants.contract import NotApplicableError
from jobs.corpus.variants.packing import read_package
from jobs.corpus.variants.payload_location import locate_payload
from jobs.corpus.variants.python_source import SOURCE_ERRORS, source_text
from jobs.corpus.variants.transplanted import detach_from_build

Suspects = Callable[[Path, str], Sequence[str]]
"""Return the members of an artifact by the weight of the evidence in them, the heaviest first."""

DONOR_SPLITS = frozenset(("train", "recent"))
_COLUMNS = ("sha256", "filename", "project", "version", "date", "cluster_id", "cluster_ioc", "split", "payload_loc")
_PER_CAMPAIGN = 6
_MAX_ARTIFACT_BYTES = 8 * 2**20
_MAX_PAYLOAD_BYTES = 200_000


def read_donors(listing: Path, tree: Path, seed: int) -> list[Donor]:
    """Return the artifacts of the splits in `DONOR_SPLITS` that the tree holds, few of each campaign, mixed.

    The first of every campaign comes before the second of any. Raises CorpusError.
    """
    writer = MirrorWriter(tree)
    rows = [row for row in read_csv(listing, _COLUMNS, "malware") if row["split"] in DONOR_SPLITS]
    rows.sort(key=lambda row: hashlib.blake2b(f"{seed}:{row['sha256']}".encode()).digest())
    campaigns: dict[str, list[Donor]] = defaultdict(list)
    for row in rows:
        campaign = row["cluster_ioc"] or f"cluster:{row['cluster_id']}"
        if row["payload_loc"] in {"", "none_visible"} or len(campaigns[campaign]) >= _PER_CAMPAIGN:
            continue
        placed = writer.find(row["project"], row["filename"], row["sha256"].lower())
        if placed is not None and placed.size <= _MAX_ARTIFACT_BYTES:
            path = str(tree / placed.path)
            campaigns[campaign].append(
                Donor(
                    path,
                    row["filename"],
                    placed.sha256,
                    row["project"],
                    row["version"],
                    campaign,
                    row["payload_loc"],
                    row["date"],
                )
            )
    return [found[rank] for rank in range(_PER_CAMPAIGN) for found in campaigns.values() if rank < len(found)]


def read_payload(donor: Donor, suspects: Suspects, rng: Random) -> str:
    """Return the source of the member that holds a donor's payload; raises NotApplicableError without one."""
    path = Path(donor.path)
    package = read_package(path.read_bytes(), donor.filename, donor.project, donor.version)
    heavy = () if donor.payload_loc == "setup" else suspects(path, donor.filename)
    source = package.files()[locate_payload(package, donor.payload_loc, heavy)]
    if not source.strip() or len(source) > _MAX_PAYLOAD_BYTES:
        raise NotApplicableError(donor.filename, "its payload's file is empty or too large")
    try:
        return source_text(detach_from_build(source, rng))
    except SOURCE_ERRORS as error:
        raise NotApplicableError(donor.filename, "its payload's file is no text") from error
