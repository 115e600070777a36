"""Lists the formats of the blocklist, in the order of the help text and of the table of targets."""

from audit.blocklists.targets.artifactory import ArtifactoryExport
from audit.blocklists.targets.bandersnatch import BandersnatchExport
from audit.blocklists.targets.constraints import DEVPI, PIP, UV
from audit.blocklists.targets.contract import BlocklistFormat
from audit.blocklists.targets.haproxy import HaproxyExport
from audit.blocklists.targets.json import JsonExport
from audit.blocklists.targets.nexus import NexusExport
from audit.blocklists.targets.nginx import NginxExport
from audit.blocklists.targets.nora import NoraExport
from audit.blocklists.targets.posit import PositExport
from audit.blocklists.targets.probation import ProbationExport
from audit.blocklists.targets.proxpi import ProxpiExport
from audit.blocklists.targets.pulp import PulpExport
from audit.blocklists.targets.purge import PurgeExport
from audit.blocklists.targets.purl import PurlExport
from audit.blocklists.targets.simple_repository import SimpleRepositoryExport
from audit.blocklists.targets.squid import SquidExport
from audit.blocklists.targets.varnish import VarnishExport

BLOCKLISTS: tuple[BlocklistFormat, ...] = (
    JsonExport(),
    BandersnatchExport(),
    PurgeExport(),
    SimpleRepositoryExport(),
    ProxpiExport(),
    PulpExport(),
    NexusExport(),
    ArtifactoryExport(),
    VarnishExport(),
    PositExport(),
    ProbationExport(),
    NoraExport(),
    PurlExport(),
    NginxExport(),
    HaproxyExport(),
    SquidExport(),
    DEVPI,
    PIP,
    UV,
)


def blocklist_format(name: str) -> BlocklistFormat:
    """Return the blocklist format of a name; raises KeyError for one that is not registered."""
    return {target.name: target for target in BLOCKLISTS}[name]


def render_targets() -> str:
    """Return the table of targets: name, actions (the default first), scopes, and what each is."""
    rows = [("TARGET", "ACTIONS", "BLOCKS A", "WHAT IT IS")]
    rows += [(each.name, ", ".join(each.actions), ", ".join(each.scopes), each.summary) for each in BLOCKLISTS]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3])) for row in rows
    )
