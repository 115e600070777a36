"""Builds the source distributions and wheels of the demonstration's projects; the bytes are always the same."""

import gzip
import io
import tarfile
import zipfile
from datetime import datetime

from jobs.corpus.wheel_record import record_line
from jobs.demo.template import DemoProject

_LICENSE = """MIT License

Copyright (c) {year} {author}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""
_BACKENDS = {
    "setuptools": ("setuptools>=61", "setuptools.build_meta"),
    "setup.py": ("setuptools", "setuptools.build_meta"),
    "flit": ("flit_core>=3.4,<4", "flit_core.buildapi"),
    "hatchling": ("hatchling", "hatchling.build"),
}
_GENERATORS = {
    "setuptools": "bdist_wheel (0.40.0)",
    "setup.py": "bdist_wheel (0.37.1)",
    "flit": "flit 3.8.0",
    "hatchling": "hatchling 1.18.0",
}
_SETUP = """from setuptools import find_packages, setup

with open({readme!r}, encoding="utf-8") as file:
    long_description = file.read()

setup(
    name={name!r},
    version={version!r},
    description={summary!r},
    long_description=long_description,
    long_description_content_type={content_type!r},
    author={author!r},
    author_email={email!r},
    url={url!r},
    license="MIT",
    packages=find_packages(exclude=["tests"]),
    python_requires={python!r},
    install_requires={requires!r},
    classifiers=[
        "License :: OSI Approved :: MIT License",
        "Programming Language :: Python :: 3",
        {topic!r},
    ],
)
"""
_NOT_INSTALLED = ("tests/", "docs/", "src/")


def build_sdist(project: DemoProject, version: str, time: datetime) -> tuple[str, bytes]:
    """Return the filename and the bytes of a release's source distribution."""
    root = f"{_stem(project)}-{version}"
    members = {"PKG-INFO": metadata_text(project, version), **_sources(project, version, time)}
    if project.field("Build") in ("setuptools", "setup.py"):
        members |= _egg_info(project, version, members)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path in sorted(members):
            content = members[path].encode()
            info = tarfile.TarInfo(f"{root}/{path}")
            info.size, info.mtime, info.mode = len(content), int(time.timestamp()), 0o644
            archive.addfile(info, io.BytesIO(content))
    compressed = io.BytesIO()
    with gzip.GzipFile(f"{root}.tar", "wb", fileobj=compressed, mtime=int(time.timestamp())) as stream:
        stream.write(packed.getvalue())
    return f"{root}.tar.gz", compressed.getvalue()


def build_wheel(project: DemoProject, version: str, time: datetime) -> tuple[str, bytes]:
    """Return the filename and the bytes of a release's wheel."""
    info = f"{_stem(project)}-{version}.dist-info"
    members = {path: text for path, text in project.contents(version).items() if _is_installed(path)}
    generator = _GENERATORS[project.field("Build")]
    members[f"{info}/METADATA"] = metadata_text(project, version)
    members[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: {generator}\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if project.field("Script"):
        members[f"{info}/entry_points.txt"] = f"[console_scripts]\n{project.field('Script')}\n"
    if project.field("Build") in ("setuptools", "setup.py"):
        members[f"{info}/top_level.txt"] = "\n".join(_top_level(members)) + "\n"
    if project.field("Topic"):
        members[f"{info}/LICENSE"] = _license(project, time)
    lines = [record_line(path, text.encode()) for path, text in sorted(members.items())]
    members[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,"]) + "\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in sorted(members.items(), key=lambda m: (".dist-info/" in m[0], m[0])):
            entry = zipfile.ZipInfo(path, time.timetuple()[:6])
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100644 << 16
            archive.writestr(entry, text)
    return f"{_stem(project)}-{version}-py3-none-any.whl", packed.getvalue()


def metadata_text(project: DemoProject, version: str) -> str:
    """Return the text of PKG-INFO or METADATA; a project without a topic has few fields."""
    readme, content_type = _readme(project)
    fields = [("Metadata-Version", "2.1"), ("Name", project.name), ("Version", version)]
    copied = ("Summary", "Home-page", "Author", "Author-email", "Keywords", "Requires-Python")
    fields += [(name, project.field(name)) for name in copied if project.field(name)]
    if project.field("Topic"):
        fields.append(("License", "MIT"))
        fields += [("Classifier", text) for text in _classifiers(project)]
    fields += [("Project-URL", value) for value in project.fields("Project-URL")]
    fields += [("Requires-Dist", value) for value in project.fields("Requires")]
    if readme:
        fields.append(("Description-Content-Type", content_type))
    head = "".join(f"{name}: {value}\n" for name, value in fields)
    return f"{head}\n{project.contents(version)[readme]}" if readme else f"{head}\nUNKNOWN\n"


def _stem(project: DemoProject) -> str:
    return project.name.replace("-", "_")


def _readme(project: DemoProject) -> tuple[str, str]:
    paths = {file.path for file in project.files}
    if "README.rst" in paths:
        return "README.rst", "text/x-rst"
    return ("README.md", "text/markdown") if "README.md" in paths else ("", "")


def _classifiers(project: DemoProject) -> tuple[str, ...]:
    return (
        "Development Status :: 4 - Beta",
        "Intended Audience :: Developers",
        "License :: OSI Approved :: MIT License",
        "Operating System :: OS Independent",
        "Programming Language :: Python :: 3",
        f"Topic :: {project.field('Topic')}",
    )


def _license(project: DemoProject, time: datetime) -> str:
    return _LICENSE.format(year=time.year, author=project.field("Author"))


def _is_installed(path: str) -> bool:
    if "/" not in path:
        return path.endswith((".py", ".pth")) and path != "setup.py"
    return not path.startswith(_NOT_INSTALLED)


def _top_level(paths: dict[str, str]) -> list[str]:
    return sorted({p.partition("/")[0].removesuffix(".py") for p in paths if p.endswith(".py")})


def _sources(project: DemoProject, version: str, time: datetime) -> dict[str, str]:
    """Return the files of a release by path, with those that its build tool needs."""
    members = project.contents(version)
    build = project.field("Build")
    if project.field("Topic"):
        members["LICENSE"] = _license(project, time)
    if build == "setup.py" and "setup.py" not in members:
        readme, content_type = _readme(project)
        members["setup.py"] = _SETUP.format(
            readme=readme,
            content_type=content_type,
            name=project.name,
            version=version,
            summary=project.field("Summary"),
            author=project.field("Author"),
            email=project.field("Author-email"),
            url=project.field("Home-page"),
            python=project.field("Requires-Python"),
            requires=list(project.fields("Requires")),
            topic=f"Topic :: {project.field('Topic')}",
        )
    if build != "setup.py":
        members["pyproject.toml"] = _pyproject(project, version)
    if build in ("setuptools", "setup.py"):
        members["setup.cfg"] = "[egg_info]\ntag_build = \ntag_date = 0\n"
    return members


def _pyproject(project: DemoProject, version: str) -> str:
    requires, backend = _BACKENDS[project.field("Build")]
    readme, _ = _readme(project)
    lines = [
        "[build-system]",
        f'requires = ["{requires}"]',
        f'build-backend = "{backend}"',
        "",
        "[project]",
        f'name = "{project.name}"',
        f'version = "{version}"',
        f'description = "{project.field("Summary")}"',
    ]
    if readme:
        lines.append(f'readme = "{readme}"')
    if project.field("Requires-Python"):
        lines.append(f'requires-python = "{project.field("Requires-Python")}"')
    lines.append(f'authors = [{{ name = "{project.field("Author")}", email = "{project.field("Author-email")}" }}]')
    if project.field("Topic"):
        lines += ["classifiers = [", *(f'    "{text}",' for text in _classifiers(project)), "]"]
    if project.fields("Requires"):
        lines += ["dependencies = [", *(f"    '{text}'," for text in project.fields("Requires")), "]"]
    if project.field("Home-page"):
        lines += ["", "[project.urls]", f'Homepage = "{project.field("Home-page")}"']
    if project.field("Script"):
        name, _, target = project.field("Script").partition(" = ")
        lines += ["", "[project.scripts]", f'{name} = "{target}"']
    return "\n".join(lines) + "\n"


def _egg_info(project: DemoProject, version: str, members: dict[str, str]) -> dict[str, str]:
    folder = f"{_stem(project)}.egg-info"
    code = {path: text for path, text in project.contents(version).items() if _is_installed(path)}
    generated = {
        f"{folder}/PKG-INFO": metadata_text(project, version),
        f"{folder}/dependency_links.txt": "\n",
        f"{folder}/top_level.txt": "\n".join(_top_level(code)) + "\n",
    }
    if project.fields("Requires"):
        generated[f"{folder}/requires.txt"] = "\n".join(project.fields("Requires")) + "\n"
    if project.field("Script"):
        generated[f"{folder}/entry_points.txt"] = f"[console_scripts]\n{project.field('Script')}\n"
    sources = sorted({*members, *generated, f"{folder}/SOURCES.txt"} - {"PKG-INFO", "setup.cfg"})
    generated[f"{folder}/SOURCES.txt"] = "\n".join(sources) + "\n"
    return generated
