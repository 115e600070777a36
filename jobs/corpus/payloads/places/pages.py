"""Payloads in what a package serves to browsers or hands to Node: scripts, pages, notebooks, pictures, extensions."""

import base64
import json
import re

from jobs.corpus.payloads.blocks import choose_block
from jobs.corpus.payloads.commands import choose_command
from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.draft import BRING_SHARE, Draft

_SIZES = (41, 1_500_000)
"""Bytes of a file that a payload is put into."""
_FOLDERS = ("static/", "templates/", "web/", "ui/", "assets/", "dist/", "frontend/")


def _text(draft: Draft, kind: str) -> str:
    block = choose_block("pages", draft.words.split, draft.rng, kind)
    draft.act = block.name
    url = base64.b64encode(draft.words.render("@url@").encode()).decode()
    return draft.words.render(block.text).replace("@B64URL@", url)


def _new(draft: Draft, names: tuple[str, ...]) -> str:
    return f"{draft.folder}{draft.rng.choice(_FOLDERS)}{draft.rng.choice(names)}"


def page_inline(draft: Draft) -> None:
    """Put a script or a frame into a page or a template of one, or bring a page."""
    path, text = draft.find_file(".html", ".htm", ".jinja2", ".html.j2", sizes=_SIZES), _text(draft, "page-inline")
    if path:
        data = draft.files[path]
        at = data.lower().rfind(b"</body>")
        at = at if at >= 0 else len(data)
        draft.put(path, data[:at] + text.encode() + data[at:])
        return
    page = f"<!doctype html>\n<html>\n<head><title>{draft.words.word()}</title></head>\n<body>\n<h1>Report</h1>\n{text}</body>\n</html>\n"
    draft.put_new(_new(draft, ("index.html", "report.html", "dashboard.html", "login.html")), page)


def _put_script(draft: Draft, text: str) -> None:
    """Put statements at the end, the start or between lines of a script, or bring a script."""
    path = draft.find_file(".js", ".mjs", ".ts", sizes=_SIZES)
    if not path:
        rest = "\n".join(f"export function {draft.words.name()}(x) {{\n  return x && x.length;\n}}" for _ in range(6))
        draft.put_new(_new(draft, ("main.js", "app.js", "vendor.js", "charts.js")), f"{rest}\n{text}\n")
        return
    data = draft.files[path].rstrip(b"\n")
    way = draft.rng.randrange(4)
    if way == 0:
        draft.put(path, text.strip().encode() + b"\n" + data + b"\n")
    elif way == 1 and b"\n" in data:
        lines = data.split(b"\n")
        at = next((n for n in range(len(lines) // 2, len(lines)) if lines[n] in {b"}", b"};", b"});"}), len(lines) - 1)
        draft.put(path, b"\n".join([*lines[: at + 1], text.strip().encode(), *lines[at + 1 :]]) + b"\n")
    elif way == 2:
        draft.put(path, data + b" " * draft.rng.choice((1, 200, 600)) + text.strip().encode() + b"\n")
    else:
        draft.put(path, data + b"\n" + text.encode())


def script_loader(draft: Draft) -> None:
    """Let a script load and execute another from an address."""
    _put_script(draft, _text(draft, "script-loader"))


def script_wallet(draft: Draft) -> None:
    """Let a script exchange addresses of wallets, or send what is typed or posted."""
    _put_script(draft, _text(draft, "script-wallet"))


def script_hidden(draft: Draft) -> None:
    """Put obfuscated statements into a script: a table of strings, numbers, escapes, encoded text."""
    code, rng = _text(draft, "script-hidden"), draft.rng
    name, other = f"_0x{rng.randrange(16**4):04x}", f"_0x{rng.randrange(16**6):06x}"
    encoded = base64.b64encode(code.encode()).decode()
    key = rng.randrange(1, 120)
    pieces = [encoded[at : at + 9] for at in range(0, len(encoded), 9)]
    turn = rng.randrange(len(pieces))
    text = rng.choice((
        (f";var {name}={json.dumps(pieces[turn:] + pieces[:turn])};(function(a,n){{while(n--)a.push(a.shift())}})({name},{len(pieces) - turn});"
        f"var {other}=atob({name}.join(''));[]['filter']['constructor']({other})();"),
        f";eval(String.fromCharCode({','.join(str(ord(c)) for c in code)}));",
        f";(function(){{var {name}=[{','.join(str(ord(c) ^ key) for c in code)}],{other}='';for(var i=0;i<{name}.length;i++){other}+=String.fromCharCode({name}[i]^{key});new Function({other})()}})();",
        f";setTimeout(decodeURIComponent('{''.join(f'%{b:02x}' for b in code.encode())}'),{rng.randrange(100, 9000)});",
        f";window['\\x65\\x76\\x61\\x6c'](window['\\x61\\x74\\x6f\\x62']('{encoded}'));",
    ))  # fmt: skip
    _put_script(draft, text)


def notebook_cell(draft: Draft) -> None:
    """Put a cell that runs a command or code into a notebook, or bring a notebook; or a script into an output."""
    path, rng = draft.find_file(".ipynb", sizes=_SIZES), draft.rng
    draft.act = rng.choice(("shell-cell", "magic-cell", "code-cell", "output-script"))
    if draft.act == "code-cell":
        source = draft.code()
    elif draft.act == "magic-cell":
        source = f"%%bash\n{choose_command(draft)}\n"
    else:
        source = f"!{choose_command(draft)}\n" if draft.act == "shell-cell" else "display(HTML(page))\n"
    cell: dict[str, object] = {
        "cell_type": "code", "execution_count": None, "metadata": {}, "outputs": [], "source": source.splitlines(keepends=True),
    }  # fmt: skip
    if draft.act == "output-script":
        html = _text(draft, "page-inline")
        draft.act = "output-script"
        cell["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {"text/html": [html]}}]
    book: dict[str, object] = {"cells": [], "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}  # fmt: skip
    if path:
        try:
            book = json.loads(draft.files[path])
        except ValueError as error:
            raise draft.fail("has no notebook that can be read") from error
    cells = book.get("cells")
    if not isinstance(cells, list):
        raise draft.fail("has no notebook of this form")
    cells.insert(rng.randrange(len(cells) + 1), cell)
    text = json.dumps(book, indent=1)
    if path:
        draft.put(path, text)
    else:
        draft.put_new(
            f"{draft.folder}{rng.choice(('examples/', 'notebooks/', ''))}{draft.words.render('@word@')}.ipynb", text
        )


def picture_script(draft: Draft) -> None:
    """Put a script into a picture of vectors, or bring an icon with one."""
    path, text = draft.find_file(".svg", sizes=_SIZES), _text(draft, "picture-script")
    if path:
        data = draft.files[path]
        at = data.rfind(b"</svg>")
        if at < 0:
            raise draft.fail("has no picture that is closed")
        draft.put(path, data[:at] + text.encode() + data[at:])
        return
    size = draft.rng.randrange(16, 96)
    shape = "".join(
        f'<circle cx="{draft.rng.randrange(size)}" cy="{draft.rng.randrange(size)}" r="3"/>' for _ in range(9)
    )
    draft.put_new(
        _new(draft, ("icon.svg", "logo.svg", "spinner.svg")),
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">{shape}{text}</svg>\n',
    )


def package_json(draft: Draft) -> None:
    """Let the installation of a package for Node run a script or a command."""
    found = [p for p in sorted(draft.files) if p.endswith("package.json")]
    if not found and draft.rng.random() > BRING_SHARE:
        raise draft.fail("has no package.json")
    hook = _text(draft, "package-json")
    name = draft.act
    path = found[0] if found else f"{draft.folder}{draft.rng.choice(('labextension/', 'frontend/', 'js/'))}package.json"
    text = draft.files.get(path, b'{\n  "name": "ui",\n  "version": "0.1.0",\n  "scripts": {}\n}\n').decode(
        "utf-8", "replace"
    )
    try:
        held = json.loads(text)
        scripts = held.get("scripts", {}) | json.loads(f"{{{hook}}}")
    except (ValueError, AttributeError, TypeError) as error:
        raise draft.fail("has no package.json that can be read") from error
    draft.put(path, json.dumps(held | {"scripts": scripts}, indent=2) + "\n")
    folder = path.removesuffix("package.json")
    for script in re.findall(r"node ([\w./]+)", hook):
        if f"{folder}{script}" not in draft.files:
            draft.put(f"{folder}{script}", _text(draft, "package-json-script"))
            name = f"{name}+{draft.act}"
    draft.act = name


def browser_extension(draft: Draft) -> None:
    """Bring an extension of a browser that takes cookies or commands, and load it from the package's code."""
    folder = draft.rng.choice(("extension", "chrome_ext", "addon", "browser/helper"))
    worker = _text(draft, "extension-worker")
    manifest = {
        "manifest_version": 3,
        "name": f"{draft.words.word()} helper",
        "version": "1.0.2",
        "permissions": ["cookies", "tabs", "scripting", "webRequest", "proxy", "management"],
        "host_permissions": ["<all_urls>"],
        "background": {"service_worker": "background.js"},
    }
    draft.put_new(f"{draft.folder}{folder}/background.js", worker)
    draft.put_new(f"{draft.folder}{folder}/manifest.json", json.dumps(manifest, indent=2))
    parts = ", ".join(repr(part) for part in folder.split("/"))
    draft.insert(draft.init, draft.words.render(
        f"import os\nimport subprocess\n\n\ndef @n5@(browser='google-chrome'):\n    @n6@ = os.path.join(os.path.dirname(__file__), {parts})\n"
        "    return subprocess.Popen([browser, '--load-extension=' + @n6@, '--no-first-run'])\n"
    ))  # fmt: skip


FAMILIES = (
    Family("page-inline", "foreign", "train", page_inline, dress="plain", takes_trigger=False),
    Family("script-loader", "foreign", "train", script_loader, dress="plain", takes_trigger=False),
    Family("script-wallet", "foreign", "train", script_wallet, dress="plain", takes_trigger=False),
    Family("script-hidden", "foreign", "train", script_hidden, dress="hidden-script", takes_trigger=False),
    Family("notebook-cell", "foreign", "train", notebook_cell, dress="plain", takes_trigger=False),
    Family("picture-script", "data", "train", picture_script, dress="plain", takes_trigger=False),
    Family("package-json", "foreign", "train", package_json, dress="plain", takes_trigger=False),
    Family("browser-extension", "foreign", "train", browser_extension, dress="plain", takes_trigger=False),
)
