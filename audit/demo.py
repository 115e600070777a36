"""`boojum demo`: a small mirror made on the spot, audited like a real one."""

from dataclasses import replace

from audit.config import Settings, out_folder
from audit.contract import Night
from audit.nightly import audit_mirror
from features.contract import Progress
from jobs.demo import write_demo_mirror

MIRROR = "demo-mirror"


def audit_demo(settings: Settings, progress: Progress) -> Night:
    """Write the demo mirror below `settings.out` and audit it with the shipped model; no network is used.

    One of its archives is cut short on purpose, which is no failure of a demonstration.
    """
    root = out_folder(settings) / MIRROR
    write_demo_mirror(root, progress)
    return audit_mirror(replace(settings, mirror=str(root), fail_on_unread="never"), progress)
