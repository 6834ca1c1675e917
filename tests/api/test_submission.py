from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probed.core.finding import ActionCall, Severity
from probed.errors import InvalidReport, Overloaded
from tests.api.asgi import OPERATOR, Answer, app_of, ask
from tests.api.fakes import World

PATH = "/api/v1/reports"
FINDING = {"check": "backup", "object": "db", "severity": "warning", "summary": "the last one is 3 days old"}
REPORT = {"source": "backup", "verdict": "warning", "summary": "too old", "findings": [FINDING]}


async def submit(body: object, world: World | None = None, **options: Any) -> Answer:
    return await ask(app_of(world or World()), "POST", PATH, body, **options)


def with_finding(**changes: object) -> dict[str, object]:
    return {**REPORT, "findings": [{**FINDING, **changes}]}


async def test_a_report_comes_back_with_its_run() -> None:
    world = World()
    answer = await submit(REPORT, world, peer=OPERATOR)
    assert answer.status == 201
    assert answer.json["source"] == "backup"
    assert answer.json["id"]
    assert answer.json["run_id"]
    assert answer.json["findings"][0]["evidence"] == {}
    assert world.operator.drafts[0].findings[0].severity is Severity.WARNING


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (None, {}),
        ({"age_days": 3}, {"age_days": 3}),
        (["a", 1], {"items": ["a", 1]}),
        ("a line", {"text": "a line"}),
    ],
)
async def test_evidence_is_always_kept_as_an_object(given: object, kept: object) -> None:
    world = World()
    await submit(with_finding(evidence=given), world)
    assert world.operator.drafts[0].findings[0].evidence == kept


@pytest.mark.parametrize(
    ("given", "call"),
    [
        (None, None),
        ("restart_unit", ActionCall("restart_unit")),
        ({"action": "restart_unit"}, ActionCall("restart_unit")),
        ({"action": "restart_unit", "params": {"unit": "x"}}, ActionCall("restart_unit", {"unit": "x"})),
    ],
)
async def test_an_action_may_be_proposed_by_name_or_with_parameters(given: object, call: ActionCall | None) -> None:
    world = World()
    await submit(with_finding(proposed_action=given), world)
    assert world.operator.drafts[0].findings[0].proposed_action == call


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "source"),
        ({**REPORT, "verdict": "fine"}, "verdict"),
        ({**REPORT, "verdict": None}, "verdict"),
        ({**REPORT, "source": ""}, "source"),
        ({**REPORT, "source": 5}, "source"),
        ({**REPORT, "source": "x" * 129}, "source"),
        ({**REPORT, "source": "a\tb"}, "source"),
        ({**REPORT, "source": " a"}, "source"),
        ({**REPORT, "source": "a\u2028b"}, "source"),
        ({**REPORT, "source": "a\x9bb"}, "source"),
        ({**REPORT, "source": "gnp\u202eexe"}, "source"),
        ({**REPORT, "colour": "red"}, "colour"),
        ({**REPORT, "findings": {}}, "findings"),
        ({**REPORT, "findings": [5]}, "findings[0]"),
        ({**REPORT, "findings": [FINDING] * 1001}, "findings"),
        ({**REPORT, "findings": [FINDING, {**FINDING, "summary": "again"}]}, "findings[1].object"),
        (with_finding(severity="fatal"), "findings[0].severity"),
        (with_finding(severity=True), "findings[0].severity"),
        (with_finding(check=""), "findings[0].check"),
        (with_finding(check="a\nb"), "findings[0].check"),
        (with_finding(object=""), "findings[0].object"),
        (with_finding(object="x" * 513), "findings[0].object"),
        (with_finding(object="\x00"), "findings[0].object"),
        (with_finding(object="a\u2029b"), "findings[0].object"),
        (with_finding(object="a\u200fb"), "findings[0].object"),
        (with_finding(check="a\x9b31m"), "findings[0].check"),
        (with_finding(proposed_action="a\u202eb"), "findings[0].proposed_action"),
        (with_finding(evidence={"log": "x" * 16_384}), "findings[0].evidence"),
        (with_finding(evidence="é" * 8_192), "findings[0].evidence"),
        (
            with_finding(proposed_action={"action": "a", "params": {"x": "y" * 16_384}}),
            "findings[0].proposed_action.params",
        ),
        (with_finding(extra=1), "findings[0].extra"),
        (with_finding(ttl_s="5"), "findings[0].ttl_s"),
        (with_finding(ttl_s=True), "findings[0].ttl_s"),
        (with_finding(ttl_s=0), "findings[0].ttl_s"),
        (with_finding(ttl_s=-1), "findings[0].ttl_s"),
        (with_finding(ttl_s=1e12), "findings[0].ttl_s"),
        (with_finding(ttl_s=float("nan")), "findings[0].ttl_s"),
        (with_finding(ttl_s=10**400), "findings[0].ttl_s"),
        (with_finding(evidence={"a": float("nan")}), "findings[0].evidence.a"),
        (with_finding(evidence={"a": [1, float("inf")]}), "findings[0].evidence.a[1]"),
        (with_finding(evidence={"a": 2**64}), "findings[0].evidence.a"),
        (with_finding(evidence={"a": {"b": "x\x00"}}), "findings[0].evidence.a.b"),
        (with_finding(evidence={"a\x00": 1}), "findings[0].evidence"),
        (with_finding(proposed_action=5), "findings[0].proposed_action"),
        (with_finding(proposed_action=""), "findings[0].proposed_action"),
        (with_finding(proposed_action={}), "findings[0].proposed_action.action"),
        (with_finding(proposed_action={"action": 5}), "findings[0].proposed_action.action"),
        (with_finding(proposed_action={"action": "a", "shell": "x"}), "findings[0].proposed_action.shell"),
        (with_finding(proposed_action={"action": "a", "params": []}), "findings[0].proposed_action.params"),
        (
            with_finding(proposed_action={"action": "a", "params": {"x": 1e999}}),
            "findings[0].proposed_action.params.x",
        ),
    ],
)
async def test_what_is_wrong_is_named(body: object, field: str) -> None:
    world = World()
    answer = await submit(body, world)
    assert answer.status == 422
    assert answer.error["field"] == field
    assert answer.error["code"] == "invalid"
    assert world.operator.drafts == []


async def test_the_reason_lists_what_would_have_been_right() -> None:
    answer = await submit({**REPORT, "verdict": "fine"})
    assert answer.error["message"] == "must be 'ok', 'warning', 'critical' or 'unknown'"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("x" * 2001, "x" * 1999 + "…"),
        ("a\x00b\x1b[31mc\u202ed\u2028e", "a\ufffdb\ufffd[31mc\ufffdd\ufffde"),
        ("", "backup db"),
    ],
)
async def test_no_finding_is_lost_for_its_words(given: str, kept: str) -> None:
    world = World()
    await submit(with_finding(summary=given), world)
    assert world.operator.drafts[0].findings[0].summary == kept


async def test_a_reports_words_are_kept_as_far_as_they_can_be() -> None:
    world = World()
    await submit({**REPORT, "summary": "\x1b" + "x" * 5000}, world)
    assert world.operator.drafts[0].summary == "\ufffd" + "x" * 3998 + "…"


@pytest.mark.parametrize("value", [5, 0.5, True])
async def test_evidence_may_be_one_value(value: object) -> None:
    world = World()
    await submit(with_finding(evidence=value), world)
    assert world.operator.drafts[0].findings[0].evidence == {"value": value}


async def test_prose_may_have_lines_tabs_and_any_language() -> None:
    summary = "erste Zeile\n\tπρώτη\r\nשורה שנייה \U0001f600"
    assert (await submit(with_finding(summary=summary))).status == 201


async def test_evidence_of_16_kib_is_taken() -> None:
    world = World()
    assert (await submit(with_finding(evidence={"log": "x" * (16_384 - len('{"log":""}'))}), world)).status == 201
    assert (await submit(with_finding(evidence="é" * 8_191), world)).status == 201


async def test_the_values_of_a_body_are_bounded_in_number() -> None:
    findings = [{**FINDING, "object": str(number), "evidence": [0] * 8000} for number in range(13)]
    answer = await submit({**REPORT, "findings": findings})
    assert (answer.status, answer.error["field"]) == (422, "findings[12].evidence[3987]")
    assert answer.error["message"] == "the body must hold 100000 values at most"


def cpu_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def nested(key: str, value: object, depth: int = 30) -> object:
    for _ in range(depth):
        value = {key: value}
    return value


@pytest.mark.parametrize(
    "evidence",
    [nested("k" * 10_000, [0] * 300_000), [{}] * 300_000, [[]] * 300_000, [1.5] * 200_000, nested("k" * 30_000, 0)],
    ids=["long names", "objects", "lists", "numbers", "only names"],
)
@pytest.mark.alone
async def test_a_body_made_to_be_slow_does_not_hold_up_the_others(evidence: object) -> None:
    body = json.dumps(with_finding(evidence=evidence), separators=(",", ":")).encode()
    app = app_of(World(), most_body_bytes=2_000_000)
    floor_s = cpu_s(lambda: json.loads(body))

    began = time.process_time()
    answer = await ask(app, "POST", PATH, body)
    took_s = time.process_time() - began

    assert answer.status == 422
    assert answer.error["field"].startswith("findings[0].evidence")
    assert took_s < 0.2 + 50 * floor_s


async def test_deeply_nested_evidence_is_refused_wherever_the_limit_is_met() -> None:
    nested: object = "leaf"
    for _ in range(100):
        nested = {"a": nested}
    answer = await submit(with_finding(evidence=nested))
    assert answer.status == 422
    assert answer.error["field"].startswith("findings[0].evidence.a.a")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b'"text"',
        b"null",
        b"{",
        b'{"source": "\xff"}',
        b'{"source": "\\ud800"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"source": ' + b"9" * 10_000 + b"}",
    ],
)
async def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    answer = await submit(body)
    assert answer.status == 400
    assert answer.error["code"] == "invalid"


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_a_body_of_another_type_is_refused(media_type: str) -> None:
    answer = await submit(REPORT, headers={"content-type": media_type})
    assert answer.status == 415
    assert "application/json" in answer.error["message"]


async def test_a_type_with_parameters_is_json_still() -> None:
    assert (await submit(REPORT, headers={"content-type": "Application/JSON; charset=utf-8"})).status == 201


async def test_a_body_that_grows_too_large_is_refused() -> None:
    answer = await ask(app_of(World(), most_body_bytes=100), "POST", PATH, b"x" * 101)
    assert (answer.status, answer.error["code"]) == (413, "too_large")


async def test_the_largest_body_that_is_allowed_fits_always(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_BODY_BYTES", "MOST_BODY_BYTES_EACH"):
        monkeypatch.setattr(f"probed.api.desk.{name}", 1000)
    body = json.dumps(REPORT).encode().ljust(5000)
    answer = await ask(app_of(World(), most_body_bytes=5000), "POST", PATH, body, peer=OPERATOR)
    assert answer.status == 201


async def test_too_many_waiting_reports_say_when_to_come_back() -> None:
    world = World()
    world.operator.failure = Overloaded()
    answer = await submit(REPORT, world)
    assert (answer.status, answer.error["code"]) == (503, "overloaded")
    assert answer.headers["retry-after"] == "1"


async def test_what_the_engine_does_not_take_is_named_too() -> None:
    world = World()
    world.operator.failure = InvalidReport("source", "is an inspection of this host")
    answer = await submit(REPORT, world)
    assert (answer.status, answer.error["field"]) == (422, "source")
    assert answer.error["message"] == "is an inspection of this host"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
places = st.sampled_from([*REPORT, *(f"finding.{name}" for name in [*FINDING, "evidence", "proposed_action", "ttl_s"])])


@settings(deadline=None)
@given(place=places, value=json_values)
async def test_no_input_is_ever_our_fault(place: str, value: object) -> None:
    name = place.removeprefix("finding.")
    body = {**REPORT, name: value} if name == place else with_finding(**{name: value})
    answer = await submit(json.dumps(body).encode())
    assert answer.status in (201, 400, 422)


@settings(deadline=None)
@given(body=st.binary(max_size=200))
async def test_nor_are_any_bytes(body: bytes) -> None:
    assert (await submit(body)).status == 400
