"""Every format on names that a package chooses to be read as something else."""

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit.blocklists.targets.contract import ExportOptions, Scope
from audit.blocklists.targets.registry import BLOCKLISTS

INJECTED = "INJECTED"
PIECES = (
    "evil", "1.0", ".tar.gz", "*", "?", "**", ".*", "|", "^$", "\\", "\\E", "\\Q", '"', "'", "`", "$uri", "${x}", "%s", "%(x)s",
    ";", ",", "#", "{", "}", "[", "]", "(", ")", "<", "0", "=", ">", "~", "&", " ", "\t", "\n" + INJECTED, "\r\n" + INJECTED,
    "\r" + INJECTED, "\v" + INJECTED, "\x1b[2J", "\x7f", "\x85" + INJECTED, "\u2028" + INJECTED, "\u202e", "\u200f", "\ufeff",
    "é", "İ", "\U0001f600", "\udcff", "--", "-- ", "';DROP", "*/", "${jndi}", "default", "hostnames", "@", "!", "%2f", "..",
)  # fmt: skip
NAMES = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
FILENAMES = NAMES.filter(lambda name: "/" not in name and "\0" not in name and name not in {".", ".."})


@pytest.mark.parametrize("target", BLOCKLISTS, ids=lambda target: target.name)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    project=NAMES, version=NAMES, filename=FILENAMES, reason=NAMES, widen=st.sampled_from(list(Scope)), data=st.data()
)
def test_no_name_ends_a_line_or_a_value(target, record, finding, project, version, filename, reason, widen, data):
    kept = record(finding(7)).entries[0]
    hostile = replace(
        kept,
        project=project,
        version=version,
        filename=filename,
        path=f"packages/{filename}",
        purl=f"pkg:pypi/{project}@{version}",
        reasons=(reason,),
        sha256="a" * 64,
        blake2b_256="b" * 64,
    )
    options = ExportOptions(data.draw(st.sampled_from(target.actions)), widen)
    alone = target.export(replace(record(), entries=(kept,)), options)
    both = target.export(replace(record(), entries=(hostile, kept)), options)
    for name, text in both.files.items():
        text.encode()
        assert not [line for line in text.split("\n") if line.startswith(INJECTED)]
        if not name.endswith(".py"):
            assert not [
                char for char in text if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"} and char != "\n"
            ]
    # What is not hostile is blocked as it is without its neighbour.
    assert set(alone.widened) <= set(both.widened)
    assert not [line for line in (*both.widened, *both.left_out) if "\n" in line]
    assert set(alone.left_out) <= set(both.left_out)
    assert both == target.export(replace(record(), entries=(hostile, kept)), options)


@pytest.mark.parametrize("target", BLOCKLISTS, ids=lambda target: target.name)
def test_an_empty_list_names_nothing(target, record):
    for action in target.actions:
        export = target.export(record(), ExportOptions(action))
        assert export.files
        assert ((), ()) == (export.widened, export.left_out)
