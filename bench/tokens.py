"""What a day costs: Cortex, which asks a model what it was not asked yet, beside `claude -p` plainly at each tick.

    .venv/bin/python -m bench.tokens [--day FILE] [--ticks 96]

Replays a recorded day (bench/day): a quiet host, one incident, a service that comes and goes. On the one side the
engine with its gate, its monitor and the real Claude Code program behind the gateway; time passes as it was recorded.
On the other the same program, as cron would run it: `claude -p` with its own tools, at every tick, on what the same
checks saw at that tick. Both talk to a model on loopback that looks once (Cortex's through a probe, the plain one's
with Bash) and then answers with the same report. The same counter counts what really went over the wire on either
side, and every tick is really run. Ends with 1 where less than 90 % of the tokens are saved.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.day.meter import Meter
from bench.day.recording import RECORDING, TICK_S, RecordedCheck, Tick, document, plain_of, read
from probed.core.evidence_gate import Cause
from probed.core.run import Run
from probed.daemon.workers import WorkerPool
from probed.mock_model.reply import Message, Reply, text
from probed.mock_model.request import Request, call, report
from probed.mock_model.server import MockModel
from tests.agent.arrange import built, claude_cli, make_settings
from tests.engine.scenario import Host, scenario

LEAST_SAVED = 0.9
ASKED = frozenset(cause.value for cause in Cause if cause.asks)
MODEL = "claude-haiku-4-5"
REPORT: Mapping[str, Any] = {
    "verdict": "warning",
    "summary": "What was found has one cause: a program writes more than there is room for, or ends on its own.",
    "findings": [
        {
            "check": "cause",
            "object": "/srv/data",
            "severity": "warning",
            "summary": "one program is behind what was found",
            "evidence": {},
            "cites": ["f1", "e1"],
        }
    ],
}
PROMPT = """\
You inspect this Linux host. What its monitoring measured just now is in {file}. Look at it, and answer with a report as
JSON: verdict (ok, warning, critical, unknown), summary, and findings (check, object, severity, summary, evidence), with
the cause of what is wrong.
"""
DEADLINE_S = 120.0
COLUMNS = (
    "",
    "investigations",
    "requests",
    "KiB sent",
    "tokens in",
    "from cache",
    "tokens out",
    "USD",
    "USD uncached",
    "s",
)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="bench.tokens", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--day", type=Path, default=RECORDING)
    parser.add_argument("--ticks", type=int, default=None, help="only so many, from the beginning")
    chosen = parser.parse_args()
    ticks = list(read(chosen.day))[: chosen.ticks]
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        own, causes = asyncio.run(cortex(ticks, Path(folder)))
        between = time.monotonic()
        beside = plain(ticks, Path(folder))
        took = (between - began, time.monotonic() - between)
    return show(len(ticks), own, causes, beside, took)


async def cortex(ticks: Sequence[Tick], folder: Path) -> tuple[Meter, Mapping[str, int]]:
    meter, workers = Meter(), WorkerPool(4)
    try:
        with MockModel(_looks_through_a_probe, told=meter.hear) as model:
            agent = built(make_settings(folder, model.base_url, claude=claude_cli()), folder, workers)
            assert agent
            async with scenario(folder, agent=agent) as host:
                inspection = document()
                checks = [RecordedCheck(call.check) for call in inspection.checks]
                host.document(inspection, checks)
                for number, tick in enumerate(ticks):
                    meter.now_s = number * TICK_S
                    for check, answer in zip(checks, tick, strict=True):
                        check.answer = answer
                    before = meter.requests
                    run = await host.run(inspection.id)
                    await _refuse_unanswered(host, run, meter.requests - before)
                    host.clock.advance(TICK_S)
                await agent.close()
                return meter, host.engine.gate.counts
    finally:
        workers.close()


async def _refuse_unanswered(host: Host, run: Run, requests: int) -> None:
    """What was asked, and never answered, costs little."""
    report = await host.monitor.report(run.report_id or "")
    silent = [each for each in report.unanswered if each.startswith("model: ")]
    if silent or (run.gate in ASKED and requests < 2):
        raise SystemExit(f"Cortex's model did not look and answer, in {requests} requests: {'; '.join(silent)[:500]}")


def plain(ticks: Sequence[Tick], folder: Path) -> Meter:
    """As cron would: nothing is known of the tick before."""
    meter, seen = Meter(), folder / "observations.json"
    home = folder / "home"
    home.mkdir()
    script = _looks_with_bash(seen)
    with MockModel(script, told=meter.hear) as model:
        environment = {
            "HOME": str(home),
            "PATH": os.environ["PATH"],
            "ANTHROPIC_BASE_URL": model.base_url,
            "ANTHROPIC_API_KEY": "none-is-needed-on-loopback",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_UPDATES": "1",
        }
        names = [call.check for call in document().checks]
        for number, tick in enumerate(ticks):
            meter.now_s = number * TICK_S
            seen.write_text(json.dumps(dict(zip(names, map(plain_of, tick), strict=True)), ensure_ascii=False))
            before = meter.requests
            command = [claude_cli().path, "-p", "--model", MODEL, "--output-format", "json"]
            ended = subprocess.run(
                command,
                input=PROMPT.format(file=seen).encode(),
                cwd=home,
                env=environment,
                capture_output=True,
                timeout=DEADLINE_S,
                check=False,
            )
            if ended.returncode or meter.requests < before + 2:
                raise SystemExit(f"claude -p did not look and answer: {(ended.stdout + ended.stderr).decode()[:500]}")
    return meter


def _looks_through_a_probe(request: Request) -> Reply:
    return report(request, REPORT) if request.results else call(request, "processes", {"limit": 10})


def _looks_with_bash(seen: Path) -> Any:
    def script(request: Request) -> Reply:
        if request.results or not request.offers("Bash"):
            return text(json.dumps(REPORT))
        command = {"command": f"cat {seen}", "description": "Read what was measured"}
        use = {"type": "tool_use", "id": f"toolu_{request.number}", "name": "Bash", "input": command}
        return Message([use])

    return script


def show(ticks: int, own: Meter, causes: Mapping[str, int], beside: Meter, took: tuple[float, float]) -> int:
    print(f"{ticks} ticks of a quarter of an hour; the gate: {json.dumps(dict(sorted(causes.items())))}\n")
    print(" ".join(f"{name:>14}" for name in COLUMNS))
    asked = sum(count for cause, count in causes.items() if cause in ASKED)
    for name, runs, meter, seconds in (("Cortex", asked, own, took[0]), ("claude -p", ticks, beside, took[1])):
        cells = (
            name,
            runs,
            meter.requests,
            f"{meter.sent_bytes / 1024:,.0f}",
            f"{meter.tokens.sent:,}",
            f"{meter.tokens.cache_read:,}",
            f"{meter.tokens.output:,}",
            f"{meter.cost_usd:.4f}",
            f"{meter.uncached_usd:.4f}",
            f"{seconds:.0f}",
        )
        print(" ".join(f"{cell:>14}" for cell in cells))
    saved = {
        "tokens": 1 - own.total / beside.total,
        "bytes sent": 1 - own.sent_bytes / beside.sent_bytes,
        "dollars": 1 - own.cost_usd / beside.cost_usd,
        "dollars, without any cache": 1 - own.uncached_usd / beside.uncached_usd,
    }
    print("\n" + "\n".join(f"saved {share:.2%} of the {name}" for name, share in saved.items()))
    return 0 if saved["tokens"] >= LEAST_SAVED else 1


if __name__ == "__main__":
    sys.exit(main())
