"""Defines the anomalies of containers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One kind of anomaly: its id in `Release.anomalies`, and a sentence with its meaning."""

    id: str
    meaning: str


ANOMALIES: tuple[Anomaly, ...] = (
    Anomaly("duplicate_member", "several members have the same name; tools disagree on which one counts"),
    Anomaly("hidden_member", "the file holds members that its directory does not list"),
    Anomaly("local_central_mismatch", "a zip member's two headers disagree on name, size or method"),
    Anomaly("overlapping_members", "zip members share the same bytes, as zip bombs do"),
    Anomaly("bad_directory", "the zip's directory is missing or not where its end record says"),
    Anomaly("wrong_end_record", "the zip's end record counts other members than its directory holds"),
    Anomaly("size_mismatch", "a member inflates to another size than its header says"),
    Anomaly("bad_crc", "a member's content does not match its checksum"),
    Anomaly("bad_checksum", "a tar header is damaged; installers stop there"),
    Anomaly("truncated", "the file ends before its content does"),
    Anomaly("bad_data", "compressed data cannot be inflated"),
    Anomaly("leading_data", "there is data before the archive"),
    Anomaly("trailing_data", "there is data after the archive"),
    Anomaly("hidden_data", "there is data between members, or in fields of headers, that no reader shows"),
    Anomaly("ambiguous_header", "releases of Python or of pip read a header differently"),
    Anomaly("second_name", "a zip member has another name in a field that newer Pythons read"),
    Anomaly("path_traversal", "a member's name leads out of the folder that it is unpacked to"),
    Anomaly("absolute_path", "a member's name is an absolute path"),
    Anomaly("backslash_path", "a member's name holds a backslash, a separator on Windows only"),
    Anomaly("control_char_name", "a member's name holds control or text-direction characters"),
    Anomaly("long_name", "a member's name is longer than the limit"),
    Anomaly("case_collision", "members' names differ only by case, one overwrites the other on some systems"),
    Anomaly("symlink", "a member is a symbolic link"),
    Anomaly("symlink_escape", "a link leads out of the archive"),
    Anomaly("hardlink", "a member is a hard link"),
    Anomaly("device", "a member is a device or a pipe"),
    Anomaly("sparse", "a member is a sparse file"),
    Anomaly("unknown_type", "a tar member is of a type that tools treat differently"),
    Anomaly("encrypted_member", "a member is encrypted and cannot be examined"),
    Anomaly("unsupported_compression", "a member is compressed in a way that cannot be examined"),
    Anomaly("mislabelled", "the content is not what the file's name says"),
    Anomaly("nested_anomaly", "an archive inside the archive has one of these anomalies"),
)
"""All anomalies; `Release.anomalies` counts those of an artifact by id."""
TRUNCATING_ANOMALIES = ("truncated", "bad_data", "bad_checksum", "bad_directory", "unsupported_compression")
"""Anomalies after which the reader may miss a part of the file."""
