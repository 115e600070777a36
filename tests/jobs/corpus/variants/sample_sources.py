"""Provides sources for obfuscations, with the output that running them prints."""

import contextlib
import io

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
EMPTY = b"# nothing but a comment\n"
PROGRAMS = {
    "grammar": GRAMMAR.encode(),
    "plain": PLAIN.encode(),
    "latin": LATIN,
    "bom": BOM,
    "dos": DOS,
    "empty": EMPTY,
}
PYTHON2 = b"print 'old', 1\nexec 'x = 1' in {}\n"


def run_source(source: bytes) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(source, "<sample>", "exec", dont_inherit=True), {"__name__": "<sample>"})
    return out.getvalue()
