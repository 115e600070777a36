"""Defines the symbol table of a file: its scopes, the bindings of its names, and its calls, constants and conditions.

`features.code.parse.tree_walk.build_symbol_table` fills it in one walk over the syntax tree. Each entry carries the
index of the scope that it is evaluated in and, for some, flags for the conditions that it runs under.
"""

import ast
from dataclasses import dataclass, field
from enum import Enum

IN_MAIN_GUARD = 1
"""Under `if __name__ == "__main__"`."""
IN_SILENT_TRY = 2
"""In a `try` whose handlers are empty."""
UNDER_HOST_TEST = 4
"""Under a condition on the system, the environment, the user or the date."""
IN_LOOP = 8
"""In the body of a loop."""
UNDER_COMMAND_TEST = 16
"""Under a condition on the command line that an installer does not satisfy ("publish", "test")."""
CONDITION_UNIT = 32
"""Unit in which flags hold the index in `SymbolTable.conditions` of the innermost condition around the code."""


class BindingKind(Enum):
    """The way in which a name got its value."""

    IMPORT = "import"
    VALUE = "value"
    ADDED = "added"
    """`name += value`."""
    ELEMENT = "element"
    """One element of the value: a loop, an unpacking, an augmented assignment other than `+=`."""
    ARGUMENT = "argument"
    """The argument of a call in this file."""
    SCOPE = "scope"
    """A function or class."""


@dataclass(slots=True)
class Binding:
    """One value of a name: an imported dotted name, an expression, or the scope of a function or class.

    `scope` is the index of the scope in which `value` is evaluated, or for a SCOPE binding that of the named scope.
    """

    kind: BindingKind
    value: ast.expr | None = None
    dotted_name: str = ""
    scope: int = 0
    flags: int = 0


class ScopeKind(Enum):
    """The kind of code that a scope belongs to."""

    MODULE = "module"
    FUNCTION = "function"
    LAMBDA = "lambda"
    CLASS = "class"


@dataclass(slots=True)
class Scope:
    """A module, function, lambda or class.

    `name` is its qualified name, "" for the module. `parent` and `owner` are indexes of scopes: the one around it and
    the class that it is a method of, or -1.
    """

    index: int
    parent: int
    kind: ScopeKind
    name: str
    node: ast.AST
    owner: int = -1
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    parameters: list[str] = field(default_factory=list)
    returns: list[ast.expr] = field(default_factory=list)
    """Expressions that it returns or yields."""


@dataclass(slots=True)
class SymbolTable:
    """Scopes, bindings, calls, constants and conditions of one file, each list in source order.

    Entries are (node, scope) or (node, scope, flags), where `scope` is an index in `scopes`.
    """

    scopes: list[Scope] = field(default_factory=list)
    calls: list[tuple[ast.Call, int, int]] = field(default_factory=list)
    attributes: list[tuple[ast.Attribute, int, int]] = field(default_factory=list)
    subscripts: list[tuple[ast.Subscript, int, int]] = field(default_factory=list)
    constants: list[tuple[ast.Constant, int]] = field(default_factory=list)
    """Non-empty texts and bytes."""
    text_builds: list[tuple[ast.expr, int, int]] = field(default_factory=list)
    """Outermost expressions that build text: concatenations, formats, f-strings."""
    number_lists: list[tuple[ast.List | ast.Tuple, int]] = field(default_factory=list)
    """Long lists of only numbers."""
    imports: list[tuple[str, int, int]] = field(default_factory=list)
    """Imported dotted names; for `from a import b` both "a" and "a.b", since b may be a module."""
    star_imports: list[str] = field(default_factory=list)
    identifiers: set[str] = field(default_factory=set)
    attribute_bindings: dict[str, list[Binding]] = field(default_factory=dict)
    """Values of attributes (`self.x = ...`) of any object, by the attribute's name."""
    conditions: list[tuple[ast.expr, int, int]] = field(default_factory=list)
    """Conditions: expression, scope, index of the condition around it; index 0 means no condition."""
    attribute_stores: list[tuple[ast.Attribute, ast.expr, int]] = field(default_factory=list)
    """Attributes that are set, each with the value and the scope."""
    counts: dict[str, int] = field(default_factory=dict)
    """Counts by the ids of `features.code.measures`."""
    nodes: int = 0

    def count(self, measure: str, times: int = 1) -> None:
        """Add to the count of a measure."""
        self.counts[measure] = self.counts.get(measure, 0) + times
