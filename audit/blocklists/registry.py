"""Lists the blocklist formats, in the order of the help text."""

from audit.blocklists.bandersnatch import BandersnatchExport
from audit.blocklists.canonical import CanonicalExport
from audit.blocklists.contract import BlocklistFormat
from audit.blocklists.purge import PurgeExport

BLOCKLISTS: tuple[BlocklistFormat, ...] = (CanonicalExport(), BandersnatchExport(), PurgeExport())


def blocklist_format(name: str) -> BlocklistFormat:
    """Return the blocklist format of a name; raises KeyError for one that is not registered."""
    return {target.name: target for target in BLOCKLISTS}[name]
