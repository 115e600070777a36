"""What a small sdist's setup.py does that malware does too: signs for choosing hard benign artifacts.

This only chooses; nothing is unpacked to disk or run, and what cannot be read bears no sign.
"""

import io
import json
import re
import tarfile
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jobs.corpus.contract import CorpusError, Progress
from jobs.corpus.crawl import CrawledFile, CrawledProject
from jobs.corpus.index import IndexClient

LARGEST = 300_000  # bytes of an sdist that is looked into
_MOST_INFLATED = 20_000_000
_MOST_SETUP = 500_000
_SIGNS = {
    "setup cmdclass": re.compile(rb"\bcmdclass\s*="),
    "setup subprocess": re.compile(rb"\bsubprocess\b|\bos\.(?:system|popen|exec)"),
    "setup download": re.compile(rb"\burlretrieve\b|\burlopen\b|\brequests\.get\b|\bhttp\.client\b"),
    "setup exec": re.compile(rb"\b(?:exec|eval)\s*\("),
    "setup decode": re.compile(rb"\bbase64\b|\bzlib\b|\bcodecs\.decode\b|\bmarshal\b"),
}


def find_signs(sdist: bytes) -> list[str]:
    """Return the signs that a .tar.gz sdist bears; none where it cannot be read within the limits."""
    try:
        inflater = zlib.decompressobj(wbits=31)
        plain = inflater.decompress(sdist, _MOST_INFLATED)
        with tarfile.open(fileobj=io.BytesIO(plain)) as archive:
            signs: set[str] = set()
            for member in archive:
                depth = member.name.strip("/").count("/")
                if member.name.endswith(".pth") and member.isfile():
                    signs.add("ships .pth")
                if depth == 1 and member.name.endswith("/setup.py") and 0 < member.size <= _MOST_SETUP:
                    opened = archive.extractfile(member)
                    text = opened.read() if opened else b""
                    signs.update(name for name, pattern in _SIGNS.items() if pattern.search(text))
            return sorted(signs)
    except (tarfile.TarError, zlib.error, EOFError, ValueError, OverflowError, KeyError):
        return []


def scan_setups(
    client: IndexClient,
    candidates: Iterable[tuple[CrawledProject, CrawledFile]],
    cache: Path,
    *,
    progress: Progress = None,
) -> Mapping[str, list[str]]:
    """Return the candidates' signs by project; what was looked into once is kept in `cache` (JSON lines)."""
    known: dict[str, list[str]] = {}
    if cache.exists():
        for line in cache.read_text(encoding="utf-8").splitlines():
            sha256, signs = json.loads(line)
            known[sha256] = signs
    wanted = [(p, f) for p, f in candidates if f.size <= LARGEST and f.filename.endswith(".tar.gz")]
    asked = [(p, f) for p, f in wanted if f.sha256 not in known]
    with ThreadPoolExecutor(client.threads) as pool, cache.open("a", encoding="utf-8") as out:
        for number, (found, signs) in enumerate(pool.map(lambda c: (c, _look(client, *c)), asked), 1):
            if signs is not None:
                known[found[1].sha256] = signs
                out.write(json.dumps([found[1].sha256, signs]) + "\n")
            if progress is not None:
                progress(number, len(asked), "setup.py files")
    return {p.name: known[f.sha256] for p, f in wanted if known.get(f.sha256)}


def _look(client: IndexClient, project: CrawledProject, file: CrawledFile) -> list[str] | None:
    """Return the file's signs, None where it cannot be had: then it is asked for again next time."""
    try:
        listed = next((f for f in client.project_files(project.name) if f.filename == file.filename), None)
        return None if listed is None else find_signs(client.download(listed, most=LARGEST))
    except CorpusError:
        return None
