"""Examines pickles without loading them: the imports and calls that loading would make, and their strings."""

import re

from features.archive.file_type import PICKLE_STARTS, is_pickle
from features.binary.examination import BinaryExamination, distinct_members
from features.binary.pickles import MAX_OPCODES, PickleScan, import_family, read_pickle
from features.binary.rules import WEIGHTS
from features.binary.string_scan import scan_strings
from features.contract import FileType, Member

MAX_STEPS = 3 * MAX_OPCODES
"""Opcodes of all pickles of one release that are read."""

_PROTOCOL_2 = b"\x80"
_DATA = frozenset((FileType.BINARY, FileType.TEXT))
_PICKLE_NAME = re.compile(r"(?i)\.(?:pkl|pickle|pck|pickled|p|dat|joblib|pt|pth|bin|sav|model|npy)$")


def examine_pickles(examination: BinaryExamination) -> None:
    """Examine the pickles among the data of a release."""
    found = [m for m in examination.release.members if m.file_type in _DATA and may_be_pickle(m)]
    if not found:
        return
    examination.has_binaries = True
    steps = MAX_STEPS
    sizes: list[int] = []
    imports: set[tuple[str, str]] = set()
    for member in distinct_members(found):
        if steps <= 0 or examination.is_late():
            examination.add("pickle_cut")
            continue
        data = member.data or member.head
        pickle = read_pickle(data, whole=len(data) == member.size)
        steps -= pickle.steps
        # Text that begins like a pickle is a pickle only if all of it is valid and it imports or calls something.
        if member.file_type is not FileType.BINARY and (pickle.broken or not (pickle.imports or pickle.unresolved)):
            continue
        sizes.append(member.size)
        imports.update(pickle.imports)
        _add_pickle(examination, member, pickle)
        if examination.spend(len(data)):
            examination.add_strings(member, "pickle", scan_strings((data,)))
        else:
            examination.add("not_searched")
    if sizes:
        examination.add("pickles", len(sizes))
        examination.add("pickle_imports", len(imports))
        examination.put("pickle_least_bytes", min(sizes))


def may_be_pickle(member: Member) -> bool:
    """Return whether a member begins like a pickle; text of protocol 0 or 1 must have the suffix of one too."""
    if member.file_type is FileType.BINARY:
        return is_pickle(member.head)
    first = member.head[:1]
    if first == _PROTOCOL_2:
        return True
    return first in PICKLE_STARTS and _PICKLE_NAME.search(member.path) is not None and is_pickle(member.head)


def _add_pickle(examination: BinaryExamination, member: Member, pickle: PickleScan) -> None:
    families = {import_family(imported): imported for imported in pickle.imports}
    families.pop("", None)
    for family, example in families.items():
        noun = f"pickle_{family}"
        examination.add(noun, sum(import_family(imported) == family for imported in pickle.imports))
        if noun in WEIGHTS:
            examination.show(member, noun, f"{example.module}.{example.name}")
    examination.add("pickle_telling", bool(families))
    examination.add("pickle_calls", pickle.calls)
    examination.add("pickle_unresolved", pickle.unresolved)
    examination.add("pickle_broken", pickle.broken)
    examination.add("pickle_cut", pickle.cut)
    if pickle.unresolved:
        examination.show(member, "pickle_unresolved", f"{pickle.unresolved} of its imports")
