"""What a call does with what it is given: sources that reach execution, the network or a file."""

import ast
import re
from collections.abc import Iterator

from features.code.evaluate.dataflow import SOURCE_BITS, SPYING, UNPACKED, DataFlow
from features.code.evaluate.resolve import Resolver
from features.code.parse.ast_walk import walk_nodes
from features.code.parse.executing_names import CODE_TYPES, SOURCE_BUILTINS, SOURCE_RUNNERS
from features.code.parse.symbol_table import IN_SILENT_TRY
from features.contract import Role

_EXECUTORS = {*SOURCE_BUILTINS, *(f"types.{name}" for name in CODE_TYPES), "runpy.run_path"}
_RENAMED = {*SOURCE_BUILTINS, "__import__"}
_ADDRESSED = {"network_send", "network_receive", "socket"}
_SENDING_METHODS = (
    "post",
    "put",
    "patch",
    "send",
    "sendall",
    "sendto",
    "sendmail",
    "storbinary",
    "request",
    "urlopen",
    "Request",
)
_KEY_NAME = re.compile(
    r"(?i)private_?key|priv_?key|secret_?key_?bytes|mnemonic|seed_?(?:phrase|words)|secret_?phrase|recovery_?phrase"
    r"|key_?pair|wallet_?(?:secret|seed)|from_secret"
)
_HIDDEN_WINDOW = {"CREATE_NO_WINDOW", "SW_HIDE", "STARTUPINFO"}
_DETACHED = {"DETACHED_PROCESS", "CREATE_NEW_PROCESS_GROUP", "start_new_session", "setsid", "pythonw"}


def findings_of(
    call: ast.Call,
    scope: int,
    flags: int,
    name: str,
    kinds: tuple[str, ...],
    runs: bool,
    role: Role,
    names: Resolver,
    flow: DataFlow,
) -> Iterator[tuple[str, float]]:
    """Yield (finding, factor on its weight) for one call that does one of the known things.

    `name` is what is called, `kinds` what that does, `runs` whether it runs by itself at import or install.
    """
    if name in _EXECUTORS:
        yield from _executed(call, scope, flow, every=name == "types.CodeType")
    if any(
        names.dotted_name(value, scope) in SOURCE_RUNNERS for value in call.args[:2] + _targets(call) if _is_name(value)
    ):
        # map(exec, [...]), Thread(target=exec, args=(...)): executed by another hand.
        yield from _executed(call, scope, flow, every=True)
    if name in _RENAMED and not _is_written(call.func, name):
        yield "aliased_builtin", 1.0
    if "execute_process" in kinds:
        yield from _started(call, scope, names, flow)
        if flags & IN_SILENT_TRY:
            yield "silent_process", 1.0
    if "network_send" in kinds:
        yield from _sent(call, scope, name, flow)
        if flags & IN_SILENT_TRY:
            yield "silent_network", 1.0
        if _sends_key(call, scope, name, names):
            yield "keys_to_network", 1.0
    if "file_write" in kinds:
        bits = _bits([*call.args, *(k.value for k in call.keywords)], scope, flow)
        if bits & UNPACKED:
            yield "decode_to_file", 1.0
        if bits & SOURCE_BITS["network_receive"] or "urlretrieve" in name:
            yield "download_to_file", 1.0
    if "crypto" in kinds and name.rpartition(".")[2].startswith("decrypt") and _has_own_key(call, scope, names):
        yield "own_key_decrypt", 1.0
    if "deserialize" in kinds:
        bits = _bits(call.args, scope, flow)
        if bits & (UNPACKED | SOURCE_BITS["network_receive"]):
            yield "decode_then_deserialize", 1.6 if name.startswith("marshal") else 1.0
    if name in ("open", "io.open") and len(call.args) > 1 and _edits_package(call, scope, names):
        yield "edits_package", 1.0
    if "file_delete" in kinds and any(_is_own_file(arg) for arg in call.args):
        yield "self_delete", 1.0
    if runs:
        factor = 1.0
        if name in _EXECUTORS and call.args and flow.origin(call.args[0], scope).bits == SOURCE_BITS["file_read"]:
            # Half of all setup.py files execute a file of their own to learn the version.
            factor = 0.3
        for finding, weight in _timed(name, kinds, role):
            yield finding, weight * factor


def _bits(values: list[ast.expr], scope: int, flow: DataFlow) -> int:
    bits = 0
    for value in values:
        bits |= flow.origin(value, scope).bits
    return bits


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)


def _targets(call: ast.Call) -> list[ast.expr]:
    return [keyword.value for keyword in call.keywords if keyword.arg in ("target", "func", "function")]


def _executed(call: ast.Call, scope: int, flow: DataFlow, *, every: bool = False) -> Iterator[tuple[str, float]]:
    values = [*call.args, *(k.value for k in call.keywords)] if every else call.args[:1]
    bits = _bits(values, scope, flow)
    if bits & SOURCE_BITS["deserialize"]:
        yield "deserialize_then_execute", 1.0
    if bits & UNPACKED:
        yield "decode_then_execute", 1.0
    if bits & SOURCE_BITS["network_receive"]:
        yield "download_then_execute", 1.0
    if bits & SOURCE_BITS["build_text"]:
        yield "build_then_execute", 1.0
    if bits & SOURCE_BITS["file_read"]:
        yield "file_then_execute", 1.0


def _started(call: ast.Call, scope: int, names: Resolver, flow: DataFlow) -> Iterator[tuple[str, float]]:
    values = [*call.args, *(k.value for k in call.keywords if k.arg in ("args", "input"))]
    bits = _bits(values, scope, flow)
    if bits & UNPACKED:
        yield "decode_then_run", 1.0
    if bits & SOURCE_BITS["network_receive"]:
        yield "network_to_process", 1.0
    if bits & SOURCE_BITS["build_text"]:
        yield "build_then_run", 1.0
    said = {
        inner.attr for value in call.keywords for inner in walk_nodes(value.value) if isinstance(inner, ast.Attribute)
    }
    if said & _HIDDEN_WINDOW or any(
        k.arg == "creationflags" and _number(k.value, scope, names) & 0x08000000 for k in call.keywords
    ):
        yield "hidden_window", 1.0
    if said & _DETACHED or any(k.arg in _DETACHED for k in call.keywords):
        yield "detached_process", 1.0
    if values and _installs(values[0], scope, names):
        yield "pip_install", 1.0


def _has_own_key(call: ast.Call, scope: int, names: Resolver) -> bool:
    """Return whether both the key and what it opens are constants of this file."""
    if not call.args or not isinstance(call.func, ast.Attribute) or not _is_long(call.args[0], scope, names, 40):
        return False
    maker: ast.expr | None = call.func.value
    for _ in range(3):
        if isinstance(maker, ast.Name):
            bound = names.bindings(maker.id, scope) or ()
            maker, scope = (bound[0].value, bound[0].scope) if bound else (None, scope)
    return isinstance(maker, ast.Call) and any(_is_long(arg, scope, names, 16) for arg in maker.args[:2])


def _is_long(node: ast.expr, scope: int, names: Resolver, length: int) -> bool:
    value = names.constant_value(node, scope)
    return isinstance(value, str | bytes) and len(value) >= length


def _sends_key(call: ast.Call, scope: int, name: str, names: Resolver) -> bool:
    """Return whether what is sent is called a private key or a seed phrase."""
    if name.rpartition(".")[2] not in _SENDING_METHODS and not name.endswith((".get", "sendMessage", "send_message")):
        return False
    values = [*call.args, *(k.value for k in call.keywords if k.arg not in ("headers", "timeout", "verify", "auth"))]
    for value in values:
        if isinstance(value, ast.Name):
            bound = names.bindings(value.id, scope) or ()
            if _KEY_NAME.search(value.id) or any(b.value is not None and _mentions_key(b.value) for b in bound[:3]):
                return True
        elif _mentions_key(value):
            return True
    return False


def _mentions_key(node: ast.expr) -> bool:
    for inner in walk_nodes(node, 61):
        said = inner.id if isinstance(inner, ast.Name) else inner.attr if isinstance(inner, ast.Attribute) else ""
        if said and _KEY_NAME.search(said):
            return True
    return False


_PACKAGES = {
    "site.getsitepackages", "site.getusersitepackages", "sysconfig.get_path", "sysconfig.get_paths",
    "distutils.sysconfig.get_python_lib",
}  # fmt: skip


def _edits_package(call: ast.Call, scope: int, names: Resolver) -> bool:
    """Return whether a file is opened for writing below the folder of installed packages or of an imported one."""
    mode = names.constant_value(call.args[1], scope)
    if not isinstance(mode, str) or not {"w", "a", "x", "+"} & set(mode):
        return False
    queue: list[tuple[ast.expr, int, int]] = [(call.args[0], scope, 0)]
    while queue:
        top, at, depth = queue.pop()
        for node in walk_nodes(top, 41):
            if isinstance(node, ast.Call) and names.dotted_name(node.func, at) in _PACKAGES:
                return True
            if isinstance(node, ast.Attribute) and node.attr == "__file__" and isinstance(node.value, ast.Name):
                bound = names.bindings(node.value.id, at) or ()
                if any(b.dotted_name and not b.dotted_name.startswith(".") for b in bound):
                    return True
            if isinstance(node, ast.Name) and depth < 4:
                bound = names.bindings(node.id, at) or ()
                queue += [(b.value, b.scope, depth + 1) for b in bound[:2] if b.value is not None]
    return False


def patched(target: ast.Attribute, value: ast.expr, scope: int, names: Resolver) -> str:
    """Return the dotted name of a foreign function that is replaced by one of this file, or ""."""
    if not isinstance(value, ast.Name | ast.Lambda) or names.called_scope(value, scope) < 0:
        return ""
    base: ast.expr = target.value
    while isinstance(base, ast.Attribute):
        base = base.value
    if not isinstance(base, ast.Name):
        return ""
    bound = names.bindings(base.id, scope) or ()
    if not any(b.dotted_name and not b.dotted_name.startswith(".") for b in bound):
        return ""
    return names.dotted_name(target, scope)


def _number(node: ast.expr, scope: int, names: Resolver) -> int:
    value = names.constant_value(node, scope)
    return value if isinstance(value, int) else 0


def _installs(node: ast.expr, scope: int, names: Resolver) -> bool:
    if isinstance(node, ast.List | ast.Tuple):
        words = [names.constant_value(item, scope) for item in node.elts[:8]]
    else:
        value = names.constant_value(node, scope)
        words = list(value.split()) if isinstance(value, str) and len(value) < 1000 else []
    return "install" in words and any(
        isinstance(word, str) and word.rpartition("/")[2].startswith("pip") for word in words
    )


def _sent(call: ast.Call, scope: int, name: str, flow: DataFlow) -> Iterator[tuple[str, float]]:
    values = [*call.args, *(k.value for k in call.keywords if k.arg not in ("timeout", "verify", "stream", "proxies"))]
    bits = _bits(values, scope, flow)
    last = name.rpartition(".")[2]
    # Fetching from an address that is configured in the environment is common, posting it is not.
    factor = 1.0 if last in _SENDING_METHODS else 0.7
    if bits & SOURCE_BITS["secrets"]:
        yield "secrets_to_network", factor
    if bits & SPYING:
        yield "spying_to_network", factor
    if bits & SOURCE_BITS["execute_process"]:
        yield "process_to_network", factor
    if bits & SOURCE_BITS["host_info"]:
        yield "host_to_network", factor
    if bits & SOURCE_BITS["environment"]:
        yield "environment_to_network", factor * 0.8
    if bits & SOURCE_BITS["file_read"]:
        yield "file_to_network", factor
    if call.args and flow.origin(call.args[0], scope).bits & UNPACKED:
        yield "decoded_address", 1.0


def _timed(name: str, kinds: tuple[str, ...], role: Role) -> Iterator[tuple[str, float]]:
    when = "install" if role is Role.INSTALL else "import"
    if "execute_process" in kinds:
        yield f"{when}_time_process", 1.0
    if not _ADDRESSED.isdisjoint(kinds):
        yield f"{when}_time_network", 1.0
    if "execute_code" in kinds and name != "compile":
        yield f"{when}_time_execute", 1.0
    if (
        "host_info" in kinds
        and role is Role.INSTALL
        and not name.startswith(("platform.", "os.getcwd", "os.path", "pathlib"))
    ):
        yield "install_time_host", 1.0


def _is_written(func: ast.expr, name: str) -> bool:
    if isinstance(func, ast.Name):
        return func.id == name
    return isinstance(func, ast.Attribute) and func.attr == name


def _is_own_file(node: ast.expr) -> bool:
    for inner in walk_nodes(node):
        if isinstance(inner, ast.Name) and inner.id == "__file__":
            return True
        if (
            isinstance(inner, ast.Subscript)
            and isinstance(inner.value, ast.Attribute)
            and inner.value.attr == "argv"
            and isinstance(inner.slice, ast.Constant)
            and inner.slice.value == 0
        ):
            return True
    return False
