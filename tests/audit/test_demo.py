"""The demonstration's mirror and settings."""

from audit import demo
from audit.config import Settings


def test_the_mirror_is_made_in_the_output_folder_and_its_damaged_archive_counts_for_nothing(tmp_path, monkeypatch):
    made, audited = [], []
    monkeypatch.setattr("audit.demo.write_demo_mirror", lambda root, _: made.append(root))
    monkeypatch.setattr("audit.demo.audit_mirror", lambda settings, _: audited.append(settings))
    demo.audit_demo(Settings(out=str(tmp_path), fail_on_unread="partial", workers=3), lambda *_: None)
    assert [tmp_path / "demo-mirror"] == made
    assert Settings(out=str(tmp_path), fail_on_unread="never", workers=3, mirror=str(made[0])) == audited[0]
