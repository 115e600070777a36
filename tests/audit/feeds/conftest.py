"""Provides OSV records in their schema."""

import pytest


def make_record(name, project, ecosystem="PyPI", **changes):
    affected = {key: changes.pop(key) for key in ("versions", "ranges", "database_specific") if key in changes}
    return {
        "schema_version": "1.7.4",
        "id": name,
        "published": "2024-05-01T00:00:00Z",
        "modified": "2024-05-02T00:00:00Z",
        "summary": f"Malicious code in {project} (PyPI)",
        "affected": [{"package": {"name": project, "ecosystem": ecosystem}, **affected}],
        **changes,
    }


def make_integrity(**hashes):
    return {"indicators": {"package_integrity": [{"filename": "a-1.0.tar.gz", "hashes": hashes}]}}


@pytest.fixture
def record():
    return make_record


@pytest.fixture
def integrity():
    return make_integrity
