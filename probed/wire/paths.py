"""Where things are on the socket."""

from __future__ import annotations

API = "/api/v1"
HEALTHZ = "/healthz"
READYZ = "/readyz"
METRICS = "/metrics"
OPENAPI = "/openapi.json"

STATUS = f"{API}/status"
INSPECTIONS = f"{API}/inspections"
RUNS = f"{API}/runs"
REPORTS = f"{API}/reports"
FINDINGS = f"{API}/findings"
CASES = f"{API}/cases"
ALERTS = f"{API}/alerts"
DECISIONS = f"{API}/decisions"
MODE = f"{API}/mode"
AUTONOMY = f"{API}/autonomy"
CHANGES = f"{API}/changes"
INTENTS = f"{API}/intents"
SCHEDULE = f"{API}/schedule"
TELEGRAM = f"{API}/telegram"
EVENTS = f"{API}/events"

SYSTEM_SOCKET = "/run/cortex/probed.sock"
"""Where the system's daemon listens; a user's own daemon listens at `cortex/probed.sock` below XDG_RUNTIME_DIR."""
