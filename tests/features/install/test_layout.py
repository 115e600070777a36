from features.contract import FileType, Role
from features.limits import Limits
from features.opening import open_release
from features.runtime import deadline

MANY = 12
DATA = ("x = [" + "1, " * 80_000 + "]\n").encode()
SETUP = "\n".join(f"exec(open('data{number}.txt').read())" for number in range(MANY))


def promoted(path, end):
    release = open_release(path, path.name, Limits(), end).release
    assert release is not None
    return [
        m.path
        for m in release.members
        if m.role is Role.INSTALL and m.file_type is FileType.PYTHON and ".txt" in m.path
    ]


def test_texts_that_setup_executes_count_as_code(make_sdist):
    path = make_sdist({"setup.py": SETUP} | {f"data{number}.txt": DATA for number in range(MANY)})
    assert MANY == len(promoted(path, float("inf")))


class Hurrying:
    """A processor's clock on which a second passes whenever it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def process_time(self) -> float:
        self.now += 1.0
        return self.now


def test_none_is_compiled_after_the_deadline(make_sdist, monkeypatch):
    path = make_sdist({"setup.py": SETUP} | {f"data{number}.txt": DATA for number in range(MANY)})
    monkeypatch.setattr(deadline, "time", Hurrying())
    assert 1 <= len(promoted(path, 6.0)) < MANY
