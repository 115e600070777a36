"""The shape of source text and of names: what is strange about how it is written, whatever it does.

Figures stand for all source together (`text_*`), for what runs at install time (`text_install_*`) and at
import time (`text_import_*`). Source is Python, `.pth` and scripts, each distinct content once. At most
`TEXT_SOURCE_BYTES` of an artifact are looked at, from the start of every file the same number of bytes; where
that cuts something, the row's limits name "text_source_bytes".

Lines, the shares of letters and what hides between them are told of all that source. Names, strings, comments and
the entropy of single files are told of a part of it (`DEPTHS`), which is nearly always all that runs at install or at
import: files with very long lines first, then in the order of their digests, so that no place in the package and no
name of a file is sure to be left out.

A column is null where there is no source of that role, or no string, name or description to judge.

Left out: anything that grows with the year alone (type annotations, f-strings, line ends) and anything of
archive headers.
"""

import math
import time
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import attrgetter

from features.contract import Column, Dtype, FileType, GroupRow, Member, Release, Role, Scalar
from features.file_type_index import by_file_type
from features.limits import TEXT_SOURCE_BYTES
from features.packaging.metadata import read_core_metadata
from features.reference.popular_names import LONG, WELL_KNOWN, Way, imitation_of, popular_names
from features.runtime.cache import cached, cached_text
from features.text.prose_figures import prose_figures
from features.text.source_figures import role_figures, whole_figures
from features.text.source_metrics import SourceFiles, measure_source

DEPTHS = {Role.INSTALL: (2**18, 2**18), Role.IMPORT: (2**16, 2**15), Role.REST: (2**14, 2**13)}
"""Source of a role, and of one file of it, whose names and strings are measured."""

LIMIT = "text_source_bytes"

_SCRIPTS = (".sh", ".bash", ".bat", ".cmd", ".ps1", ".psm1", ".vbs")
_PYTHON, _PTH, _TEXT = FileType.PYTHON, FileType.PTH, FileType.TEXT
_ROLE_ORDER = (Role.INSTALL, Role.IMPORT, Role.REST)

B, I32, F = Dtype.BOOL, Dtype.INT32, Dtype.FLOAT32

_CORE = (
    ("names", I32, "the number of distinct names in {}"),
    ("name_entropy", F, "how random the letters of names look in {}"),
    ("name_entropy_q3", F, "how random the letters of its most random names look in {}"),
    ("name_entropy_max", F, "one name whose letters look random in {}"),
    ("name_chars", F, "the length of names in {}"),
    ("short_names", F, "names of one letter in {}"),
    ("random_names", F, "random-looking names in {}"),
    ("confusing_names", I32, "names of letters that are hard to tell apart in {}"),
    ("strings", I32, "the number of distinct strings in {}"),
    ("longest_string", I32, "a long string in {}"),
    ("strings_over_100", F, "how much of {} is strings of over 100 letters"),
    ("strings_over_1000", F, "how much of {} is strings of over 1,000 letters"),
    ("base64_strings", I32, "strings that look like base64 in {}"),
    ("base64_bytes", I32, "the amount of what looks like base64 in {}"),
    ("hex_strings", I32, "strings of hexadecimal digits in {}"),
    ("hex_bytes", I32, "the amount of hexadecimal digits in strings in {}"),
    ("string_entropy", F, "how random the letters of strings look in {}"),
    ("string_entropy_q3", F, "how random the letters of its most random strings look in {}"),
    ("string_entropy_max", F, "one string whose letters look random in {}"),
    ("entropy", F, "how random the letters look in {}"),
    ("longest_line", I32, "a long line in {}"),
    ("long_lines", F, "lines of over 1,000 letters in {}"),
    ("comment_share", F, "how much of {} is comment"),
    ("space_share", F, "how much of {} is white space"),
    ("brackets", F, "how often a square bracket opens in {}"),
    ("equals", F, "how often an equals sign stands in {}"),
    ("plus", F, "how often a plus sign stands in {}"),
    ("parentheses", F, "how often a parenthesis opens in {}"),
    ("digits", F, "how many digits stand in {}"),
    ("escapes", F, "letters written as escape sequences in {}"),
    ("offscreen", I32, "code that is pushed out of sight by spaces in {}"),
)

_WHOLE = (
    ("lines", I32, "the number of lines of its code"),
    ("entropy_max", F, "one file of code whose letters look random"),
    ("entropy_q3", F, "how random the letters look in much of its code"),
    ("mean_line", F, "the length of the lines of its code"),
    ("wide_lines", F, "lines of over 200 letters in its code"),
    ("blank_run", I32, "many blank lines before code"),
    ("indented", I32, "code that begins out of sight"),
    ("docstring_share", F, "how much of its code is documentation"),
    ("upper_share", F, "capital letters in its code"),
    ("foreign_share", F, "letters that are not ASCII in its code"),
    ("control_bytes", I32, "control characters in its code"),
    ("bidi", I32, "characters that turn the direction of writing in its code"),
    ("invisible", I32, "characters that cannot be seen in its code"),
    ("foreign_names", I32, "names that are not ASCII in its code"),
    ("mixed_names", I32, "names that mix alphabets that look alike in its code"),
    ("disguised_names", I32, "names in odd letters that Python reads as plain ones"),
)

_PROSE = (
    ("entropy", F, "how random the letters of its description look"),
    ("letter_share", F, "how much of its description is words"),
    ("foreign_share", F, "letters that are not ASCII in its description"),
    ("word_chars", F, "the length of the words of its description"),
    ("distinct_words", F, "how much its description says the same again"),
    ("random_words", F, "random-looking words in its description"),
    ("upper_words", F, "words in capitals in its description"),
    ("line_chars", F, "the length of the lines of its description"),
    ("top_word_share", F, "a word that stands again and again in its description"),
)

_NAME = (
    ("popular", B, "whether it is a popular project itself"),
    ("popular_rank", I32, "how popular the project itself is"),
    ("imitated_rank", I32, "how popular the project is that its name is near to"),
    ("imitations", I32, "the number of ways in which its name is near to a popular one"),
    ("insertion", B, "a name that is a popular one with a letter more"),
    ("deletion", B, "a name that is a popular one with a letter less"),
    ("substitution", B, "a name that is a popular one with another letter"),
    ("transposition", B, "a name that is a popular one with two letters exchanged"),
    ("repeated", B, "a name that is a popular one with a letter doubled or not"),
    ("keyboard", B, "a name that is a popular one with a key beside the right one"),
    ("vowel", B, "a name that is a popular one with another vowel"),
    ("plural", B, "a name that is a popular one in plural or singular"),
    ("lookalike", B, "a name that looks like a popular one"),
    ("separator", B, "a name that is a popular one with other hyphens"),
    ("order", B, "a name that is a popular one with its parts in another order"),
    ("affix", B, "a name that is a popular one with a usual word before or after it"),
    ("combined", B, "a name that has a popular one in it"),
    ("tail", B, "a name that ends in a popular one"),
    ("pair", B, "a name made of two popular ones"),
    ("part", B, "a name with a word in it that is nearly a popular name or a known brand"),
    ("distant", B, "a name that is a well-known one with two letters changed"),
    ("slip", B, "a name that is a slip of the finger or the eye away from a popular one"),
    ("slip_known", B, "a name that is a slip away from a well-known one of some length"),
    ("slip_rank", I32, "how popular the project is from whose name it is a slip away"),
    ("family", I32, "how many popular names begin with the same word"),
    ("family_end", I32, "how many popular names end in the same word"),
)

_SCOPES = (("", "its code"), ("install_", "the code that runs at install"), ("import_", "the code that runs at import"))


def _columns() -> Iterable[Column]:
    for prefix, where in _SCOPES:
        for noun, dtype, meaning in _CORE:
            yield Column(f"text_{prefix}{noun}", dtype, meaning.format(where))
    for prefix, columns in (("", _WHOLE), ("readme_", _PROSE), ("name_", _NAME)):
        for noun, dtype, meaning in columns:
            yield Column(f"text_{prefix}{noun}", dtype, meaning)


class TextGroup:
    """Columns over the letters of code, description and name."""

    name = "text"
    columns = tuple(_columns())

    @property
    def version(self) -> str:
        """The rules' number and the digest of the popular names that they look at."""
        return f"4.{popular_names().digest}"

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release."""
        values = dict(_NOTHING)
        sources, limits = _sources(release)
        if sources:
            values |= _source_values(sources)
        declared = read_core_metadata(release)
        prose = prose_figures(declared.description or _readme(release))
        values |= {f"text_readme_{noun}": value for noun, value in prose.items()}
        name = declared.name or release.project
        if name:
            values |= _name_values(name)
        return GroupRow(values, limits=limits)


_NOTHING: Mapping[str, Scalar] = dict.fromkeys((column.name for column in TextGroup.columns), None)


@cached(
    "source_figures",
    key=lambda sources: tuple([(role, *wanted.keys) for role, wanted in sources.items()]),
    size_of=lambda figures: 100 * len(figures),
)
def _source_values(sources: Mapping[Role, SourceFiles]) -> Mapping[str, Scalar]:
    measured = measure_source(list(sources.values()))
    core = role_figures(measured)
    values = {f"text_{noun}": value for noun, value in core.items()}
    for at, role in enumerate(sources):
        if role is not Role.REST:
            figures = core if len(sources) == 1 else role_figures(measured, at)
            values |= {f"text_{role}_{noun}": value for noun, value in figures.items()}
    return values | {f"text_{noun}": value for noun, value in whole_figures(measured).items()}


def _sources(release: Release) -> tuple[dict[Role, SourceFiles], tuple[str, ...]]:
    """Return the source of each role that has some, what runs first first, and the limits that were reached."""
    if time.process_time() > release.deadline:
        return {}, ("seconds",)
    members: dict[Role, list[Member]] = {role: [] for role in _ROLE_ORDER}
    file_types = by_file_type(release)
    for member in chain(file_types[_PYTHON], file_types[_PTH], filter(_is_script, file_types[_TEXT])):
        if member.data:
            members[member.role].append(member)
    seen: set[bytes] = set()
    found: dict[Role, list[Member]] = {}
    for role, of_role in members.items():
        found[role] = []
        for member in sorted(of_role, key=_order):
            if member.digest not in seen:
                found[role].append(member)
            if member.digest:
                seen.add(member.digest)
    sizes = [len(member.data) for files in found.values() for member in files]
    cut = _even_cut(sizes)
    limits = (LIMIT,) if max(sizes, default=0) > cut else ()
    sources = {}
    for role, files in found.items():
        if files:
            keys = () if limits else [member.key for member in files]
            sources[role] = SourceFiles([member.data[:cut] for member in files], *DEPTHS[role], keys)
    return sources, limits


_order = attrgetter("digest", "path")


def _is_script(member: Member) -> bool:
    return member.head[:2] == b"#!" or member.path[-5:].lower().endswith(_SCRIPTS)


def _even_cut(sizes: Sequence[int]) -> int:
    """Return the size to which every file is cut so that all together keep to `TEXT_SOURCE_BYTES`."""
    left = TEXT_SOURCE_BYTES
    if sum(sizes) <= left:
        return left
    ordered = sorted(sizes)
    for at, size in enumerate(ordered):
        share = left // (len(ordered) - at)
        if size > share:
            return max(share, 1)
        left -= size
    return TEXT_SOURCE_BYTES


def _readme(release: Release) -> str:
    for member in release.members:
        inner = member.path.removeprefix(release.root)
        if inner.lower().startswith("readme") and "/" not in inner and member.data:
            return member.data[:100_000].decode("utf-8", "replace")
    return ""


@cached_text("name_figures", size_of=lambda figures: 100 * len(figures))
def _name_values(name: str) -> Mapping[str, Scalar]:
    imitation = imitation_of(name)
    slip = imitation.slip
    slip_rank = popular_names().ranks[slip] if slip else None
    values: dict[str, Scalar] = {
        "popular": imitation.popular_rank is not None,
        "popular_rank": _rank_bits(imitation.popular_rank),
        "imitated_rank": _rank_bits(imitation.rank),
        "imitations": len(imitation.ways),
        "slip": bool(slip),
        "slip_rank": _rank_bits(slip_rank),
        "slip_known": slip_rank is not None and slip_rank < WELL_KNOWN and len(slip) >= LONG,
        "family": imitation.family,
        "family_end": imitation.family_end,
    }
    values |= {way.value: way in imitation.ways for way in Way}
    return {f"text_name_{noun}": value for noun, value in values.items()}


def _rank_bits(rank: int | None) -> int | None:
    """Return the bits of a rank: 0 for the first, 1 for the second, 4 for the 8th to the 15th."""
    return None if rank is None else int(math.log2(rank + 1))
