"""Lists the feature groups, in the order of the schema."""

from features.contract import FeatureGroup
from features.groups.binary import BinaryGroup
from features.groups.code import CodeGroup
from features.groups.files import FilesGroup
from features.groups.known import KnownGroup
from features.groups.metadata import MetadataGroup
from features.groups.surfaces import SurfacesGroup
from features.groups.text import TextGroup

GROUPS: tuple[FeatureGroup, ...] = (
    MetadataGroup(),
    FilesGroup(),
    CodeGroup(),
    KnownGroup(),
    TextGroup(),
    BinaryGroup(),
    SurfacesGroup(),
)
