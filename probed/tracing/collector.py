"""From settings to the tracer; without an endpoint nothing of OpenTelemetry is loaded."""

from __future__ import annotations

import importlib.util
import logging
import re
from importlib.metadata import version
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from probed.config.secret import MAX_BYTES, Secret, read_private
from probed.config.tracing import TracingSettings
from probed.errors import ConfigError

if TYPE_CHECKING:
    from probed.tracing.otel_tracer import OtelTracer

MODULES = ("opentelemetry", "opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")
MISSING = "needs the extra otel, which is not installed; type: ./install.sh --with-tracing"
HEADER = re.compile(r"([A-Za-z0-9!#$%&'*+.^_`|~-]+):[ \t]*([\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)[ \t]*")


def build_tracer(settings: TracingSettings, host: str) -> OtelTracer | None:
    """Raises ConfigError where the extra is not installed, or a file of the settings cannot be used."""
    if settings.endpoint is None:
        return None
    headers = usable_headers(settings)
    import requests
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    from probed.tracing.otel_tracer import OtelTracer
    from probed.tracing.span_queue import SpanQueue

    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # the queue tells, once, and counts
    session = requests.Session()
    session.trust_env = False  # no .netrc, no proxy
    exporter = OTLPSpanExporter(
        settings.endpoint,
        headers=headers,
        timeout=settings.timeout,
        certificate_file=str(settings.ca_file) if settings.ca_file else None,
        session=session,
    )
    about = {"service.name": "cortex", "service.version": version("cortex-ops"), "host.name": host}
    return OtelTracer(SpanQueue(exporter, place_of(settings)), about)


def usable_headers(settings: TracingSettings) -> dict[str, str]:
    """What a collector asks for, once it is sure that traces can be sent. Raises ConfigError."""
    if not is_installed():
        raise ConfigError("tracing.endpoint", 0, MISSING)
    if settings.ca_file and not settings.ca_file.is_file():
        raise ConfigError(str(settings.ca_file), 0, "tracing.ca_file is no file")
    return _headers_in(settings.headers_file) if settings.headers_file else {}


def is_installed() -> bool:
    try:
        return all(importlib.util.find_spec(name) for name in MODULES)
    except ModuleNotFoundError:
        return False


def place_of(settings: TracingSettings) -> str:
    parts = urlsplit(settings.endpoint or "")
    return f"{parts.scheme}://{parts.netloc}"


def _headers_in(file: Secret) -> dict[str, str]:
    content = read_private(file, "tracing.headers_file")
    if len(content) > MAX_BYTES:
        raise ConfigError(str(file), 0, f"tracing.headers_file holds more than {MAX_BYTES} bytes")
    headers = {}
    for number, line in enumerate(content.decode("ascii", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        match = HEADER.fullmatch(line)
        if match is None:
            raise ConfigError(str(file), number, "tracing.headers_file: expected a header like Authorization: Bearer …")
        headers[match[1]] = match[2]
    return headers
