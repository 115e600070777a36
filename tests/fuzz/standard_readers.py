"""Reads archives as the standard library and pip do: python standard_readers.py TARGET < names of files, one a line.

It runs under any Python from 3.8 on, so that releases of Python and of pip can be compared. For each archive it prints
a line of JSON: the files that the reader yields before it stops, each a name and its content in base64. pip unpacks into
a temporary folder; nothing is run.
"""

import base64
import io
import json
import os
import signal
import sys
import tarfile
import tempfile
import warnings
import zipfile
from pathlib import Path

MAX_BYTES = 2**18
MODES = {".gz": "r:gz", "bz2": "r:bz2", ".xz": "r:xz"}
SECONDS = 2.0
"""Processor seconds for one archive: tarfile reads some maps of sparse files for ever."""


def tar_files(path):
    """Return the files that tarfile reads."""
    found = []
    try:
        with tarfile.open(path, MODES.get(path[-3:], "r:")) as archive:  # type: ignore[call-overload]
            for info in archive:
                if info.isreg() or info.type not in tarfile.SUPPORTED_TYPES:
                    if info.size > MAX_BYTES or info.size < 0:
                        continue
                    stream = archive.extractfile(info)
                    content = stream.read() if stream else b""
                    if len(content) != info.size:
                        break
                    found.append((info.name.encode("utf-8", "surrogateescape"), content))
    except Exception:  # noqa: BLE001 - whatever a damaged archive raises ends the reading
        pass
    return found


def zip_files(path):
    """Return the members that zipfile reads."""
    found = []
    try:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if info.file_size > MAX_BYTES or info.filename.endswith("/"):
                    continue
                try:
                    content = archive.read(info)
                except Exception:  # noqa: BLE001 - the member cannot be read
                    continue
                found.append((info.filename.encode("utf-8", "surrogateescape"), content))
    except Exception:  # noqa: BLE001 - the archive cannot be read
        pass
    return found


def pip_files(path):
    """Return the files that pip unpacks; none if it gives up, because then nothing of them is installed."""
    from pip._internal.utils.unpacking import unpack_file

    with tempfile.TemporaryDirectory() as folder:
        try:
            unpack_file(path, folder)
        except Exception:  # noqa: BLE001 - whatever a damaged archive raises
            return []
        files = [file for file in Path(folder).rglob("*") if file.is_file() and not file.is_symlink()]
        return [
            (os.fsencode(file.relative_to(folder)), file.read_bytes())
            for file in files
            if file.stat().st_size <= MAX_BYTES
        ]


class EndlessError(Exception):
    """The reader does not come to an end."""


def give_up(*_):
    """Raise `EndlessError`, called by the timer."""
    raise EndlessError


READERS = {"tar": tar_files, "zip": zip_files, "pip": pip_files}


def main():
    """Print what the reader that the command line names yields."""
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGVTALRM, give_up)
    read = READERS[sys.argv[1]]
    for line in io.TextIOWrapper(sys.stdin.buffer, "utf-8"):
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        found = read(line.rstrip("\n"))
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        encoded = [[base64.b64encode(name).decode(), base64.b64encode(content).decode()] for name, content in found]
        print(json.dumps(encoded), flush=True)


if __name__ == "__main__":
    main()
