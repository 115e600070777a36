from jobs.confine import landlock
from jobs.confine.landlock import OVERWRITE, WRITE, FileRight


def test_a_kernel_without_landlock_has_version_0(monkeypatch):
    def refuse(*_):
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr(landlock, "call_kernel", refuse)
    assert 0 == landlock.landlock_version()


def test_folders_are_written_without_programs_links_and_devices():
    never = FileRight.EXECUTE | FileRight.MAKE_SYM | FileRight.MAKE_CHAR | FileRight.MAKE_BLOCK | FileRight.MAKE_SOCK
    assert not WRITE & never
    assert OVERWRITE in WRITE
