"""What the syntax pass hands over: one frozen analysis for one file."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the syntax pass can say about a place in the code.

    `meaning` completes the sentence "It was ranked here because the package ..."; `technique` is an ATT&CK id or
    ""; `weight` (0 to 10) is on the scale of the indicators' weights.
    """

    id: str
    meaning: str
    technique: str
    weight: float


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a finding (or an indicator, in text that was folded or unpacked) was met: line from 1, raw excerpt."""

    line: int
    id: str
    excerpt: str
    weight: float


@dataclass(frozen=True, slots=True)
class MemberAnalysis:
    """What one Python file does; a function of its bytes and its role alone, so that it can be cached by digest.

    `counts` is sparse: a key that is missing is 0. Keys are `call_<behaviour>`, `run_<behaviour>` (calls that run
    when the file is imported or installed), `finding_<id>`, `folded_<category>`, `unpacked_<category>` and the
    names of `features.syntax.measures.MEASURES`. `tokens` are 64-bit ordered token hashes (see
    `features.tokens`), ascending. `imports` are the absolute or relative ("." first) modules that are imported
    at any level; `runs` those imported when the file itself is.
    """

    parsed: bool
    reason: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    spots: tuple[Spot, ...] = ()
    tokens: tuple[int, ...] = ()
    imports: tuple[str, ...] = ()
    runs: tuple[str, ...] = ()
