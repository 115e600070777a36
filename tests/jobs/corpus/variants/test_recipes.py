"""Every recipe is valid Python 3, does what the source did, and is the same for the same numbers."""

import ast
import contextlib
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.corpus.variants import rewriting
from jobs.corpus.variants.payloads import payloads
from jobs.corpus.variants.recipes import BY_NAME, RECIPES, REWRITING, WRAPPING, choose_recipe, obfuscate

GRAMMAR = '''"""A docstring that stays a docstring."""
from __future__ import annotations

import collections, json as notation
import os.path
from functools import partial as bound, reduce
from typing import Literal

PLACE: Literal["there"] = "there"
__all__ = ["Shape", "area"]


class Shape:
    """A class with 'quotes' and "others"."""

    kind = "shape of a kind"
    __slots__ = ("sides", "label")

    def __init__(self, sides: int, *, label: str = "no label") -> None:
        self.sides = sides
        self.label = label

    def __repr__(self) -> str:
        sides, label = self.sides, self.label
        return f"{type(self).__name__}({sides!r:>5}, {label!r}, {sides:03d}{'!' * sides}) and {sides=}"


def area(width, height=2, *rest, unit="metres", **more):
    total = width * height
    for total_index, value in enumerate(rest):
        total += value * total_index
    squares = [total * n for n in range(3) if n != total]
    pairs = {key: [value for _ in range(2)] for key, value in more.items()}

    def inner(step):
        nonlocal total
        total += step
        return total

    try:
        raise ValueError("a message with 100% of it")
    except ValueError as error:
        text = str(error)
    with contextlib_like() as held:
        text += held
    result = inner(step=4), squares, sorted(pairs), text % () if "%" not in text else text, unit
    return result


class contextlib_like:
    def __enter__(self):
        return " held on to"

    def __exit__(self, *args):
        return False


def counter():
    global COUNT
    COUNT = 41
    COUNT += 1
    return COUNT


def kind_of(thing):
    match thing:
        case {"type": "circle", **others}:
            return "round", others
        case [first, *middle]:
            return "list of", first, middle
        case "a string" | b"some bytes":
            return "literal"
        case Shape(sides=number) if number > 3:
            return "shape", number
        case _:
            return "nothing known"


def flow(values):
    found = None
    while (value := next(values, None)) is not None:
        if value == "stop here":
            found = value
            break
    else:
        found = "never stopped"
    del values
    return found


def generator(limit):
    for number in range(limit):
        answer = yield f"number {number}"
    return answer


@bound(bound, str.upper)
def shouted(text="quietly said"):
    return text


print(Shape(4), Shape(2, label="Größe \\u20ac \\x00\\n"), Shape.__doc__, __doc__)
print(area(3, 4, 5, 6, alpha=1, beta=2))
print(counter(), COUNT)
for sample in ({"type": "circle", "r": 1}, ["one", "two", 3], "a string", b"some bytes", Shape(5), 7):
    print(kind_of(sample))
print(flow(iter(["going on", "stop here"])), flow(iter([])))
print(list(generator(3)), b"bytes \\xff\\x00 here", b"plain bytes"[2:4])
print(notation.dumps({"key value": [1.5, None, True]}), os.path.join("left", "right"), collections.Counter("letters").most_common(1))
print(reduce(lambda left, right: left + right, [1, 2, 3]), "%s and %05.1f" % ("text here", 2.5), "{0} {name}".format("pos", name="kw"))
text = "module level"
text2 = lambda text: text[::-1]
print(text2(text), [text for text in ("abc", "def")], text)
print(getattr(Shape, "kind"), eval("1 + 1"), "implicit" "concatenation", \'\'\'three
lines\'\'\')
if __name__ == "never so called":
    print("not reached")
elif text: print("else if reached")
exec("late = 'executed late'"); print(late)
async def waiting(): return "awaited"
import asyncio; print(asyncio.run(waiting()))
'''
PLAIN = 'import base64\nprint("hello there", base64.b64encode(b"hello"))\nvalue = sum([1, 2, 3])\nprint(value)\n'
LATIN = '# -*- coding: latin-1 -*-\nprint("Gr\u00fc\u00dfe aus", "M\u00fcnchen")\n'.encode("latin-1")
BOM = b"\xef\xbb\xbfprint('with a mark in front')\n"
DOS = b"x = 'dos lines'\r\nif x:\r\n    print(x)\r\n"
EMPTY = b"# nothing but a remark\n"
PROGRAMS = {
    "grammar": GRAMMAR.encode(),
    "plain": PLAIN.encode(),
    "latin": LATIN,
    "bom": BOM,
    "dos": DOS,
    "empty": EMPTY,
}
PYTHON2 = b"print 'old', 1\nexec 'x = 1' in {}\n"


def printed(source: bytes) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "<variant>", "exec", dont_inherit=True), {"__name__": "<variant>"})
    return out.getvalue()


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("recipe", [recipe.name for recipe in RECIPES])
def test_a_recipe_changes_what_is_written_and_not_what_is_done(recipe, program):
    source = PROGRAMS[program]
    wanted = printed(source)
    for seed in range(12):
        made = obfuscate(source, recipe, random.Random(seed))
        ast.parse(made)
        assert wanted == printed(made), made.decode()
    if program == "grammar":
        assert source != made


@pytest.mark.parametrize("seed", range(40))
def test_recipes_over_recipes_still_do_the_same(seed):
    numbers = random.Random(seed)
    recipe = choose_recipe(numbers, 1 + seed % 3)
    assert 1 + seed % 3 == len(recipe.split("+"))
    made = obfuscate(PROGRAMS["grammar"], recipe, numbers)
    assert printed(PROGRAMS["grammar"]) == printed(made)


@pytest.mark.parametrize("recipe", [recipe.name for recipe in RECIPES])
def test_the_same_numbers_make_the_same_source(recipe):
    first, again, other = (obfuscate(GRAMMAR.encode(), recipe, random.Random(seed)) for seed in ("a", "a", "b"))
    assert first == again
    assert first != other


@pytest.mark.parametrize("recipe", WRAPPING)
def test_what_is_wrapped_is_not_readable(recipe):
    for seed in range(8):
        assert b"hello there" not in obfuscate(PLAIN.encode(), recipe, random.Random(seed))


@pytest.mark.parametrize("payload", payloads(), ids=lambda payload: payload.id)
def test_every_look_alike_stays_valid_and_is_changed_by_every_recipe(payload):
    source = payload.body.encode()
    for recipe in RECIPES:
        made = obfuscate(source, recipe.name, random.Random(payload.id))
        ast.parse(made)
        if recipe.wraps or recipe.name == "junk":
            assert source != made


@pytest.mark.parametrize("recipe", REWRITING)
@pytest.mark.parametrize(
    "source", [PYTHON2, b"x = (" * 500, b"\0", b"\xff\xfe\x00", b"def f(:\n", b"# coding: no-such-code\nx = 1\n", b"x = " + b"-" * 20_000 + b"1"]
)  # fmt: skip
def test_source_that_cannot_be_rewritten_is_wrapped(recipe, source):
    made = obfuscate(source, recipe, random.Random(1))
    ast.parse(made)
    assert b"exec" in made or b"'ex' + 'ec'" in made


@pytest.mark.parametrize("recipe", WRAPPING)
def test_any_bytes_can_be_wrapped(recipe):
    for source in (PYTHON2, bytes(range(256)), b"", b"\xff\xfe" * 50):
        ast.parse(obfuscate(source, recipe, random.Random(3)))


def test_long_source_is_only_wrapped(monkeypatch):
    made = obfuscate(b"x = 'some text'\n" * 60_000, "strings", random.Random(1))
    assert made.count(b"some text") == 0
    assert len(ast.parse(made).body) < 10


def test_names_that_others_see_stay():
    source = b"import os\nPUBLIC = 1\ndef shown(argument):\n    local = argument\n    return os.sep, local\nclass Seen:\n    attribute = 2\n"
    made = obfuscate(source, "rename", random.Random(1)).decode()
    assert all(word in made for word in ("PUBLIC", "shown", "argument", "os.sep", "Seen", "attribute"))
    assert "local" not in made


def test_functions_that_look_at_their_own_names_are_left():
    source = b"def f():\n    hidden = 1\n    return locals()\n"
    assert "hidden" in obfuscate(source, "rename", random.Random(1)).decode()


@settings(max_examples=60)
@given(
    st.text(max_size=40),
    st.binary(max_size=40),
    st.sampled_from([recipe.name for recipe in RECIPES]),
    st.integers(0, 9),
)
def test_any_literal_is_the_same_value_after_any_recipe(text, data, recipe, seed):
    source = f"a = {text!r}\nb = {data!r}\n".encode()
    found: dict[str, object] = {}
    exec(obfuscate(source, recipe, random.Random(seed)), found)
    assert (text, data) == (found["a"], found["b"])


def test_names_are_unique():
    assert len(RECIPES) == len(BY_NAME) == len(WRAPPING) + len(REWRITING)
    assert all(getattr(rewriting, BY_NAME[name].apply.__name__) for name in REWRITING)
