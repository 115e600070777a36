"""Reads the configuration: defaults, overridden by boojum.toml, overridden by flags."""

import dataclasses
import difflib
import os
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from audit.contract import FINDING_VERDICTS
from audit.errors import AuditError
from audit.unread import COUNTED_BY_LEVEL
from features.limits import FIXED_LIMITS, Limits

_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([kmgt]?)(i?b?)", re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


class ConfigError(AuditError):
    """A configuration file or value that cannot be used."""

    def __init__(self, where: str, what: str, hint: str) -> None:
        super().__init__(where, what)
        self.where = where
        self.what = what
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass(frozen=True, slots=True)
class BlocklistSettings:
    """The table [blocklist]: what is blocked without a person, and within which bounds."""

    verdict: str = "suspicious"
    """Lowest verdict that is blocked."""
    max_share: float = 0.01
    """Share of the mirror's files that one night may add without --yes; at most 1. The greater of both bounds holds."""
    max_files: int = 50
    """Number of files that one night may always add."""
    partial: bool = False
    """Add the files of the highest ranks up to the bound in a night that would pass it; otherwise none of them."""
    protected: tuple[str, ...] = ()
    """Projects of which no file is blocked without --yes; their files are named as withheld."""
    hold_after: int = 14
    """Days on this mirror after which a file of a popular project is held for a person instead of blocked."""
    days: int = 0
    """Days after which an entry that no run confirmed expires; 0 for never."""


@dataclass(frozen=True, slots=True)
class ReportSettings:
    """The table [report]: how much a person reads, and which runs belong to one night."""

    budget: int = 20
    """Readings of a night: the artifacts, each with its release and campaign, that a person will read."""
    night_hours: float = 12.0
    """A run that ended less than so many hours before another is of the same night: both have the same news."""


@dataclass(frozen=True, slots=True)
class KeepSettings:
    """The table [keep]: a run is removed if it is beyond both bounds; 0 means that the nightly audit removes none.

    Where only one of them is set, the other is that of `boojum prune`.
    """

    runs: int = 0
    """Newest runs that are kept."""
    days: int = 0
    """Days for which a run is kept."""


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """The table [feeds]: known-bad feeds and snapshots of the index upstream (`boojum feed`)."""

    stale_days: int = 7
    """Days after which the content of a feed is called stale; 0 for never."""


@dataclass(frozen=True, slots=True)
class WalkSettings:
    """The keys of the table [mirror] beside `path`: when a mirror is not what it was, and how much is compared."""

    max_shrink: float = 0.1
    """Share of the files known above which a mirror must not shrink in a night (0 to 1)."""
    verify_share: float = 0.0333
    """Share of the files whose bytes are compared with their digest every night, the longest not compared first."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of boojum.toml with their defaults; a flag of the same name overrides a setting."""

    mirror: str = ""
    """Directory of the mirror, its bandersnatch.conf, or a folder of files; also `path` in the table [mirror]."""
    out: str = "boojum-out"
    """Folder of the store and the runs."""
    model: str = ""
    """Folder of a trained model; empty for the shipped one."""
    workers: int = 0
    """Worker processes; 0 for one per processor."""
    memory: int = 2 * 2**30
    """Bytes of memory per worker; a number, or text like "2GiB"."""
    scheduler: str = ""
    """Address of a running Dask scheduler; empty to start worker processes on this machine."""
    scheduler_file: str = ""
    """File in which a running Dask scheduler writes its address."""
    tls_ca: str = ""
    """Certificate (PEM) of the authority of a tls:// scheduler's cluster; empty for Dask's own configuration."""
    tls_cert: str = ""
    """Certificate (PEM) by which the cluster knows boojum; empty for Dask's own configuration."""
    tls_key: str = ""
    """Private key (PEM) of `tls_cert`; empty if it is in the same file, or in Dask's own configuration."""
    insecure_scheduler: bool = False
    """Use a tcp:// scheduler on another machine, although whoever reaches it can run code on the workers."""
    fail_on: str = "suspicious"
    """Lowest verdict that makes exit status 1: malicious, suspicious, review or never."""
    fail_on_new: bool = False
    """Findings make exit status 1 only if they are new or graver since the night before."""
    fail_on_unread: str = "stopped"
    """Incompletely read artifacts that make exit status 3: never, unreadable, stopped or partial."""
    waivers: str = ""
    """TOML file of waivers, blocks and labels; empty for `waivers.toml` in the output folder."""
    known_code: str = ""
    """Your own index of known code (`boojum corpus known`); reports show how much of a finding it contains."""
    max_findings: int = 5_000
    """Findings that a run's document lists; it counts all, and always lists those above `review`."""
    quiet: bool = False
    """Show no progress, and print nothing after a night without news."""
    limits: Limits = field(default_factory=Limits)
    blocklist: BlocklistSettings = field(default_factory=BlocklistSettings)
    report: ReportSettings = field(default_factory=ReportSettings)
    feeds: FeedSettings = field(default_factory=FeedSettings)
    keep: KeepSettings = field(default_factory=KeepSettings)
    walk: WalkSettings = field(default_factory=WalkSettings)  # the other keys of the table [mirror]

    def as_manifest(self) -> dict[str, Any]:
        """Return the configuration as plain values, for the run's manifest."""
        return dataclasses.asdict(self)


LEAST_MEMORY = 320 * 2**20
"""Least bytes of a worker: one that has read and scored small artifacts holds 276 MiB, and is ended at 95 % of them."""

_VERDICTS = tuple(verdict.value for verdict in FINDING_VERDICTS)
CHOICES: Mapping[str, tuple[str, ...]] = {
    "fail_on": (*_VERDICTS, "never"),
    "fail_on_unread": tuple(COUNTED_BY_LEVEL),
    "verdict": _VERDICTS,
}
"""Values of the settings that have a fixed choice."""
SHARES = frozenset(("max_share", "max_shrink", "verify_share"))
"""Settings that are a share, from 0 to 1."""


def load_settings(file: Path | None, flags: Mapping[str, Any]) -> Settings:
    """Return the effective settings.

    `file` None means ./boojum.toml, if it exists. `flags` are the values of the command line by name: those that are
    None or no setting are ignored. Raises ConfigError, which lists the known keys where one is unknown.
    """
    settings = Settings()
    if file is None and Path("boojum.toml").is_file():
        file = Path("boojum.toml")
    if file is not None:
        settings = _merge_file(settings, read_toml(file, "--config"), str(file))
    known = {item.name for item in fields(Settings)}
    given = {name: value for name, value in flags.items() if name in known and value is not None}
    return _merge(settings, given, "command line", "")


def _merge_file(settings: Settings, given: Mapping[str, Any], where: str) -> Settings:
    """Return the settings with those of a file, in which `mirror` is a path or the table of all about the mirror."""
    if "walk" in given:
        known = ", ".join(sorted(each.name for each in fields(Settings) if each.name != "walk"))
        raise ConfigError(where, "unknown key `walk`", f"write its keys below [mirror]; known keys: {known}")
    if not isinstance(given.get("mirror"), Mapping):
        return typing.cast("Settings", _merge(settings, given, where, ""))
    table = dict(given["mirror"])
    rest = {name: value for name, value in given.items() if name != "mirror"}
    settings = _merge(settings, rest, where, "")
    if "path" in table:
        settings = dataclasses.replace(settings, mirror=_check(table.pop("path"), str, where, "mirror.path"))
    return dataclasses.replace(settings, walk=_merge(settings.walk, table, where, "mirror."))


def read_toml(file: Path, flag: str) -> dict[str, Any]:
    """Return the content of a TOML file that the operator named with `flag`; raises ConfigError."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            str(file), f"cannot be read ({error.strerror})", f"name a readable file with {flag}"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(str(file), f"is not TOML: {error}", "correct the line it names") from error


def _merge(base: Any, given: Mapping[str, Any], where: str, table: str) -> Any:
    """Return a dataclass with the given values; `where` is the file and `table` the prefix for error messages."""
    kinds = typing.get_type_hints(type(base))
    changes = {}
    for name, value in given.items():
        if name not in kinds:
            raise ConfigError(where, f"unknown key `{table}{name}`", _known_keys(name, sorted(kinds)))
        current = getattr(base, name)
        if is_dataclass(current):
            if not isinstance(value, Mapping):
                raise ConfigError(where, f"`{name}` is a table", f"write it as [{name}] with keys below it")
            changes[name] = _merge(current, value, where, f"{name}.")
        else:
            changes[name] = _check(value, kinds[name], where, f"{table}{name}")
    return dataclasses.replace(base, **changes)


def _known_keys(name: str, known: list[str]) -> str:
    for limit in FIXED_LIMITS:
        if name == limit.name:
            fixed = f"`{name}` is {limit.value:,} in every store, so that rows can be compared; leave it out"
            return f"{fixed}; known keys: {', '.join(known)}"
    close = difflib.get_close_matches(name, known, 1)
    suggestion = f"did you mean `{close[0]}`? " if close else ""
    return f"{suggestion}known keys: {', '.join(known)}"


def _check(value: Any, kind: Any, where: str, name: str) -> Any:
    """Return a value as the type of its setting; raises ConfigError where it is of another type or out of range."""
    leaf = name.rsplit(".", 1)[-1]
    if leaf in CHOICES and value not in CHOICES[leaf]:
        raise ConfigError(where, f"`{name}` is {value!r}", f"choose from: {', '.join(CHOICES[leaf])}")
    if leaf == "memory" and isinstance(value, str):
        value = parse_size(value, where, name)
    if leaf == "memory" and isinstance(value, int) and 0 < value < LEAST_MEMORY:
        least = f"{LEAST_MEMORY >> 20} MiB, below which a worker ends while it starts; 1GiB holds any artifact"
        raise ConfigError(where, f"`{name}` is {value:,} bytes", f"write at least {least}")
    if typing.get_origin(kind) is tuple:
        if isinstance(value, (list, tuple)) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise ConfigError(where, f"`{name}` is {value!r}", "write a list of strings")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if isinstance(kind, types.UnionType) or not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ConfigError(where, f"`{name}` is {value!r}", f"write a value of type {kind.__name__}")
    if leaf in SHARES and not 0 <= value <= 1:
        raise ConfigError(where, f"`{name}` is {value!r}", "write a share from 0 to 1, like 0.01 for one percent")
    if isinstance(value, (int, float)) and not value >= 0:
        raise ConfigError(where, f"`{name}` is {value!r}", "write zero or more")
    return value


def parse_size(text: str, where: str = "command line", name: str = "memory") -> int:
    """Return the bytes of a text like "512MiB", "2G" or "1000000"; 1 k is 1,024. Raises ConfigError."""
    match = _SIZE.fullmatch(text.strip())
    if match is None:
        raise ConfigError(where, f"`{name}` is {text!r}", "write bytes, or a size like 512MiB or 2GiB")
    try:
        return int(float(match[1]) * 1024 ** _POWERS[match[2].lower()])
    except OverflowError as error:
        raise ConfigError(where, f"`{name}` has {len(text)} characters", "write a size like 512MiB or 2GiB") from error


def out_folder(settings: Settings) -> Path:
    """Return the output folder as an absolute path; raises ConfigError where it cannot be used."""
    out = Path(os.path.abspath(settings.out))  # noqa: PTH100  keeps symbolic links, which resolve() would follow
    if out.name in {"audit", "features", "model", "jobs", "tests"}:
        raise ConfigError("--out", f"{out} is named like one of boojum's own folders", "choose another name")
    if out.exists() and not out.is_dir():
        raise ConfigError("--out", f"{out} is not a folder", "choose another path")
    return out
