"""What an HTTP status tells of the model's API."""

from __future__ import annotations

REFUSED = (401, 403, 408, 429)


def is_away(status: object) -> bool:
    """Whether it would answer anybody like this now; other errors are about the one request."""
    return isinstance(status, int) and (status in REFUSED or status >= 500)
