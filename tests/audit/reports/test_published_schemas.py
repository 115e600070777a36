"""Tests reports by the published readers of their formats, and by our own schemas of version 1.

The readers are in an environment of their own, which BOOJUM_FORMATS names.
"""

import os
import subprocess
from pathlib import Path

import pytest

from audit.reports.registry import report_pieces

READERS = os.environ.get("BOOJUM_FORMATS", "")
VALIDATORS = Path(__file__).with_name("format_validators.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not READERS, reason="no readers of report formats here: name their Python in BOOJUM_FORMATS"),
]


def faults_of(name: str, content: bytes, folder: Path) -> str:
    file = folder / name
    file.write_bytes(content)
    done = subprocess.run([READERS, VALIDATORS, name, file], capture_output=True, text=True, check=False)
    return done.stdout.strip() + done.stderr.strip()


@pytest.mark.parametrize("name", ["sarif", "cyclonedx", "osv", "attestations", "prometheus", "jsonl", "json"])
def test_a_report_is_valid_to_its_readers(name, document, hostile_document, finding, run_folder, score_rows, tmp_path):
    row = {"filename": "a-1.tar.gz", "path": "a", "verdict": "clear", "status": "ok", "size": 1}
    score_rows({**row, "sha256": f"{1:064x}"})
    for made in (document(), document(finding(1), finding(2)), hostile_document):
        assert not faults_of(name, b"".join(report_pieces(name, made, run_folder)), tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("sarif", b'{"version": "2.1.0"}'),
        ("cyclonedx", b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{}]}'),
        ("jsonl", b'{"type": "finding", "schema_version": 1, "run": "1"}'),
        ("json", b'{"schema_version": 1}'),
    ],
)
def test_a_broken_report_is_not(name, content, tmp_path):
    assert faults_of(name, content, tmp_path)
