"""A call of an action as one cell."""

from __future__ import annotations

import json

from probed.core.finding import ActionCall
from probed.monitor.cells import to_sorted_json


def call_to_json(call: ActionCall) -> str:
    """The same text for equal calls."""
    return to_sorted_json([call.action, call.params])


def call_from_json(cell: str) -> ActionCall:
    action, params = json.loads(cell)
    return ActionCall(action, params)
