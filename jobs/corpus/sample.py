"""Draws a benign list from a package index, in strata that each serve a purpose of training or evaluation."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from packaging.utils import NormalizedName, canonicalize_name

from features.runtime.atomic_write import write_atomically
from jobs.corpus.contract import CorpusError, ListedFile, Progress
from jobs.corpus.crawl import CrawlCache, CrawledFile, CrawledProject, count_dependents, crawl
from jobs.corpus.index import IndexClient
from jobs.corpus.listing import read_csv, write_list
from jobs.corpus.setup_signs import MAX_SDIST_BYTES, scan_setups
from jobs.corpus.strata import (
    TRAINING_END,
    Cell,
    choose_fresh,
    choose_hard,
    choose_matching,
    choose_pairs,
    choose_popular,
    choose_random,
    draw,
    hard_words,
    interleave,
    shuffle_projects,
    size_bin,
)

STRATA: Mapping[str, int] = MappingProxyType(
    {
        "longtail": 6_000,  # random projects with the years, kinds and sizes of the malware: for training
        "random": 4_500,  # any artifact of any project: for thresholds and tests
        "fresh": 2_500,  # first releases of the last 12 months: like the new artifacts of a nightly run
        "popular": 1_900,  # the most depended-on projects, where a false alarm costs most
        "hard": 1_300,  # harmless projects that resemble malware in their words or their setup.py
        "pairs": 1_000,  # consecutive releases of a project: for changes between releases
    }
)
_CRAWLED_PER_ROW = 3.5
"""Random projects that are crawled for each row wanted."""
_MIN_CRAWLED = 200
_POPULAR_PROJECTS = 2_000
_POPULAR_NAMES = 5_000
"""Names that are written to the list of popular names."""
_HARD_NAMES = 6_000
"""Projects that are crawled because their name has a hard word."""
_SCANNED_SDISTS = 4_000
"""Sdists with a setup.py that is scanned for signs."""


@dataclass(frozen=True, slots=True)
class SampleReport:
    """Result of a sampling: rows, how many each stratum lacks, and names that the index did not answer for."""

    rows: int
    by_stratum: Mapping[str, int]
    short: Mapping[str, int]
    unanswered: int


def read_excluded(lists: Iterable[Path]) -> frozenset[NormalizedName]:
    """Return the project names of malicious lists, by their `project` column and the path's first part."""
    names: set[str] = set()
    for path in lists:
        for row in read_csv(path, ()):
            names.update(name for name in (row.get("project"), row.get("path", "").split("/")[0]) if name)
    return frozenset(canonicalize_name(name) for name in names)


def read_votes(path: Path) -> dict[Cell, float]:
    """Return the distribution of a malicious list's train rows over year, kind and size, one vote a campaign.

    Raises CorpusError.
    """
    campaigns: dict[str, Counter[Cell]] = defaultdict(Counter)
    try:
        for row in read_csv(path, ("split", "date", "type", "size", "cluster_ioc"), "malware"):
            if row["split"] == "train":
                cell = (int(row["date"][:4]), row["type"], size_bin(int(row["size"])))
                campaigns[row["cluster_ioc"]][cell] += 1
    except ValueError as error:
        hint = "give a CSV with split, date, type, size and cluster_ioc"
        raise CorpusError(str(path), f"cannot be read as a malicious list ({error!r})", hint) from error
    votes: dict[Cell, float] = defaultdict(float)
    for cells in campaigns.values():
        for cell, count in cells.items():
            votes[cell] += count / cells.total()
    if not votes:
        raise CorpusError(str(path), "has no row of the train split", "give the list that the model trains on")
    return dict(votes)


def scale_strata(n: int, weights: Mapping[str, float] = STRATA) -> dict[str, int]:
    """Return sizes of strata in proportion to `weights`, about `n` in all; a weight above 0 gives at least one."""
    total = sum(weights.values())
    return {name: max(int(weight > 0), round(n * weight / total)) for name, weight in weights.items()}


def sample_benign(
    out: Path,
    *,
    client: IndexClient,
    cache: Path,
    like: Path | None = None,
    exclude: Sequence[Path] = (),
    strata: Mapping[str, int] = STRATA,
    seed: int = 1,
    today: datetime | None = None,
    popular_out: Path | None = None,
    progress: Progress = None,
) -> SampleReport:
    """Write a benign list of `strata` (sizes by name) at `out`, drawn from the index by `seed`.

    `cache` is a folder for answers of the index, so that a second call requests little. `like` is the malicious list
    whose distribution the long tail follows; projects that it or a list of `exclude` names are never requested.
    `popular_out` receives the most depended-on names, one a line. Raises CorpusError for an unknown stratum, or a long
    tail without a list to follow.
    """
    unknown = sorted(set(strata) - set(STRATA))
    if unknown:
        raise CorpusError(", ".join(unknown), "is not a stratum", f"the strata are {', '.join(STRATA)}")
    if like is None and strata.get("longtail", 0):
        hint = "name the malicious list with --like, or leave the stratum out"
        raise CorpusError("longtail", "follows a malicious list, and none is given", hint)
    votes = {} if like is None else read_votes(like)
    excluded = read_excluded(exclude if like is None else [like, *exclude])
    names = [name for name in client.project_names() if name not in excluded]
    names.sort(key=lambda name: draw(seed, "pool", name))
    crawled = CrawlCache(cache / "projects")
    pool_names = names[: max(_MIN_CRAWLED, int(sum(strata.values()) * _CRAWLED_PER_ROW))]
    unanswered = crawl(client, pool_names, crawled, progress=progress)
    pool = _records(crawled, pool_names)

    on_index = frozenset(names)
    ranking = [(name, count) for name, count in count_dependents(pool) if name in on_index]
    if popular_out is not None:
        _write_popular_names(popular_out, ranking)
    popular = [name for name, _ in ranking[:_POPULAR_PROJECTS]]
    # By name alone: descriptions are known only after a crawl, and a whole index is not crawled.
    hard_names = list(islice((name for name in names if hard_words(name.replace("-", " "))), _HARD_NAMES))
    unanswered += crawl(client, [*popular, *hard_names], crawled, progress=progress)

    chosen: dict[str, list[list[ListedFile]]] = {}
    used: set[str] = set()

    def choose(stratum: str, groups: list[list[ListedFile]]) -> None:
        chosen[stratum] = groups
        used.update(group[0].project for group in groups)

    def unused(projects: Iterable[CrawledProject]) -> list[CrawledProject]:
        return [project for project in projects if project.name not in used]

    # Each stratum chooses from what the earlier ones left: random comes early, so that it stays a random choice.
    choose("popular", choose_popular(_records(crawled, popular), strata.get("popular", 0), seed))
    choose("random", choose_random(unused(pool), strata.get("random", 0), seed))
    choose("pairs", choose_pairs(unused(pool), strata.get("pairs", 0), seed))
    choose("fresh", choose_fresh(unused(pool), strata.get("fresh", 0), seed, today or datetime.now(UTC)))
    hard = strata.get("hard", 0)
    sdists = _setup_candidates(unused(pool), hard, seed)
    setup_signs = scan_setups(client, sdists, cache / "setups.jsonl", progress=progress)
    candidates = unused(_records(crawled, [*hard_names, *pool_names]))
    signs: dict[str, list[str]] = {
        project.name: [*_hard_words(project), *setup_signs.get(project.name, ())] for project in candidates
    }
    choose("hard", choose_hard(signs, candidates, hard, seed))
    if votes:
        choose("longtail", choose_matching(unused(pool), votes, strata.get("longtail", 0), seed)[0])

    rows = interleave({stratum: groups for stratum, groups in chosen.items() if groups}, seed)
    write_list(out, rows)
    by_stratum = Counter(row.stratum for row in rows)
    short = {stratum: want - by_stratum[stratum] for stratum, want in strata.items() if by_stratum[stratum] < want}
    return SampleReport(len(rows), dict(by_stratum), short, unanswered)


def _write_popular_names(path: Path, ranking: Sequence[tuple[NormalizedName, int]]) -> None:
    """Write the names that at least two projects depend on, the most depended-on first."""
    names = [name for name, count in ranking[:_POPULAR_NAMES] if count >= 2]
    write_atomically(path, "".join(f"{name}\n" for name in names).encode(), parents=True)


def _hard_words(project: CrawledProject) -> list[str]:
    return hard_words(f"{project.name.replace('-', ' ')} {project.summary} {project.keywords}")


def _records(crawled: CrawlCache, names: Iterable[NormalizedName]) -> list[CrawledProject]:
    """Return the records of names that have files, each once, in the order of the names."""
    projects = (crawled.get(name) for name in dict.fromkeys(names))
    return [project for project in projects if project is not None and project.files]


def _setup_candidates(
    projects: Iterable[CrawledProject], hard: int, seed: int
) -> list[tuple[CrawledProject, CrawledFile]]:
    """Return the newest small sdist of projects, about as many from before `TRAINING_END` as from after it."""
    most = min(_SCANNED_SDISTS, hard * 4)
    by_age: dict[bool, list[tuple[CrawledProject, CrawledFile]]] = {True: [], False: []}
    for project in shuffle_projects(projects, seed, "setup"):
        sdists = [f for f in project.files if f.kind == "sdist" and f.size <= MAX_SDIST_BYTES]
        if sdists:
            by_age[sdists[-1].upload_time < TRAINING_END].append((project, sdists[-1]))
    return by_age[True][: most // 2] + by_age[False][: most - most // 2]
