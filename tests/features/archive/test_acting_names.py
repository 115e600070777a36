"""A name or a place tells that a program reads a file as text whatever its bytes are."""

import pytest

from features.archive.acting_names import reads_as_text


@pytest.mark.parametrize(
    "path",
    [
        "src/fold.c",
        "src/FOLD.INC",
        "src\\fold.pyx",
        "Makefile",
        "Makefile.linux",
        "GNUmakefile",
        "CMakeLists.txt",
        "meson.build",
        "Dockerfile.ci",
        "demo/static/x.html",
        "demo/x.ts",
        "demo/x.ts.",
        "demo/x.sh::$DATA",
        "bin/tool",
        "demo-1.0.data/scripts/tool",
        "demo-1.0.data/scripts/tool.bin",
        "demo-1.0.data/data/etc/profile.d/x.sh.d",
        "demo-1.0.data/data/etc/cron.daily/x",
        "demo-1.0.data/data/lib/systemd/user/x.unit",
        "demo-1.0.data/data/Desktop/x.lnk",
        ".git/hooks/pre-commit",
        ".git/config",
        "demo-1.0.data/data/bin/tool.bin",
        "EGG-INFO/scripts/tool.bin",
        "demo/x.lnk",
        ".claude/settings.local",
        "home/.bashrc",
        "data.zip!/src/a.c",
    ],
)
def test_a_file_that_programs_read_by_its_name_or_place(path: str) -> None:
    assert reads_as_text(path)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "demo/x.bin",
        "demo/data",
        ".git/index",
        "demo/logo.png",
        "demo/c",
        "bin/data.bin",
        "tests/scripts/a/b/model",
        "share/icons/hooks/logo.png",
        ".github/logo.png",
        "demo/A.class",
        "hooks/data.zip!/x.bin",
        "Makefile/x.bin",
    ],
)
def test_other_data_has_no_name_that_programs_look_for(path: str) -> None:
    assert not reads_as_text(path)
