"""Native source that acts when it is loaded; no file is compiled."""

import pytest

from features.surfaces.native_source import CONSTRUCTOR_WORDS, FOLLOWED_BYTES, MODULE_WORDS, find_load_acts
from features.surfaces.words import find_words

CONSTRUCTORS = (
    "__attribute__((constructor)) static void go(void) {\n    system(text);\n}\n",
    "__attribute__ (( used, __constructor__ (101) ))\nvoid go() {\n    int s = 1;\n    connect(s, a, b);\n}\n",
    "[[gnu::constructor]] void go() {\n    std::system(text);\n}\n",
    "static void go(void) __attribute__((constructor));\nint x;\nvoid go(void) {\n    popen(text, mode);\n}\n",
    "static void help(int a) {\n    execve(p, v, e);\n}\n__attribute__((constructor)) void go(void) {\n    help(1);\n}\n",
    '__attribute__((constructor)) void go(void) {\n    run *f = dlsym(0, "sys" "tem");\n    f(text);\n}\n',
    "BOOL WINAPI DllMain(HINSTANCE h, DWORD why, LPVOID r) {\n    WinExec(text, 0);\n    return TRUE;\n}\n",
    '#[ctor]\nfn go() {\n    Command::new("sh").arg("-c").spawn();\n}\n',
    '#[link_section = ".init_array"]\nstatic GO: fn() = { fn go() { Command::new("sh").spawn(); } go };\n',
)
INITIALISERS = (
    "PyMODINIT_FUNC PyInit_fast(void) {\n    system(text);\n    return PyModule_Create(&d);\n}\n",
    "PyObject *PyInit_fast(void)\n{\n    PyRun_SimpleString(text);\n    return 0;\n}\n",
    "PYBIND11_MODULE(fast, m) {\n    std::system(text);\n}\n",
    "#[pymodule]\nfn fast(m: &Bound<PyModule>) -> PyResult<()> {\n    Command::new(name).spawn()?;\n    Ok(())\n}\n",
)
TWINS = (
    "__attribute__((constructor)) static void go(void) {\n    table = 1;\n}\nint run(void) {\n    return system(t);\n}\n",
    "/* The constructor connects nothing. */\nint run(void) {\n    return system(t);\n}\n",
    "PyMODINIT_FUNC PyInit_fast(void) {\n    return PyModule_Create(&d);\n}\n",
    "#[pymodule]\nfn fast(m: &Bound<PyModule>) -> PyResult<()> {\n    m.add_function(f)?;\n    Ok(())\n}\n",
    "PyMODINIT_FUNC PyInit_fast(void) {\n    self->connect(a);\n    filesystem(a);\n    return m;\n}\n",
)


def rules(text: str) -> list[str]:
    data = text.encode()
    return [place.rule for place in find_load_acts("x.c", data, find_words(data, (*CONSTRUCTOR_WORDS, *MODULE_WORDS)))]


@pytest.mark.parametrize("text", CONSTRUCTORS)
def test_a_constructor_that_acts_is_found(text: str) -> None:
    assert rules(text) == ["constructor_acts"]


@pytest.mark.parametrize("text", INITIALISERS)
def test_a_module_initialiser_that_acts_is_found(text: str) -> None:
    assert rules(text) == ["module_init_acts"]


@pytest.mark.parametrize("text", TWINS)
def test_honest_source_is_left_alone(text: str) -> None:
    assert rules(text) == []


def test_the_place_is_the_line_of_the_act() -> None:
    data = CONSTRUCTORS[4].encode()
    (place,) = find_load_acts("x.c", data, find_words(data, CONSTRUCTOR_WORDS))
    assert (2, "execve(p, v, e);") == (place.line, place.excerpt)


def test_calls_of_a_large_generated_file_are_not_followed() -> None:
    filler = "int x;\n" * (FOLLOWED_BYTES["constructor_acts"] // 7 + 1)
    assert rules(filler + CONSTRUCTORS[4]) == []
    assert rules(filler + CONSTRUCTORS[0]) == ["constructor_acts"]


def test_many_comments_do_not_hide_a_constructor() -> None:
    assert rules("/* constructor */\n" * 5_000 + CONSTRUCTORS[0]) == ["constructor_acts"]
