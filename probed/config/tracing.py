"""The `tracing` section: whoever collects traces gets one of each run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from probed.config.secret import Secret
from probed.config.values import Duration, Positive


@dataclass(frozen=True, slots=True, kw_only=True)
class TracingSettings:
    endpoint: str | None = None
    """Where traces are sent by OTLP over HTTP, with the path, as in http://127.0.0.1:4318/v1/traces; without it none
    are made. Needs the extra `otel` (`./install.sh --with-tracing`)."""
    headers_file: Secret | None = None
    """File of mode 0600 with the headers that the collector asks for, one a line, as in `Authorization: Bearer …`."""
    ca_file: Path | None = None
    """Certificates that the collector's is checked against; without it the system's."""
    timeout: Annotated[float, Duration, Positive] = 10.0
    """How long one delivery may take, with its repetitions; what is not taken by then is lost, and counted."""
