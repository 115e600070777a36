"""What is not text: native modules and programs, compiled Python, pickles.

Nothing is run, unmarshalled or unpickled. Headers are read by `features.binary`; what is written in the bytes is
found by the indicators' own pass. Of a large member only what the archive kept is looked at, and of an artifact's
members together BINARY_BYTES; the columns `binary_cut` and `binary_not_searched` say what that left out.
A column that needs a native member (a pickle, a .pyc) to make sense is null without one.

Left out on purpose: times and authors of compilers, signatures' names, and which compiler it was by year.
"""

import re
import time
from collections.abc import Iterable, Mapping, Sequence

from features.archive.file_type import PICKLE_STARTS, is_pickle
from features.binary.api_families import FAMILIES
from features.binary.bytecode import foreign_names, read_bytecode, source_path, tagged_version
from features.binary.native_file import LEAST_BYTES, NativeLook, look_at, search
from features.binary.pickles import FAMILIES as PICKLE_FAMILIES
from features.binary.pickles import STEPS, Pickle, family_of, read_pickle
from features.binary.rules import WEIGHTS
from features.binary.string_markers import MAKERS
from features.binary.string_scan import Words, find_words
from features.contract import Column, Dtype, Evidence, FileType, GroupRow, Kind, Member, Release, Role, Scalar
from features.file_type_index import by_file_type
from features.limits import BINARY_BYTES
from features.text.indicator_file import CATEGORY_MEANINGS, Category
from features.text.indicators import DIGEST, INDICATORS

NATIVES = 200
"""Native members of one artifact whose headers are read, those that run first and are smallest first."""
BYTECODES = 500
"""Compiled Python files of one artifact that are searched for words."""
PICKLE_STEPS = 3 * STEPS
"""Opcodes of all pickles of one artifact."""
SOURCES_BYTES = 4 * 2**20
"""Source in which the names of programs are looked for, and that names of bytecode are held against."""

B, I32, I64, F = Dtype.BOOL, Dtype.INT32, Dtype.INT64, Dtype.FLOAT32

_ROLES = (Role.INSTALL, Role.IMPORT, Role.REST)
_DATA = frozenset((FileType.BINARY, FileType.TEXT))
_STRONG = 5
_MIXED = 7.5
_SPYING = ("input", "screen", "clipboard")
_COMPILED = frozenset(("cython", "nuitka", "frozen", "pyarmor"))
_MACHINES = {"amd64": "x86_64", "arm64": "aarch64", "win32": "x86", "i686": "x86", "i386": "x86", "x86": "x86",
             "x86_64": "x86_64", "aarch64": "aarch64"}  # fmt: skip
_MACHINE = re.compile(r"x86_64|amd64|arm64|aarch64|win32|i[36]86")
_SUFFIX = re.compile(r"\.(?:whl|zip|tar\.gz|tar\.bz2|tgz)$")
_PICKLE_TEXT = re.compile(r"(?i)\.(?:pkl|pickle|pck|pickled|p|dat|joblib|pt|pth|bin|sav|model|npy)$")

_NATIVE: tuple[tuple[str, Dtype, str], ...] = (
    ("native", I32, "the number of native modules and programs in it"),
    ("unparsed", I32, "native code whose headers cannot be read"),
    ("partial", I32, "native code of which a table could not be read"),
    ("cut", I32, "native code whose middle was not looked at"),
    ("not_searched", I32, "binaries that were not searched for words"),
    ("least_bytes", I64, "the size of the smallest native code in it"),
    ("programs", I32, "native programs in it"),
    ("programs_unexpected", I32, "native programs where source or pure Python was promised"),
    ("programs_windowed", I32, "native programs that run without a console"),
    ("programs_named", I32, "native programs that its Python code names"),
    ("modules", I32, "the number of compiled Python modules in it"),
    ("no_module", I32, "native code that is named as a Python module and is none"),
    ("misnamed", I32, "compiled Python modules that call themselves by another name than their file"),
    ("foreign_system", I32, "native code for another system than it says it is for"),
    ("foreign_machine", I32, "native code for another processor than it says it is for"),
    ("systems", I32, "the number of systems that its native code is for"),
    ("early", I32, "native code that runs at install or at import of its package"),
    ("libraries", I32, "the number of libraries that its native code needs"),
    ("imports", I32, "the number of functions that its native code imports"),
    ("ordinals", I32, "functions that its native code imports by number"),
    ("few_imports", I32, "native code that imports nearly nothing"),
    ("exports", I32, "the number of functions that its native code offers"),
    ("families_top", I32, "how many telling kinds of functions one native file imports"),
    ("hidden_functions", I32, "functions that its native code spells out and does not import"),
    ("hidden_top", I32, "how many functions one native file spells out and does not import"),
    ("hidden_injection", I32, "functions that reach into other processes, spelled out and not imported"),
    ("sections_top", I32, "the number of sections of its native code"),
    ("sections_open", I32, "native code that can write its own instructions"),
    ("sections_odd", I32, "native code whose sections are named by a packer or not at all"),
    ("entry_odd", I32, "native code that begins where no instructions should stand"),
    ("stack_open", I32, "native code that runs instructions on the stack"),
    ("callbacks", I32, "native code that runs before its own beginning"),
    ("code_entropy", F, "how random the instructions of its native code look"),
    ("packed", I32, "native code that is packed or encrypted"),
    ("overlays", I32, "native code with data behind its end"),
    ("overlay_bytes", I64, "the amount of data behind the end of native code"),
    ("overlay_share", F, "native code of which most stands behind its end"),
    ("overlay_entropy", F, "how random the data behind the end of native code look"),
    ("stripped_share", F, "native code without names of its own functions"),
    ("signed", I32, "native code that is signed"),
    ("managed", I32, "native code for .NET"),
)
_MADE = {
    "upx": "native code packed by UPX",
    "protector": "native code hidden by a commercial protector",
    "pyarmor": "native code of an obfuscator of Python",
    "frozen": "a whole Python program packed into a native one",
    "nuitka": "Python compiled by Nuitka",
    "cython": "Python compiled by Cython",
    "rust": "native code written in Rust",
    "go": "native code written in Go",
    "dotnet": "native code written for .NET",
    "installer": "an installer or a compiled script in it",
    "node": "a whole JavaScript program packed into a native one",
    "tool": "words of attackers' tools in its native code",
}
_WORDS: tuple[tuple[str, Dtype, str], ...] = (
    ("searched_bytes", I64, "the amount of binary content that was searched for words"),
    ("indicators", I32, "the number of different suspicious patterns in its binaries"),
    ("strong", I32, "the number of patterns in its binaries that are rarely harmless"),
    ("categories", I32, "the number of different kinds of suspicious behaviour in its binaries"),
    ("top_weight", I32, "how much that is suspicious comes together in one binary"),
    ("top_categories", I32, "how many kinds of suspicious behaviour come together in one binary"),
    ("native_top_weight", I32, "how much that is suspicious comes together in one native file"),
    ("bytecode_top_weight", I32, "how much that is suspicious comes together in one compiled Python file"),
    ("pickle_top_weight", I32, "how much that is suspicious comes together in one pickle"),
    ("hosts", I32, "the number of addresses in its binaries"),
    ("raw_addresses", I32, "addresses in its binaries that are numbers"),
    ("python_names", I32, "names in compiled Python that malware uses"),
    ("python_names_top", I32, "how many names that malware uses meet in one compiled Python file"),
)
_BYTECODE: tuple[tuple[str, Dtype, str], ...] = (
    ("bytecode", I32, "the number of compiled Python files in it"),
    ("bytecode_alone", I32, "compiled Python without its source, where it is imported in its stead"),
    ("bytecode_other_size", I32, "compiled Python that was made from a source of another size"),
    ("bytecode_foreign_names", I32, "names in compiled Python that its source does not have"),
    ("bytecode_swapped", I32, "compiled Python that is not made from the source beside it"),
    ("bytecode_unchecked", I32, "compiled Python that runs whatever the source beside it says"),
    ("bytecode_other_version", I32, "compiled Python of another version than its name says"),
    ("bytecode_versions", I32, "the number of Python versions that its compiled Python is for"),
    ("bytecode_early", I32, "compiled Python that runs at install or at import of its package"),
)
_PICKLE: tuple[tuple[str, Dtype, str], ...] = (
    ("pickles", I32, "the number of pickles in it"),
    *((f"pickle_{name}", I32, f"a pickle that, when it is loaded, {meaning}") for name, meaning in PICKLE_FAMILIES),
    ("pickle_telling", I32, "pickles that do more than hold data"),
    ("pickle_imports", I32, "the number of things that its pickles import"),
    ("pickle_calls", I32, "how often its pickles call something"),
    ("pickle_unresolved", I32, "imports of pickles that are hidden"),
    ("pickle_broken", I32, "pickles that do not go on as pickles"),
    ("pickle_cut", I32, "pickles that were not read whole"),
    ("pickle_least_bytes", I64, "the size of the smallest pickle in it"),
)


def _columns() -> Iterable[tuple[str, Dtype, str]]:
    yield from _NATIVE
    for family in FAMILIES:
        yield f"import_{family.id}", I32, f"native code that {family.meaning}"
    for kind in MAKERS:
        yield f"made_{kind}", I32, _MADE[kind]
    yield from _WORDS
    for category in Category:
        yield f"category_{category}", I32, f"signs of {CATEGORY_MEANINGS[category]} in its binaries"
    yield from _BYTECODE
    yield from _PICKLE


_COLUMNS = tuple(_columns())
_NONE_WITHOUT = frozenset(
    f"binary_{noun}"
    for noun in (
        "least_bytes",
        "code_entropy",
        "overlay_share",
        "overlay_entropy",
        "stripped_share",
        "pickle_least_bytes",
    )
)


class BinaryGroup:
    """Columns over native modules, bytecode and pickles, with the places in them that say most."""

    name = "binary"
    columns = tuple(Column(f"binary_{noun}", dtype, meaning) for noun, dtype, meaning in _COLUMNS)

    @property
    def version(self) -> str:
        """The rules' number and the digest of the indicators."""
        return f"3-{DIGEST}"

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release; stops at its deadline and says so in `limits`."""
        looked = _Looked(release)
        looked.natives()
        looked.bytecode()
        looked.pickles()
        values = dict(_NOTHING)
        if looked.met:
            values |= {f"binary_{noun}": value for noun, value in looked.values().items()}
        return GroupRow(values, evidence=tuple(looked.evidence), limits=tuple(sorted(looked.limits)))


_NOTHING: Mapping[str, Scalar] = {
    column.name: None if column.name in _NONE_WITHOUT else 0 for column in BinaryGroup.columns
}
"""The values of a release without such members, as nearly all are."""


class _Looked:
    """One release while it is looked at: what is left to spend, and what was seen."""

    def __init__(self, release: Release) -> None:
        self._release = release
        self._sorts = by_file_type(release)
        self.met = False
        self._left = BINARY_BYTES
        self._sums: dict[str, int] = {}
        self._others: dict[str, Scalar] = {}
        self._words: list[tuple[str, Words]] = []
        self._python: set[str] = set()
        self._python_top = 0
        self.evidence: list[Evidence] = []
        self.limits: set[str] = set()

    def values(self) -> dict[str, Scalar]:
        """Return the values that are not what they are in a release without such members."""
        return {**self._sums, **self._others, **self._word_values()}

    def _add(self, noun: str, count: float = 1) -> None:
        self._sums[noun] = min(self._sums.get(noun, 0) + int(count), 2**31 - 1)

    def _top(self, noun: str, count: int) -> None:
        self._sums[noun] = min(max(self._sums.get(noun, 0), count), 2**31 - 1)

    def _is_late(self) -> bool:
        if time.process_time() > self._release.deadline:
            self.limits.add("seconds")
            return True
        return False

    def _show(self, member: Member, finding: str, said: str) -> None:
        self.evidence.append(Evidence(member.path, 1, finding, member.role, said, WEIGHTS[finding]))

    def _distinct(self, members: Iterable[Member]) -> list[Member]:
        """Return members of different content, those that run first and the smallest first."""
        seen: dict[bytes, Member] = {}
        ordered = sorted(members, key=lambda member: (_ROLES.index(member.role), member.size, member.path))
        for at, member in enumerate(ordered):
            seen.setdefault(member.digest or str(at).encode(), member)
        return list(seen.values())

    # native code

    def natives(self) -> None:
        """Look at native members."""
        members = self._sorts[FileType.NATIVE]
        if not members:
            return
        self.met = True
        self._add("native", len(members))
        self._others["least_bytes"] = min(member.size for member in members)
        self._add("early", sum(member.role is not Role.REST for member in members))
        looks: list[NativeLook] = []
        for member in self._distinct(members):
            if len(looks) >= NATIVES or self._is_late() or not member.data:
                self._add("not_searched")
                continue
            look = look_at(member)
            looks.append(look)
            spent = search(look, self._left)
            self._left -= spent
            self._add("searched_bytes", spent)
            self._add("not_searched", not look.scanned)
            if look.scanned:
                self._take_words(member, "native", look.words)
            self._take_native(look)
        self._native_sums(looks)

    def _take_native(self, look: NativeLook) -> None:
        member, program = look.member, look.program
        self._add("cut", look.cut)
        # A static library or WebAssembly has no headers that this looks for.
        self._add("unparsed", program is None and not member.head.startswith((b"!<arch>", b"\0asm")))
        for kind in look.words.marks.makers:
            self._add(f"made_{kind}")
        if look.disguised:
            self._show(member, "native_disguised", member.path.rpartition("/")[2])
        if "tool" in look.words.marks.makers:
            self._show(member, "native_tool", "")
        compiled = look.words.marks.makers & _COMPILED
        if compiled:
            self._take_python(member, look.words)
        if look.packed:
            self._add("packed")
            self._show(member, "native_packed", ", ".join(sorted(look.words.marks.makers)))
        if "frozen" in compiled and (program is None or program.runnable):
            self._show(member, "native_frozen", member.path.rpartition("/")[2])
        if program is None:
            return
        self._add("partial", program.partial)
        self._add("programs", program.runnable)
        self._add("programs_windowed", program.windowed)
        if program.runnable and _promises_source(self._release):
            self._add("programs_unexpected")
            self._show(member, "native_program", member.path.rpartition("/")[2])
        self._take_imports(look)
        self._add("modules", look.is_module)
        self._take_module_name(look)
        self._take_tags(look)
        self._top("sections_top", len(program.sections))
        self._add("sections_open", any(section.writable and section.executable for section in program.sections))
        self._add("sections_odd", _has_odd_sections(look))
        self._add("entry_odd", _has_odd_entry(look))
        self._add("stack_open", program.stack)
        self._add("callbacks", program.callbacks)
        self._add("signed", program.signed)
        self._add("managed", program.managed)
        if look.overlay:
            self._add("overlays")
            self._add("overlay_bytes", look.overlay)
        if (look.overlay_entropy or 0.0) > _MIXED:
            self._show(member, "native_overlay", f"{look.overlay} bytes")

    def _take_imports(self, look: NativeLook) -> None:
        program = look.program
        if program is None:
            return
        for family, count in look.families.items():
            self._top(f"import_{family}", count)
        telling = {family for family in look.families if family not in {"loading", "deletion", "host", "python"}}
        self._top("families_top", len(telling))
        self._add("ordinals", program.ordinals)
        self._add("few_imports", len(program.imports) + program.ordinals <= 3 and look.member.size > 4 * LEAST_BYTES)
        self._add("exports", program.exports)
        hidden = look.hidden
        self._add("hidden_functions", sum(hidden.values()))
        self._top("hidden_top", sum(hidden.values()))
        self._add("hidden_injection", hidden.get("injection", 0))
        functions = ", ".join(sorted(look.telling))
        if look.families.get("injection", 0) + hidden.get("injection", 0) >= 3:
            self._show(look.member, "native_injection", functions)
        if len(hidden) >= 3:
            self._show(look.member, "native_hidden_functions", functions)
        if sum(family in look.families or family in hidden for family in _SPYING) >= 2:
            self._show(look.member, "native_spying", functions)
        if "CryptUnprotectData" in program.imports | look.words.marks.functions:
            self._show(look.member, "native_secrets", functions)

    def _take_module_name(self, look: NativeLook) -> None:
        """Hold a compiled module's own names against its file's name, as Python does when it is imported."""
        program = look.program
        if program is None or program.partial or look.cut or not look.claims_module:
            return
        stem = look.member.path.rpartition("/")[2].partition(".")[0]
        if not program.modules:
            # Modules for Python 2 have another name.
            self._add("no_module", not any(name.startswith("Py_InitModule") for name in program.imports))
        elif stem not in program.modules and stem.isascii() and stem not in {"__init__", "init"}:
            self._add("misnamed")
            self._show(look.member, "native_misnamed", ", ".join(program.modules))

    def _take_tags(self, look: NativeLook) -> None:
        program = look.program
        systems, machines = _promised(self._release)
        if program is None or not systems:
            return
        if program.system not in systems:
            self._add("foreign_system")
            self._show(look.member, "native_foreign", program.system)
        elif machines and not machines & {_MACHINES.get(machine, machine) for machine in program.machines}:
            self._add("foreign_machine")

    def _native_sums(self, looks: Sequence[NativeLook]) -> None:
        programs = [look.program for look in looks if look.program is not None]
        self._add("libraries", len({library for program in programs for library in program.libraries}))
        self._add("imports", len(frozenset().union(*(program.imports for program in programs))))
        self._add("systems", len({program.system for program in programs}))
        self._others["code_entropy"] = max((e for look in looks if (e := look.code_entropy) is not None), default=None)
        mixed = [look.overlay_entropy for look in looks if look.overlay_entropy is not None]
        self._others["overlay_entropy"] = max(mixed, default=None)
        if programs:
            self._others["overlay_share"] = max(look.overlay / max(look.member.size, 1) for look in looks)
            self._others["stripped_share"] = sum(program.stripped for program in programs) / len(programs)
        self._add("programs_named", self._named([look for look in looks if look.program and look.program.runnable]))

    def _named(self, looks: Sequence[NativeLook]) -> int:
        """Return how many programs the Python code mentions by the name of their file."""
        names = [look.member.path.rpartition("/")[2].encode("utf-8", "replace") for look in looks[:8]]
        left = SOURCES_BYTES if names else 0
        met: set[bytes] = set()
        for member in self._release.members:
            if member.file_type is FileType.PYTHON and 0 < len(member.data) <= left:
                left -= len(member.data)
                met.update(name for name in names if len(name) > 3 and name in member.data)
        return len(met)

    # compiled Python

    def bytecode(self) -> None:
        """Look at compiled Python."""
        members = self._sorts[FileType.BYTECODE]
        if not members:
            return
        self.met = True
        sources = {m.path: m for m in self._release.members if m.file_type in {FileType.PYTHON, FileType.EMPTY}}
        self._add("bytecode", len(members))
        versions: set[str] = set()
        compared = SOURCES_BYTES
        for member in members:
            said = read_bytecode(member.head)
            versions.add(said.version)
            self._add("bytecode_early", member.role is not Role.REST)
            tagged = tagged_version(member.path)
            self._add("bytecode_other_version", bool(tagged and said.version) and tagged != said.version)
            self._add("bytecode_unchecked", said.unchecked)
            if said.unchecked:
                self._show(member, "bytecode_unchecked", "")
            source = sources.get(source_path(member.path))
            if source is None:
                self._add("bytecode_alone", "__pycache__/" not in member.path)
            else:
                compared -= self._compare(member, source, said.source_size, compared)
        self._add("bytecode_versions", len(versions))
        for at, member in enumerate(self._distinct(members)):
            if at >= BYTECODES or len(member.data) > self._left or not member.data or self._is_late():
                # Unlike native code it runs as soon as its name is imported, and has no source to read instead.
                self.limits.add("binary_bytes")
                self._add("not_searched")
                continue
            self._left -= len(member.data)
            self._add("searched_bytes", len(member.data))
            words = find_words((member.data,))
            self._take_words(member, "bytecode", words)
            self._take_python(member, words)

    def _compare(self, member: Member, source: Member, size: int | None, left: int) -> int:
        """Hold compiled Python against its source; return what that cost, in bytes."""
        other = size is not None and not source.problem and size != source.size & 0xFFFFFFFF
        self._add("bytecode_other_size", other)
        if not member.data or (source.size and len(source.data) < source.size) or source.size + member.size > left:
            return 0
        foreign = foreign_names(member, source)
        self._top("bytecode_foreign_names", foreign)
        # A few names are the compiler's own; many are another source's.
        if foreign >= 8 or (other and foreign >= 3):
            self._add("bytecode_swapped")
            self._show(member, "bytecode_swapped", source.path)
        return source.size + member.size

    # pickles

    def pickles(self) -> None:
        """Look at pickles."""
        found = [member for member in self._release.members if member.file_type in _DATA and _may_be_pickle(member)]
        if not found:
            return
        self.met = True
        steps = PICKLE_STEPS
        sizes: list[int] = []
        imports: set[tuple[str, str]] = set()
        for member in self._distinct(found):
            if steps <= 0 or self._is_late():
                self._add("pickle_cut")
                continue
            data = member.data or member.head
            pickle = read_pickle(data, whole=len(data) == member.size)
            steps -= pickle.steps
            if member.file_type is not FileType.BINARY and (pickle.broken or not (pickle.imports or pickle.unresolved)):
                continue
            sizes.append(member.size)
            imports.update(pickle.imports)
            self._take_pickle(member, pickle)
            if len(data) <= self._left:
                self._left -= len(data)
                self._add("searched_bytes", len(data))
                self._take_words(member, "pickle", find_words((data,)))
            else:
                self._add("not_searched")
        if sizes:
            self._add("pickles", len(sizes))
            self._add("pickle_imports", len(imports))
            self._others["pickle_least_bytes"] = min(sizes)

    def _take_pickle(self, member: Member, pickle: Pickle) -> None:
        families = {family_of(found): found for found in pickle.imports}
        families.pop("", None)
        for family, found in families.items():
            self._add(f"pickle_{family}", sum(family_of(one) == family for one in pickle.imports))
            if f"pickle_{family}" in WEIGHTS:
                self._show(member, f"pickle_{family}", f"{found.module}.{found.name}")
        self._add("pickle_telling", bool(families))
        self._add("pickle_calls", pickle.calls)
        self._add("pickle_unresolved", pickle.unresolved)
        self._add("pickle_broken", pickle.broken)
        self._add("pickle_cut", pickle.cut)
        if pickle.unresolved:
            self._show(member, "pickle_unresolved", f"{pickle.unresolved} of its imports")

    # words

    def _take_words(self, member: Member, kind: str, words: Words) -> None:
        if words.counts or words.marks.hosts:
            self._words.append((kind, words))
            self.evidence.extend(words.evidence(member.path, member.role))

    def _take_python(self, member: Member, words: Words) -> None:
        names = words.marks.python
        self._python |= names
        self._python_top = max(self._python_top, len(names))
        if len(names) >= 8:
            self._show(member, "compiled_stealth", ", ".join(sorted(names)))

    def _word_values(self) -> dict[str, Scalar]:
        met = {at for _, words in self._words for at in words.counts}
        categories = [INDICATORS[at].category for at in met]
        values: dict[str, Scalar] = {f"category_{category}": categories.count(category) for category in Category}
        for kind in ("native", "bytecode", "pickle"):
            values[f"{kind}_top_weight"] = max((words.weight for of, words in self._words if of == kind), default=0)
        tops = [len({INDICATORS[at].category for at in words.counts}) for _, words in self._words]
        hosts = frozenset().union(*(words.marks.hosts for _, words in self._words))
        return values | {
            "indicators": len(met),
            "strong": sum(INDICATORS[at].weight >= _STRONG for at in met),
            "categories": len(set(categories)),
            "top_weight": max((words.weight for _, words in self._words), default=0),
            "top_categories": max(tops, default=0),
            "hosts": len(hosts),
            "raw_addresses": sum(host.replace(".", "").isdigit() and host.count(".") == 3 for host in hosts),
            "python_names": len(self._python),
            "python_names_top": self._python_top,
        }


def _promises_source(release: Release) -> bool:
    """Tell whether an artifact says that it holds no native code: an sdist, a wheel for any system."""
    if release.kind is Kind.WHEEL:
        return _platform(release) == "any"
    return release.kind is Kind.SDIST


def _promised(release: Release) -> tuple[frozenset[str], frozenset[str]]:
    """Return the systems and the processors that the tags of a wheel's name are for; none where they do not say."""
    if release.kind is not Kind.WHEEL:
        return frozenset(), frozenset()
    platform = _platform(release)
    systems = {
        system
        for word, system in (("linux", "linux"), ("win", "windows"), ("macosx", "macos"), ("android", "linux"))
        if any(tag.startswith(word) or (word == "linux" and "linux" in tag) for tag in platform.split("."))
    }
    if "universal" in platform or "intel" in platform or "_fat" in platform:
        return frozenset(systems), frozenset()
    return frozenset(systems), frozenset(_MACHINES.get(word, "x86") for word in _MACHINE.findall(platform))


def _platform(release: Release) -> str:
    """Return the last tag of a wheel's name; a wheel may lie under an sdist's suffix."""
    return _SUFFIX.sub("", release.filename.lower()).rpartition("-")[2]


def _has_odd_sections(look: NativeLook) -> bool:
    """Tell whether instructions stand in sections that no compiler names so."""
    if look.program is None or look.program.system != "windows":
        return False
    return any(
        section.executable and not section.name.strip().isprintable() for section in look.program.sections
    ) or any(section.executable and not section.name.strip("\0 ") for section in look.program.sections)


def _has_odd_entry(look: NativeLook) -> bool:
    """Tell whether the entry point stands in no section of instructions, or in one that can be written."""
    program = look.program
    if program is None or program.entry is None or not program.sections:
        return False
    return not any(
        section.executable and not section.writable and section.offset <= program.entry < section.offset + section.size
        for section in program.sections
    )


def _may_be_pickle(member: Member) -> bool:
    if member.file_type is FileType.BINARY:
        return is_pickle(member.head)
    first = member.head[:1]
    if first == b"\x80":
        return True
    return first in PICKLE_STARTS and _PICKLE_TEXT.search(member.path) is not None and is_pickle(member.head)
