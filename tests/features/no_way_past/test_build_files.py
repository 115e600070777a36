"""Code that a build runs because pyproject.toml or setup.cfg names it."""

import pytest

BUILD = '[build-system]\nrequires = []\nbuild-backend = "back"\n'
BACKENDS = {
    "dotted keys": 'build-system.requires = []\nbuild-system.build-backend = "back"\nbuild-system.backend-path = ["b"]\n',
    "quoted keys": '["build-system"]\nrequires = []\n"build-backend" = "back"\n"backend-path" = ["b"]\n',
    "an inline table": 'build-system = {requires = [], build-backend = "back", backend-path = ["b"]}\n',
    "escapes": '["build\\u002dsystem"]\nbuild-backend = "back"\n"backend\\u002dpath" = ["b"]\n',
    "a mark": f'\ufeff{BUILD}backend-path = ["b"]\n',
    "carriage returns": f'{BUILD}backend-path = ["b"]\n'.replace("\n", "\r\n"),
    "a way round": f'{BUILD}backend-path = ["./x/../b/"]\n',
    "an object": f'{BUILD}backend-path = ["b"]\n'.replace('"back"', '"back:a.b"'),
    "several lines": f'{BUILD}backend-path = [\n  "nothing",  # a comment\n  "b",\n]\n',
    "a long string": f'{BUILD}backend-path = ["""b"""]\n',
    "too long to parse": f"#{'x' * 300_000}\n{BUILD}backend-path = ['b']\n",
}


@pytest.mark.parametrize("way", BACKENDS)
def test_the_payload_is_found_in_the_folder_of_a_backend(way, make, examine):
    files = {"pyproject.toml": BACKENDS[way].encode(), "b/back.py": make.code}
    examine(make.sdist(files)).is_found("demo-1.0/b/back.py", "install")


@pytest.mark.parametrize(
    ("backend", "path", "files", "place"),
    [
        ("back.sub:x", ".", ("back/__init__.py",), "back/sub.py"),
        ("back", ".", ("back.py",), "helper.py"),
        ("demo.build", "src", ("src/demo/__init__.py",), "src/demo/build.py"),
        ("back", "b/../..", (), "back.py"),
    ],
)
def test_the_payload_is_found_in_a_backend_and_its_imports(backend, path, files, place, make, examine):
    toml = f'[build-system]\nrequires = []\nbuild-backend = "{backend}"\nbackend-path = ["{path}"]\n'.encode()
    others = dict.fromkeys(files, b"import helper\n")
    examine(make.sdist({"pyproject.toml": toml, **others, place: make.code})).is_found(f"demo-1.0/{place}", "install")


NAMED = [
    ("pyproject.toml", '[tool.hatch.build.hooks.custom]\npath = "t/h.py"\n'),
    ("pyproject.toml", '[tool.hatch.build.targets.wheel.hooks.custom]\npath = "t/h.py"\n'),
    ("pyproject.toml", '[tool.hatch.build.targets.sdist]\nhooks = {custom = {path = "./t/h.py"}}\n'),
    ("pyproject.toml", '[tool.hatch.metadata.hooks.custom]\npath = "t/h.py"\n'),
    ("pyproject.toml", '[tool.hatch.version]\nsource = "code"\npath = "t/h.py"\n'),
    ("pyproject.toml", '[tool.pdm.build]\ncustom-hook = "t/h.py"\n'),
    ("pyproject.toml", '[tool.pdm.version]\nsource = "call"\ngetter = "t.h:version"\n'),
    ("pyproject.toml", '[tool.poetry.build]\nscript = "t/h.py"\n'),
    ("pyproject.toml", '[tool.setuptools.cmdclass]\nbuild = "t.h.Build"\n'),
    ("pyproject.toml", '[tool.scikit-build.metadata.version]\nprovider = "h"\nprovider-path = "t"\n'),
    ("setup.cfg", "[global]\ncommand_packages = t\n"),
    ("setup.cfg", "[global]\ncommand-packages=distutils.command, t\n"),
    ("setup.cfg", "[options]\ncmdclass =\n  build = t.h.Build\n"),
    ("setup.cfg", "[options]\ncmdclass = install = t.h.Install\n"),
    ("setup.cfg", "[metadata]\nversion = attr: t.h.V\n"),
    ("setup.cfg", "[metadata]\nversion =\n    attr:t.h.V\n"),
    ("pyproject.toml", '[tool.setuptools.dynamic]\nversion = {attr = "t.h.V"}\n'),
    ("pyproject.toml", '[tool.setuptools.dynamic.version]\n"\\u0061ttr" = "t.h.V"\n'),
    ("setup.cfg", "[options.entry_points]\ndistutils.commands =\n    x = t.h:X\nconsole_scripts =\n    y = t.i:Y\n"),
    ("setup.cfg", "[options.entry_points]\negg_info.writers =\n    x.txt = t.h:x\n"),
    ("pyproject.toml", '[project.entry-points."setuptools.finalize_distribution_options"]\nx = "t.h:x"\n'),
    ("pyproject.toml", '[project.entry-points]\n"distutils.setup_keywords" = {x = "t.h:x"}\n'),
    ("demo.egg-info/entry_points.txt", "[console_scripts]\ny = t.i:Y\n\n[distutils.commands]\nx = t.h:X\n"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "text"), NAMED)
def test_the_payload_is_found_in_a_file_that_a_build_runs(file, text, make, examine):
    files = {"setup.py": b"from setuptools import setup\nsetup()\n", file: text.encode(), "t/h.py": make.code}
    examine(make.sdist({**files, "t/__init__.py": b""})).is_found("demo-1.0/t/h.py", "install")
    harmless = examine(make.sdist({**files, file: b"[metadata]\nname = demo\n" if "cfg" in file else b""}))
    harmless.is_found("demo-1.0/t/h.py", "rest")


SETUPS = [
    "cffi_modules=['t/h.py:ffi']",
    "cffi_modules=('./t/h.py:ffi',)",
    "entry_points={'distutils.commands': ['x = t.h:X [y]', 'z = t.z:Z'], 'console_scripts': ['y = t.i:Y']}",
    "entry_points={'egg_info.writers': 'x = t.h:X', 'console_scripts': 'y = t.i:Y'}",
    "entry_points='''\n[console_scripts]\ny = t.i:Y\n[distutils.setup_keywords]\nx = t.h:X\n'''",
    "package_dir={'': 'other'}, entry_points={'distutils.commands': ['x = t.h:X']}",
]


@pytest.mark.parametrize("said", SETUPS)
def test_the_payload_is_found_in_a_file_that_setuptools_imports(said, make, examine):
    folder = "other/t" if "other" in said else "t"
    files = {"setup.py": f"setup({said})\n".encode(), f"{folder}/h.py": make.code}
    examine(make.sdist(files)).is_found(f"demo-1.0/{folder}/h.py", "install")
    files = {**files, f"{folder}/h.py": b"", f"{folder}/i.py": make.code}
    examine(make.sdist(files)).is_found(f"demo-1.0/{folder}/i.py", "rest")


@pytest.mark.parametrize("file", ["setup.cfg", "pyproject.toml"])
@pytest.mark.parametrize(
    ("role", "text"),
    [
        ("rest", b"V = '1.0'\n"),
        ("rest", b"'''What it does.'''\nV: str = \"1.0\"  # said once\n"),
        ("rest", b"W = V = '1.0'\n"),
        ("install", b"V = '1' + str(0)\n"),
        ("install", b"V = str(1)\nV = '1.0'\n"),
        ("install", b"'''\nV = '1.0'\n'''\n"),
        ("install", b"dict(\nV = '1.0'\n)\n"),
        ("install", b"from t.i import V\n"),
    ],
)
def test_a_literal_version_is_not_imported(role, text, file, make, examine):
    said = b"[metadata]\nversion = attr: t.h.V\n"
    if file == "pyproject.toml":
        said = b"[tool.setuptools.dynamic]\nversion.attr = 't.h.V'\n"
    seen = examine(make.sdist({"setup.py": b"setup()\n", file: said, "src/t/h.py": text + make.code}))
    seen.is_found("demo-1.0/src/t/h.py", role)


@pytest.mark.parametrize(
    "text",
    ["[tool.hatch.build.targets]\nwheel = 3\n", "[tool.pdm.version]\ngetter = 3\n", "[tool.scikit-build]\nmetadata = 3\n",
     "[tool.scikit-build.metadata]\nversion = 3\n", "[tool.setuptools]\ncmdclass = 3\n", f"{BUILD}backend-path = 3\n"],
)  # fmt: skip
def test_values_of_another_type_are_ignored(text, make, examine):
    examine(make.sdist({"pyproject.toml": text.encode(), "t/h.py": make.code})).is_found("demo-1.0/t/h.py", "rest")


@pytest.mark.parametrize("name", ["sitecustomize.py", "usercustomize.py"])
@pytest.mark.parametrize(
    "folder",
    ["lib/python3.11", "lib64/python3", "Lib", "lib/python3/dist-packages", "Lib/site-packages", "lib/python3.11/site-packages"],
)  # fmt: skip
def test_the_payload_is_found_in_a_start_file_of_an_installation(folder, name, make, examine):
    place = f"demo-1.0.data/data/{folder}/{name}"
    examine(make.wheel({place: make.code}), "demo-1.0-py3-none-any.whl").is_found(place, "install")
