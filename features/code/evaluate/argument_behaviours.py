"""Decides the behaviours of calls that are harmless or not by their arguments, such as `yaml.load` with a loader.

The functions are not in `api_behaviours`, or have less behaviours here than there.
"""

import ast
import re
from collections.abc import Callable, Mapping

from features.code.evaluate.resolve import Resolver
from features.code.parse.symbol_table import BindingKind

_ADDRESS = re.compile(r"(?i)(?:https?|ftps?|sftp|tcp|gopher)://")
_CODE = re.compile(r"__|\bimport\b|\blambda\b|\bexec\b|\beval\b|\bopen\s*\(|\.(?:system|popen)\b")
_TEMPLATE_CODE = re.compile(r"__|<%|\{%\s*import|\bimport\b|\.system\b|\bpopen\b")
_UNSAFE_LOADERS = ("UnsafeLoader", "CUnsafeLoader", "Loader", "CLoader")
_MAX_STEPS = 8
_DESERIALIZE = ("deserialize",)
_EXECUTE = ("execute_code",)
_FETCH = ("network_send", "network_receive")
_Rule = Callable[[ast.Call, int, Resolver], tuple[str, ...]]


def call_behaviours(
    name: str, known: tuple[str, ...], call: ast.Call, scope: int, resolver: Resolver
) -> tuple[str, ...]:
    """Return the behaviours of a call; `known` are those of calling `name` with any arguments."""
    rule = _RULES.get(name)
    return known if rule is None else rule(call, scope, resolver)


def leading_text(node: ast.expr, scope: int, resolver: Resolver) -> str:
    """Return the constant text that the value of an expression begins with, "" if it is unknown."""
    for _ in range(_MAX_STEPS):
        value = resolver.constant_value(node, scope)
        if isinstance(value, str | bytes):
            return value if isinstance(value, str) else value.decode("latin-1")
        if isinstance(node, ast.BinOp):
            node = node.left
        elif isinstance(node, ast.JoinedStr) and node.values:
            node = node.values[0]
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            node = node.func.value
        elif isinstance(node, ast.Name):
            bound = [b for b in resolver.bindings(node.id, scope) or () if b.kind is BindingKind.VALUE]
            if not bound or bound[0].value is None:
                return ""
            node, scope = bound[0].value, bound[0].scope
        else:
            return ""
    return ""


def _keyword(call: ast.Call, name: str) -> ast.expr | None:
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)


def _is_false(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and not node.value


def _reads_address(call: ast.Call, scope: int, resolver: Resolver) -> tuple[str, ...]:
    """Return network behaviours if the first argument, or one that a keyword names, is an address."""
    values = [*call.args[:1], *[keyword.value for keyword in call.keywords]]
    if any(_ADDRESS.match(leading_text(value, scope, resolver)) for value in values):
        return _FETCH
    return ()


def _reads_pickle(call: ast.Call, scope: int, resolver: Resolver) -> tuple[str, ...]:
    return (*_DESERIALIZE, *_reads_address(call, scope, resolver))


def _loads_weights(call: ast.Call, scope: int, resolver: Resolver) -> tuple[str, ...]:  # noqa: ARG001
    """Return "deserialize" unless `weights_only` is true; without it, it depends on the version of torch."""
    return () if _is_true(_keyword(call, "weights_only")) else _DESERIALIZE


def _loads_arrays(call: ast.Call, scope: int, resolver: Resolver) -> tuple[str, ...]:  # noqa: ARG001
    allowed = _keyword(call, "allow_pickle") or (call.args[2] if len(call.args) > 2 else None)
    return _DESERIALIZE if allowed is not None and not _is_false(allowed) else ()


def _loads_model(call: ast.Call, scope: int, resolver: Resolver) -> tuple[str, ...]:  # noqa: ARG001
    return _DESERIALIZE if _is_false(_keyword(call, "safe_mode")) else ()


def _loads_yaml(call: ast.Call, scope: int, resolver: Resolver) -> tuple[str, ...]:
    """Return "deserialize" for a loader that makes any object, and for none if the text asks for one."""
    loader = _keyword(call, "Loader") or (call.args[1] if len(call.args) > 1 else None)
    if loader is not None:
        last = resolver.dotted_name(loader, scope).rpartition(".")[2]
        return _DESERIALIZE if last in _UNSAFE_LOADERS else ()
    text = leading_text(call.args[0], scope, resolver) if call.args else ""
    return _DESERIALIZE if "!!python/" in text or "yaml.org,2002:python/" in text else ()


def _trusts_remote(call: ast.Call, scope: int, resolver: Resolver) -> tuple[str, ...]:  # noqa: ARG001
    return ("execute_code", "network_receive") if _is_true(_keyword(call, "trust_remote_code")) else ()


def _evaluates(call: ast.Call, scope: int, resolver: Resolver) -> tuple[str, ...]:
    """Return "execute_code" for an expression that is more than arithmetic."""
    text = leading_text(call.args[0], scope, resolver) if call.args else ""
    return _EXECUTE if _CODE.search(text) else ()


def _renders(call: ast.Call, scope: int, resolver: Resolver) -> tuple[str, ...]:
    text = leading_text(call.args[0], scope, resolver) if call.args else ""
    return _EXECUTE if _TEMPLATE_CODE.search(text) else ()


def _starts_syslog(call: ast.Call, scope: int, resolver: Resolver) -> tuple[str, ...]:  # noqa: ARG001
    """Return network behaviours for a handler with a host and a port; "/dev/log" is of this machine."""
    address = _keyword(call, "address") or (call.args[0] if call.args else None)
    return ("network_send",) if isinstance(address, ast.Tuple) else ()


def _each(rule: _Rule, prefix: str, names: str) -> dict[str, _Rule]:
    return {prefix + name: rule for name in names.split()}


_PANDAS = "read_csv read_json read_html read_xml read_table read_excel read_parquet read_feather read_fwf read_hdf"
_POLARS = "read_csv read_json read_parquet read_ipc read_ndjson scan_csv scan_parquet scan_ndjson read_excel"
_RULES: Mapping[str, _Rule] = {
    **_each(_reads_address, "pandas.", _PANDAS + " read_orc read_sas read_spss read_stata"),
    **_each(_reads_address, "polars.", _POLARS),
    **_each(_reads_address, "numpy.", "loadtxt genfromtxt recfromcsv DataSource.open DataSource.exists"),
    **_each(_reads_address, "numpy.lib.npyio.", "DataSource.open loadtxt genfromtxt"),
    **_each(
        _reads_address,
        "xml.sax.",
        "parse make_parser.parse expatreader.create_parser.parse",
    ),
    **_each(_reads_address, "lxml.", "etree.parse html.parse objectify.parse etree.XMLParser.feed"),
    **_each(
        _reads_address, "", "geopandas.read_file xarray.open_dataset fsspec.open smart_open.open rdflib.Graph.parse"
    ),
    **_each(_reads_address, "", "imageio.imread imageio.v2.imread imageio.v3.imread skimage.io.imread html5lib.parse"),
    **_each(_reads_address, "matplotlib.", "pyplot.imread image.imread"),
    **_each(_reads_address, "astropy.", "io.fits.open table.Table.read utils.data.download_file"),
    **_each(
        _reads_address, "", "pyarrow.csv.read_csv pyarrow.parquet.read_table cv2.VideoCapture pdfkit.from_url av.open"
    ),
    **_each(_reads_address, "urllib.", "request.FileHandler.open_local_file"),
    "pandas.read_pickle": _reads_pickle,
    "torch.load": _loads_weights,
    "numpy.load": _loads_arrays,
    **_each(_loads_model, "", "keras.models.load_model keras.saving.load_model tensorflow.keras.models.load_model"),
    **_each(_loads_yaml, "yaml.", "load load_all"),
    **_each(_trusts_remote, "datasets.", "load_dataset"),
    **_each(_trusts_remote, "transformers.", "pipeline AutoModel.from_pretrained AutoModelForCausalLM.from_pretrained"),
    **_each(_trusts_remote, "transformers.", "AutoTokenizer.from_pretrained AutoConfig.from_pretrained"),
    **_each(_evaluates, "", "pandas.eval pandas.DataFrame.eval pandas.DataFrame.query numexpr.evaluate sympy.sympify"),
    **_each(
        _evaluates, "", "sympy.parse_expr sympy.parsing.sympy_parser.parse_expr sympy.S numexpr.necompiler.evaluate"
    ),
    **_each(_evaluates, "", "asteval.Interpreter simpleeval.simple_eval numpy.safe_eval sage.all.sage_eval"),
    **_each(_renders, "", "jinja2.Template jinja2.Environment.from_string mako.template.Template bottle.template"),
    **_each(_renders, "", "bottle.SimpleTemplate tornado.template.Template Cheetah.Template.Template.compile"),
    "logging.handlers.SysLogHandler": _starts_syslog,
}
"""Rules by the dotted name of the function."""
