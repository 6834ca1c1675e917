"""The route table: every endpoint there is. The one that has to be fast comes first."""

from __future__ import annotations

from probed.api.endpoint import Endpoint
from probed.api.routes import (
    alerts,
    autonomy,
    backups,
    cases,
    changes,
    channels,
    decisions,
    events,
    findings,
    health,
    incidents,
    inspections,
    intents,
    maintenance,
    messages,
    metrics,
    reports,
    runs,
    schedule,
    secrets,
    silences,
    status,
    telegram,
)
from probed.api.routes.document import document_endpoint

ENDPOINTS: tuple[Endpoint, ...] = (
    *reports.ENDPOINTS,
    *status.ENDPOINTS,
    *inspections.ENDPOINTS,
    *runs.ENDPOINTS,
    *findings.ENDPOINTS,
    *cases.ENDPOINTS,
    *alerts.ENDPOINTS,
    *incidents.ENDPOINTS,
    *maintenance.ENDPOINTS,
    *silences.ENDPOINTS,
    *decisions.ENDPOINTS,
    *changes.ENDPOINTS,
    *autonomy.ENDPOINTS,
    *channels.ENDPOINTS,
    *messages.ENDPOINTS,
    *intents.ENDPOINTS,
    *backups.ENDPOINTS,
    *schedule.ENDPOINTS,
    *telegram.ENDPOINTS,
    *secrets.ENDPOINTS,
    *events.ENDPOINTS,
    *health.ENDPOINTS,
    *metrics.ENDPOINTS,
    document_endpoint(lambda: ENDPOINTS),
)
