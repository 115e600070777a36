"""Provides the binary group: native code, compiled Python, pickles and other binary data.

Nothing is run, unmarshalled or unpickled.
"""

from features.binary.columns import COLUMNS, EMPTY_VALUES
from features.binary.compiled_python import examine_compiled_python
from features.binary.examination import BinaryExamination
from features.binary.loose_data import examine_loose_data
from features.binary.native_code import examine_native_code
from features.binary.pickled_data import examine_pickles
from features.contract import GroupRow, Release, Scalar
from features.marks import heaviest_marks
from features.text.indicators import DIGEST


class BinaryGroup:
    """The columns over binaries, with the evidence in them (`features.binary`).

    Only the kept part of a large member is examined, and at most BINARY_BYTES of all members; the columns
    `binary_cut` and `binary_not_searched` count the members that this affects.
    """

    name = "binary"
    columns = COLUMNS

    @property
    def version(self) -> str:
        """Return the version of the rules, with the digest of the indicators they use."""
        return f"4-{DIGEST}"

    def extract(self, release: Release) -> GroupRow:
        """Return the row of one release; the work ends at its deadline, and `limits` then names "seconds"."""
        examination = BinaryExamination(release)
        examine_native_code(examination)
        examine_compiled_python(examination)
        examine_pickles(examination)
        examine_loose_data(examination)
        values: dict[str, Scalar] = dict(EMPTY_VALUES)
        if examination.has_binaries:
            values.update((f"binary_{noun}", value) for noun, value in examination.values().items())
        return GroupRow(
            values,
            evidence=tuple(examination.evidence),
            limits=tuple(sorted(examination.limits)),
            marks={path: heaviest_marks(counts, path) for path, counts in examination.marks.items()},
            hosts=examination.hosts.ranked(),
        )
