"""Puts the payload of known malware into a release of a real project.

For training the change score, which learns what a payload adds to a release; no command plans transplants yet.
"""

import ast
from random import Random

from jobs.corpus.variants.contract import NotApplicableError, Package, VariantContext
from jobs.corpus.variants.insertion import INSERTION_POINTS, insert_code
from jobs.corpus.variants.obfuscations import obfuscate
from jobs.corpus.variants.payload_location import locate_payload
from jobs.corpus.variants.python_source import SOURCE_ERRORS, parse
from jobs.corpus.variants.wrapping import wrap_base64

_MAX_BYTES = 600_000
_BUILD_TOOLS = ("setuptools", "distutils")
_SETUP_CALLS = frozenset(("setup", "setuptools.setup", "distutils.core.setup"))


class Transplanted:
    """A real release with the payload file of a donor in it; recipes are those of `Injected`."""

    name = "transplanted"
    recipes = tuple(point.name for point in INSERTION_POINTS)

    def make(self, package: Package, context: VariantContext) -> Package:
        """Return the host with the donor's payload in it."""
        donor, artifact = context.donor, context.variant.donor
        if donor is None or artifact is None:
            raise NotApplicableError(package.filename, "no donor is given")
        point, _, obfuscations = context.variant.recipe.partition(":")
        code = donor.files()[locate_payload(donor, artifact.payload_loc, context.donor_suspects)]
        if not code.strip() or len(code) > _MAX_BYTES:
            raise NotApplicableError(donor.filename, "its payload's file is empty or too large")
        code = detach_from_build(code, context.rng)
        if obfuscations:
            code = obfuscate(code, obfuscations, context.rng)
        return insert_code(package, point, code, context.rng)


def detach_from_build(source: bytes, rng: Random) -> bytes:
    """Return the source of a setup.py without its call of `setup` and without the base classes of its commands.

    Methods called `run` of those commands are called directly. Source that is not Python 3 is wrapped in base64.
    """
    try:
        tree = parse(source)
        kept = [detached for node in tree.body if (detached := _detach_statement(node)) is not None]
        commands = [node.name for node in kept if isinstance(node, ast.ClassDef) and _has_run_method(node)]
        if len(kept) == len(tree.body) and not commands:
            return source
        lines = [ast.unparse(ast.fix_missing_locations(node)) for node in kept]
        lines += [f"{name}().run()" for name in commands]
        detached_source = ("\n".join(lines) + "\n").encode()
        parse(detached_source)
    except SOURCE_ERRORS:
        return wrap_base64(source, rng)
    return detached_source if detached_source.strip() else source


def _detach_statement(node: ast.stmt) -> ast.stmt | None:
    """Return a top-level statement without its ties to the build, None where nothing of it is left."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and ast.unparse(node.value.func) in _SETUP_CALLS:
        return None
    if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_BUILD_TOOLS):
        return None
    if isinstance(node, ast.Import) and all(alias.name.startswith(_BUILD_TOOLS) for alias in node.names):
        return None
    if isinstance(node, ast.ClassDef) and _has_run_method(node):
        bases = {ast.unparse(base) for base in node.bases}
        node.bases = []
        for method in node.body:
            if isinstance(method, ast.FunctionDef):
                method.body = [s for s in method.body if not _calls_base(s, bases)] or [ast.Pass()]
    return node


def _has_run_method(node: ast.ClassDef) -> bool:
    return any(isinstance(method, ast.FunctionDef) and method.name == "run" for method in node.body)


def _calls_base(statement: ast.stmt, bases: set[str]) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    function = ast.unparse(statement.value.func)
    return function.rpartition(".")[0] in bases or function.startswith("super(")
