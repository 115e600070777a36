"""The blocklist formats, in the order of the help text."""

from audit.blocklists.bandersnatch import BandersnatchExport
from audit.blocklists.canonical import CanonicalExport
from audit.contract import BlocklistFormat
from audit.reports.registry import UnknownFormatError

BLOCKLISTS: tuple[BlocklistFormat, ...] = (CanonicalExport(), BandersnatchExport())


def blocklist_format(name: str) -> BlocklistFormat:
    """Return the blocklist format of that name; raises UnknownFormatError."""
    for target in BLOCKLISTS:
        if target.name == name:
            return target
    raise UnknownFormatError(name, tuple(target.name for target in BLOCKLISTS))
