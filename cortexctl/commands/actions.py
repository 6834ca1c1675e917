"""`cortexctl actions`: works without a daemon."""

from __future__ import annotations

from cortexctl.available import available

app = available("action", "restart_unit")
