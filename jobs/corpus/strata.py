"""Chooses benign artifacts of a crawl for each stratum: pure functions of the records and a seed.

Each draw is a hash of the seed and of a name or digest, not of an order or a count, so that a larger crawl or another
size of a stratum changes few choices.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from packaging.version import InvalidVersion, Version

from jobs.corpus.contract import ListedFile
from jobs.corpus.crawl import CrawledFile, CrawledProject

TRAINING_END = datetime(2024, 7, 1, tzinfo=UTC)
"""Malicious training rows end here; later uploads of the long tail are not trained on either."""
_SIZE_BOUNDS = (2_000, 4_000, 8_000, 16_000, 64_000, 256_000, 1_000_000)
_MB = 1_000_000

Cell = tuple[int, str, int]
"""Year, kind (sdist or wheel) and size bin of an artifact."""

HARD_WORDS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "security": r"pentest|penetration.test|exploit|vulnerab|red.?team|payload|shellcode|metasploit|nmap",
        "detection": r"malware|antivirus|yara|stealer|ransom|phish|threat|intrusion|honeypot|sandbox.escape",
        "bot": r"discord|telegram|self.?bot|slack.?bot|webhook|whatsapp|twitch",
        "scraper": r"scrap(?:er|ing|y)|crawler|selenium|undetected|headless|captcha|spider|playwright",
        "ctf": r"\bctf\b|pwn|crackme|reverse.engineer|hack(?:er|ing)|brute.?force|steganograph",
        "obfuscation": r"obfuscat|pyarmor|source.?defender|cython.compil|encrypt.*(?:source|script|code)",
        "watching": r"keylog|key.?stroke|screenshot|clipboard|webcam|spyware|keyboard.(?:hook|listen)|pynput",
        "credentials": r"password|credential|browser.?history|cookie|keyring|token.?(?:grab|steal)|totp",
        "wallet": r"wallet|crypto(?:currency)|bitcoin|ethereum|solana|web3|binance|trading.bot|mnemonic",
        "proxy": r"proxy|proxies|\bvpn\b|tor.network|tunnel|ngrok|reverse.shell|\bssh\b|socks5",
        "remote": r"remote.(?:exec|control|shell|command)|\brat\b|backdoor|\bc2\b|command.and.control|botnet",
        "system": r"installer|download(?:er|s).(?:binary|and)|registry|windows.service|autostart|startup",
        "hello": r"hello.?world|my.first.package|(?:test|example|sample).package|dummy|placeholder",
    }.items()
}
"""Words that make a harmless project resemble a harmful one, by category."""


def draw(seed: int, *words: object) -> float:
    """Return a number in [0, 1) that depends on the seed and these words alone."""
    text = ":".join(map(str, (seed, *words)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


def shuffle_projects(projects: Iterable[CrawledProject], seed: int, salt: str) -> list[CrawledProject]:
    """Return the projects in an order that depends on the seed, the salt and their names alone."""
    return sorted(projects, key=lambda p: draw(seed, salt, p.name))


def _pick(files: Sequence[CrawledFile], seed: int, salt: str) -> CrawledFile:
    return min(files, key=lambda f: draw(seed, salt, f.sha256, f.filename))


def assign_split(project: str, stratum: str, oldest: datetime, seed: int) -> str:
    """Return the split of all of a project's files, by its oldest listed upload: train, valid or test.

    The shares are 80, 10 and 10 % before `TRAINING_END`; after it 30, 40 and 30 %, for the long tail 0, 50 and 50 %.
    """
    drawn = draw(seed, "split", project)
    if oldest < TRAINING_END:
        train_below, valid_below = 0.8, 0.9
    elif stratum == "longtail":
        train_below, valid_below = 0.0, 0.5
    else:
        train_below, valid_below = 0.3, 0.7
    return "train" if drawn < train_below else "valid" if drawn < valid_below else "test"


def list_file(project: CrawledProject, file: CrawledFile, stratum: str, split: str = "") -> ListedFile:
    """Return the list's row for one file of a project."""
    return ListedFile(
        project=project.name,
        version=file.version,
        filename=file.filename,
        sha256=file.sha256,
        blake2b_256=file.blake2b_256,
        size=file.size,
        upload_time=file.upload_time,
        stratum=stratum,
        split=split,
        kind=file.kind,
    )


def list_files(project: CrawledProject, files: Iterable[CrawledFile], stratum: str, seed: int) -> list[ListedFile]:
    """Return the list's rows for a project's chosen files."""
    chosen = list(files)
    split = assign_split(project.name, stratum, min(f.upload_time for f in chosen), seed)
    return [list_file(project, f, stratum, split) for f in chosen]


def choose_random(projects: Iterable[CrawledProject], want: int, seed: int) -> list[list[ListedFile]]:
    """Choose one file of each project, all equally likely, up to 30 MB."""
    rows: list[list[ListedFile]] = []
    for project in shuffle_projects(projects, seed, "random"):
        if len(rows) == want:
            break
        file = _pick(project.files, seed, "random")
        if file.size <= 30 * _MB:
            rows.append(list_files(project, [file], "random", seed))
    return rows


def choose_fresh(projects: Iterable[CrawledProject], want: int, seed: int, today: datetime) -> list[list[ListedFile]]:
    """Choose one file of the first release of projects that began in the last 12 months and have up to 6 files."""
    rows: list[list[ListedFile]] = []
    begin = today - timedelta(days=365)
    for project in shuffle_projects(projects, seed, "fresh"):
        if len(rows) == want:
            break
        first = project.files[0]
        if begin <= first.upload_time <= today and len(project.files) <= 6:
            release = [f for f in project.files if f.version == first.version and f.size <= 30 * _MB]
            if release:
                rows.append(list_files(project, [_pick(release, seed, "fresh")], "fresh", seed))
    return rows


def choose_pairs(projects: Iterable[CrawledProject], want: int, seed: int) -> list[list[ListedFile]]:
    """Choose two consecutive releases of a project as the same kind of file, `want` files in all, up to 10 MB each."""
    rows: list[list[ListedFile]] = []
    for project in shuffle_projects(projects, seed, "pairs"):
        if 2 * len(rows) >= want:
            break
        kinds = ("sdist", "wheel") if draw(seed, "pair kind", project.name) < 0.6 else ("wheel", "sdist")
        for kind in kinds:
            releases = list({f.version: f for f in project.files if f.kind == kind}.values())
            pairs = [p for p in pairwise(releases) if max(f.size for f in p) <= 10 * _MB]
            if pairs:
                pair = min(pairs, key=lambda p: draw(seed, "pair", p[0].sha256))
                rows.append(list_files(project, pair, "pairs", seed))
                break
    return rows


def choose_popular(ranked: Iterable[CrawledProject], want: int, seed: int) -> list[list[ListedFile]]:
    """Choose the newest sdist and one wheel of each project in order, mostly a native wheel, up to 60 MB each."""
    rows: list[list[ListedFile]] = []
    count = 0
    for project in ranked:
        if count >= want:
            break
        files = [f for f in project.files if f.size <= 60 * _MB and not f.yanked]
        final = [f for f in files if is_final(f.version)] or files
        sdists = [f for f in final if f.kind == "sdist"][-1:]
        wheels = [f for f in final if f.kind in ("wheel", "native_wheel")]
        wheels = [f for f in wheels if f.version == wheels[-1].version]
        native = [f for f in wheels if f.kind == "native_wheel" and "x86_64" in f.filename]
        if native and draw(seed, "native", project.name) < 0.7:
            wheels = native
        chosen = sdists + ([_pick(wheels, seed, "popular")] if wheels else [])
        if chosen:
            rows.append(list_files(project, chosen, "popular", seed))
            count += len(chosen)
    return rows


def is_final(version: str) -> bool:
    """Return whether a version is a valid final release (PEP 440)."""
    try:
        return not Version(version).is_prerelease
    except InvalidVersion:
        return False


def hard_words(text: str) -> list[str]:
    """Return the categories of HARD_WORDS that a project's name or description matches."""
    return [name for name, pattern in HARD_WORDS.items() if pattern.search(text)]


def choose_hard(
    signs: Mapping[str, Sequence[str]], projects: Iterable[CrawledProject], want: int, seed: int
) -> list[list[ListedFile]]:
    """Choose one file each of projects with a sign, sign by sign in turn, half from before `TRAINING_END`.

    `signs` has the signs of each project by name. A project is chosen once, files are up to 10 MB.
    """
    queues: dict[tuple[str, bool], list[tuple[CrawledProject, CrawledFile]]] = defaultdict(list)
    for project in shuffle_projects(projects, seed, "hard"):
        for is_old in (True, False):
            files = [
                f
                for f in project.files
                if (f.upload_time < TRAINING_END) is is_old and f.size <= 10 * _MB and f.kind in ("sdist", "wheel")
            ]
            sdists = [f for f in files if f.kind == "sdist"]
            for sign in signs.get(project.name, ()):
                # Signs of a setup.py hold for an sdist alone.
                suitable = files if sign in HARD_WORDS else sdists
                if suitable:
                    queues[sign, is_old].append((project, _pick(suitable, seed, "hard")))
    rows: list[list[ListedFile]] = []
    used: set[str] = set()
    for is_old, quota in ((True, want // 2), (False, want - want // 2)):
        turns = [iter(queues[key]) for key in sorted(queues) if key[1] is is_old]
        taken = 0
        while turns and taken < quota:
            for turn in list(turns):
                found = next(((p, f) for p, f in turn if p.name not in used), None)
                if found is None:
                    turns.remove(turn)
                elif taken < quota:
                    used.add(found[0].name)
                    rows.append(list_files(found[0], [found[1]], "hard", seed))
                    taken += 1
    return rows


def size_bin(size: int) -> int:
    """Return the bin of a size in bytes, 0 to 7."""
    return sum(size >= edge for edge in _SIZE_BOUNDS)


def _matched_kind(kind: str) -> str:
    return "wheel" if kind == "native_wheel" else kind


def choose_matching(
    projects: Iterable[CrawledProject], votes: Mapping[Cell, float], want: int, seed: int
) -> tuple[list[list[ListedFile]], Counter[Cell]]:
    """Choose one file each of projects so that year, kind and size bin are distributed like `votes`.

    Files are from before `TRAINING_END`. A cell without enough files is filled from cells of the same kind that are
    near in years and bins (three steps at most). The second value counts the files that no cell could give.
    """
    holders: dict[Cell, list[tuple[CrawledProject, CrawledFile]]] = defaultdict(list)
    for project in shuffle_projects(projects, seed, "longtail"):
        cells: dict[Cell, list[CrawledFile]] = defaultdict(list)
        for f in project.files:
            if f.upload_time < TRAINING_END and f.kind in ("sdist", "wheel", "native_wheel"):
                cells[f.upload_time.year, _matched_kind(f.kind), size_bin(f.size)].append(f)
        for cell, files in cells.items():
            holders[cell].append((project, _pick(files, seed, "longtail")))
    quotas = apportion(votes, want)
    turns = {cell: iter(found) for cell, found in holders.items()}
    rows: list[list[ListedFile]] = []
    used: set[str] = set()

    def take(cell: Cell, most: int) -> int:
        taken = 0
        for project, file in turns.get(cell, iter(())):
            if project.name not in used:
                used.add(project.name)
                rows.append(list_files(project, [file], "longtail", seed))
                taken += 1
                if taken == most:
                    break
        return taken

    short: Counter[Cell] = Counter()
    # Scarce cells first, before their projects are chosen for a common cell.
    for cell in sorted(quotas, key=lambda c: (len(holders[c]) / quotas[c], c)):
        short[cell] = quotas[cell] - take(cell, quotas[cell])
    for cell in sorted(short, key=lambda c: (-short[c], c)):
        for near in sorted((c for c in turns if _distance(c, cell) <= 3), key=lambda c: (_distance(c, cell), c)):
            if not short[cell]:
                break
            short[cell] -= take(near, short[cell])
    return rows, +short


def _distance(cell: Cell, other: Cell) -> int:
    """Return the steps in years and size bins between two cells of one kind, 99 for two kinds."""
    return abs(cell[0] - other[0]) + abs(cell[2] - other[2]) if cell[1] == other[1] else 99


def apportion(votes: Mapping[Cell, float], want: int) -> dict[Cell, int]:
    """Distribute `want` in proportion to votes, by largest remainder; cells that get none are left out."""
    total = sum(votes.values())
    exact = {cell: want * vote / total for cell, vote in votes.items()}
    shares = {cell: int(share) for cell, share in exact.items()}
    rounded_up = sorted(exact, key=lambda c: (shares[c] - exact[c], c))[: want - sum(shares.values())]
    for cell in rounded_up:
        shares[cell] += 1
    return {cell: share for cell, share in shares.items() if share}


def interleave(strata: Mapping[str, Sequence[list[ListedFile]]], seed: int) -> list[ListedFile]:
    """Return all rows in an order in which every prefix has each stratum in about its share."""
    positioned: list[tuple[float, str, list[ListedFile]]] = []
    for stratum, groups in strata.items():
        order: Callable[[list[ListedFile]], float] = lambda g: draw(seed, "order", g[0].project)  # noqa: E731
        for number, group in enumerate(sorted(groups, key=order)):
            positioned.append(((number + 0.5) / len(groups), stratum, group))
    return [row for _, _, group in sorted(positioned, key=lambda p: p[:2]) for row in group]
