"""Shows the members of an archive whose headers contradict them."""

from features.code.contract import Rule
from features.contract import Evidence, Release, Role

CONTAINER_RULES: tuple[Rule, ...] = (
    Rule("container_bad_crc", "holds a member whose content does not match its checksum", "T1027", 3),
    Rule("container_second_name", "holds a member that some tools unpack under another name", "T1036", 5),
    Rule("container_hidden_data", "holds data in fields of a member's headers that no reader shows", "T1027.009", 4),
)

_RULES = {rule.id.removeprefix("container_"): rule for rule in CONTAINER_RULES}


def anomaly_evidence(release: Release) -> tuple[Evidence, ...]:
    """Return the members that have an anomaly of `CONTAINER_RULES`; the file itself stands for a compressed stream."""
    places = [(path, anomaly) for path, anomaly in release.places if anomaly in _RULES]
    if release.anomalies.get("bad_crc") and not any(anomaly == "bad_crc" for _, anomaly in places):
        places.append((release.filename, "bad_crc"))
    if not places:
        return ()
    roles = {member.path: member.role for member in release.members}
    return tuple(
        [
            Evidence(path, 1, _RULES[anomaly].id, roles.get(path, Role.REST), path, _RULES[anomaly].weight)
            for path, anomaly in places
        ]
    )
