"""The demonstration: some thirty small projects and a few inert look-alikes, written as a bandersnatch mirror.

`projects/*.txt` are honest little projects, `lookalikes/*.txt` what malware looks like with nothing behind it: every
address is reserved (example.invalid, 192.0.2.1) and every hidden text is a print. One file is one project in all its
releases, as `jobs.demo.template` reads it. All of it was written for this purpose.
"""

from jobs.demo.mirror import DemoMirror, write_demo_mirror

__all__ = ["DemoMirror", "write_demo_mirror"]
