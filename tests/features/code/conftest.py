"""Builders for tests of the syntax pass."""

import ast

from features.code.analyse_file import analyse_file
from features.code.evaluate.resolve import Resolver
from features.code.parse.symbol_table import SymbolTable
from features.code.parse.tree_walk import build_symbol_table
from features.contract import Role

INNER = "aW1wb3J0IG9zCm9zLnN5c3RlbSgnaWQnKQ=="  # import os / os.system('id')


def build_symbols(source: str) -> SymbolTable:
    return build_symbol_table(ast.parse(source))


def build_resolver(source: str) -> Resolver:
    return Resolver(build_symbols(source))


def last_call(resolver: Resolver, name: str = "result") -> tuple[ast.Call, int]:
    """Return the last call that is written with a name, and its scope."""
    return [
        (call, scope)
        for call, scope, _ in resolver.symbols.calls
        if isinstance(call.func, ast.Name) and call.func.id == name
    ][-1]


def matched_rules(source: str, role: Role = Role.REST) -> frozenset[str]:
    return analyse_file(source.encode(), role).rule_ids
