"""Draws a benign list in strata from a package index: what each stratum is for stands beside its size."""

import csv
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
from jobs.corpus.listing import write_list
from jobs.corpus.setup_signs import LARGEST, scan_setups
from jobs.corpus.strata import (
    CUT,
    Cell,
    choose_fresh,
    choose_hard,
    choose_like,
    choose_pairs,
    choose_popular,
    choose_random,
    draw,
    hard_words,
    interleave,
    size_bin,
)

STRATA: Mapping[str, int] = MappingProxyType(
    {
        "longtail": 6_000,  # random projects whose year, kind and size follow the campaigns: for training
        "random": 4_500,  # any artifact of any project: for thresholds and tests
        "fresh": 2_500,  # first releases of the last 12 months: who a nightly run meets
        "popular": 1_900,  # the most depended-on projects: whose false alarms are noticed first
        "hard": 1_300,  # harmless projects that do or speak of what malware does
        "pairs": 1_000,  # consecutive releases, two by two: for what changes between releases
    }
)
_CRAWLED_PER_ROW = 3.5  # random projects asked about for each row wanted
_POPULAR = 2_000
_NAMES_KEPT = 5_000
_NAMED_HARD = 6_000  # projects asked about because their name bears a hard word
_SCANNED = 4_000  # sdists looked into for hard setup.py files


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What a sampling gave: rows by stratum, what the strata lack, and names the index did not answer for."""

    rows: int
    by_stratum: Mapping[str, int]
    short: Mapping[str, int]
    unanswered: int


def read_excluded(lists: Iterable[Path]) -> frozenset[NormalizedName]:
    """Return the project names of malicious lists, by their `project` column and the path's first part."""
    names: set[str] = set()
    for path in lists:
        try:
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    names.update(n for n in (row.get("project"), (row.get("path") or "").split("/")[0]) if n)
        except (OSError, UnicodeDecodeError) as error:
            raise CorpusError(str(path), f"cannot be read as a list ({error})", "give a CSV file") from error
    return frozenset(canonicalize_name(n) for n in names)


def read_votes(path: Path) -> dict[Cell, float]:
    """Return how a malicious list's train rows spread over year, kind and size, one vote a campaign."""
    campaigns: dict[str, Counter[Cell]] = defaultdict(Counter)
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["split"] == "train":
                    cell = (int(row["date"][:4]), row["type"], size_bin(int(row["size"])))
                    campaigns[row["cluster_ioc"]][cell] += 1
    except (OSError, UnicodeDecodeError, KeyError, ValueError) as error:
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
    """Return `weights` shrunk or grown to about `n` rows in all; what weighs anything has at least one."""
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

    `cache` is a folder for what the index said, so that a second call asks for little. `like` is the malicious list
    that the long tail is matched to; no project that it or a list of `exclude` names is ever asked about.
    `popular_out` receives the most depended-on names, one a line. Raises CorpusError for an unknown
    stratum, or a long tail without a list to follow.
    """
    unknown = sorted(set(strata) - set(STRATA))
    if unknown:
        raise CorpusError(", ".join(unknown), "is no stratum", f"the strata are {', '.join(STRATA)}")
    if like is None and strata.get("longtail", 0):
        hint = "give the malicious list that it is matched to, or leave it out"
        raise CorpusError("longtail", "follows a malicious list, and there is none", hint)
    votes = {} if like is None else read_votes(like)
    excluded = read_excluded(exclude if like is None else [like, *exclude])
    now = datetime.now(UTC) if today is None else today
    names = [n for n in client.project_names() if n not in excluded]
    names.sort(key=lambda n: draw(seed, "pool", n))
    known = CrawlCache(cache / "projects")
    pool = names[: max(200, int(sum(strata.values()) * _CRAWLED_PER_ROW))]
    unanswered = crawl(client, pool, known, progress=progress)
    everywhere = _records(known, pool)

    on_index = frozenset(names)
    ranking = [(n, c) for n, c in count_dependents(everywhere) if n in on_index]
    if popular_out is not None:
        kept = [n for n, c in ranking[:_NAMES_KEPT] if c >= 2]
        write_atomically(popular_out, "".join(f"{n}\n" for n in kept).encode(), parents=True)
    top = [n for n, _ in ranking[:_POPULAR]]
    # By name alone: descriptions are known after asking, and nobody asks about a whole index.
    worded = list(islice((n for n in names if hard_words(n.replace("-", " "))), _NAMED_HARD))
    unanswered += crawl(client, [*top, *worded], known, progress=progress)

    chosen: dict[str, list[list[ListedFile]]] = {}
    used: set[str] = set()

    def take(stratum: str, groups: list[list[ListedFile]]) -> None:
        chosen[stratum] = groups
        used.update(g[0].project for g in groups)

    def left() -> list[CrawledProject]:
        return [p for p in everywhere if p.name not in used]

    # The order is who may choose first: the twin of a random artifact must not be what the others left over.
    take("popular", choose_popular(_records(known, top), strata.get("popular", 0), seed))
    take("random", choose_random(left(), strata.get("random", 0), seed))
    take("pairs", choose_pairs(left(), strata.get("pairs", 0), seed))
    take("fresh", choose_fresh(left(), strata.get("fresh", 0), seed, now))
    hard = strata.get("hard", 0)
    candidates = [p for p in _records(known, [*worded, *pool]) if p.name not in used]
    looked = scan_setups(client, _setup_candidates(left(), hard, seed), cache / "setups.jsonl", progress=progress)
    said = {p.name: hard_words(f"{p.name.replace('-', ' ')} {p.summary} {p.keywords}") for p in candidates}
    signs: dict[str, list[str]] = {name: [*words, *looked.get(name, ())] for name, words in said.items()}
    take("hard", choose_hard(signs, candidates, hard, seed))
    if votes:
        longtail, _ = choose_like(left(), votes, strata.get("longtail", 0), seed)
        take("longtail", longtail)

    rows = interleave({s: g for s, g in chosen.items() if g}, seed)
    write_list(out, rows)
    by_stratum = Counter(r.stratum for r in rows)
    short = {s: want - by_stratum[s] for s, want in strata.items() if by_stratum[s] < want}
    return SampleReport(len(rows), dict(by_stratum), short, unanswered)


def _records(known: CrawlCache, names: Iterable[NormalizedName]) -> list[CrawledProject]:
    """Return the records of those names that have files, each once, in the order of the names."""
    found = (known.get(n) for n in dict.fromkeys(names))
    return [p for p in found if p is not None and p.files]


def _setup_candidates(
    projects: Iterable[CrawledProject], hard: int, seed: int
) -> list[tuple[CrawledProject, CrawledFile]]:
    """Return the newest small sdist of projects, about as many from before the cut as from after it."""
    most = min(_SCANNED, hard * 4)
    found: dict[bool, list[tuple[CrawledProject, CrawledFile]]] = {True: [], False: []}
    for project in sorted(projects, key=lambda p: draw(seed, "setup", p.name)):
        sdists = [f for f in project.files if f.kind == "sdist" and f.size <= LARGEST]
        if sdists:
            found[sdists[-1].upload_time < CUT].append((project, sdists[-1]))
    return found[True][: most // 2] + found[False][: most - most // 2]
