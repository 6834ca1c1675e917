"""`python -m tests.agent.sandbox.in_unit FOLDER`: on a machine with the service, as the daemon's user, each attempt of
the hostile program in the unit; what came of them goes to stdout as JSON. FOLDER is in the daemon's state."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import sys
from pathlib import Path
from typing import Any

from probed.agent.sandbox.unit import SystemdUnit
from tests.agent.sandbox.arrange import attempt, is_running, prey_in

MIB = 2**20
OF_SERVICE = {
    "secrets": ["/etc/cortex/policy.toml", "/var/lib/cortex/monitor.db", "/etc/passwd"],
    "sockets": ["/run/cortex/probed.sock", "/run/cortex-helper.sock", "/run/cortex-agent.sock"],
}


async def outcomes(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    unit = SystemdUnit()
    with prey_in(folder) as prey:
        told = prey.told()
        for name, more in OF_SERVICE.items():
            told[name] = [*told[name], *more]
        for name in (
            *("write_outside", "read_secrets", "touch_the_daemon", "reach_sockets", "reach_network", "gain_rights"),
        ):
            found[name] = (await attempt(unit, name, told)).achieved
        found["untouched"] = prey.is_untouched()
    found["bomb"] = (await attempt(unit, "bomb", {"most": 128})).achieved
    found["fill"] = (await attempt(unit, "fill", {"most": 64 * MIB})).achieved
    for name in ("eat", "eat_together"):
        ate = await attempt(unit, name, {"most": 1024 * MIB})
        found[name] = [ate.achieved, ate.exit_code, ate.stderr]
    found["spin"] = (await attempt(unit, "spin", {"seconds": 2})).achieved
    for name in ("outlive", "hold_on"):
        found[name] = await _left_by(unit, name)
    return found


async def _left_by(unit: SystemdUnit, name: str) -> bool:
    seconds = f"300.{secrets.randbelow(10**9)}"
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(3):
            await attempt(unit, name, {"seconds": seconds})
    return is_running("sleep", seconds)


if __name__ == "__main__":
    Path(sys.argv[1]).mkdir(mode=0o700)
    print(json.dumps(asyncio.run(outcomes(Path(sys.argv[1])))))
