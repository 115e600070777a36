"""Lists the columns over native code, bytecode and pickles, in the order of the schema.

A column that needs a native member, a compiled file or a pickle to make sense is null without one. Left out on purpose
are build times, names in signatures and the version of the compiler, because they follow the year.
"""

from collections.abc import Iterator, Mapping

from features.binary.api_families import API_FAMILIES
from features.binary.pickles import PICKLE_FAMILIES
from features.binary.string_markers import TOOL_KINDS
from features.contract import Column, Dtype, Scalar
from features.text.indicator_file import CATEGORY_MEANINGS, Category

_I32, _I64, _F = Dtype.INT32, Dtype.INT64, Dtype.FLOAT32

_NATIVE: tuple[tuple[str, Dtype, str], ...] = (
    ("native", _I32, "the number of its native modules and programs"),
    ("unparsed", _I32, "native code with unreadable headers"),
    ("partial", _I32, "native code with an unreadable table"),
    ("cut", _I32, "native code too large to be examined completely"),
    ("not_searched", _I32, "binary files that were not searched for strings"),
    ("least_bytes", _I64, "the size of its smallest native file"),
    ("programs", _I32, "the number of its native programs"),
    ("programs_unexpected", _I32, "native programs in an sdist or a pure Python wheel"),
    ("programs_windowed", _I32, "native programs that run without a console"),
    ("programs_named", _I32, "native programs that its Python code names"),
    ("modules", _I32, "the number of its native extension modules"),
    ("no_module", _I32, "native code named like an extension module that exports none"),
    ("misnamed", _I32, "extension modules that export another name than their file name"),
    ("foreign_system", _I32, "native code for an operating system that its wheel tag does not name"),
    ("foreign_machine", _I32, "native code for a processor that its wheel tag does not name"),
    ("systems", _I32, "the number of operating systems that its native code is for"),
    ("early", _I32, "native code that runs at install or import"),
    ("libraries", _I32, "the number of libraries that its native code links to"),
    ("imports", _I32, "the number of functions that its native code imports"),
    ("ordinals", _I32, "the number of functions that its native code imports by number"),
    ("few_imports", _I32, "native code that imports almost no functions"),
    ("exports", _I32, "the number of functions that its native code exports"),
    ("families_top", _I32, "the most kinds of sensitive functions imported by a single native file"),
    ("hidden_functions", _I32, "sensitive functions named in native code that does not import them"),
    ("hidden_top", _I32, "the most sensitive functions named and not imported in a single native file"),
    ("hidden_injection", _I32, "process injection functions named in native code that does not import them"),
    ("sections_top", _I32, "the most sections in a single native file"),
    ("sections_open", _I32, "native code with a section that is writable and executable"),
    ("sections_odd", _I32, "native code with unnamed or packer-named executable sections"),
    ("entry_odd", _I32, "native code with its entry point outside the code sections"),
    ("stack_open", _I32, "native code with an executable stack"),
    ("callbacks", _I32, "native code with callbacks that run before its entry point"),
    ("constructors", _I32, "the most functions in a single native file that run as soon as it is loaded"),
    ("shell_text", _I32, "native code with a command line that fetches, decodes or steals"),
    ("constructor_shell", _I32, "native code that can start a shell as soon as it is loaded"),
    ("code_entropy", _F, "the entropy of its native instructions"),
    ("packed", _I32, "packed or encrypted native code"),
    ("overlays", _I32, "native code with data after its end"),
    ("overlay_bytes", _I64, "the amount of data after the end of native code"),
    ("overlay_share", _F, "the share of a native file that is data after its end"),
    ("overlay_entropy", _F, "the entropy of the data after the end of native code"),
    ("stripped_share", _F, "the share of its native files without a symbol table"),
    ("signed", _I32, "the number of its signed native files"),
    ("managed", _I32, "the number of its .NET assemblies"),
)
_MAKER_MEANINGS = {
    "upx": "native code packed with UPX",
    "protector": "native code protected by a commercial protector",
    "pyarmor": "native code of the Python obfuscator PyArmor",
    "frozen": "a Python program frozen into a native executable",
    "nuitka": "Python compiled with Nuitka",
    "cython": "Python compiled with Cython",
    "rust": "native code written in Rust",
    "go": "native code written in Go",
    "dotnet": "native code written for .NET",
    "installer": "an installer or a compiled script",
    "node": "a JavaScript program packed into a native executable",
    "tool": "strings of attack tools in its native code",
}
_STRINGS: tuple[tuple[str, Dtype, str], ...] = (
    ("searched_bytes", _I64, "the amount of binary content searched for strings"),
    ("indicators", _I32, "the number of distinct suspicious patterns in its binaries"),
    ("strong", _I32, "the number of distinct high-severity patterns in its binaries"),
    ("categories", _I32, "the number of distinct kinds of suspicious behaviour in its binaries"),
    ("top_weight", _I32, "the highest severity of a single binary"),
    ("top_categories", _I32, "the most kinds of suspicious behaviour in a single binary"),
    ("native_top_weight", _I32, "the highest severity of a single native file"),
    ("bytecode_top_weight", _I32, "the highest severity of a single compiled Python file"),
    ("pickle_top_weight", _I32, "the highest severity of a single pickle"),
    ("hosts", _I32, "the number of hosts named in its binaries"),
    ("raw_addresses", _I32, "the number of IP addresses in its binaries"),
    ("python_names", _I32, "the number of names in compiled Python that malware uses"),
    ("python_names_top", _I32, "the most names that malware uses in a single compiled Python file"),
)
_BYTECODE: tuple[tuple[str, Dtype, str], ...] = (
    ("bytecode", _I32, "the number of its compiled Python files"),
    ("bytecode_alone", _I32, "compiled Python that is imported without a source"),
    ("bytecode_other_size", _I32, "compiled Python made from a source of another size"),
    ("bytecode_foreign_names", _I32, "the most names in a compiled Python file that its source does not contain"),
    ("bytecode_swapped", _I32, "compiled Python that was not made from its source file"),
    ("bytecode_unchecked", _I32, "compiled Python that runs without a check of its source"),
    ("bytecode_other_version", _I32, "compiled Python of another version than its file name says"),
    ("bytecode_versions", _I32, "the number of Python versions that its compiled Python is for"),
    ("bytecode_early", _I32, "compiled Python that runs at install or import"),
)
_PICKLE: tuple[tuple[str, Dtype, str], ...] = (
    ("pickles", _I32, "the number of its pickles"),
    *((f"pickle_{name}", _I32, f"a pickle that, when loaded, {meaning}") for name, meaning in PICKLE_FAMILIES),
    ("pickle_telling", _I32, "pickles that do more than hold data"),
    ("pickle_imports", _I32, "the number of objects that its pickles import"),
    ("pickle_calls", _I32, "the number of calls that its pickles make"),
    ("pickle_unresolved", _I32, "hidden imports of pickles"),
    ("pickle_broken", _I32, "pickles with invalid opcodes"),
    ("pickle_cut", _I32, "pickles that were not read completely"),
    ("pickle_least_bytes", _I64, "the size of its smallest pickle"),
)
_DATA: tuple[tuple[str, Dtype, str], ...] = (
    ("data", _I32, "the number of its other binary files that were searched for code"),
    ("data_strong", _I32, "the number of high-severity patterns in its other binary files"),
    ("data_top_weight", _I32, "the highest severity of a single other binary file"),
    ("data_not_searched", _I32, "other binary files that were not searched for code"),
)


def _all_columns() -> Iterator[tuple[str, Dtype, str]]:
    yield from _NATIVE
    for family in API_FAMILIES:
        yield f"import_{family.id}", _I32, f"native code that {family.meaning}"
    for maker in TOOL_KINDS:
        yield f"made_{maker}", _I32, _MAKER_MEANINGS[maker]
    yield from _STRINGS
    for category in Category:
        yield f"category_{category}", _I32, f"signs of {CATEGORY_MEANINGS[category]} in its binaries"
    yield from _BYTECODE
    yield from _PICKLE
    yield from _DATA


COLUMNS: tuple[Column, ...] = tuple(Column(f"binary_{noun}", dtype, meaning) for noun, dtype, meaning in _all_columns())

_NULL_WITHOUT_BINARIES = frozenset(
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
EMPTY_VALUES: Mapping[str, Scalar] = {
    column.name: None if column.name in _NULL_WITHOUT_BINARIES else 0 for column in COLUMNS
}
"""The values of a release without binaries."""
