"""Builds the table of popular projects' identities (`features.reference.identity`) from a tree of their releases."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from features.limits import Limits
from features.opening import open_release
from features.packaging.metadata import CoreMetadata, read_core_metadata
from features.packaging.names import normalise
from features.packaging.top_level import top_level_names
from features.reference.identity import (
    MOST_OWNERS,
    ProjectIdentity,
    address_key,
    mail_key,
    render_identities,
    summary_key,
)
from features.runtime.atomic_write import write_atomically
from jobs.corpus.contract import CorpusError, ListedFile, Progress
from jobs.corpus.layout import tree_path

MAX_PER_KIND = 3
"""Import names, URLs and e-mail addresses of one project that are kept, of each at most so many."""
INFLATED_BYTES = 8 * 2**20
"""Bytes of one artifact that are inflated: almost all are smaller, or have their metadata before that."""
_SHARED_LABELS = ("sponsor", "fund", "donat", "discord", "chat", "slack", "twitter", "gitter", "youtube", "download")


def build_identities(files: Sequence[ListedFile], tree: Path, out: Path, *, progress: Progress = None) -> int:
    """Write the table of the listed projects, from the smallest listed file of each; return how many it has.

    Raises CorpusError where the tree holds none of the files.
    """
    chosen: dict[str, ListedFile] = {}
    for file in files:
        chosen[file.project] = min(chosen.get(file.project, file), file, key=lambda f: f.size or 0)
    found: list[ProjectIdentity] = []
    limits = Limits(inflated_bytes=INFLATED_BYTES)
    for done, file in enumerate(chosen.values(), start=1):
        opened = open_release(tree / tree_path(file.blake2b_256, file.filename), file.filename, limits)
        if opened.release is not None:
            found.append(
                derive_identity(file.project, read_core_metadata(opened.release), top_level_names(opened.release))
            )
        if progress is not None:
            progress(done, len(chosen), file.filename)
    if not found:
        raise CorpusError(str(tree), "holds none of the listed files", "fetch the list into it first")
    write_atomically(out, render_identities(drop_shared_values(found)).encode(), parents=True)
    return len(found)


def drop_shared_values(identities: Sequence[ProjectIdentity]) -> list[ProjectIdentity]:
    """Return the projects by name, without values that more than `MOST_OWNERS` of them share."""

    def shared(values_of: Callable[[ProjectIdentity], Sequence[str]]) -> set[str]:
        counts = Counter(value for identity in identities for value in values_of(identity))
        return {value for value, count in counts.items() if count > MOST_OWNERS}

    imports, urls, mails = shared(lambda i: i.imports), shared(lambda i: i.urls), shared(lambda i: i.mails)
    return [
        replace(
            identity,
            imports=tuple(name for name in identity.imports if name not in imports),
            urls=tuple(url for url in identity.urls if url not in urls),
            mails=tuple(mail for mail in identity.mails if mail not in mails),
        )
        for identity in sorted(identities, key=lambda i: i.name)
    ]


def derive_identity(project: str, metadata: CoreMetadata, import_names: Sequence[str]) -> ProjectIdentity:
    """Return the identity of one project from the metadata and the import names of one of its releases.

    Import names in the project's name come first, then the others, without private ones.
    """
    urls = [metadata.homepage, *(url for label, url in metadata.project_urls if not _is_shared(label))]
    compact = normalise(project).replace("-", "")
    public = [name for name in import_names if not name.startswith("_")]
    ranked = sorted(public, key=lambda name: (normalise(name).replace("-", "") not in compact, name))
    return ProjectIdentity(
        normalise(project),
        tuple(ranked[:MAX_PER_KIND]),
        tuple(dict.fromkeys(key for key in map(address_key, urls) if key))[:MAX_PER_KIND],
        tuple(dict.fromkeys(key for key in map(mail_key, metadata.emails) if key))[:MAX_PER_KIND],
        summary_key(metadata.summary),
    )


def _is_shared(label: str) -> bool:
    """Return whether a label is of a URL on a site that many projects use."""
    return any(word in label for word in _SHARED_LABELS)
