"""What the syntax pass hands over: one frozen analysis for one file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from features.runtime.cache import size_of_numbers, size_of_words


@dataclass(frozen=True, slots=True)
class Rule:
    """Something that the syntax pass can say about a place in the code.

    `meaning` completes the sentence "It was ranked here because the package ..."; `technique` is an ATT&CK id or
    ""; `weight` (0 to 10) is on the scale of the indicators' weights.
    """

    id: str
    meaning: str
    technique: str
    weight: float


@dataclass(frozen=True, slots=True)
class CodeLocation:
    """Where a finding (or an indicator, in text that was folded or unpacked) was met: line from 1, raw excerpt."""

    line: int
    id: str
    excerpt: str
    weight: float


@dataclass(frozen=True, slots=True)
class CodeUnit:
    """What one part of a file does when it runs, and what it asks of other parts and files.

    `name` is "" for what runs with the file itself, MAIN_PART for what runs only where it is the program,
    ANY_PART for all functions of a file that was not read by its tree, else a function's, class's or method's
    qualified name ("Thing.go"). `does` are behaviours and `finding_<id>` with how often, of this part alone;
    `inner` are positions of the parts of the file that it runs. `calls` are dotted names outside the file that
    it calls or hands on (a relative one begins with "."), `imports` the modules it imports, `files` the files
    (and "-m module") that it runs as programs.
    """

    name: str
    does: tuple[tuple[str, int], ...] = ()
    inner: tuple[int, ...] = ()
    calls: tuple[str, ...] = ()
    imports: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


MAIN_PART = "__main__"
ANY_PART = "*"


@dataclass(frozen=True, slots=True)
class MemberAnalysis:
    """What one Python file does; a function of its bytes and its role alone, so that it can be cached by digest.

    `counts` is sparse: a key that is missing is 0. Keys are `call_<behaviour>`, `run_<behaviour>` (calls that run
    when the file is imported or installed), `finding_<id>`, `folded_<category>`, `unpacked_<category>` and the
    names of `features.code.measures.MEASURES`. `tokens` are 64-bit ordered token hashes (see
    `features.code.tokens`), ascending. `parts` say what runs together, `aliases` which dotted name outside the file
    (or, "=" first, which part of it) a name of the module stands for, `stars` what is imported with `*`.
    """

    parsed: bool
    reason: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    spots: tuple[CodeLocation, ...] = ()
    tokens: tuple[int, ...] = ()
    parts: tuple[CodeUnit, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    stars: tuple[str, ...] = ()
    findings: frozenset[str] = field(default=frozenset(), init=False)
    """Distinct findings, without their prefix."""

    def __post_init__(self) -> None:
        found = frozenset([key[8:] for key in self.counts if key.startswith("finding_")])
        object.__setattr__(self, "findings", found)

    def weigh(self) -> int:
        """Return about how many bytes it takes."""
        said = size_of_numbers(self.tokens) + 100 * len(self.counts) + sum([200 + len(s.excerpt) for s in self.spots])
        return said + weigh_links(self.parts, self.aliases)


def weigh_links(parts: Sequence[CodeUnit], aliases: Sequence[tuple[str, str]]) -> int:
    """Return about how many bytes parts and aliases take."""
    names = sum([size_of_words((*part.calls, *part.imports, *part.files)) for part in parts])
    numbers = sum([300 + 100 * len(part.does) + 40 * len(part.inner) for part in parts])
    return names + numbers + sum([100 + size_of_words(alias) for alias in aliases])
