import stat

import hyperscan
import pytest

from features.runtime.pattern_store import stored_database


class Compiling:
    """Compiles one pattern and counts its calls."""

    def __init__(self, pattern=b"boo+jum"):
        self.pattern = pattern
        self.times = 0

    def __call__(self):
        self.times += 1
        database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        database.compile(expressions=[self.pattern], ids=[7], elements=1, flags=[0])
        return database


def found(database, text=b"a boooojum"):
    places = []
    database.scan(
        text,
        match_event_handler=lambda place, _start, end, _flags, _context: places.append((place, end)),
        scratch=hyperscan.Scratch(database),
    )
    return places


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "boojum"


def test_patterns_are_compiled_once(folder):
    compiling = Compiling()
    assert found(stored_database("one", compiling)) == [(7, 10)]
    assert found(stored_database("one", compiling)) == [(7, 10)]
    assert compiling.times == 1
    (file,) = folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_other_patterns_have_a_file_of_their_own(folder):
    assert found(stored_database("one", Compiling())) == [(7, 10)]
    assert found(stored_database("two", Compiling(b"nothing like it"))) == []
    assert len(list(folder.iterdir())) == 2


def test_another_version_and_another_processor_compile_anew(folder, monkeypatch):
    compiling = Compiling()
    stored_database("one", compiling)
    monkeypatch.setattr("features.runtime.pattern_store._processor", lambda: "another")
    stored_database("one", compiling)
    monkeypatch.setattr(hyperscan, "__version__", "0.0")
    stored_database("one", compiling)
    assert compiling.times == 3


@pytest.mark.parametrize("damage", ["nothing", "cut", "flipped", "strange", "no database", "writable", "link"])
def test_what_cannot_be_trusted_is_compiled_anew_and_replaced(folder, damage):
    compiling = Compiling()
    stored_database("one", compiling)
    (file,) = folder.iterdir()
    content = bytearray(file.read_bytes())
    match damage:
        case "nothing":
            file.write_bytes(b"")
        case "cut":
            file.write_bytes(content[:-1])
        case "flipped":
            content[len(content) // 2] ^= 1
            file.write_bytes(content)
        case "strange":
            file.write_bytes(b"x" * len(content))
        case "no database":
            from features.runtime.pattern_store import _digest

            file.write_bytes(_digest(b"no database") + b"no database")
        case "writable":
            file.chmod(0o666)
        case "link":
            file.rename(folder / "elsewhere")
            file.symlink_to("elsewhere")
    assert found(stored_database("one", compiling)) == [(7, 10)]
    assert compiling.times == 2
    assert found(stored_database("one", compiling)) == [(7, 10)]
    assert compiling.times == 2
    assert file.is_file()
    assert not file.is_symlink()


@pytest.mark.parametrize("home", ["no room", "relative"])
def test_without_a_folder_to_keep_it_in_it_is_compiled(tmp_path, monkeypatch, home):
    monkeypatch.chdir(tmp_path)
    if home == "no room":
        (tmp_path / "file").write_bytes(b"")
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    else:
        monkeypatch.setenv("XDG_CACHE_HOME", "here")
        monkeypatch.setenv("HOME", "also-here")
    compiling = Compiling()
    assert found(stored_database("one", compiling)) == [(7, 10)]
    assert found(stored_database("one", compiling)) == [(7, 10)]
    assert compiling.times == 2
    assert [entry for entry in tmp_path.iterdir() if entry.name != "file"] == []


def test_nothing_is_left_of_a_file_that_could_not_be_written(folder, monkeypatch):
    def fail(self, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    assert found(stored_database("one", Compiling())) == [(7, 10)]
    assert list(folder.iterdir()) == []
