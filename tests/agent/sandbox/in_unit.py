"""`python -m tests.agent.sandbox.in_unit FOLDER`: on a machine with the service, as the daemon's user, each attempt of
the hostile program in the unit; what came of them goes to stdout as JSON. FOLDER is in the daemon's state."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from probed.agent.sandbox.unit import SystemdUnit
from probed.config.agent import ProgramLimits
from tests.agent.sandbox.arrange import outcomes

LIMITS = ProgramLimits()
"""As in the unit."""
SECRETS = ("/etc/cortex/policy.toml", "/var/lib/cortex/monitor.db", "/etc/passwd")
SOCKETS = ("/run/cortex/probed.sock", "/run/cortex-helper.sock", "/run/cortex-agent.sock")

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(mode=0o700)
    print(json.dumps(asyncio.run(outcomes(SystemdUnit(), folder, LIMITS, secrets=SECRETS, sockets=SOCKETS))))
