"""Makes one variant in memory and extracts its feature row; nothing is written to a disk."""

import contextlib
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from features.contract import Artifact, Row
from features.limits import Limits
from jobs.contract import Extract
from jobs.corpus.variants.contract import CorpusArtifact, NotApplicableError, Package, Variant, VariantContext
from jobs.corpus.variants.packing import pack, read_package
from jobs.corpus.variants.python_source import SOURCE_ERRORS
from jobs.corpus.variants.registry import find_kind

MAX_ARTIFACT_BYTES = 64 * 2**20
"""Bytes on disk of an artifact that a variant is made from."""


def extract_variant(variant: Variant, limits: Limits, extract: Extract) -> tuple[Artifact, Row]:
    """Return a variant's identity and feature row; raises NotApplicableError where it cannot be made.

    Where the list does not label the payload's file, the evidence in the unchanged artifact does.
    """
    package = _make_variant(variant, limits, extract)
    data = pack(package)
    with memory_file(data) as path:
        row = extract(path, package.filename, limits)
    artifact = Artifact(
        path=package.filename,
        filename=package.filename,
        size=len(data),
        project=package.project,
        version=package.version,
    )
    return artifact, row


@contextlib.contextmanager
def memory_file(data: bytes) -> Iterator[Path]:
    """Give bytes a path in memory (Linux, memfd_create(2)), so that nothing of them reaches a disk."""
    descriptor = os.memfd_create("boojum-variant", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(data)
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _make_variant(variant: Variant, limits: Limits, extract: Extract) -> Package:
    package, path = _read_artifact(variant.base)
    donor: Package | None = None
    donor_suspects: tuple[str, ...] = ()
    if variant.donor is not None:
        donor, donor_path = _read_artifact(variant.donor)
        donor_suspects = _find_suspects(donor_path, variant.donor, limits, extract)
    suspects = _find_suspects(path, variant.base, limits, extract) if variant.kind == "obfuscated" else ()
    context = VariantContext(variant, variant.rng(), suspects, donor, donor_suspects)
    try:
        return find_kind(variant.kind).make(package, context)
    except SOURCE_ERRORS as error:
        reason = f"its source cannot be changed ({type(error).__name__})"
        raise NotApplicableError(package.filename, reason) from error


def _read_artifact(artifact: CorpusArtifact) -> tuple[Package, Path]:
    """Return an artifact as a package, and its path."""
    for name in artifact.paths:
        path = Path(name)
        try:
            if path.stat().st_size > MAX_ARTIFACT_BYTES:
                raise NotApplicableError(artifact.filename, f"is larger than {MAX_ARTIFACT_BYTES:,} bytes")
            data = path.read_bytes()
        except OSError as error:
            raise NotApplicableError(artifact.filename, f"cannot be read ({error.strerror})") from error
        if hashlib.sha256(data).hexdigest() == artifact.sha256:
            return read_package(data, artifact.filename, artifact.project, artifact.version), path
    raise NotApplicableError(artifact.filename, "is not in the tree with the digest that the list gives")


def _find_suspects(path: Path, artifact: CorpusArtifact, limits: Limits, extract: Extract) -> tuple[str, ...]:
    """Return an artifact's members by the weight of the evidence in them, the heaviest first.

    Returns () where the list labels the payload's file exactly: a release has one setup.py.
    """
    if artifact.payload_loc == "setup":
        return ()
    weights: dict[str, float] = defaultdict(float)
    for evidence in extract(path, artifact.filename, limits).evidence:
        weights[evidence.member] += evidence.weight
    return tuple(sorted(weights, key=lambda member: (-weights[member], member)))
