"""Detects code that edits the files of an installed package, or deletes its own."""

import ast
from collections.abc import Iterator

from features.code.detect.contract import CallSite, Detection, Detector
from features.code.parse.ast_walk import walk_nodes

_OPENERS = ("open", "io.open")
_PACKAGE_FOLDERS = {
    "site.getsitepackages", "site.getusersitepackages", "sysconfig.get_path", "sysconfig.get_paths",
    "distutils.sysconfig.get_python_lib",
}  # fmt: skip
_MAX_NODES = 41
_MAX_STEPS = 4
"""Steps that are followed from a variable to its value."""


class PackageFiles(Detector):
    """Reads the paths of files that are opened for writing, and of those that are deleted."""

    rules = ("edits_package", "self_delete")
    behaviours = frozenset(("file_read", "file_delete"))

    def check_call(self, site: CallSite) -> Iterator[Detection]:
        """Yield the rules that match a call that opens or deletes a file."""
        if site.name in _OPENERS and len(site.call.args) > 1 and self._edits_package(site):
            yield site.match("edits_package")
        if "file_delete" in site.behaviours and any(_is_own_file(arg) for arg in site.call.args):
            yield site.match("self_delete")

    def _edits_package(self, site: CallSite) -> bool:
        """Return whether a file is opened for writing in the folder of installed packages or of an imported one."""
        mode = self.resolver.constant_value(site.call.args[1], site.scope)
        if not isinstance(mode, str) or not {"w", "a", "x", "+"} & set(mode):
            return False
        queue: list[tuple[ast.expr, int, int]] = [(site.call.args[0], site.scope, 0)]
        while queue:
            path, scope, steps = queue.pop()
            for node in walk_nodes(path, _MAX_NODES):
                if isinstance(node, ast.Call) and self.resolver.dotted_name(node.func, scope) in _PACKAGE_FOLDERS:
                    return True
                if isinstance(node, ast.Attribute) and node.attr == "__file__" and isinstance(node.value, ast.Name):
                    bound = self.resolver.bindings(node.value.id, scope) or ()
                    if any(b.dotted_name and not b.dotted_name.startswith(".") for b in bound):
                        return True
                if isinstance(node, ast.Name) and steps < _MAX_STEPS:
                    bound = self.resolver.bindings(node.id, scope) or ()
                    queue += [(b.value, b.scope, steps + 1) for b in bound[:2] if b.value is not None]
        return False


def _is_own_file(path: ast.expr) -> bool:
    """Return whether a path mentions `__file__` or `sys.argv[0]`."""
    for node in walk_nodes(path):
        if isinstance(node, ast.Name) and node.id == "__file__":
            return True
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == "argv"
            and isinstance(node.slice, ast.Constant)
            and node.slice.value == 0
        ):
            return True
    return False
