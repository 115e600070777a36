"""Releases of real projects with the payload of a known piece of malware put into them: for training only."""

import ast

from jobs.corpus.variants.contract import Order, Package, UnfitError
from jobs.corpus.variants.insertion import PLACES, put_code
from jobs.corpus.variants.payloadfile import payload_file
from jobs.corpus.variants.recipes import obfuscate
from jobs.corpus.variants.rewriting import FAULTS, parse
from jobs.corpus.variants.wrapping import Numbers, wrap_base64

_MOST_BYTES = 600_000
_BUILD_TOOLS = ("setuptools", "distutils")


class Transplanted:
    """Recipe "place" or "place:recipes", as for an injected payload; the payload is the donor's own file."""

    name = "transplanted"
    recipes = tuple(place.name for place in PLACES)

    def make(self, package: Package, order: Order) -> Package:
        """Return the host with the donor's payload in it."""
        donor, source = order.donor, order.variant.donor
        if donor is None or source is None:
            raise UnfitError(package.filename, "no donor is given")
        place, _, recipes = order.variant.recipe.partition(":")
        code = donor.files()[payload_file(donor, source.payload_loc, order.donor_heavy)]
        if not code.strip() or len(code) > _MOST_BYTES:
            raise UnfitError(donor.filename, "its payload's file is empty or too large")
        code = loosen(code, order.random)
        if recipes:
            code = obfuscate(code, recipes, order.random)
        return put_code(package, place, code, order.random)


def loosen(source: bytes, numbers: Numbers) -> bytes:
    """Return a setup.py's code without what ties it to a build: its call of setup, the bases of its commands.

    Methods named run of what were commands are called instead. Source that is no Python 3 is wrapped.
    """
    try:
        tree = parse(source)
        kept = [left for node in tree.body if (left := _loosened(node)) is not None]
        commands = [node.name for node in kept if isinstance(node, ast.ClassDef) and _was_command(node)]
        if len(kept) == len(tree.body) and not commands:
            return source
        lines = [ast.unparse(ast.fix_missing_locations(node)) for node in kept]
        lines += [f"{name}().run()" for name in commands]
        made = ("\n".join(lines) + "\n").encode()
        parse(made)
    except FAULTS:
        return wrap_base64(source, numbers)
    return made if made.strip() else source


def _loosened(node: ast.stmt) -> ast.stmt | None:
    called = ast.unparse(node.value.func) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else ""
    if called in {"setup", "setuptools.setup", "distutils.core.setup"}:
        return None
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_BUILD_TOOLS):
        return None
    if isinstance(node, ast.Import) and all(alias.name.startswith(_BUILD_TOOLS) for alias in node.names):
        return None
    if isinstance(node, ast.ClassDef) and _was_command(node):
        bases = {ast.unparse(base) for base in node.bases}
        node.bases = []
        for method in node.body:
            if isinstance(method, ast.FunctionDef):
                rest = [statement for statement in method.body if not _calls_base(statement, bases)]
                method.body = rest or [ast.Pass()]
    return node


def _was_command(node: ast.ClassDef) -> bool:
    return any(isinstance(method, ast.FunctionDef) and method.name == "run" for method in node.body)


def _calls_base(statement: ast.stmt, bases: set[str]) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    called = ast.unparse(statement.value.func)
    return called.rpartition(".")[0] in bases or called.startswith("super(")
