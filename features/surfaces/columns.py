"""Lists the columns over surfaces, in the order of the schema."""

from features.contract import Column, Dtype
from features.surfaces.kinds import KIND_MEANINGS, SurfaceKind
from features.surfaces.rules import SURFACE_RULES

COLUMNS: tuple[Column, ...] = (
    *(Column(f"surfaces_{kind}", Dtype.INT32, f"the number of its {KIND_MEANINGS[kind]}") for kind in SurfaceKind),
    *(Column(f"surfaces_{rule.id}", Dtype.INT32, f"files of which one {rule.meaning}") for rule in SURFACE_RULES),
    Column("surfaces_top_weight", Dtype.INT32, "the highest severity of a file that makes another program act"),
    Column("surfaces_not_searched", Dtype.INT32, "files that make other programs act and were not searched completely"),
)
