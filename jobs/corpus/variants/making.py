"""One variant made and read: the artifact's bytes in, a feature row out, nothing on a disk between them."""

import contextlib
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from features.contract import Artifact, Row
from features.limits import Limits
from jobs.contract import Extract
from jobs.corpus.variants.contract import Order, Package, Source, UnfitError, Variant
from jobs.corpus.variants.packing import pack, read_package
from jobs.corpus.variants.registry import find_kind
from jobs.corpus.variants.rewriting import FAULTS

MOST_BYTES = 64 * 2**20
"""Bytes of an artifact on disk that a variant is made of."""


def make_variant(variant: Variant) -> Package:
    """Return a variant as a package in memory; raises UnfitError. Needs no extraction where places are known."""
    return _make(variant, None, Limits())


def read_variant(variant: Variant, limits: Limits, extract: Extract) -> tuple[Artifact, Row]:
    """Return a variant's identity and feature row; raises UnfitError where it cannot be made.

    Where a list does not say in which file a payload stands, what `extract` finds in the untouched artifact does.
    """
    made = _make(variant, extract, limits)
    data = pack(made)
    with memory_file(data) as path:
        row = extract(path, made.filename, limits)
    artifact = Artifact(
        path=made.filename, filename=made.filename, size=len(data), project=made.project, version=made.version
    )
    return artifact, row


@contextlib.contextmanager
def memory_file(data: bytes) -> Iterator[Path]:
    """Give bytes a path, in memory alone (Linux, memfd_create(2)): nothing of them reaches a disk."""
    descriptor = os.memfd_create("boojum-variant", os.MFD_CLOEXEC)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(data)
        yield Path(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)


def _make(variant: Variant, extract: Extract | None, limits: Limits) -> Package:
    package, path = _open(variant.base)
    donor: Package | None = None
    donor_heavy: tuple[str, ...] = ()
    if variant.donor is not None:
        donor, donor_path = _open(variant.donor)
        donor_heavy = _heavy(donor_path, variant.donor, extract, limits)
    heavy = _heavy(path, variant.base, extract, limits) if variant.kind == "obfuscated" else ()
    order = Order(variant, variant.random(), heavy, donor, donor_heavy)
    try:
        return find_kind(variant.kind).make(package, order)
    except FAULTS as error:
        raise UnfitError(package.filename, f"its source cannot be changed ({type(error).__name__})") from error


def _open(source: Source) -> tuple[Package, Path]:
    """Return an artifact as a package, and where it lies."""
    for name in source.paths:
        path = Path(name)
        try:
            if path.stat().st_size > MOST_BYTES:
                raise UnfitError(source.filename, f"is larger than {MOST_BYTES:,} bytes")
            data = path.read_bytes()
        except OSError as error:
            raise UnfitError(source.filename, f"cannot be read ({error.strerror})") from error
        if hashlib.sha256(data).hexdigest() == source.sha256:
            return read_package(data, source.filename, source.project, source.version), path
    raise UnfitError(source.filename, "is not in the tree with the digest that the list says")


def _heavy(path: Path, source: Source, extract: Extract | None, limits: Limits) -> tuple[str, ...]:
    """Return an artifact's members by what was found in them, the worst first; () where a list says enough."""
    if extract is None or source.payload_loc == "setup":
        return ()
    weights: dict[str, float] = defaultdict(float)
    for place in extract(path, source.filename, limits).evidence:
        weights[place.member] += place.weight
    return tuple(sorted(weights, key=lambda member: (-weights[member], member)))
