"""A process that writes until it is killed. After each commit it prints what it may rely on from then on."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from probed.core.run import RunState
from probed.monitor.sqlite import open_monitor
from tests.factories import HandClock, make_case, make_finding, make_message, make_report, make_run


async def write(path: Path, prefix: str) -> None:
    monitor = await open_monitor(path, HandClock())
    print("open", flush=True)
    for number in range(1_000_000):
        run = make_run(id=f"{prefix}-{number}", state=RunState.OK)
        objects = [f"/{prefix}/{number}/{place}" for place in range(7)]
        findings = tuple(make_finding(object=name) for name in objects)
        async with monitor.transaction() as tx:
            await tx.runs.save(run)
            await tx.reports.add(make_report(run, id=run.id, findings=findings))
            await tx.cases.save_all([make_case(id=name, object=name) for name in objects])
            await tx.effects.save(make_message(id=run.id))
            await tx.ledger.append("note", "cortex", run.id, "written")
            await tx.stream.publish("run.ended", run.id, {})
        print(run.id, flush=True)


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), sys.argv[2]))
