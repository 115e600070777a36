from dataclasses import replace

from manifest_builder import MANIFEST

from jobs.contract import AuditRequest, MirrorFault
from jobs.mirror.root import Mirror, MirrorLayout
from jobs.mirror.walk import WalkLog
from jobs.run.standing import FAULTS_LISTED, bounded, keep_layout, unread_faults


def test_a_mirror_without_its_web_folder_is_still_that_mirror(tmp_path):
    request = AuditRequest(tmp_path, tmp_path / "out")
    plain = Mirror(tmp_path, MirrorLayout.FOLDER)
    tree = Mirror(tmp_path / "web", MirrorLayout.BANDERSNATCH)
    assert (tree, True) == keep_layout(plain, MANIFEST, request)
    assert (tree, False) == keep_layout(tree, MANIFEST, request)
    assert (plain, False) == keep_layout(plain, None, request)
    assert (plain, False) == keep_layout(plain, MANIFEST, replace(request, accept_shrink=True))


def test_faults_are_bounded_and_the_gravest_come_first():
    found = bounded([MirrorFault("replaced", "r"), *([MirrorFault("unreadable", "u")] * (FAULTS_LISTED + 7))])
    assert FAULTS_LISTED + 2 == len(found)
    assert MirrorFault("unreadable", "7 more are unreadable.") == found[-2]
    assert MirrorFault("replaced", "r") == found[-1]
    assert () == bounded([])


def test_each_path_that_could_not_be_read_is_a_fault():
    log = WalkLog()
    log.miss("unreadable_dirs", "b", "It cannot be read.")
    log.miss("unreadable_dirs", "", "It cannot be read.")
    assert [".: It cannot be read.", "b: It cannot be read."] == [fault.detail for fault in unread_faults(log)]
