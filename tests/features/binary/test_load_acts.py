"""Native code that acts when it is loaded; every file is a writer's, with headers and tables alone."""

import pytest

from features.binary.contract import NativeHeaders, Section
from features.binary.load_acts import SHELL_INDICATORS, acts_when_loaded, count_constructors, has_shell_text
from features.text.indicators import POSITIONS

FETCH = frozenset((POSITIONS["download_pipe_shell"],))


def headers(system: str = "linux", *sections: tuple[str, int], tls: bool = False) -> NativeHeaders:
    made = tuple(Section(name, 0, size) for name, size in sections)
    return NativeHeaders(system, ("x86_64",), sections=made, tls_callbacks=tls)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (headers("linux", (".init_array", 8)), 0),
        (headers("linux", (".init_array", 16)), 1),
        (headers("linux", (".ctors", 24)), 2),
        (headers("macos", ("__mod_init_func", 8)), 1),
        (headers("macos", ("__init_offsets", 8)), 2),
        (headers("windows", tls=True), 1),
        (headers("windows", (".text", 4096)), 0),
    ],
)
def test_constructors_are_counted_without_the_one_of_the_compiler(program: NativeHeaders, expected: int) -> None:
    assert expected == count_constructors(program)


def test_shell_text_is_a_command_line_that_fetches_decodes_or_steals() -> None:
    assert all(has_shell_text((POSITIONS[name],)) for name in SHELL_INDICATORS)
    assert not has_shell_text((POSITIONS["raw_ip_url"], POSITIONS["shell_dash_c"]))


def test_only_the_three_together_are_an_act() -> None:
    loaded = headers("linux", (".init_array", 16))
    assert acts_when_loaded(loaded, FETCH, {"process": 1})
    assert not acts_when_loaded(headers(), FETCH, {"process": 1})
    assert not acts_when_loaded(loaded, frozenset(), {"process": 1})
    assert not acts_when_loaded(loaded, FETCH, {"network": 1})
