"""Builds the planned releases as distribution files in a folder, with a manifest that says what stands where.

Files with transplanted payloads are live malware: build them outside of any repository, and never unpack them.
"""

import hashlib
import json
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from random import Random

from packaging.version import InvalidVersion, Version

from features.contract import Progress
from features.extract import extract_row
from features.limits import Limits
from features.runtime.atomic_write import write_atomically
from jobs.corpus.contract import CorpusError
from jobs.corpus.layout import safe_component
from jobs.corpus.listing import write_csv
from jobs.corpus.payloads.blocks import blocks_of
from jobs.corpus.payloads.contract import SHARED, Block, BuiltRelease, Dress, HostPair, PlannedRelease
from jobs.corpus.payloads.declarations import raise_version, renamed_path, with_version
from jobs.corpus.payloads.donors import Suspects, read_payload
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.dresses import PLAIN, choose_dress
from jobs.corpus.payloads.honest import find_change
from jobs.corpus.payloads.registry import find_family
from jobs.corpus.payloads.triggers import choose_trigger
from jobs.corpus.payloads.vocabulary import Vocabulary
from jobs.corpus.variants.contract import NotApplicableError, Package
from jobs.corpus.variants.packing import pack, read_package
from jobs.corpus.variants.python_source import SOURCE_ERRORS
from jobs.corpus.wheel_record import record_line

MANIFEST = "manifest.csv"
_JOURNAL = "built.jsonl"
_NOT_APPLICABLE = (NotApplicableError, *SOURCE_ERRORS, IndexError, KeyError)


@dataclass(frozen=True, slots=True)
class PayloadsBuilt:
    """Result of a build: releases with payloads, honest twins, and how many could not be built, by reason."""

    manifest: Path
    positives: int
    twins: int
    skipped: Mapping[str, int]
    resumed: int


def build_releases(
    planned: Iterable[PlannedRelease],
    out: Path,
    *,
    suspects: Suspects | None = None,
    progress: Progress | None = None,
) -> PayloadsBuilt:
    """Write the planned releases below `out`, and `manifest.csv` in it; what an earlier call built stays.

    `out` must not be inside a git repository. Raises CorpusError.
    """
    out = out.absolute()
    if any((folder / ".git").exists() for folder in (out, *out.parents)):
        raise CorpusError(str(out), "is inside a repository", "build releases with payloads outside of it")
    releases = list(planned)
    out.mkdir(parents=True, exist_ok=True)
    journal = out / _JOURNAL
    done = _read_journal(journal)
    resumed = 0
    skipped: Counter[str] = Counter()
    rows: list[BuiltRelease] = []
    with journal.open("a", encoding="utf-8") as log:
        for number, release in enumerate(releases, 1):
            key = release_key(release)
            if key in done:
                outcome, resumed = done[key], resumed + 1
            else:
                outcome = _build_first(release, out, suspects or heaviest_members)
                log.write(json.dumps([key, astuple(outcome) if isinstance(outcome, BuiltRelease) else outcome]) + "\n")
                log.flush()
            if isinstance(outcome, BuiltRelease):
                rows.append(outcome)
            else:
                skipped[outcome] += 1
            if progress is not None:
                progress(number, len(releases), release.family)
    manifest = out / MANIFEST
    write_csv(manifest, [field.name for field in fields(BuiltRelease)], (list(astuple(row)) for row in rows))
    positives = sum(row.label for row in rows)
    return PayloadsBuilt(manifest, positives, len(rows) - positives, dict(skipped.most_common()), resumed)


def release_key(release: PlannedRelease) -> str:
    """Return the digest of a planned release, which names it in the journal."""
    return hashlib.blake2b(repr(release).encode("utf-8", "replace"), digest_size=12).hexdigest()


def build_release(release: PlannedRelease, pair: HostPair, suspects: Suspects) -> tuple[Package, Draft]:
    """Return the next release of a host with the change of its family in it; raises NotApplicableError."""
    rng = release.rng(pair)
    package = _read_host(pair)
    if pair.is_raised:
        package = with_next_version(package, rng)
    words = Vocabulary(release.split, rng)
    if not release.label:
        draft = Draft(package, words, rng, dress=PLAIN, trigger=_always(release.split), code="")
        find_change(release.family).build(draft)
    else:
        draft = _draft_payload(release, package, words, rng, suspects)
    changed = draft.finish()
    _check_sources(package, changed)
    return changed, draft


def _draft_payload(
    release: PlannedRelease, package: Package, words: Vocabulary, rng: Random, suspects: Suspects
) -> Draft:
    family = find_family(release.family)
    code = read_payload(release.donor, suspects, rng) if release.donor else None
    dress = Dress(family.dress, family.split, PLAIN.apply) if family.dress else choose_dress(release.split, rng)
    trigger = choose_trigger(release.split, rng) if family.takes_trigger else _always(release.split)
    draft = Draft(package, words, rng, dress=dress, trigger=trigger, code=code)
    family.build(draft)
    return draft


def with_next_version(package: Package, rng: Random) -> Package:
    """Return a release with its version raised: in the file name, the folders, the metadata and its own sources."""
    old = _version_in(package.filename)
    new = raise_version(old, rng.choice)
    filename = package.filename.replace(f"-{old}", f"-{new}", 1)
    members = tuple(
        replace(
            m,
            path=(path := renamed_path(m.path, old, new)),
            data=with_version(path, m.data, old, new),
            link_target=renamed_path(m.link_target, old, new),
        )
        for m in package.members
    )
    return _with_record(replace(package, filename=filename, version=new, members=members))


def _version_in(filename: str) -> str:
    """Return the version as a file name spells it; raises NotApplicableError."""
    if filename.endswith(".whl"):
        text = filename.split("-")[1]
    else:
        text = re.sub(r"\.(tar\.gz|tgz|zip)$", "", filename).rpartition("-")[2]
    try:
        Version(text)
    except InvalidVersion as error:
        raise NotApplicableError(filename, "has a version that cannot be raised") from error
    return text


def _with_record(package: Package) -> Package:
    """Return a wheel whose RECORD states every file, in the order of the archive; an sdist stays as it is."""
    files = package.files()
    path = next((p for p in files if p.endswith(".dist-info/RECORD") and p.count("/") == 1), "")
    if not path:
        return package
    signatures = {f"{path}.jws", f"{path}.p7s"}
    lines = [record_line(name, data) for name, data in files.items() if name != path and name not in signatures]
    lines += [f"{name},," for name in files if name in signatures] + [f"{path},,"]
    record = ("\n".join(lines) + "\n").encode()
    return replace(package, members=tuple(replace(m, data=record) if m.path == path else m for m in package.members))


def heaviest_members(path: Path, filename: str) -> tuple[str, ...]:
    """Return the members of an artifact by the weight of the evidence in them, the heaviest first."""
    weights: dict[str, float] = defaultdict(float)
    for evidence in extract_row(path, filename, Limits()).evidence:
        weights[evidence.member] += evidence.weight
    return tuple(sorted(weights, key=lambda member: (-weights[member], member)))


def _always(split: str) -> Block:
    return next(block for block in blocks_of("triggers", split) if block.split == SHARED)


def _read_host(pair: HostPair) -> Package:
    host = pair.host
    try:
        data = Path(host.path).read_bytes()
    except OSError as error:
        raise NotApplicableError(host.filename, "cannot be read") from error
    if hashlib.sha256(data).hexdigest() != host.sha256:
        raise NotApplicableError(host.filename, "has another digest than its list says")
    return read_package(data, host.filename, host.project, host.version)


def _check_sources(before: Package, after: Package) -> None:
    """Raise NotApplicableError where a changed Python file does not compile, and its original did or is new."""
    old, new = before.files(), after.files()
    for path, data in new.items():
        if (
            path.endswith(".py")
            and old.get(path) != data
            and not _compiles(data)
            and (path not in old or _compiles(old[path]))
        ):
            raise NotApplicableError(before.filename, "would have source that cannot be compiled")


def _compiles(source: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "<member>", "exec")
        except SOURCE_ERRORS:
            return False
    return True


def _build_first(release: PlannedRelease, out: Path, suspects: Suspects) -> BuiltRelease | str:
    """Write a release from the first candidate that fits; return its line, or why none fits."""
    reason = "has no host"
    for pair in release.candidates:
        try:
            package, draft = build_release(release, pair, suspects)
            data = pack(package)
        except _NOT_APPLICABLE as error:
            reason = error.reason if isinstance(error, NotApplicableError) else f"failed ({type(error).__name__})"
            continue
        return _write(release, pair, package, draft, data, out)
    return f"{release.family}: {reason}"


def _write(
    release: PlannedRelease, pair: HostPair, package: Package, draft: Draft, data: bytes, out: Path
) -> BuiltRelease:
    relative = f"{release.split}/{release.family}/{release.number:05d}/{safe_component(package.filename)}"
    write_atomically(out / relative, data, parents=True)
    donor = release.donor
    return BuiltRelease(
        path=relative,
        sha256=hashlib.sha256(data).hexdigest(),
        label=release.label,
        split=release.split,
        family=release.family,
        place=find_family(release.family).place if release.label else "honest",
        trigger=draft.trigger.kind if release.label else "",
        dress=draft.dress.name if release.label else "",
        act="transplant" if donor else draft.act,
        donor=donor.campaign if donor else "template",
        donor_sha256=donor.sha256 if donor else "",
        donor_first_seen=donor.first_seen if donor else "",
        host_project=pair.host.project,
        host_sha256=pair.host.sha256,
        base_sha256=pair.base.sha256,
        base_filename=pair.base.filename,
        version=package.version,
        kind=pair.host.kind,
        stratum=pair.host.stratum,
        member=draft.members[0] if draft.members else "",
        other_members=" | ".join(draft.members[1:]),
    )


def _read_journal(path: Path) -> dict[str, BuiltRelease | str]:
    """Return what an earlier call built or could not build, by key; a line that was cut by a kill is left out."""
    done: dict[str, BuiltRelease | str] = {}
    if not path.exists():
        return done
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            key, outcome = json.loads(line)
        except ValueError:
            continue
        if isinstance(outcome, str):
            done[key] = outcome
        elif (path.parent / outcome[0]).exists():
            done[key] = BuiltRelease(*outcome)
    return done
