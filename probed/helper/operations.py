"""All that may need root, written once: by its name, called by the root helper, and by a daemon that needs none."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from probed.helper import containers, files, processes, programs, units
from probed.helper.done import Done

Operation = Callable[[Mapping[str, object]], Done]
"""Takes validated parameters; raises OperationRefused, OperationFailed or OperationUnclear.

Beside those of the request stand, under names that no request may use, what the policy lays down for it:

- operations on units and containers get `never`: shell patterns that no name and no alias of the object may fit, nor of
  what is restarted or stopped along with it;
- `clean_files` gets `allowed`: the folders on whose mounts the roots have to lie;
- `signal_process`, `renice_process` and `ionice_process` get `users`: the uids whose processes they may touch;
- `run_program` gets `argv`, which begins with the program's absolute path, and `timeout_s`.

Times are seconds, sizes bytes. `start_time` is an integer, field 22 of proc(5)'s stat; `mode` is octal like `0644`;
`io_class` is `best-effort` or `idle`.
"""

OPERATIONS: Mapping[str, Operation] = {
    **containers.OPERATIONS,
    **files.OPERATIONS,
    **processes.OPERATIONS,
    **programs.OPERATIONS,
    **units.OPERATIONS,
}
