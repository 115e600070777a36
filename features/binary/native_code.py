"""Examines native modules and programs: headers, imports, names, tags and strings."""

from collections.abc import Sequence

from features.binary.contract import NativeHeaders
from features.binary.examination import BinaryExamination, distinct_members
from features.binary.load_acts import acts_when_loaded, count_constructors, has_shell_text
from features.binary.native_file import LEAST_BYTES, NativeFile, read_native_file, search_strings
from features.binary.platform_tags import normalise_machine, promised_platforms, promises_no_native_code
from features.contract import FileType, Kind, Member, Release, Role
from features.file_type_index import by_file_type

MAX_FILES = 200
"""Native members of one release whose headers are read; those that run first and the smallest come first."""
SEARCHED_SOURCE_BYTES = 4 * 2**20
"""Bytes of Python in which the names of native programs are searched for."""

_OVERLAY_ENTROPY = 7.5
_FEW_IMPORTS = 3
_SHOWN_FAMILIES = 3
_SPYING = ("input", "screen", "clipboard")
_COMMON_FAMILIES = frozenset(("loading", "deletion", "host", "python"))
"""Families of functions that honest native code often imports."""
_COMPILED_PYTHON = frozenset(("cython", "nuitka", "frozen", "pyarmor"))
_HEADERLESS = (b"!<arch>", b"\0asm")
"""First bytes of static libraries and WebAssembly, whose headers are not read."""
_PROGRAMS_NAMED = 8
_LEAST_NAME = 4


def examine_native_code(examination: BinaryExamination) -> None:
    """Examine the native members of a release."""
    members = by_file_type(examination.release)[FileType.NATIVE]
    if not members:
        return
    examination.has_binaries = True
    examination.add("native", len(members))
    examination.put("least_bytes", min(member.size for member in members))
    examination.add("early", sum(member.role is not Role.REST for member in members))
    natives: list[NativeFile] = []
    for member in distinct_members(members):
        if len(natives) >= MAX_FILES or examination.is_late() or not member.data:
            examination.add("not_searched")
            continue
        native = read_native_file(member)
        natives.append(native)
        examination.spend(search_strings(native, examination.bytes_left))
        examination.add("not_searched", not native.is_searched)
        if native.is_searched:
            examination.add_strings(member, "native", native.strings)
        _add_file(examination, native)
    _add_totals(examination, natives)


def _add_file(examination: BinaryExamination, native: NativeFile) -> None:
    member, program = native.member, native.headers
    file_name = member.path.rpartition("/")[2]
    makers = native.strings.markers.tools
    examination.add("cut", native.is_cut)
    examination.add("unparsed", program is None and not member.head.startswith(_HEADERLESS))
    for maker in makers:
        examination.add(f"made_{maker}")
    if native.is_disguised:
        examination.show(member, "native_disguised", file_name)
    if "tool" in makers:
        examination.show(member, "native_tool", "")
    compiled = makers & _COMPILED_PYTHON
    if compiled:
        examination.add_python_names(member, native.strings)
    if native.is_packed:
        examination.add("packed")
        examination.show(member, "native_packed", ", ".join(sorted(makers)))
    if "frozen" in compiled and (program is None or program.is_program):
        examination.show(member, "native_frozen", file_name)
    if program is None:
        return
    examination.add("partial", program.partial)
    examination.add("programs", program.is_program)
    examination.add("programs_windowed", program.is_windowed)
    if program.is_program and promises_no_native_code(examination.release):
        examination.add("programs_unexpected")
        examination.show(member, "native_program", file_name)
    elif examination.release.kind is Kind.WHEEL and promises_no_native_code(examination.release):
        examination.show(member, "native_unexpected", file_name)
    _add_load_acts(examination, native, program)
    _add_imports(examination, native)
    examination.add("modules", native.is_python_module)
    _compare_module_name(examination, native)
    _compare_tags(examination, native)
    _add_layout(examination, native)


def _add_layout(examination: BinaryExamination, native: NativeFile) -> None:
    """Add sections, entry point, flags and overlay."""
    program = native.headers
    if program is None:
        return
    examination.raise_to("sections_top", len(program.sections))
    examination.add("sections_open", any(section.writable and section.executable for section in program.sections))
    examination.add("sections_odd", _has_odd_sections(native))
    examination.add("entry_odd", _has_odd_entry(native))
    examination.add("stack_open", program.executable_stack)
    examination.add("callbacks", program.tls_callbacks)
    examination.add("signed", program.signed)
    examination.add("managed", program.dotnet)
    if native.overlay:
        examination.add("overlays")
        examination.add("overlay_bytes", native.overlay)
    if (native.overlay_entropy or 0.0) > _OVERLAY_ENTROPY:
        examination.show(native.member, "native_overlay", f"{native.overlay} bytes")


def _add_load_acts(examination: BinaryExamination, native: NativeFile, program: NativeHeaders) -> None:
    """Add constructors, and command lines of a shell that they or other functions may start."""
    examination.raise_to("constructors", count_constructors(program))
    if not native.is_searched or not has_shell_text(native.strings.counts):
        return
    examination.add("shell_text")
    acts = acts_when_loaded(program, native.strings.counts, native.api_families)
    examination.add("constructor_shell", acts)
    shown = [text for position, text in native.strings.shown if has_shell_text((position,))]
    examination.show(native.member, "native_constructor" if acts else "native_shell_text", shown[0] if shown else "")


def _add_imports(examination: BinaryExamination, native: NativeFile) -> None:
    program, member = native.headers, native.member
    if program is None:
        return
    families, hidden = native.api_families, native.hidden_functions
    for family, count in families.items():
        examination.raise_to(f"import_{family}", count)
    few = len(program.imports) + program.ordinals <= _FEW_IMPORTS and member.size > 4 * LEAST_BYTES
    examination.raise_to("families_top", len(families.keys() - _COMMON_FAMILIES))
    examination.add("ordinals", program.ordinals)
    examination.add("few_imports", few)
    examination.add("exports", program.exports)
    examination.add("hidden_functions", sum(hidden.values()))
    examination.raise_to("hidden_top", sum(hidden.values()))
    examination.add("hidden_injection", hidden.get("injection", 0))
    functions = ", ".join(sorted(native.evidence_functions))
    if families.get("injection", 0) + hidden.get("injection", 0) >= _SHOWN_FAMILIES:
        examination.show(member, "native_injection", functions)
    if len(hidden) >= _SHOWN_FAMILIES:
        examination.show(member, "native_hidden_functions", functions)
    if sum(family in families or family in hidden for family in _SPYING) >= 2:
        examination.show(member, "native_spying", functions)
    if "CryptUnprotectData" in program.imports | native.strings.markers.functions:
        examination.show(member, "native_secrets", functions)


def _compare_module_name(examination: BinaryExamination, native: NativeFile) -> None:
    """Compare the names that an extension module exports with its file name, as the import system does."""
    program = native.headers
    if program is None or program.partial or native.is_cut or not native.claims_python_module:
        return
    stem = native.member.path.rpartition("/")[2].partition(".")[0]
    if not program.python_modules:
        # Python 2 modules call Py_InitModule and export "init<name>".
        examination.add("no_module", not any(name.startswith("Py_InitModule") for name in program.imports))
    elif stem not in program.python_modules and stem.isascii() and stem not in {"__init__", "init"}:
        examination.add("misnamed")
        examination.show(native.member, "native_misnamed", ", ".join(program.python_modules))


def _compare_tags(examination: BinaryExamination, native: NativeFile) -> None:
    """Compare the system and the machine of native code with those in the wheel's tags."""
    program = native.headers
    systems, machines = promised_platforms(examination.release)
    if program is None or not systems:
        return
    if program.system not in systems:
        examination.add("foreign_system")
        examination.show(native.member, "native_foreign", program.system)
    elif machines and not machines & set(map(normalise_machine, program.machines)):
        examination.add("foreign_machine")


def _add_totals(examination: BinaryExamination, natives: Sequence[NativeFile]) -> None:
    """Add the values over all native members together."""
    programs = [native.headers for native in natives if native.headers is not None]
    overlay_entropies = [native.overlay_entropy for native in natives if native.overlay_entropy is not None]
    code_entropies = [native.code_entropy for native in natives if native.code_entropy is not None]
    examination.add("libraries", len({library for program in programs for library in program.libraries}))
    examination.add("imports", len(frozenset().union(*(program.imports for program in programs))))
    examination.add("systems", len({program.system for program in programs}))
    examination.put("code_entropy", max(code_entropies, default=None))
    examination.put("overlay_entropy", max(overlay_entropies, default=None))
    if programs:
        examination.put("overlay_share", max(native.overlay / max(native.member.size, 1) for native in natives))
        examination.put("stripped_share", sum(program.stripped for program in programs) / len(programs))
    runnable = [native.member for native in natives if native.headers and native.headers.is_program]
    examination.add("programs_named", _count_named(examination.release, runnable))


def _count_named(release: Release, programs: Sequence[Member]) -> int:
    """Return the number of programs that Python code mentions by their file name."""
    names = [member.path.rpartition("/")[2].encode("utf-8", "replace") for member in programs[:_PROGRAMS_NAMED]]
    left = SEARCHED_SOURCE_BYTES if names else 0
    named: set[bytes] = set()
    for member in release.members:
        if member.file_type is FileType.PYTHON and 0 < len(member.data) <= left:
            left -= len(member.data)
            named.update(name for name in names if len(name) >= _LEAST_NAME and name in member.data)
    return len(named)


def _has_odd_sections(native: NativeFile) -> bool:
    """Return whether a Windows file has executable sections with blank or unprintable names."""
    if native.headers is None or native.headers.system != "windows":
        return False
    names = [section.name for section in native.headers.sections if section.executable]
    return any(not name.strip().isprintable() or not name.strip("\0 ") for name in names)


def _has_odd_entry(native: NativeFile) -> bool:
    """Return whether the entry point is outside all executable sections, or in a writable one."""
    program = native.headers
    if program is None or program.entry is None or not program.sections:
        return False
    return not any(
        section.executable and not section.writable and section.offset <= program.entry < section.offset + section.size
        for section in program.sections
    )
