from pathlib import Path

from jobs.changes import parts
from jobs.changes.registry import PARTS


def test_every_part_on_disk_is_registered():
    there = {path.stem for path in Path(str(parts.__file__)).parent.glob("*.py")} - {"__init__"}
    assert there == {part.name for part in PARTS}
