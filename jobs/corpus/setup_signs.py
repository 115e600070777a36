"""Finds signs of malware in the setup.py of small benign sdists, to choose artifacts that are hard to distinguish.

Signs serve this choice only. Nothing is unpacked to disk or run, and an sdist that cannot be read has no sign.
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

MAX_SDIST_BYTES = 300_000
_MAX_INFLATED_BYTES = 20_000_000
_MAX_SETUP_BYTES = 500_000
_SIGNS = {
    "setup cmdclass": re.compile(rb"\bcmdclass\s*="),
    "setup subprocess": re.compile(rb"\bsubprocess\b|\bos\.(?:system|popen|exec)"),
    "setup download": re.compile(rb"\burlretrieve\b|\burlopen\b|\brequests\.get\b|\bhttp\.client\b"),
    "setup exec": re.compile(rb"\b(?:exec|eval)\s*\("),
    "setup decode": re.compile(rb"\bbase64\b|\bzlib\b|\bcodecs\.decode\b|\bmarshal\b"),
}


def find_signs(sdist: bytes) -> list[str]:
    """Return the signs in a .tar.gz sdist, sorted; none where it cannot be read within the limits."""
    try:
        inflated = zlib.decompressobj(wbits=31).decompress(sdist, _MAX_INFLATED_BYTES)
        with tarfile.open(fileobj=io.BytesIO(inflated)) as archive:
            signs: set[str] = set()
            for member in archive:
                if member.name.endswith(".pth") and member.isfile():
                    signs.add("ships .pth")
                is_setup = member.name.strip("/").count("/") == 1 and member.name.endswith("/setup.py")
                if is_setup and 0 < member.size <= _MAX_SETUP_BYTES:
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
    """Return the candidates' signs by project; results are kept in `cache` (JSON lines), so each is scanned once."""
    signs_of = _read_cache(cache)
    wanted = [(p, f) for p, f in candidates if f.size <= MAX_SDIST_BYTES and f.filename.endswith(".tar.gz")]
    unscanned = [(p, f) for p, f in wanted if f.sha256 not in signs_of]
    with ThreadPoolExecutor(client.threads) as pool, cache.open("a", encoding="utf-8") as lines:
        results = pool.map(lambda candidate: _scan_setup(client, *candidate), unscanned)
        for number, ((_, file), signs) in enumerate(zip(unscanned, results, strict=True), 1):
            if signs is not None:
                signs_of[file.sha256] = signs
                lines.write(json.dumps([file.sha256, signs]) + "\n")
            if progress is not None:
                progress(number, len(unscanned), "setup.py files")
    return {p.name: signs_of[f.sha256] for p, f in wanted if signs_of.get(f.sha256)}


def _read_cache(cache: Path) -> dict[str, list[str]]:
    """Return the signs by sha256 from earlier calls; a last line that a kill cut short is left out."""
    signs_of: dict[str, list[str]] = {}
    for line in cache.read_text(encoding="utf-8").splitlines() if cache.exists() else ():
        try:
            sha256, signs = json.loads(line)
        except ValueError:
            continue
        signs_of[sha256] = signs
    return signs_of


def _scan_setup(client: IndexClient, project: CrawledProject, file: CrawledFile) -> list[str] | None:
    """Return the file's signs, None where it cannot be had, so that the next call tries again."""
    try:
        listed = next((f for f in client.project_files(project.name) if f.filename == file.filename), None)
        return None if listed is None else find_signs(client.download(listed, max_bytes=MAX_SDIST_BYTES))
    except CorpusError:
        return None
