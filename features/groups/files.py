"""What an artifact is made of: counts, sizes and places, and what is not what its name says.

Left out on purpose: everything of archive headers (owners, modes, times, gzip header), the kind of the artifact
(nearly all known malware is sdists), presence of setup.py, pyproject.toml, setup.cfg or MANIFEST.in and the
build backend (they tell the year), and the anomaly "mislabelled" (collectors of malware kept many a wheel under
an sdist's name). For the same reason hidden and duplicate members are null for anything but a zip: of the known
malware 3 in 100 sdists are two archives one after the other, as a download that was appended to an earlier one
leaves them, and no other sdist is. A column that makes sense for one kind only (RECORD, SOURCES.txt, setup.py)
is null for the others. Sizes are raw; whoever learns from them bins or takes logarithms.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from features.archive.anomalies import ANOMALIES
from features.binary.native_magic import Native, is_disguised, sniff_native
from features.contract import Column, Dtype, FileType, GroupRow, Kind, Member, Release, Role, Scalar
from features.file_type_index import by_file_type
from features.install.pth import is_start_file, start_code
from features.packaging.licences import licence_mismatch
from features.packaging.metadata import read_core_metadata
from features.packaging.names import normalise
from features.packaging.record import check_record, count_unlisted_python
from features.packaging.top_level import stdlib_names, top_level_names
from features.reference.popular_names import popular_names
from features.runtime.cache import cached_texts
from features.text.decode import decode_source
from features.text.lexing import code_bytes
from features.text.word_metrics import entropy, is_random, may_be_odd

BODY_BYTES = 16 * 2**10
"""An artifact with more Python than this is not asked whether its body is nearly empty: it is not."""

NEARLY_EMPTY = 200
"""Code bytes outside setup.py under which a body counts as nearly empty."""

B, I32, I64, F = Dtype.BOOL, Dtype.INT32, Dtype.INT64, Dtype.FLOAT32

_DISTRIBUTION = re.compile(r"(?:^|/)[^/]+\.(?:dist-info|egg-info)/|^EGG-INFO/")
_CODE_FIRST = re.compile(rb"(?:\s++|#[^\n]*+)*+[A-Za-z_@(\[{]")
"""What begins with code: neither blank nor a comment nor a string."""
_TESTS = re.compile(r"(?:^|/)(?:tests?|testing)/|(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$", re.IGNORECASE)
_FEW = 50
_HYPHENS = re.compile(r"[-_]")
_DOCS = re.compile(r"(?:^|/)(?:docs?|documentation|examples?)/", re.IGNORECASE)
_README = re.compile(r"(?:^|/)readme[^/]*$", re.IGNORECASE)
_LICENCE = re.compile(r"(?:^|/)(?:licen[sc]e|copying|unlicense|notice)[^/]*$", re.IGNORECASE)
_CHANGES = re.compile(r"(?:^|/)(?:change|history|news|release)[^/]*$", re.IGNORECASE)
_CI = re.compile(r"(?:^|/)(?:\.github/|\.gitlab-ci|\.travis|\.circleci/|tox\.ini|noxfile\.py|azure-pipelines|appveyor)")
_CI_WORDS = (".github/", ".gitlab-ci", ".travis", ".circleci/", "tox.ini", "noxfile.py", "azure-", "appveyor")
_DOUBLE = re.compile(
    r"\.(?:pdf|docx?|xlsx?|png|jpe?g|gif|txt|md|csv|mp[34]|zip|html?)\.(?:py|pyw|exe|scr|bat|cmd|js|vbs|ps1|sh|com|pif|lnk|so|dll)$",
    re.IGNORECASE,
)
_CODEY = re.compile(rb"^[ \t]*(?:import \w+|from [\w.]+ import |def \w+\(|class \w+[(:]|exec\(|eval\()", re.MULTILINE)
_PTH_LOADED = re.compile(
    rb"exec|eval|base64|b64|subprocess|os\.system|urllib|requests|socket|compile|__import__|zlib|marshal"
)
_NO_CONTENT = frozenset({"dangling link", "link out of the archive", "device"})
"""Problems of members that have nothing to examine."""
_ENTRY_POINTS = ("-info/entry_points.txt", "EGG-INFO/entry_points.txt")
_SHELL = (".sh", ".bash", ".zsh")
_WINDOWS = (".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".hta", ".wsf", ".lnk", ".scr")
_JAVASCRIPT = (".js", ".mjs", ".cjs")
_PACKED = frozenset({
    ".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".icns", ".tif", ".tiff", ".jp2", ".avif", ".woff",
    ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4", ".ogg", ".wav", ".flac", ".avi", ".mov", ".swf", ".npz",
    ".npy", ".h5", ".hdf5", ".parquet", ".pkl", ".pickle", ".joblib", ".pt", ".pth", ".onnx", ".pb",
    ".tflite", ".safetensors", ".model", ".mo", ".fits", ".nc", ".rda", ".crc", ".bin", ".db", ".sqlite",
    ".sqlite3", ".pdf", ".docx", ".xlsx", ".pptx", ".odt", ".whl", ".egg", ".jar", ".zip", ".gz", ".bz2",
    ".xz", ".zst", ".7z", ".br", ".lz4", ".wasm",
})  # fmt: skip
"""Suffixes of formats that are compressed, or may be."""

_DATA = frozenset({
    ".png", ".jpg", ".jpeg", ".gif", ".ico", ".dat", ".bin", ".log", ".tmp", ".bak", ".json", ".csv", ".db", ".dll",
    ".txt",
})  # fmt: skip
"""Suffixes that promise data, and under which Python is hidden."""
_ROLES = tuple(Role)
_BINARY, _METADATA = FileType.BINARY, FileType.METADATA
_READABLE = frozenset({FileType.TEXT, FileType.BINARY, FileType.PYTHON})

_COUNTS = (
    ("members", I32, "the number of files in it"),
    ("python", I32, "the number of Python files in it"),
    ("pth", I32, "files that run at every start of the interpreter"),
    ("text", I32, "the number of text files in it"),
    ("native", I32, "the number of files of native code in it"),
    ("bytecode", I32, "the number of compiled Python files in it"),
    ("archive", I32, "archives inside it"),
    ("binary", I32, "the number of binary files in it"),
    ("empty", I32, "the number of empty files in it"),
    ("folders", I32, "the number of folders in it"),
    ("types", I32, "the number of kinds of suffix in it"),
    ("initialisers", I32, "the number of packages in it"),
    ("empty_initialisers", F, "packages in it whose `__init__` says nothing"),
)
_SIZES = (
    ("artifact_bytes", I64, "its size"),
    ("bytes", I64, "its size when unpacked"),
    ("ratio", F, "how much larger it is when unpacked"),
    ("largest", I64, "its largest file"),
    ("largest_share", F, "one file that makes up most of it"),
    ("python_bytes", I64, "the amount of Python in it"),
    ("python_share", F, "how much of it is Python"),
    ("python_median", I64, "the usual size of its Python files"),
    ("python_largest", I64, "its largest Python file"),
    ("install_bytes", I64, "the amount of code that runs at install"),
    ("import_bytes", I64, "the amount of code that runs at import"),
    ("rest_bytes", I64, "the amount of code that runs neither at install nor at import"),
    ("install_share", F, "how much of its code runs at install"),
    ("native_bytes", I64, "the amount of native code in it"),
    ("binary_bytes", I64, "the amount of binary data in it"),
    ("code_bytes", I32, "how little code it has"),
    ("nearly_empty", B, "a body with nearly no code in it"),
    ("depth", I32, "how deep its folders go"),
    ("depth_mean", F, "how deep its files lie"),
    ("setup_bytes", I32, "the size of its setup.py"),
    ("setup_lines", I32, "the number of lines of its setup.py"),
)
_CODE = (
    ("elf", I32, "native code for Linux"),
    ("pe", I32, "native code for Windows"),
    ("macho", I32, "native code for macOS"),
    ("native_unexpected", I32, "native code where source or pure Python was promised"),
    ("native_disguised", I32, "native code under a name that says it is something else"),
    ("python_disguised", I32, "Python under a name that says it is something else"),
    ("bytecode_orphans", I32, "compiled Python without its source"),
    ("pth_imports", I32, "lines that run at every start of the interpreter"),
    ("pth_longest", I32, "a long line that runs at every start of the interpreter"),
    ("pth_loaded", B, "a line at every start of the interpreter that loads or runs more"),
    ("entry_points", I32, "the number of commands it installs"),
    ("data_scripts", I32, "the number of scripts it installs"),
    ("shebangs", I32, "the number of executable texts in it"),
    ("shell", I32, "shell scripts in it"),
    ("windows_scripts", I32, "scripts for Windows in it"),
    ("javascript", I32, "JavaScript in it"),
    ("hidden", I32, "hidden files or folders in it"),
    ("double_suffixes", I32, "files with one suffix hidden behind another"),
    ("foreign_names", I32, "file names that are not ASCII"),
    ("random_names", I32, "file names that look random"),
    ("random_name_share", F, "how many of its file names look random"),
    ("high_entropy", I32, "files whose content looks encrypted"),
    ("high_entropy_bytes", I64, "the amount of content that looks encrypted"),
    ("duplicates", F, "files in it with the same content"),
    ("unexamined", I32, "files in it that could not be examined"),
    ("limits", I32, "limits that were reached in reading it"),
)
_CARE = (
    ("tests", B, "whether it has tests"),
    ("docs", B, "whether it has documentation"),
    ("readme", B, "whether it has a readme"),
    ("licence", B, "whether it has a licence file"),
    ("changes", B, "whether it has a list of changes"),
    ("ci", B, "whether it is set up to be tested"),
    ("licence_mismatch", B, "a licence file that is not the licence it declares"),
    ("record_unlisted", I32, "files in it that its own list does not name"),
    ("record_absent", I32, "files that its own list names and that are not there"),
    ("record_different", I32, "files in it that are not what its own list says"),
    ("record_malformed", I32, "lines of its own list that cannot be read"),
    ("sources_unlisted", I32, "Python files in it that were not there when it was built"),
    ("packages", I32, "the number of names it takes on the import path"),
    ("packages_stdlib", I32, "a package that is called like one of Python's own"),
    ("packages_popular", I32, "a package that is called like another, popular project"),
)

_ANOMALIES = tuple(odd for odd in ANOMALIES if odd.id != "mislabelled")

_COLLECTED_TWICE = ("anomaly_hidden_member", "anomaly_duplicate_member")

_COLUMNS = (
    *_COUNTS,
    *_SIZES,
    *_CODE,
    *_CARE,
    *((f"anomaly_{odd.id}", I32, f"an oddity of its archive: {odd.meaning}") for odd in _ANOMALIES),
)


class FilesGroup:
    """Columns over the files of an artifact."""

    name = "files"
    columns = tuple(Column(f"files_{noun}", dtype, meaning) for noun, dtype, meaning in _COLUMNS)

    @property
    def version(self) -> str:
        """The rules' number and the digest of the popular names that they look at."""
        return f"3.{popular_names().digest}"

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release."""
        look = _Look.of(release)
        values = dict(_NOTHING)
        values |= _anomaly_values(release)
        values |= _count_values(look) | _size_values(look)
        values |= _native_values(look) | _start_values(look) | _name_values(look)
        values |= _care_values(look) | _list_values(release)
        return GroupRow({f"files_{noun}": value for noun, value in values.items()})


_NOTHING: Mapping[str, Scalar] = dict.fromkeys((noun for noun, _, _ in _COLUMNS), None)


@dataclass(frozen=True, slots=True)
class _Look:
    """A release with what is asked of its members again and again: by sort, and the parts of their paths.

    `inner` are paths without the archive's root, `small` whole paths in lower case, `folded` with their case folded,
    `suffixes` as `_suffix` gives them; `own` are inner paths outside folders of metadata, `together` a line for each.
    """

    release: Release
    file_types: Mapping[FileType, Sequence[Member]]
    inner: Sequence[str]
    small: Sequence[str]
    folded: Sequence[str]
    suffixes: Sequence[str]
    own: Sequence[str]
    together: str

    @classmethod
    def of(cls, release: Release) -> "_Look":
        paths = [member.path for member in release.members]
        inner = [path.removeprefix(release.root) for path in paths] if release.root else paths
        own = [path for path in inner if not _is_distribution(path)]
        small = _each(str.lower, paths)
        folded = _each(str.casefold, paths)
        return cls(release, by_file_type(release), inner, small, folded, list(map(_suffix, small)), own, "\n".join(own))

    def size(self, *file_types: FileType) -> int:
        """Return the bytes of all members of some sorts."""
        return sum([member.size for file_type in file_types for member in self.file_types[file_type]])


def _anomaly_values(release: Release) -> dict[str, Scalar]:
    counts: dict[str, Scalar] = {f"anomaly_{odd.id}": int(release.anomalies.get(odd.id, 0)) for odd in _ANOMALIES}
    if not release.container.startswith("zip"):
        counts |= dict.fromkeys(_COLLECTED_TWICE)
    return counts


def _each(change: Callable[[str], str], paths: Sequence[str]) -> Sequence[str]:
    """Return paths in another case, all of them at once where none has a line end in it."""
    changed = change("\n".join(paths)).split("\n")
    return changed if len(changed) == len(paths) else list(map(change, paths))


def _is_distribution(path: str) -> bool:
    """Tell whether a path lies in a folder of metadata."""
    return ("-info/" in path or "EGG-INFO/" in path) and _DISTRIBUTION.search(path) is not None


def _is_codeless(data: bytes) -> bool:
    return _CODE_FIRST.match(data) is None and code_bytes(data) == 0


def _count_values(look: _Look) -> dict[str, Scalar]:
    members = look.release.members
    initialisers = [m for m in members if m.path.endswith("__init__.py") and _is_initialiser(m)]
    empty = sum(m.size == 0 or (m.size < 2_000 and bool(m.data) and _is_codeless(m.data)) for m in initialisers)
    return {
        "members": len(members),
        **{
            file_type.value: len(found)
            for file_type, found in look.file_types.items()
            if file_type is not FileType.METADATA
        },
        "folders": len({member.path.rpartition("/")[0] for member in members}),
        "types": len(set(look.suffixes)),
        "initialisers": len(initialisers),
        "empty_initialisers": empty / len(initialisers) if initialisers else None,
        "unexamined": sum([m.problem not in _NO_CONTENT for m in members if m.problem]),
        "limits": len(look.release.limits),
    }


def _is_initialiser(member: Member) -> bool:
    return member.path.rpartition("/")[2] == "__init__.py" and not member.problem


def _size_values(look: _Look) -> dict[str, Scalar]:
    release = look.release
    if not release.members:
        return {"artifact_bytes": release.size}
    sizes = [member.size for member in release.members]
    total, largest = sum(sizes), max(sizes)
    python = [member.size for member in look.file_types[FileType.PYTHON]]
    python_bytes = sum(python)
    of_role = dict.fromkeys(_ROLES, 0)
    for file_type in (FileType.PYTHON, FileType.PTH):
        for member in look.file_types[file_type]:
            of_role[member.role] += member.size
    depths = [path.count("/") for path in look.inner]
    code = sum(of_role.values())
    values: dict[str, Scalar] = {
        "artifact_bytes": release.size,
        "bytes": total,
        "ratio": total / release.size if release.size else None,
        "largest": largest,
        "largest_share": largest / total if total else None,
        "python_bytes": python_bytes,
        "python_share": python_bytes / total if total else None,
        "python_median": int(median(python)) if python else None,
        "python_largest": max(python, default=None),
        "install_bytes": of_role[Role.INSTALL],
        "import_bytes": of_role[Role.IMPORT],
        "rest_bytes": of_role[Role.REST],
        "install_share": of_role[Role.INSTALL] / code if code else None,
        "native_bytes": look.size(FileType.NATIVE),
        "binary_bytes": look.size(FileType.BINARY, FileType.ARCHIVE),
        "depth": max(depths),
        "depth_mean": sum(depths) / len(depths),
    }
    return values | _body_values(look, python_bytes) | _setup_values(release)


def _body_values(look: _Look, python_bytes: int) -> dict[str, Scalar]:
    """Say how much code there is beside setup.py, as far as that is little; comments and docstrings are none."""
    if python_bytes > BODY_BYTES:
        return {"nearly_empty": False}
    setup = f"{look.release.root}setup.py"
    body = [m for m in look.file_types[FileType.PYTHON] if m.path not in {setup, "setup.py"}]
    if any(member.size and not member.data for member in body):
        return {}
    code = sum(code_bytes(member.data) for member in body)
    compiled = bool(look.file_types[FileType.NATIVE] or look.file_types[FileType.BYTECODE])
    return {"code_bytes": code, "nearly_empty": code < NEARLY_EMPTY and not compiled}


def _setup_values(release: Release) -> dict[str, Scalar]:
    place = f"{release.root}setup.py"
    setup = next((m for m in release.members if m.path == place), None)
    if setup is None or release.kind in {Kind.WHEEL, Kind.EGG}:
        return {}
    lines = setup.data.count(b"\n") + 1 if setup.data else None
    return {"setup_bytes": min(setup.size, 2**31 - 1), "setup_lines": lines}


def _native_values(look: _Look) -> dict[str, Scalar]:
    release = look.release
    natives = look.file_types[FileType.NATIVE]
    formats = Counter(sniff_native(member.head) for member in natives)
    pure = release.kind is Kind.SDIST or (
        release.kind is Kind.WHEEL and release.filename.removesuffix(".whl").endswith("-any")
    )
    compiled = [_module(member.path) for member in look.file_types[FileType.BYTECODE]]
    sources = (
        {_module(m.path) for file_type in (FileType.PYTHON, FileType.EMPTY) for m in look.file_types[file_type]}
        if compiled
        else set()
    )
    pairs = zip(look.suffixes, release.members, strict=True)
    disguised = [
        m for suffix, m in pairs if suffix in _DATA and m.file_type in _READABLE and _is_python(suffix, m.head)
    ]
    return {
        "elf": formats[Native.ELF],
        "pe": formats[Native.PE],
        "macho": formats[Native.MACHO],
        "native_unexpected": len(natives) if pure else 0,
        "native_disguised": sum(is_disguised(m.path, m.head) for m in natives),
        "python_disguised": len(disguised),
        "bytecode_orphans": sum(module not in sources for module in compiled),
    }


def _is_python(suffix: str, head: bytes) -> bool:
    """Tell whether a file reads like Python though its suffix promises data (`.txt`, `.dat`, `.png`)."""
    if not (b"import " in head or b"def " in head or b"class " in head or b"exec(" in head or b"eval(" in head):
        # One of these stands in each line that the rule fits.
        return False
    if suffix != ".txt":
        return len(_CODEY.findall(head)) >= 2
    return head.lstrip()[:6] in {b"import", b"from o"} and len(_CODEY.findall(head)) >= 4


def _module(path: str) -> str:
    """Return a module's path without suffix; that of `__pycache__/a.cpython-311.pyc` is the one of `a.py`."""
    folder, _, base = path.rpartition("/")
    return f"{folder.removesuffix('__pycache__').rstrip('/')}/{base.split('.')[0]}"


def _start_values(look: _Look) -> dict[str, Scalar]:
    startups = look.file_types[FileType.PTH]
    calls = [start_code(decode_source(m.data).text).count("import ") for m in startups if is_start_file(m.path)]
    lines = [
        line.strip()
        for member in startups
        if not is_start_file(member.path)
        for line in member.data.replace(b"\r", b"\n").split(b"\n")
        if line.startswith((b"import ", b"import\t"))
    ]
    entry_points = 0
    for member in look.release.members:
        if member.path.endswith(_ENTRY_POINTS) and member.data:
            entry_points = max(entry_points, _commands(member.data))
    # Each of these has one dot, its first letter.
    endings = Counter([path[path.rfind(".") :] for path in look.small])
    return {
        "pth_imports": len(lines) + sum(calls),
        "pth_longest": max(map(len, lines), default=0),
        "pth_loaded": any(_PTH_LOADED.search(line) for line in lines),
        "entry_points": entry_points,
        "data_scripts": sum([".data/scripts/" in path for path in look.small]),
        "shebangs": sum([member.head.startswith(b"#!") for member in look.release.members]),
        "shell": sum(map(endings.__getitem__, _SHELL)),
        "windows_scripts": sum(map(endings.__getitem__, _WINDOWS)),
        "javascript": sum(map(endings.__getitem__, _JAVASCRIPT)),
    }


def _commands(data: bytes) -> int:
    """Count the console and graphical scripts of an entry_points.txt."""
    count = 0
    inside = False
    for line in data[: 2**20].split(b"\n"):
        line = line.strip()  # noqa: PLW2901 - one name for one line
        if line.startswith(b"["):
            inside = line in {b"[console_scripts]", b"[gui_scripts]"}
        elif inside and b"=" in line:
            count += 1
    return count


def _name_values(look: _Look) -> dict[str, Scalar]:
    paths, together = look.own, look.together
    stems = [path.rpartition("/")[2].partition(".")[0] for path in paths]
    random = sum(_are_random([stem.encode("utf-8", "replace") or b" " for stem in stems]))
    pairs = zip(look.suffixes, look.release.members, strict=True)
    mixed = [m.size for suffix, m in pairs if m.file_type is _BINARY and _looks_encrypted(suffix, m.head)]
    digests = [m.digest for m in look.release.members if m.digest and m.size and m.file_type is not _METADATA]
    return {
        "hidden": sum(
            any(part.startswith(".") and part not in {".", ".."} for part in path.split("/"))
            for path in (paths if "/." in together or "\n." in f"\n{together}" else ())
            if "/." in path or path[:1] == "."
        ),
        "double_suffixes": sum(_DOUBLE.search(path) is not None for path in paths if path.count(".") > 1),
        "foreign_names": 0 if together.isascii() else sum([not path.isascii() for path in paths]),
        "random_names": random,
        "random_name_share": random / len(stems) if stems else None,
        "high_entropy": len(mixed),
        "high_entropy_bytes": sum(mixed),
        "duplicates": 1 - len(set(digests)) / len(digests) if digests else None,
    }


@cached_texts("random_file_names")
def _are_random(stems: Sequence[bytes]) -> list[bool]:
    # The fast look is worth its while from some fifty on.
    odd = set(may_be_odd(stems)) if len(stems) > _FEW else range(len(stems))
    return [at in odd and any(map(is_random, _HYPHENS.split(stem.decode()))) for at, stem in enumerate(stems)]


def _looks_encrypted(suffix: str, head: bytes) -> bool:
    """Tell whether a binary that nothing says is compressed has bytes as evenly mixed as compressed ones."""
    return len(head) >= 1024 and suffix not in _PACKED and entropy(head) > 7.5


def _care_values(look: _Look) -> dict[str, Scalar]:
    release = look.release
    licences = [
        member
        for member, path in zip(release.members, look.folded, strict=True)
        if ("licen" in path or "copying" in path or "notice" in path) and _LICENCE.search(member.path)
    ]
    everything = look.together.casefold()
    declared = read_core_metadata(release)
    described = len(declared.description) >= 200
    return {
        "tests": _any(_TESTS, look.own, everything, ("test",)),
        "docs": _any(_DOCS, look.own, everything, ("doc", "example")),
        # A wheel's readme is its description.
        "readme": _any(_README, look.own, everything, ("readme",)) or described,
        "licence": bool(licences),
        "changes": _any(_CHANGES, look.own, everything, ("change", "history", "news", "release")),
        "ci": _any(_CI, look.own, everything, _CI_WORDS) if release.kind is Kind.SDIST else None,
        "licence_mismatch": _licence(release, licences, declared.licence),
    }


def _any(rule: re.Pattern[str], paths: Sequence[str], everything: str, words: Iterable[str]) -> bool:
    """Tell whether a rule fits a path; one of its `words` stands in each path that it fits, case apart.

    `everything` is all paths, their case folded.
    """
    met = [word for word in words if word in everything]
    if not met:
        return False
    for path in paths:
        folded = path.casefold()
        for word in met:
            if word in folded and rule.search(path):
                return True
    return False


def _licence(release: Release, files: Sequence[Member], declared: str) -> bool | None:
    """Hold the declared licence against all licence files together; None where either is missing or unknown."""
    texts = [
        member
        for member in files
        if member.data and member.path.removeprefix(release.root).count("/") <= 2 and "!/" not in member.path
    ][: 5 if declared else 0]
    mismatches = {licence_mismatch(declared, text) for text in texts} - {None} if declared else set()
    return all(mismatches) if mismatches else None


def _list_values(release: Release) -> dict[str, Scalar]:
    project = normalise(release.project)
    packages = top_level_names(release)
    names = {normalise(package) for package in packages}
    popular = popular_names()
    record = check_record(release)
    values: dict[str, Scalar] = {
        "sources_unlisted": count_unlisted_python(release),
        "packages": len(packages),
        "packages_stdlib": sum(package in stdlib_names() for package in packages),
        "packages_popular": sum(
            popular.ranks.get(name, 10_000) < 2_000 and name not in project and project not in popular for name in names
        ),
    }
    if record is not None:
        values |= {
            "record_unlisted": record.unlisted,
            "record_absent": record.missing,
            "record_different": record.mismatched,
            "record_malformed": record.malformed,
        }
    return values


def _suffix(path: str) -> str:
    """Return the last suffix of a path with its dot; "" where there is none."""
    dot = path.rfind(".")
    return path[dot:] if dot > path.rfind("/") + 1 else ""
