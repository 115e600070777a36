"""Writes the mirror of `boojum demo`: thirty small projects, some of them inert look-alikes of malware.

`projects/*.txt` are honest projects and `lookalikes/*.txt` imitate malware without its effect: every host is reserved
(example.invalid, 192.0.2.1), and every hidden text is a call of print. Each file is one project in all its releases
(see `jobs.demo.template`). All of them were written for this purpose.
"""

from jobs.demo.mirror import DemoMirror, write_demo_mirror

__all__ = ["DemoMirror", "write_demo_mirror"]
