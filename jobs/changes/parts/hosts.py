"""Provides the hosts and addresses that the base does not spell out."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.schema import HOSTS
from jobs.changes.contract import Values, dense
from jobs.changes.pairs import Pairs
from jobs.changes.ragged import absent, count_rows, first_of_each, regroup, share_codes, texts

_WHEN = {"install": "at install", "import": "at import", "rest": "later"}


class HostsPart:
    """Hosts that its base names nowhere."""

    name = "hosts"
    version = "1"
    fields = (
        dense("change_hosts", pa.int32(), "the number of hosts that its base does not name"),
        dense("change_addresses", pa.int32(), "the number of bare addresses that its base does not name"),
        dense("change_onions", pa.int32(), "the number of Tor hosts that its base does not name"),
        dense("change_domains", pa.int32(), "the number of domains that its base does not name"),
        *(
            dense(f"change_hosts_{role}", pa.int32(), f"hosts in files that run {when}, which its base does not name")
            for role, when in _WHEN.items()
        ),
        pa.field("new_hosts", HOSTS),
    )

    def compute(self, pairs: Pairs) -> Mapping[str, Values]:
        """Return the values of the columns."""
        number = len(pairs)
        row, base = pairs.items("hosts")
        names, base_names = texts(row.field("host")), texts(base.field("host"))
        new = absent(row, names, base, base_names)
        once = new & first_of_each(row.rows, share_codes(names, base_names)[0])
        kinds = np.array(texts(row.field("kind")).to_pylist(), object)
        roles = np.array(texts(row.field("role")).to_pylist(), object)
        domains, base_domains = _domains(names), _domains(base_names)
        new_domain = absent(row, domains, base, base_domains)
        new_domain &= first_of_each(row.rows, share_codes(domains, base_domains)[0])
        values: dict[str, Values] = {
            "change_hosts": count_rows(row.rows, number, once),
            "change_addresses": count_rows(row.rows, number, once & np.isin(kinds, ["ipv4", "ipv6"])),
            "change_onions": count_rows(row.rows, number, once & (kinds == "onion")),
            "change_domains": count_rows(row.rows, number, new_domain),
            "new_hosts": regroup(row.values.filter(pa.array(new)), row.rows[new], number),
        }
        for role in _WHEN:
            values[f"change_hosts_{role}"] = count_rows(row.rows, number, once & (roles == role))
        return values


def _domains(hosts: pa.Array) -> pa.Array:
    """Return the last two labels of each name; an address stays as it is."""
    return pc.replace_substring_regex(hosts, r"^(?:.*\.)?([^.]*[^.0-9][^.]*\.[^.]+)$", r"\1")
