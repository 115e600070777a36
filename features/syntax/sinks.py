"""What a call does with what it is given: sources that reach execution, the network or a file."""

import ast
from collections.abc import Iterator

from features.contract import Role
from features.syntax.flow import BIT, SPYING, UNPACK, Flow
from features.syntax.outline import GUARDED, SILENT
from features.syntax.resolve import Resolver

_EXECUTORS = {"exec", "eval", "compile", "execfile", "types.FunctionType", "types.CodeType", "runpy.run_path"}
_HANDED = {"exec", "eval"}
_RENAMED = {"exec", "eval", "compile", "__import__", "execfile"}
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
    flow: Flow,
) -> Iterator[tuple[str, float]]:
    """Yield (finding, factor on its weight) for one call that does one of the known things.

    `name` is what is called, `kinds` what that does, `runs` whether it runs by itself at import or install.
    """
    if name in _EXECUTORS:
        yield from _executed(call, scope, flow, every=name == "types.CodeType")
    if any(names.dotted(value, scope) in _HANDED for value in call.args[:2] + _targets(call) if _is_name(value)):
        # map(exec, [...]), Thread(target=exec, args=(...)): executed by another hand.
        yield from _executed(call, scope, flow, every=True)
    if name in _RENAMED and not _is_written(call.func, name):
        yield "aliased_builtin", 1.0
    if "execute_process" in kinds:
        yield from _started(call, scope, names, flow)
        if flags & SILENT:
            yield "silent_process", 1.0
        if flags & GUARDED:
            yield "guarded_process", 1.0
    if "network_send" in kinds:
        yield from _sent(call, scope, name, flow)
        if flags & SILENT:
            yield "silent_network", 1.0
    if "file_write" in kinds:
        bits = _bits([*call.args, *(k.value for k in call.keywords)], scope, flow)
        if bits & UNPACK:
            yield "decode_to_file", 1.0
        if bits & BIT["network_receive"] or "urlretrieve" in name:
            yield "download_to_file", 1.0
    if "deserialize" in kinds:
        bits = _bits(call.args, scope, flow)
        if bits & (UNPACK | BIT["network_receive"]):
            yield "decode_then_deserialize", 1.6 if name.startswith("marshal") else 1.0
    if "file_delete" in kinds and any(_is_own_file(arg) for arg in call.args):
        yield "self_delete", 1.0
    if runs:
        factor = 1.0
        if name in _EXECUTORS and call.args and flow.origin(call.args[0], scope).bits == BIT["file_read"]:
            # Half of all setup.py files execute a file of their own to learn the version.
            factor = 0.3
        for finding, weight in _timed(name, kinds, role):
            yield finding, weight * factor


def _bits(values: list[ast.expr], scope: int, flow: Flow) -> int:
    bits = 0
    for value in values:
        bits |= flow.origin(value, scope).bits
    return bits


def _is_name(node: ast.expr) -> bool:
    return isinstance(node, ast.Name | ast.Attribute)


def _targets(call: ast.Call) -> list[ast.expr]:
    return [keyword.value for keyword in call.keywords if keyword.arg in ("target", "func", "function")]


def _executed(call: ast.Call, scope: int, flow: Flow, *, every: bool = False) -> Iterator[tuple[str, float]]:
    values = [*call.args, *(k.value for k in call.keywords)] if every else call.args[:1]
    bits = _bits(values, scope, flow)
    if bits & BIT["deserialize"]:
        yield "deserialize_then_execute", 1.0
    if bits & UNPACK:
        yield "decode_then_execute", 1.0
    if bits & BIT["network_receive"]:
        yield "download_then_execute", 1.0
    if bits & BIT["build_text"]:
        yield "build_then_execute", 1.0
    if bits & BIT["file_read"]:
        yield "file_then_execute", 1.0


def _started(call: ast.Call, scope: int, names: Resolver, flow: Flow) -> Iterator[tuple[str, float]]:
    values = [*call.args, *(k.value for k in call.keywords if k.arg in ("args", "input"))]
    bits = _bits(values, scope, flow)
    if bits & UNPACK:
        yield "decode_then_run", 1.0
    if bits & BIT["network_receive"]:
        yield "network_to_process", 1.0
    if bits & BIT["build_text"]:
        yield "build_then_run", 1.0
    said = {
        inner.attr for value in call.keywords for inner in ast.walk(value.value) if isinstance(inner, ast.Attribute)
    }
    if said & _HIDDEN_WINDOW or any(
        k.arg == "creationflags" and _number(k.value, scope, names) & 0x08000000 for k in call.keywords
    ):
        yield "hidden_window", 1.0
    if said & _DETACHED or any(k.arg in _DETACHED for k in call.keywords):
        yield "detached_process", 1.0
    if values and _installs(values[0], scope, names):
        yield "pip_install", 1.0


def _number(node: ast.expr, scope: int, names: Resolver) -> int:
    value = names.constant(node, scope)
    return value if isinstance(value, int) else 0


def _installs(node: ast.expr, scope: int, names: Resolver) -> bool:
    if isinstance(node, ast.List | ast.Tuple):
        words = [names.constant(item, scope) for item in node.elts[:8]]
    else:
        value = names.constant(node, scope)
        words = list(value.split()) if isinstance(value, str) and len(value) < 1000 else []
    return "install" in words and any(
        isinstance(word, str) and word.rpartition("/")[2].startswith("pip") for word in words
    )


def _sent(call: ast.Call, scope: int, name: str, flow: Flow) -> Iterator[tuple[str, float]]:
    values = [*call.args, *(k.value for k in call.keywords if k.arg not in ("timeout", "verify", "stream", "proxies"))]
    bits = _bits(values, scope, flow)
    last = name.rpartition(".")[2]
    # Fetching from an address that is configured in the environment is common, posting it is not.
    factor = 1.0 if last in _SENDING_METHODS else 0.7
    if bits & BIT["secrets"]:
        yield "secrets_to_network", factor
    if bits & SPYING:
        yield "spying_to_network", factor
    if bits & BIT["execute_process"]:
        yield "process_to_network", factor
    if bits & BIT["host_info"]:
        yield "host_to_network", factor
    if bits & BIT["environment"]:
        yield "environment_to_network", factor * 0.8
    if bits & BIT["file_read"]:
        yield "file_to_network", factor
    if call.args and flow.origin(call.args[0], scope).bits & UNPACK:
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
    for inner in ast.walk(node):
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
