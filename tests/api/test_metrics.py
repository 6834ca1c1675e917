from __future__ import annotations

import re
from dataclasses import dataclass, field

from probed.core.report import Verdict
from tests.api.asgi import STRANGER, app_of, ask
from tests.api.fakes import World, make_overview
from tests.factories import make_report

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (-?[0-9.e+-]+|\+Inf)")
SUFFIXES = {"histogram": ("_bucket", "_sum", "_count"), "counter": ("",), "gauge": ("",)}


@dataclass
class Family:
    kind: str
    samples: dict[str, float] = field(default_factory=dict)


def parsed(text: str) -> dict[str, Family]:
    """Text format 0.0.4, read strictly: each family has HELP, then TYPE, then its own samples, each once."""
    assert text.endswith("\n")
    families: dict[str, Family] = {}
    name = ""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith("# HELP "):
            name, words = re.fullmatch(rf"# HELP ({NAME}) (.+)", line).groups()  # type: ignore[union-attr]
            assert name not in families
            assert words.endswith(".")
            kind = re.fullmatch(rf"# TYPE {name} (counter|gauge|histogram)", next(lines))[1]  # type: ignore[index]
            families[name] = Family(kind)
            continue
        match = SAMPLE.fullmatch(line)
        assert match, line
        kind = families[name].kind
        assert match[1] in [name + suffix for suffix in SUFFIXES[kind]], line
        key = line.rpartition(" ")[0]
        assert key not in families[name].samples
        families[name].samples[key] = float(match[3])
    return families


async def scrape(world: World) -> dict[str, Family]:
    return parsed((await ask(app_of(world), "GET", "/metrics")).body.decode())


async def test_the_format_is_the_one_that_is_announced() -> None:
    answer = await ask(app_of(World()), "GET", "/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    families = parsed(answer.body.decode())
    assert families["cortex_up"].samples == {"cortex_up": 1}
    assert families["cortex_build_info"].samples == {'cortex_build_info{version="0.1.0"}': 1}
    assert families["cortex_resident_memory_bytes"].samples["cortex_resident_memory_bytes"] == 64 * 2**20
    assert families["cortex_event_loop_lag_seconds"].samples["cortex_event_loop_lag_seconds"] == 0.0015


async def test_names_follow_the_rules_of_promtool() -> None:
    for name, family in (await scrape(World())).items():
        assert name.startswith("cortex_")
        assert name == name.lower()
        assert name.endswith("_total") == (family.kind == "counter")
        assert not re.search(r"milli|_ms|percent|_minutes|gauge|counter|histogram", name)


async def test_each_source_has_exactly_one_verdict() -> None:
    reports = (make_report(source='a"b\\c\nd', verdict=Verdict.UNKNOWN), make_report(source="disks"))
    families = await scrape(World(overview=make_overview(sources=reports, verdict=Verdict.CRITICAL)))
    verdicts = families["cortex_source_verdict"].samples
    assert [key for key, value in verdicts.items() if value] == [
        'cortex_source_verdict{source="a\\"b\\\\c\\nd",verdict="unknown"}',
        'cortex_source_verdict{source="disks",verdict="warning"}',
    ]
    host = families["cortex_host_verdict"].samples
    assert [key for key, value in host.items() if value] == ['cortex_host_verdict{verdict="critical"}']


async def test_what_waits_and_what_fires_is_counted() -> None:
    counts = {"alerts_firing": 2, "alerts_acknowledged": 1, "decisions_waiting": 3, "messages_dead": 4, "reports": 99}
    families = await scrape(World(overview=make_overview(counts=counts)))
    assert families["cortex_alerts"].samples == {
        'cortex_alerts{state="firing"}': 2,
        'cortex_alerts{state="acknowledged"}': 1,
    }
    assert families["cortex_decisions_waiting"].samples == {"cortex_decisions_waiting": 3}
    assert families["cortex_messages_dead"].samples == {"cortex_messages_dead": 4}
    assert families["cortex_reports_total"].samples == {"cortex_reports_total": 99}


async def test_ended_runs_are_counted_by_state() -> None:
    world = World()
    app = app_of(world)
    for state in ("ok", "ok", "timeout"):
        world.stream.publish(type="run.ended", state=state)
    world.stream.publish(type="run.started")
    families = parsed((await ask(app, "GET", "/metrics")).body.decode())
    assert families["cortex_runs_ended_total"].samples == {
        'cortex_runs_ended_total{state="ok"}': 2,
        'cortex_runs_ended_total{state="timeout"}': 1,
    }


async def test_requests_are_counted_by_route_not_by_address() -> None:
    app = app_of(World())
    await ask(app, "GET", "/api/v1/runs/a")
    await ask(app, "GET", "/api/v1/runs/b")
    await ask(app, "BREW", "/api/v1/runs/b")
    await ask(app, "GET", "/somewhere", peer=STRANGER)
    samples = parsed((await ask(app, "GET", "/metrics")).body.decode())["cortex_http_request_duration_seconds"].samples
    counts = {key: value for key, value in samples.items() if "_count" in key}
    name = "cortex_http_request_duration_seconds_count"
    assert counts == {
        f'{name}{{method="GET",route="/api/v1/runs/{{id}}",code="404"}}': 2,
        f'{name}{{method="other",route="/api/v1/runs/{{id}}",code="405"}}': 1,
        f'{name}{{method="GET",route="unknown",code="403"}}': 1,
    }
    buckets = [value for key, value in samples.items() if "_bucket" in key and 'code="404"' in key]
    assert buckets == sorted(buckets)
    assert buckets[-1] == 2
