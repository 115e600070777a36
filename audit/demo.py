"""Audits a small mirror that is made on the spot."""

from dataclasses import replace

from audit.config import Settings, out_folder
from audit.nightly import NightlyResult, audit_mirror
from features.contract import Progress
from jobs.demo import write_demo_mirror

MIRROR = "demo-mirror"


def audit_demo(settings: Settings, progress: Progress) -> NightlyResult:
    """Write the demonstration mirror below `settings.out` and audit it; needs no network.

    One of its archives is truncated on purpose, so unreadable artifacts do not change the outcome.
    """
    root = out_folder(settings) / MIRROR
    write_demo_mirror(root, progress)
    return audit_mirror(replace(settings, mirror=str(root), fail_on_unread="never"), progress)
