"""`cortexctl checks`: works without a daemon."""

from __future__ import annotations

from cortexctl.available import available

app = available("check", "disk")
