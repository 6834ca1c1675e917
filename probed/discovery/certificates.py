"""Certificates in files that servers of this host are told to use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from glob import glob
from pathlib import Path

from probed.discovery.ports import SERVED, TLS_PORTS
from probed.discovery.proposal import Found
from probed.errors import HostFailed, NotHere
from probed.host import certificates, sockets

RENEWED = "/etc/letsencrypt/live/*/fullchain.pem"
CONFIGURATIONS = (
    ("/etc/nginx/**/*", r"(?:^|[{;])\s*ssl_certificate\s+\"?([^\s;\"]+)"),
    ("/etc/apache2/**/*", r"(?i)^\s*SSLCertificateFile\s+\"?([^\s\"]+)"),
    ("/etc/httpd/**/*", r"(?i)^\s*SSLCertificateFile\s+\"?([^\s\"]+)"),
    ("/etc/haproxy/*.cfg", r"\bcrt\s+(\S+)"),
    ("/etc/postfix/main.cf", r"^\s*smtpd_tls_cert_file\s*=\s*(\S+)"),
    ("/etc/dovecot/**/*.conf", r"^\s*ssl_cert\s*=\s*<?\s*(\S+)"),
)
NOT_IN_FORCE = re.compile(r"/(sites-available|conf-available|mods-available|snippets|examples?)/")
"""Where Debian keeps what is not used by itself; what is used is linked from elsewhere."""
MOST_FILES = 500
MOST_BYTES = 262_144


def find() -> Iterator[Found]:
    """Raises HostFailed."""
    listening = {each.port for each in sockets.listening() if each.protocol == "tcp"}
    ports = sorted(listening & TLS_PORTS)
    for path in sorted({*glob(RENEWED), *_configured()}):
        try:
            found = certificates.in_file(path)
        except (HostFailed, NotHere):
            continue
        if found and max(each.not_after for each in found) > datetime.now(UTC):
            first = found[0]
            lasts_days = (first.not_after - first.not_before).days
            params: dict[str, object] = {"path": path, **({"compare": ports} if ports else {})}
            yield Found(SERVED.id, "tls_certificate", path, params, f"{first.subject}, lasts {lasts_days} days")


def _configured() -> Iterator[str]:
    for pattern, expression in CONFIGURATIONS:
        for name in sorted(glob(pattern, recursive=True))[:MOST_FILES]:
            if NOT_IN_FORCE.search(name):
                continue
            for line in _lines(Path(name)):
                if (match := re.search(expression, line)) and Path(match[1]).is_absolute() and "$" not in match[1]:
                    yield match[1]


def _lines(path: Path) -> list[str]:
    try:
        if not path.is_file() or path.stat().st_size > MOST_BYTES:
            return []
        return path.read_text(errors="replace").splitlines()
    except OSError:
        return []
