"""Choosing benign artifacts of a crawl by stratum: pure functions of the records and a seed.

Every draw is a hash of the seed and of what is drawn, never of an order or a count, so that a larger crawl or
a changed stratum moves as few choices as it can.
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

# Benign uploads from here on never train the long tail: the malicious training rows end here.
CUT = datetime(2024, 7, 1, tzinfo=UTC)
_SIZE_BINS = (2_000, 4_000, 8_000, 16_000, 64_000, 256_000, 1_000_000)
_MB = 1_000_000

# Year, kind (sdist or wheel) and size bin of an artifact.
Cell = tuple[int, str, int]

# Words that make a harmless project look like a harmful one, by what it looks like.
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


def draw(seed: int, *words: object) -> float:
    """Return a number in [0, 1) that these words alone decide."""
    text = ":".join(map(str, (seed, *words)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


def in_drawn_order(projects: Iterable[CrawledProject], seed: int, salt: str) -> list[CrawledProject]:
    """Return the projects in an order that seed, salt and each one's name decide."""
    return sorted(projects, key=lambda p: draw(seed, salt, p.name))


def _pick(files: Sequence[CrawledFile], seed: int, salt: str) -> CrawledFile:
    return min(files, key=lambda f: draw(seed, salt, f.sha256, f.filename))


def split_of(project: str, stratum: str, oldest: datetime, seed: int) -> str:
    """Return train, valid or test for all of a project's files, by its oldest listed upload.

    Before the cut 80, 10 and 10 of 100 projects; after it 30, 40 and 30, and none of the long tail trains.
    """
    place = draw(seed, "split", project)
    if oldest < CUT:
        train, valid = 0.8, 0.9
    elif stratum == "longtail":
        train, valid = 0.0, 0.5
    else:
        train, valid = 0.3, 0.7
    return "train" if place < train else "valid" if place < valid else "test"


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
    split = split_of(project.name, stratum, min(f.upload_time for f in chosen), seed)
    return [list_file(project, f, stratum, split) for f in chosen]


def choose_random(projects: Iterable[CrawledProject], want: int, seed: int) -> list[list[ListedFile]]:
    """Take one file of a project, each equally likely, up to 30 MB: the twin of a random artifact."""
    rows: list[list[ListedFile]] = []
    for project in in_drawn_order(projects, seed, "random"):
        if len(rows) == want:
            break
        file = _pick(project.files, seed, "random")
        if file.size <= 30 * _MB:
            rows.append(list_files(project, [file], "random", seed))
    return rows


def choose_fresh(projects: Iterable[CrawledProject], want: int, seed: int, today: datetime) -> list[list[ListedFile]]:
    """Take one file of the first release of projects of the last 12 months that have few files."""
    rows: list[list[ListedFile]] = []
    begin = today - timedelta(days=365)
    for project in in_drawn_order(projects, seed, "fresh"):
        if len(rows) == want:
            break
        first = project.files[0]
        if begin <= first.upload_time <= today and len(project.files) <= 6:
            release = [f for f in project.files if f.version == first.version and f.size <= 30 * _MB]
            if release:
                rows.append(list_files(project, [_pick(release, seed, "fresh")], "fresh", seed))
    return rows


def choose_pairs(projects: Iterable[CrawledProject], want: int, seed: int) -> list[list[ListedFile]]:
    """Take two consecutive releases of a project in the same kind, `want` files in all, up to 10 MB each."""
    rows: list[list[ListedFile]] = []
    for project in in_drawn_order(projects, seed, "pairs"):
        if 2 * len(rows) >= want:
            break
        kinds = ("sdist", "wheel") if draw(seed, "pair kind", project.name) < 0.6 else ("wheel", "sdist")
        for kind in kinds:
            releases = list({f.version: f for f in project.files if f.kind == kind}.values())
            steps = [p for p in pairwise(releases) if max(f.size for f in p) <= 10 * _MB]
            if steps:
                pair = min(steps, key=lambda p: draw(seed, "pair", p[0].sha256))
                rows.append(list_files(project, pair, "pairs", seed))
                break
    return rows


def choose_popular(ranked: Iterable[CrawledProject], want: int, seed: int) -> list[list[ListedFile]]:
    """Take the newest sdist and one wheel, a native one for most, by rank of project, up to 60 MB each."""
    rows: list[list[ListedFile]] = []
    count = 0
    for project in ranked:
        if count >= want:
            break
        files = [f for f in project.files if f.size <= 60 * _MB and not f.yanked]
        final = [f for f in files if _is_final(f.version)] or files
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


def _is_final(version: str) -> bool:
    try:
        return not Version(version).is_prerelease
    except InvalidVersion:
        return False


def hard_words(text: str) -> list[str]:
    """Return the categories of HARD_WORDS that a project's name or description belongs to."""
    return [name for name, pattern in HARD_WORDS.items() if pattern.search(text)]


def choose_hard(
    signs: Mapping[str, Sequence[str]], projects: Iterable[CrawledProject], want: int, seed: int
) -> list[list[ListedFile]]:
    """Take one file each of projects that bear a sign, sign by sign in turn, half from before the cut.

    `signs` says for a project's name which signs it bears; a project is taken once. Files up to 10 MB.
    """
    queues: dict[tuple[str, bool], list[tuple[CrawledProject, CrawledFile]]] = defaultdict(list)
    for project in in_drawn_order(projects, seed, "hard"):
        for old in (True, False):
            files = [
                f
                for f in project.files
                if (f.upload_time < CUT) is old and f.size <= 10 * _MB and f.kind in ("sdist", "wheel")
            ]
            sdists = [f for f in files if f.kind == "sdist"]
            for sign in signs.get(project.name, ()):
                # The signs of a setup.py are those of an sdist.
                use = files if sign in HARD_WORDS else sdists
                if use:
                    queues[sign, old].append((project, _pick(use, seed, "hard")))
    rows: list[list[ListedFile]] = []
    used: set[str] = set()
    for old, quota in ((True, want // 2), (False, want - want // 2)):
        turns = [iter(queues[key]) for key in sorted(queues) if key[1] is old]
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
    """Return which of eight bins a size in bytes falls into."""
    return sum(size >= edge for edge in _SIZE_BINS)


def _matched_kind(kind: str) -> str:
    return "wheel" if kind == "native_wheel" else kind


def choose_like(
    projects: Iterable[CrawledProject], votes: Mapping[Cell, float], want: int, seed: int
) -> tuple[list[list[ListedFile]], Counter[Cell]]:
    """Take one file each of projects so that year, kind and size bin follow `votes`, from before the cut.

    What a cell lacks comes from cells of the same kind, by nearness in years and bins (three steps at most).
    Also returns what no cell could give.
    """
    holders: dict[Cell, list[tuple[CrawledProject, CrawledFile]]] = defaultdict(list)
    for project in in_drawn_order(projects, seed, "longtail"):
        cells: dict[Cell, list[CrawledFile]] = defaultdict(list)
        for f in project.files:
            if f.upload_time < CUT and f.kind in ("sdist", "wheel", "native_wheel"):
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
    # The scarcest first, before a project that holds it is taken for a common cell.
    for cell in sorted(quotas, key=lambda c: (len(holders[c]) / quotas[c], c)):
        short[cell] = quotas[cell] - take(cell, quotas[cell])
    for cell in sorted(short, key=lambda c: (-short[c], c)):
        for near in sorted((c for c in turns if _steps(c, cell) <= 3), key=lambda c: (_steps(c, cell), c)):
            if not short[cell]:
                break
            short[cell] -= take(near, short[cell])
    return rows, +short


def _steps(one: Cell, other: Cell) -> int:
    return abs(one[0] - other[0]) + abs(one[2] - other[2]) if one[1] == other[1] else 99


def apportion(votes: Mapping[Cell, float], want: int) -> dict[Cell, int]:
    """Share `want` out by votes, by largest remainder; cells that get none are left out."""
    total = sum(votes.values())
    exact = {cell: want * vote / total for cell, vote in votes.items()}
    shares = {cell: int(share) for cell, share in exact.items()}
    rest = sorted(exact, key=lambda c: (shares[c] - exact[c], c))[: want - sum(shares.values())]
    for cell in rest:
        shares[cell] += 1
    return {cell: share for cell, share in shares.items() if share}


def interleave(strata: Mapping[str, Sequence[list[ListedFile]]], seed: int) -> list[ListedFile]:
    """Return all rows in one order in which every prefix holds each stratum in about its share."""
    placed: list[tuple[float, str, list[ListedFile]]] = []
    for stratum, groups in strata.items():
        order: Callable[[list[ListedFile]], float] = lambda g: draw(seed, "order", g[0].project)  # noqa: E731
        for number, group in enumerate(sorted(groups, key=order)):
            placed.append(((number + 0.5) / len(groups), stratum, group))
    return [row for _, _, group in sorted(placed, key=lambda p: p[:2]) for row in group]
