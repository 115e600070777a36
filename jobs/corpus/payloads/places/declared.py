"""Payloads that another package brings, named where tools read it: lists, extras, sources, lock files, settings of pip."""

import json
import re
from posixpath import basename

from jobs.corpus.payloads.contract import Family
from jobs.corpus.payloads.declarations import add_requirement, metadata_paths, with_header
from jobs.corpus.payloads.draft import Draft
from jobs.corpus.payloads.source_places import as_function

_POPULAR = (
    "pandas", "scipy", "matplotlib", "django", "flask", "sqlalchemy", "aiohttp", "fastapi", "psycopg2", "pymongo",
    "redis", "celery", "selenium", "openai", "transformers", "tensorflow", "scikit-learn", "lxml", "paramiko", "uvicorn",
    "discord.py", "web3", "telethon", "langchain", "protobuf", "grpcio", "tornado", "jsonschema", "websockets", "pyjwt",
)  # fmt: skip
_SYLLABLES = ("ra", "no", "vex", "qu", "lim", "tor", "zen", "pax", "mu", "sy", "kel", "dri", "fo", "ast", "bel", "ny")
_SWAPS = (("l", "1"), ("o", "0"), ("rn", "m"), ("m", "rn"), ("i", "l"), ("e", "3"), ("ch", "hc"), ("th", "ht"), ("ss", "s"), ("c", "k"))  # fmt: skip


def unknown_name(draft: Draft) -> str:
    """Return a name that no list of known projects holds."""
    rng = draft.rng
    stem = "".join(rng.choice(_SYLLABLES) for _ in range(rng.randrange(3, 5)))
    return rng.choice((
        stem,
        f"{stem}-{draft.words.word()}",
        f"{draft.package.project.lower()}-{draft.words.word()}-{rng.choice(('runtime', 'native', 'internal'))}",
        f"{draft.words.word()}-{stem}{rng.randrange(2, 9)}",
        f"py{stem}lib",
    ))  # fmt: skip


def look_alike(draft: Draft, name: str = "") -> str:
    """Return a name that is taken for that of a popular project: a letter swapped for its like, a word added."""
    rng = draft.rng
    name = name or rng.choice(_POPULAR)
    swapped = [name.replace(old, new, 1) for old, new in _SWAPS if old in name]
    return rng.choice((
        *swapped,
        *swapped,
        f"python-{name}",
        f"{name}s" if not name.endswith("s") else name[:-1],
        name.replace("-", "") if "-" in name else f"{name[: len(name) // 2]}-{name[len(name) // 2 :]}",
        f"{name}-{rng.choice(('official', 'nightly', 'dev', 'fork', 'patched', 'v2'))}",
        f"{name[:-1]}{name[-1] * 2}",
    ))  # fmt: skip


def _specifier(draft: Draft) -> str:
    return draft.rng.choice(("", "", ">=0.0.3", ">=2.0,<3", "==1.1.7", "!=0.9"))


def _put_all(draft: Draft, changed: dict[str, bytes]) -> None:
    if not changed:
        raise draft.fail("declares no requirements anywhere")
    for path, data in changed.items():
        draft.put(path, data)


def in_list(draft: Draft) -> None:
    """Require a project from a requirements file, which setup.py reads."""
    rng = draft.rng
    found = [p for p in draft.files if re.search(r"requirements[\w-]*\.(?:txt|in)$", basename(p)) and p.count("/") <= 2]
    draft.act = rng.choice(("unknown", "look-alike", "address"))
    name = look_alike(draft) if draft.act == "look-alike" else unknown_name(draft)
    line = name + _specifier(draft)
    if draft.act == "address":
        line = draft.words.render(rng.choice((f"{name} @ @url@/{name}-0.3.tar.gz", f"@url@/packages/{name}-0.3-py3-none-any.whl",
                                              f"-e git+https://@domain@/@word@/{name}#egg={name}")))  # fmt: skip
    if found:
        path = rng.choice(sorted(found))
        lines = draft.files[path].decode("utf-8", "replace").splitlines()
        lines.insert(rng.randrange(len(lines) + 1), line)
        draft.put(path, "\n".join(lines) + "\n")
        return
    setup = f"{draft.root}setup.py"
    text = draft.files.get(setup, b"from setuptools import setup\n\nsetup()\n").decode("utf-8", "replace")
    if not draft.root or "setup(" not in text or "install_requires" in text:
        raise draft.fail("has no setup.py that could read a list")
    draft.put_new(f"{draft.root}requirements.txt", f"{line}\n")
    call = "setup(install_requires=open('requirements.txt').read().split(), "
    draft.put(setup, text.replace("setup(", call, 1))


def other_index(draft: Draft) -> None:
    """Name an index of one's own in a requirements file or the settings of a tool, with a name that it answers for."""
    rng = draft.rng
    name = rng.choice(
        (unknown_name(draft), f"{rng.choice(_POPULAR)}-internal", f"torch{rng.choice(('triton', 'ops', 'kernels'))}")
    )
    path, text = rng.choice((
        ("requirements.txt", f"--extra-index-url @url@/simple\n{name}\n"),
        ("requirements.txt", f"--index-url @url@/simple\n--trusted-host @host@\n{name}{_specifier(draft)}\n"),
        ("constraints.txt", f"--find-links @url@/wheels/\n{name}==0.2.1\n"),
        ("pyproject.toml", f'\n[[tool.uv.index]]\nname = "@word@"\nurl = "@url@/simple"\ndefault = true\n\n[tool.uv.sources]\n{name} = {{ index = "@word@" }}\n'),
        ("pyproject.toml", '\n[[tool.poetry.source]]\nname = "@word@"\nurl = "@url@/simple/"\npriority = "primary"\n'),
        ("Pipfile", f'[[source]]\nurl = "@url@/simple"\nverify_ssl = false\nname = "@word@"\n\n[packages]\n{name} = "*"\n'),
        ("environment.yml", f"channels:\n  - @url@/conda\ndependencies:\n  - python\n  - pip:\n    - {name}\n"),
    ))  # fmt: skip
    draft.act = path
    full = f"{draft.root}{path}"
    before = draft.files.get(full, b"").decode("utf-8", "replace")
    if path == "pyproject.toml" and (not before or "tool.uv.sources" in before):
        raise draft.fail("has no pyproject.toml that takes an index")
    draft.put(full, f"{before.rstrip()}\n{draft.words.render(text)}".lstrip("\n"))


def look_alike_requirement(draft: Draft) -> None:
    """Require a project whose name is taken for that of a popular one."""
    draft.act = "look-alike"
    _put_all(draft, add_requirement(draft.files, look_alike(draft) + _specifier(draft)))


def replaced(draft: Draft) -> None:
    """Exchange a requirement for another of nearly the same name."""
    paths = metadata_paths(draft.files)
    found = [
        m[1]
        for path in paths
        for m in re.finditer(r"(?m)^Requires-Dist:\s*([\w.-]{4,})", draft.files[path].decode("utf-8", "replace"))
    ]
    if not found:
        raise draft.fail("requires nothing")
    old = draft.rng.choice(sorted(set(found)))
    new = look_alike(draft, old)
    draft.act = "exchanged"
    pattern = re.compile(rb"(?<![\w.-])" + re.escape(old).encode() + rb"(?![\w.-])")
    changed = {}
    for path in [
        *paths,
        *(f"{draft.root}{n}" for n in ("setup.py", "pyproject.toml", "setup.cfg", "requirements.txt")),
    ]:
        if path not in draft.files:
            continue
        if path in paths:
            lines = draft.files[path].split(b"\n")
            text = b"\n".join(pattern.sub(new.encode(), x) if x.startswith(b"Requires-Dist") else x for x in lines)
        else:
            text = pattern.sub(new.encode(), draft.files[path])
        if text != draft.files[path]:
            changed[path] = text
    _put_all(draft, changed)


def in_extra(draft: Draft) -> None:
    """Require a project in an extra, a new one or one that many ask for."""
    rng = draft.rng
    name = rng.choice((unknown_name, look_alike))(draft) + _specifier(draft)
    extra = rng.choice(("all", "dev", "full", "speed", "test", "gpu", "cli"))
    changed = {}
    for path in metadata_paths(draft.files):
        data = draft.files[path]
        if f"Provides-Extra: {extra}\n".encode() not in data:
            data = with_header(data, "Provides-Extra", extra)
        changed[path] = with_header(data, "Requires-Dist", f"{name}; extra == '{extra}'")
    for path, data in draft.files.items():
        if basename(path) == "requires.txt" and ".egg-info/" in path:
            changed[path] = data.rstrip(b"\n") + f"\n\n[{extra}]\n{name}\n".encode()
        elif (
            basename(path) == "pyproject.toml" and path.count("/") <= 1 and b"[project.optional-dependencies]\n" in data
        ):
            head = b"[project.optional-dependencies]\n"
            changed[path] = data.replace(head, head + f'{extra}-extra = ["{name}"]\n'.encode(), 1)
    draft.act = f"extra-{extra}"
    _put_all(draft, changed)


def from_repository(draft: Draft) -> None:
    """Require a commit or a branch of a repository at an address, or an archive of it."""
    rng = draft.rng
    name = rng.choice((unknown_name(draft), rng.choice(_POPULAR)))
    commit = f"{rng.randrange(16**40):040x}"
    draft.act, url = rng.choice((
        ("commit", f"git+https://@domain@/@word@/{name}.git@{commit}"),
        ("branch", f"git+ssh://git@@domain@/@word@/{name}.git@main"),
        ("archive", f"https://@domain@/@word@/{name}/archive/{commit[:12]}.zip"),
        ("subfolder", f"git+https://@domain@/@word@/mono.git@v1.0.2#subdirectory=packages/{name}"),
    ))  # fmt: skip
    _put_all(draft, add_requirement(draft.files, f"{name} @ {draft.words.render(url)}"))


def for_the_build(draft: Draft) -> None:
    """Require a project for the build: in setup_requires, in pyproject.toml, as the backend or a plugin of one."""
    rng = draft.rng
    name = rng.choice((unknown_name(draft), look_alike(draft), f"setuptools-{rng.choice(_SYLLABLES)}{rng.choice(_SYLLABLES)}",
                       f"hatch-{draft.words.word()}-{rng.choice(_SYLLABLES)}"))  # fmt: skip
    setup, project = f"{draft.root}setup.py", f"{draft.root}pyproject.toml"
    text = draft.files.get(project, b"").decode("utf-8", "replace")
    requires = re.search(r"(?m)^requires\s*=\s*\[", text)
    if requires and rng.random() < 0.7:
        draft.act = "requires"
        text = f'{text[: requires.end()]}"{name}{_specifier(draft)}", {text[requires.end() :]}'
        if rng.random() < 0.25:
            draft.act = "backend"
            text = re.sub(
                r"(?m)^build-backend\s*=.*$", f'build-backend = "{name.replace("-", "_")}.api"', text, count=1
            )
        draft.put(project, text)
        return
    source = draft.files.get(setup, b"").decode("utf-8", "replace")
    if "setup(" not in source:
        raise draft.fail("has no call of setup and no requirements of its build")
    draft.act = "setup-requires"
    draft.put(setup, source.replace("setup(", f"setup(setup_requires=[{name!r}], ", 1))


def in_lock_file(draft: Draft) -> None:
    """Name a project, or the file of a known one elsewhere, in a file that pins versions."""
    rng = draft.rng
    name = rng.choice((unknown_name(draft), rng.choice(_POPULAR)))
    digest = rng.randbytes(32).hex()
    url = draft.words.render(f"@url@/{name}-2.1.0-py3-none-any.whl")
    path, text = rng.choice((
        ("uv.lock", f'\n[[package]]\nname = "{name}"\nversion = "2.1.0"\nsource = {{ registry = "{draft.words.render("@url@/simple")}" }}\nwheels = [{{ url = "{url}", hash = "sha256:{digest}" }}]\n'),
        ("poetry.lock", f'\n[[package]]\nname = "{name}"\nversion = "2.1.0"\noptional = false\n\n[package.source]\ntype = "url"\nurl = "{url}"\n'),
        ("pdm.lock", f'\n[[package]]\nname = "{name}"\nversion = "2.1.0"\nurl = "{url}"\n'),
        ("requirements.lock", f"{name} @ {url} --hash=sha256:{digest}\n"),
        ("Pipfile.lock", json.dumps({"default": {name: {"file": url, "hashes": [f"sha256:{digest}"]}}}, indent=4) + "\n"),
        ("package-lock.json", json.dumps({"lockfileVersion": 3, "packages": {f"node_modules/{name}": {"version": "2.1.0", "resolved": url, "hasInstallScript": True}}}, indent=2) + "\n"),
    ))  # fmt: skip
    draft.act = path
    full = f"{draft.root}{path}"
    before = draft.files.get(full, b"").decode("utf-8", "replace")
    draft.put(full, text if path.endswith((".json", "Pipfile.lock")) else f"{before.rstrip()}\n{text}".lstrip("\n"))


def vendored_install(draft: Draft) -> None:
    """Install a wheel that the package brings or fetches, from code that runs."""
    name, rng = unknown_name(draft), draft.rng
    draft.act, text = rng.choice((
        ("target-folder", f"import subprocess\nimport sys\nsubprocess.call([sys.executable, '-m', 'pip', 'install', '--no-deps', '--target', os.path.expanduser('~/.cache/@word@'), '{name}'])\nsys.path.append(os.path.expanduser('~/.cache/@word@'))\n__import__('{name.replace('-', '_')}')\n"),
        ("ensurepip", f"import runpy\nimport sys\n@n5@ = sys.argv\nsys.argv = ['pip', 'install', '--quiet', '@url@/{name}-0.3-py3-none-any.whl']\ntry:\n    runpy.run_module('pip', run_name='__main__')\nexcept SystemExit:\n    pass\nsys.argv = @n5@\n"),
        ("uv", f"import shutil\nimport subprocess\nif shutil.which('uv'):\n    subprocess.Popen(['uv', 'pip', 'install', '--index', '@url@/simple', '{name}'], stderr=subprocess.DEVNULL)\n"),
        ("node", f"import subprocess\nsubprocess.run('npm install --silent --registry=@url@ {name} && node -e \"require(\\'{name}\\')\"', shell=True)\n"),
    ))  # fmt: skip
    function = draft.words.name()
    draft.lead("import os\n\n\n" + as_function(draft.words.render(text), function, rng) + f"\n\n{function}()\n")


FAMILIES = (
    Family("requirement-in-list", "requirement", "train", in_list, "sdist", "plain", takes_trigger=False),
    Family("requirement-other-index", "requirement", "train", other_index, "sdist", "plain", takes_trigger=False),
    Family(
        "requirement-look-alike", "requirement", "train", look_alike_requirement, dress="plain", takes_trigger=False
    ),
    Family("requirement-replaced", "requirement", "train", replaced, dress="plain", takes_trigger=False),
    Family("requirement-in-extra", "requirement", "train", in_extra, dress="plain", takes_trigger=False),
    Family("requirement-from-repository", "requirement", "train", from_repository, dress="plain", takes_trigger=False),
    Family("requirement-for-build", "requirement", "train", for_the_build, "sdist", "plain", takes_trigger=False),
    Family("requirement-in-lock-file", "requirement", "train", in_lock_file, "sdist", "plain", takes_trigger=False),
    Family("installs-elsewhere", "requirement", "train", vendored_install, dress="plain", takes_trigger=False),
)
