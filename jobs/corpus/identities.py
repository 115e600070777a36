"""The table of what popular projects are known by (features.reference.identity), made from a tree of their releases."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from features.limits import Limits
from features.opening import open_release
from features.packaging.metadata import CoreMetadata, read_core_metadata
from features.packaging.names import normalise
from features.packaging.top_level import top_level_names
from features.reference.identity import MOST_OWNERS, Identity, address_key, mail_key, render_identities, summary_key
from features.runtime.atomic_write import write_atomically
from jobs.corpus.contract import CorpusError, ListedFile, Progress
from jobs.corpus.layout import package_path

MOST_OF_A_KIND = 3
"""Import names, addresses and e-mail addresses of one project that are kept."""
ENOUGH_BYTES = 8 * 2**20
"""Of one artifact that are inflated: metadata stands at the start or the end of all but odd ones."""
_ODD_LABELS = ("sponsor", "fund", "donat", "discord", "chat", "slack", "twitter", "gitter", "youtube", "download")


def build_identities(files: Sequence[ListedFile], tree: Path, out: Path, *, progress: Progress = None) -> int:
    """Write the table of the listed projects, by the smallest file listed of each; return how many there are.

    Raises CorpusError where the tree holds none of them.
    """
    chosen: dict[str, ListedFile] = {}
    for file in files:
        chosen[file.project] = min(chosen.get(file.project, file), file, key=lambda one: one.size or 0)
    found: list[Identity] = []
    limits = Limits(inflated_bytes=ENOUGH_BYTES)
    for done, file in enumerate(chosen.values(), start=1):
        opened = open_release(tree / package_path(file.blake2b_256, file.filename), file.filename, limits)
        if opened.release is not None:
            found.append(identity_of(file.project, read_core_metadata(opened.release), top_level_names(opened.release)))
        if progress is not None:
            progress(done, len(chosen), file.filename)
    if not found:
        raise CorpusError(str(tree), "holds none of the listed files", "fetch the list into it first")
    write_atomically(out, render_identities(telling(found)).encode(), parents=True)
    return len(found)


def telling(found: Sequence[Identity]) -> list[Identity]:
    """Return the projects by name, without what so many of them share that it is nobody's."""

    def shared(kind: Callable[[Identity], Sequence[str]]) -> set[str]:
        counts = Counter(mark for one in found for mark in kind(one))
        return {mark for mark, count in counts.items() if count > MOST_OWNERS}

    imports, urls, mails = shared(lambda one: one.imports), shared(lambda one: one.urls), shared(lambda one: one.mails)
    return [
        replace(
            one,
            imports=tuple(mark for mark in one.imports if mark not in imports),
            urls=tuple(mark for mark in one.urls if mark not in urls),
            mails=tuple(mark for mark in one.mails if mark not in mails),
        )
        for one in sorted(found, key=lambda one: one.name)
    ]


def identity_of(project: str, declared: CoreMetadata, packages: Sequence[str]) -> Identity:
    """Return what one project is known by, as one of its releases declares it."""
    said = [declared.homepage, *(url for label, url in declared.project_urls if not _is_odd(label))]
    squashed = normalise(project).replace("-", "")
    public = [name for name in packages if not name.startswith("_")]
    near = sorted(public, key=lambda name: (normalise(name).replace("-", "") not in squashed, name))
    return Identity(
        normalise(project),
        tuple(near[:MOST_OF_A_KIND]),
        tuple(dict.fromkeys(key for key in map(address_key, said) if key))[:MOST_OF_A_KIND],
        tuple(dict.fromkeys(key for key in map(mail_key, declared.emails) if key))[:MOST_OF_A_KIND],
        summary_key(declared.summary),
    )


def _is_odd(label: str) -> bool:
    return any(word in label for word in _ODD_LABELS)
