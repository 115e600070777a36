"""Decides how a Dask scheduler that already runs is reached: by TLS, or by plain TCP where that lets no stranger in."""

import asyncio
import contextlib
import ipaddress
import json
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import dask
from distributed import Security

from jobs.contract import ClusterSettings, SchedulerSettingsError, SchedulerUnreachableError, TlsFiles

_NAME_KEYS = "name the cluster's files with --tls-ca, --tls-cert and --tls-key, or in Dask's own configuration"
_INSECURE = (
    "there, whoever reaches the scheduler or a worker can run code on all of them, as the users that they run as; "
    "start it with keys and write tls://, or accept that with --insecure-scheduler"
)
_SECONDS_OF_TLS = 2.0


@dataclass(frozen=True, slots=True)
class SchedulerAddress:
    """The address of a scheduler as it is dialled, and the keys for it."""

    protocol: str
    host: str
    port: int
    security: Security

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.protocol}://{host}:{self.port}"


def read_address(settings: ClusterSettings) -> SchedulerAddress:
    """Return the address of the scheduler of `settings`, whose keys can be used; nothing is connected yet.

    Raises SchedulerSettingsError for an address that boojum does not use, or keys that it cannot, and
    SchedulerUnreachableError for a scheduler file without an address and a name that does not resolve.
    """
    given = settings.scheduler or _read_file(settings.scheduler_file)
    protocol, separator, rest = given.partition("://")
    protocol, rest = (protocol.lower(), rest) if separator else ("tcp", given)
    if protocol not in {"tcp", "tls"}:
        raise SchedulerSettingsError(given, f"boojum does not speak {protocol}://", "use tls://HOST:PORT")
    host, port = _split(given, rest)
    if protocol == "tls":
        return SchedulerAddress(protocol, host, port, _load_keys(given, settings.tls or TlsFiles()))
    if settings.tls is not None:
        raise SchedulerSettingsError(given, "TLS keys are given, and tcp:// uses none", f"write tls://{rest}")
    if dask.config.get("distributed.comm.require-encryption", default=False):
        raise SchedulerSettingsError(given, "Dask's configuration requires encryption", f"write tls://{rest}")
    if not settings.insecure:
        host = _loopback(given, host, port)
    return SchedulerAddress(protocol, host, port, Security(require_encryption=False))


def _read_file(file: Path | None) -> str:
    """Return the address in a scheduler file; distributed itself would wait for ever for a missing file."""
    try:
        address = json.loads(Path(str(file)).read_text(encoding="utf-8"))["address"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SchedulerUnreachableError(str(file), f"the scheduler file cannot be used ({error})") from error
    if not isinstance(address, str):
        raise SchedulerUnreachableError(str(file), "the scheduler file has no address")
    return address


def _split(given: str, rest: str) -> tuple[str, int]:
    with contextlib.suppress(ValueError):
        parts = urlsplit(f"//{rest}")
        is_plain = not (parts.path.strip("/") or parts.query or parts.fragment or "@" in rest)
        if is_plain and parts.hostname and parts.port:
            return parts.hostname, parts.port
    raise SchedulerSettingsError(given, "it is no address", "write tls://HOST:PORT, an IPv6 address in brackets")


def _loopback(given: str, host: str, port: int) -> str:
    """Return the numeric address of a host that is this machine itself; another one needs the operator's consent.

    The name is not resolved a second time, so that what was checked is what is dialled.
    """
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise SchedulerUnreachableError(given, f"its name does not resolve ({error})") from error
    if not all(_is_loopback(address) for address in found):
        raise SchedulerSettingsError(given, "tcp:// to another machine keeps no stranger out", _INSECURE)
    return found[0]


def _is_loopback(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def _load_keys(given: str, tls: TlsFiles) -> Security:
    fields = {"tls_ca_file": tls.ca, "tls_client_cert": tls.cert, "tls_client_key": tls.key}
    try:
        security = Security(require_encryption=True, **{name: value for name, value in fields.items() if value})
    except ValueError as error:  # of Dask's configuration
        raise SchedulerSettingsError(given, str(error), "correct Dask's configuration") from error
    files = {"--tls-ca": security.tls_ca_file, "--tls-cert": security.tls_client_cert}
    for flag, file in files.items():
        if not file:
            raise SchedulerSettingsError(given, f"tls:// needs keys, and {flag} is not given", _NAME_KEYS)
    for flag, file in (files | {"--tls-key": security.tls_client_key}).items():
        if file and (reason := _unreadable(file)):
            raise SchedulerSettingsError(given, f"{flag} {file} cannot be read ({reason})", _NAME_KEYS)
    _try_keys(given, security)
    return security


def _unreadable(file: str) -> str:
    if not Path(file).is_file():  # opening a pipe would wait for its writer
        return "there is no such file" if not Path(file).exists() else "it is not a file"
    try:
        with Path(file).open("rb"):
            return ""
    except OSError as error:
        return str(error.strerror)


def _try_keys(given: str, security: Security) -> None:
    """Load the keys as distributed will, but without its question for a passphrase on the terminal."""
    ca, cert, key = security.tls_ca_file, security.tls_client_cert, security.tls_client_key or security.tls_client_cert
    asked: list[None] = []

    def no_passphrase() -> str:
        asked.append(None)
        return ""

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=ca)
    except ssl.SSLError as error:
        raise SchedulerSettingsError(given, f"--tls-ca {ca} is no certificate in PEM form", _NAME_KEYS) from error
    try:
        context.load_cert_chain(cert, key, password=no_passphrase)
        security.get_connection_args("client")
    except ssl.SSLError as error:
        reason = f"--tls-cert {cert} and --tls-key {key} are no certificate with its private key in PEM form"
        if error.reason == "KEY_VALUES_MISMATCH":
            reason = f"the private key {key} does not belong to the certificate {cert}"
        elif asked:
            reason = f"the private key {key} has a passphrase, for which a timer cannot be asked"
        raise SchedulerSettingsError(given, reason, _NAME_KEYS) from error


async def probe(address: SchedulerAddress, patience: float) -> None:
    """Wait for a scheduler's greeting, which it sends to those whom it accepts, and disconnect.

    A Client would wait for ever if something listens there and does not answer. Raises SchedulerUnreachableError or
    SchedulerSettingsError.
    """
    context = address.security.get_connection_args("client")["ssl_context"] if address.protocol == "tls" else None
    try:
        await asyncio.wait_for(_greeting(address, context), patience)
    except ssl.SSLError as error:
        raise SchedulerSettingsError(str(address), *_explain(error)) from error
    except TimeoutError as error:
        if address.protocol == "tcp" and await _speaks_tls(address):
            raise SchedulerSettingsError(str(address), "it speaks TLS", "write tls://, with keys") from error
        raise SchedulerUnreachableError(str(address), f"nothing answers there within {patience:g} s") from error
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise SchedulerUnreachableError(str(address), f"nothing answers there ({reason})") from error


async def _greeting(address: SchedulerAddress, context: ssl.SSLContext | None) -> None:
    reader, writer = await asyncio.open_connection(address.host, address.port, ssl=context)
    try:
        if not await reader.read(1):
            raise ConnectionResetError("it closed the connection")
    finally:
        writer.transport.abort()


async def _speaks_tls(address: SchedulerAddress) -> bool:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        await asyncio.wait_for(_greeting(address, context), _SECONDS_OF_TLS)
    except ssl.SSLError:
        return True
    except (TimeoutError, OSError):
        return False
    return True


def _explain(error: ssl.SSLError) -> tuple[str, str]:
    """Return what failed of a TLS handshake, and what to do."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"--tls-ca does not vouch for it ({error.verify_message})", _NAME_KEYS
    if error.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}:
        return "it does not speak TLS", "start it with --tls-ca-file, --tls-cert and --tls-key"
    return (
        f"it refuses --tls-cert ({error.reason or error})",
        "use a certificate that the cluster's --tls-ca vouches for",
    )
