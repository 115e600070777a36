"""Lists the formats of feeds."""

from audit.feeds.contract import FeedKind
from audit.feeds.entry import FeedFormat
from audit.feeds.lists import NameList, ReleaseList, Sha256List
from audit.feeds.osv import OsvFormat
from audit.feeds.shared_blocklist import BlocklistFeed
from audit.feeds.snapshot import SnapshotFormat

FORMATS: tuple[FeedFormat, ...] = (
    OsvFormat(),
    Sha256List(),
    NameList(),
    ReleaseList(),
    BlocklistFeed(),
    SnapshotFormat(),
)


def find_format(kind: FeedKind) -> FeedFormat:
    """Return the format of a kind."""
    return next(each for each in FORMATS if each.kind is kind)
