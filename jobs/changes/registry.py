"""Lists the parts of a change row, in the order of their columns."""

from jobs.changes.contract import ChangePart
from jobs.changes.parts.base import BasePart
from jobs.changes.parts.changed_members import ChangedMembersPart
from jobs.changes.parts.contents import ContentsPart
from jobs.changes.parts.declared import DeclaredPart
from jobs.changes.parts.differences import DifferencesPart
from jobs.changes.parts.entry_points import EntryPointsPart
from jobs.changes.parts.hosts import HostsPart
from jobs.changes.parts.marks import MarksPart
from jobs.changes.parts.members import MembersPart
from jobs.changes.parts.places import PlacesPart
from jobs.changes.parts.requirements import RequirementsPart
from jobs.changes.parts.versions import VersionsPart

PARTS: tuple[ChangePart, ...] = (
    BasePart(),
    VersionsPart(),
    MembersPart(),
    ContentsPart(),
    MarksPart(),
    PlacesPart(),
    HostsPart(),
    RequirementsPart(),
    EntryPointsPart(),
    DeclaredPart(),
    DifferencesPart(),
    ChangedMembersPart(),
)
