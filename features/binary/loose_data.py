"""Searches other binary data for the strings of code: Java classes, databases, models, data of no known format.

A program of another runtime runs some of it, and code of the package may run any.
"""

from features.archive.file_type import is_pickle
from features.binary.examination import BinaryExamination, distinct_members
from features.binary.string_scan import scan_strings
from features.contract import FileType


def examine_loose_data(examination: BinaryExamination) -> None:
    """Examine the binary data of a release whose content was kept and that is no pickle."""
    members = examination.release.members
    found = [m for m in members if m.file_type is FileType.BINARY and m.data and not is_pickle(m.head)]
    for number, member in enumerate(distinct_members(found)):
        if examination.is_late():
            examination.add("data_not_searched", len(found) - number)
            return
        examination.has_binaries = True
        examination.add_data(member, scan_strings((member.data,)))
