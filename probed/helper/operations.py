"""All that may need root, written once: by its name, called by the root helper, and by a daemon that needs none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from probed.helper.done import Done

Operation = Callable[[Mapping[str, object]], Done]
"""Takes validated parameters; raises OperationRefused or OperationFailed."""

OPERATIONS: Mapping[str, Operation] = {}
