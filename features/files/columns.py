"""Lists the columns over the files of a release, in the order of the schema.

These are left out on purpose:

- the owners, modes and times in archive headers: they follow the build machine;
- the kind of the artifact: nearly all known malware is sdists;
- presence of setup.py, pyproject.toml, setup.cfg or MANIFEST.in, and the build backend: they follow the year;
- the anomaly "mislabelled": collectors of malware kept many wheels under the name of an sdist.

Hidden and duplicate members are null for anything but a zip, for the same reason: 3 in 100 sdists of the known malware
are two concatenated archives, as an appended download leaves them, and no other sdist is. A column that makes
sense for one kind of artifact only (RECORD, SOURCES.txt, setup.py) is null for the others. Sizes are raw; a learner
bins them or takes logarithms.
"""

from features.archive.anomalies import ANOMALIES
from features.contract import Column, Dtype

_B, _I32, _I64, _F = Dtype.BOOL, Dtype.INT32, Dtype.INT64, Dtype.FLOAT32

_COUNTS = (
    ("members", _I32, "the number of its files"),
    ("python", _I32, "the number of its Python files"),
    ("pth", _I32, "the number of its files that run at every start of the interpreter"),
    ("text", _I32, "the number of its text files"),
    ("native", _I32, "the number of its native code files"),
    ("bytecode", _I32, "the number of its compiled Python files"),
    ("archive", _I32, "the number of archives inside it"),
    ("binary", _I32, "the number of its binary files"),
    ("empty", _I32, "the number of its empty files"),
    ("folders", _I32, "the number of its folders"),
    ("types", _I32, "the number of distinct file suffixes in it"),
    ("initialisers", _I32, "the number of its packages"),
    ("empty_initialisers", _F, "the share of its packages whose `__init__` holds no code"),
)
_SIZES = (
    ("artifact_bytes", _I64, "its size"),
    ("bytes", _I64, "its unpacked size"),
    ("ratio", _F, "the ratio of its unpacked to its packed size"),
    ("largest", _I64, "the size of its largest file"),
    ("largest_share", _F, "the share of its unpacked size in its largest file"),
    ("python_bytes", _I64, "the size of its Python files"),
    ("python_share", _F, "the share of its unpacked size in Python files"),
    ("python_median", _I64, "the median size of its Python files"),
    ("python_largest", _I64, "the size of its largest Python file"),
    ("install_bytes", _I64, "the size of its install code"),
    ("import_bytes", _I64, "the size of its import code"),
    ("rest_bytes", _I64, "the size of its code that runs neither at install nor at import"),
    ("install_share", _F, "the share of install code in all its code"),
    ("native_bytes", _I64, "the size of its native code"),
    ("binary_bytes", _I64, "the size of its binary data and nested archives"),
    ("code_bytes", _I32, "the amount of code outside setup.py, in bytes without comments and strings"),
    ("nearly_empty", _B, "nearly no code outside setup.py"),
    ("depth", _I32, "the depth of its deepest folder"),
    ("depth_mean", _F, "the mean depth of its files"),
    ("setup_bytes", _I32, "the size of its setup.py"),
    ("setup_lines", _I32, "the number of lines in its setup.py"),
)
_CODE = (
    ("elf", _I32, "the number of its native files for Linux"),
    ("pe", _I32, "the number of its native files for Windows"),
    ("macho", _I32, "the number of its native files for macOS"),
    ("native_unexpected", _I32, "native code in an sdist or a pure Python wheel"),
    ("native_disguised", _I32, "native code under a misleading file name"),
    ("python_disguised", _I32, "Python code under the suffix of a data file"),
    ("bytecode_orphans", _I32, "compiled Python files without their source"),
    ("pth_imports", _I32, "the number of lines that run at every start of the interpreter"),
    ("pth_longest", _I32, "the length of the longest line that runs at every start of the interpreter"),
    ("pth_loaded", _B, "a line that loads or executes further code at every start of the interpreter"),
    ("entry_points", _I32, "the number of commands that it installs"),
    ("data_scripts", _I32, "the number of scripts that it installs"),
    ("shebangs", _I32, "the number of its files that begin with `#!`"),
    ("shell", _I32, "the number of its shell scripts"),
    ("windows_scripts", _I32, "the number of its Windows scripts"),
    ("javascript", _I32, "the number of its JavaScript files"),
    ("hidden", _I32, "the number of its hidden files and files in hidden folders"),
    ("double_suffixes", _I32, "files with a program's suffix behind a document's"),
    ("foreign_names", _I32, "the number of its file names that are not ASCII"),
    ("random_names", _I32, "the number of its random-looking file names"),
    ("random_name_share", _F, "the share of random-looking file names"),
    ("high_entropy", _I32, "the number of its files that look encrypted"),
    ("high_entropy_bytes", _I64, "the size of its files that look encrypted"),
    ("duplicates", _F, "the share of its files that repeat the content of another"),
    ("unexamined", _I32, "the number of its files that could not be examined"),
    ("limits", _I32, "the number of limits that were reached while it was read"),
)
_UPKEEP = (
    ("tests", _B, "the presence or absence of tests"),
    ("docs", _B, "the presence or absence of documentation"),
    ("readme", _B, "the presence or absence of a readme"),
    ("licence", _B, "the presence or absence of a licence file"),
    ("changes", _B, "the presence or absence of a changelog"),
    ("ci", _B, "the presence or absence of a test or continuous integration setup"),
    ("licence_mismatch", _B, "a licence file that does not match its declared licence"),
    ("record_unlisted", _I32, "files in it that its RECORD does not list"),
    ("record_absent", _I32, "files that its RECORD lists and that are missing"),
    ("record_different", _I32, "files in it that do not match their hash or size in its RECORD"),
    ("record_malformed", _I32, "malformed lines in its RECORD"),
    ("sources_unlisted", _I32, "Python files in it that its SOURCES.txt does not list"),
    ("packages", _I32, "the number of top-level names that it installs"),
    ("packages_stdlib", _I32, "top-level names of the standard library that it installs"),
    ("packages_popular", _I32, "top-level names of other, popular projects that it installs"),
)

COLUMN_ANOMALIES = tuple(anomaly for anomaly in ANOMALIES if anomaly.id != "mislabelled")
"""Anomalies of the container that have a column."""

_COLUMNS: tuple[tuple[str, Dtype, str], ...] = (
    *_COUNTS,
    *_SIZES,
    *_CODE,
    *_UPKEEP,
    *((f"anomaly_{anomaly.id}", _I32, f"an anomaly of its archive: {anomaly.meaning}") for anomaly in COLUMN_ANOMALIES),
)

COLUMNS: tuple[Column, ...] = tuple(Column(f"files_{noun}", dtype, meaning) for noun, dtype, meaning in _COLUMNS)
