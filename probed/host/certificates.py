"""Certificates: served over TLS, or in PEM files."""

from __future__ import annotations

import contextlib
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

from probed.errors import HostFailed, NotHere
from probed.host import sockets
from probed.host.files import at_once
from probed.host.names import connect

if TYPE_CHECKING:
    from cryptography import x509

MAX_FILE_BYTES = 1_048_576
OF_DATES = (9, 10)
"""OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED."""


@dataclass(frozen=True, slots=True)
class Certificate:
    subject: str
    """The common name, else the first other name, else the whole subject."""
    issuer: str
    names: tuple[str, ...]
    """Subject alternative names."""
    not_before: datetime
    not_after: datetime
    """Both aware, UTC."""
    serial: str
    is_self_signed: bool = False
    """Nobody else's program renews it."""


def served(
    host: str,
    port: int,
    *,
    server_name: str = "",
    deadline_s: float = 5.0,
    is_allowed: Callable[[str], bool] = lambda address: True,
) -> Certificate:
    """The certificate that the server shows, whoever signed it. `is_allowed`: whether anything may be sent to this
    address, one of those that the name leads to. Raises HostFailed."""
    end = time.monotonic() + deadline_s
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with connect(host, port, deadline_s, is_allowed) as plain:
            plain.settimeout(max(0.001, end - time.monotonic()))
            with context.wrap_socket(plain, server_hostname=server_name or host) as secure:
                shown = secure.getpeercert(binary_form=True)
    except OSError as error:  # ssl.SSLError and time-outs are among them
        raise HostFailed(f"{host}:{port} shows no certificate: {error}") from error
    if not shown:
        raise HostFailed(f"{host}:{port} shows no certificate")
    return _parsed(shown, f"{host}:{port}")


def refusal(
    host: str,
    port: int,
    *,
    server_name: str = "",
    deadline_s: float = 5.0,
    is_allowed: Callable[[str], bool] = lambda address: True,
) -> str:
    """Why who trusts what this host trusts does not accept what the server shows: its chain, its name. Empty: it is
    accepted, or it is only not valid yet or any more. `is_allowed`: as for `served`. Raises HostFailed."""
    end = time.monotonic() + deadline_s
    try:
        with connect(host, port, deadline_s, is_allowed) as plain:
            plain.settimeout(max(0.001, end - time.monotonic()))
            ssl.create_default_context().wrap_socket(plain, server_hostname=server_name or host).close()
    except ssl.SSLCertVerificationError as error:
        return "" if error.verify_code in OF_DATES else error.verify_message
    except OSError as error:
        raise HostFailed(f"{host}:{port} shows no certificate: {error}") from error
    return ""


def served_here(port: int, name: str, *, deadline_s: float = 5.0) -> Iterator[tuple[str, Certificate]]:
    """What the servers of this host show at this port to whoever asks for this name, by their address; of those that
    show no certificate, nothing. Raises HostFailed."""
    end = time.monotonic() + deadline_s
    listening = (each for each in sockets.listening() if (each.protocol, each.port) == ("tcp", port))
    for address in dict.fromkeys(_reached_at(each.address) for each in listening):
        with contextlib.suppress(HostFailed):
            shown = served(address, port, server_name=name, deadline_s=max(0.1, end - time.monotonic()))
            yield f"[{address}]:{port}" if ":" in address else f"{address}:{port}", shown


def _reached_at(address: str) -> str:
    """What listens at every address is reached at loopback."""
    listens = ip_address(address)
    return {4: "127.0.0.1", 6: "::1"}[listens.version] if listens.is_unspecified else address


def in_file(path: str) -> tuple[Certificate, ...]:
    """Every certificate of a PEM file, in its order; none where it holds none.

    Raises NotHere where it may not be read, HostFailed.
    """
    try:
        with open(path, "rb", opener=at_once) as file:
            content = file.read(MAX_FILE_BYTES)
    except PermissionError:
        raise NotHere(f"the certificate {path}", "let the daemon's user read it") from None
    except OSError as error:
        raise HostFailed(f"{path}: {error.strerror}") from error
    if b"-----BEGIN CERTIFICATE-----" not in content:
        return ()
    from cryptography import x509

    try:
        return tuple(_certificate(each) for each in x509.load_pem_x509_certificates(content))
    except ValueError as error:
        raise HostFailed(f"{path}: not a valid certificate: {error}") from error


def _parsed(der: bytes, origin: str) -> Certificate:
    from cryptography import x509

    try:
        return _certificate(x509.load_der_x509_certificate(der))
    except ValueError as error:
        raise HostFailed(f"{origin}: not a valid certificate: {error}") from error


def _certificate(found: x509.Certificate) -> Certificate:
    names = _names(found)
    return Certificate(
        subject=_common_name(found.subject) or next(iter(names), found.subject.rfc4514_string()),
        issuer=_common_name(found.issuer) or found.issuer.rfc4514_string(),
        names=names,
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        serial=f"{found.serial_number:x}",
        is_self_signed=found.subject == found.issuer,
    )


def _common_name(name: x509.Name) -> str:
    from cryptography.x509.oid import NameOID

    return next((str(each.value) for each in name.get_attributes_for_oid(NameOID.COMMON_NAME)), "")


def _names(found: x509.Certificate) -> tuple[str, ...]:
    from cryptography import x509

    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(str(each.value) for each in extension.value)
