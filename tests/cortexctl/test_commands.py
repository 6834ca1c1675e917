"""What each command asks of the daemon, what it says and how it ends."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cortexctl.exits import Exit
from cortexctl.form import SCHEMA
from probed.wire import paths
from probed.wire.backup import BackupsShape
from probed.wire.change import ChainShape
from probed.wire.channel import ChannelShape
from probed.wire.inspection import RelearnShape
from probed.wire.page import PageOf
from probed.wire.problem import ProblemCode
from probed.wire.report import ReportShape
from probed.wire.run import UNDER_WAY, EvidenceOfRunShape, EvidenceShape, RunShape, TranscriptShape
from tests.cortexctl import samples
from tests.cortexctl.conftest import Ctl
from tests.cortexctl.stub_daemon import StubDaemon, http

RUN_DISKS = f"POST {paths.INSPECTIONS}/disks/run"
ONE_DECISION = f"{paths.DECISIONS}/{samples.DECISION.id}"


def ended(**changes: object) -> RunShape:
    return replace(samples.RUN, id=samples.PENDING.id, **changes)  # type: ignore[arg-type]


# --- lists ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "path", "query"),
    [
        (["alerts", "--limit", "5", "--before", "x"], paths.ALERTS, "limit=5&before=x"),
        (["alerts", "list", "--state", "firing"], paths.ALERTS, "limit=50&state=firing"),
        (["cases", "--open"], paths.CASES, "limit=50&open=true"),
        (["decisions", "--state", "waiting"], paths.DECISIONS, "limit=50&state=waiting"),
        (["runs", "--inspection", "disks", "--state", "ok"], paths.RUNS, "limit=50&inspection=disks&state=ok"),
        (["reports", "--source", "disks"], paths.REPORTS, "limit=50&source=disks"),
        (
            ["findings", "--severity", "critical", "--source", "a b"],
            paths.FINDINGS,
            "limit=50&source=a+b&severity=critical",
        ),
        (["changes"], paths.CHANGES, "limit=50"),
        (["channels"], paths.CHANNELS, ""),
        (["messages", "list", "--state", "dead"], paths.MESSAGES, "limit=50&state=dead"),
        (["intents", "--limit", "500"], paths.INTENTS, "limit=500"),
        (["intents", "--kind", "blocker"], paths.INTENTS, "kind=blocker&limit=50"),
        (["schedule"], paths.SCHEDULE, ""),
    ],
)
def test_a_list_asks_for_what_its_options_say(
    host: StubDaemon, ctl: Ctl, words: list[str], path: str, query: str
) -> None:
    result = ctl(*words)

    assert result.exit == Exit.OK
    assert (host.requests[0].path, host.requests[0].query) == (path, query)


def test_a_list_that_goes_on_says_how(host: StubDaemon, ctl: Ctl) -> None:
    result = ctl("alerts")

    assert "more: --before 01kjmzaaaaaaaaa3" in result.err
    assert "--before" not in result.out


@pytest.mark.parametrize("noun", ["alerts", "cases", "decisions", "runs", "reports", "findings", "changes", "intents"])
def test_an_empty_list_is_words_not_data(daemon: StubDaemon, ctl: Ctl, noun: str) -> None:
    daemon.answer(f"GET /api/v1/{noun}", PageOf([]))

    result = ctl(noun)

    assert (result.exit, result.out) == (Exit.OK, "")
    assert result.err == f"no {noun}\n"


def test_broken_documents_are_told_beside_the_list(host: StubDaemon, ctl: Ctl) -> None:
    assert "broken: /etc/cortex/inspections/backup.md:4: unknown check" in ctl("inspections").err


def test_what_is_not_there_is_a_failure_in_the_daemons_words(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.refuse(f"GET {paths.RUNS}/zz", 404, ProblemCode.NOT_FOUND, "there is no run zz")

    result = ctl("runs", "show", "zz")

    assert (result.exit, result.err) == (Exit.FAILED, "cortexctl: there is no run zz\n  try: cortexctl runs list\n")


def test_a_message_that_is_there_is_not_looked_for_because_its_channel_is_not(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.refuse(f"POST {paths.MESSAGES}/m1/resend", 404, ProblemCode.NOT_FOUND, "there is no channel 'x'")

    result = ctl("messages", "resend", "m1", "--to", "x")

    assert (result.exit, result.err) == (Exit.FAILED, "cortexctl: there is no channel 'x'\n")


def test_an_id_cannot_leave_its_place_in_the_address(daemon: StubDaemon, ctl: Ctl) -> None:
    ctl("alerts", "ack", "../decisions/x/approve?")

    assert daemon.requests[0].path == f"{paths.ALERTS}/..%2Fdecisions%2Fx%2Fapprove%3F/ack"


# --- acting -----------------------------------------------------------------------------------------------------------


def test_an_alert_that_nobody_is_told_of_is_marked_with_the_reason(host: StubDaemon, ctl: Ctl) -> None:
    held = replace(
        samples.ALERT, not_told="maintenance: new disks", annotations={"held back": "maintenance: new disks"}
    )
    host.answer(f"GET {paths.ALERTS}", PageOf([held, samples.ACKNOWLEDGED]))
    host.answer(f"GET {paths.ALERTS}/{held.id}", held)

    listed, shown = ctl("alerts").out.splitlines(), ctl("alerts", "show", held.id).out

    assert [line.endswith("(not told: maintenance: new disks)") for line in listed[-2:]] == [True, False]
    assert re.search("not told +maintenance: new disks\n", shown)
    assert "held back" not in shown


@pytest.mark.parametrize(("verb", "word"), [("ack", "acknowledged"), ("resolve", "resolved")])
def test_an_alert_is_acknowledged_and_resolved(daemon: StubDaemon, ctl: Ctl, verb: str, word: str) -> None:
    daemon.answer(f"POST {paths.ALERTS}/01kj/{verb}", samples.ACKNOWLEDGED)

    result = ctl("alerts", verb, "01kj")

    assert (result.exit, result.out) == (Exit.OK, "")
    assert result.err.startswith(f"{word}: ")


@pytest.mark.parametrize(
    ("words", "request_"),
    [
        (["alerts", "ack", "x"], f"POST {paths.ALERTS}/x/ack"),
        (["alerts", "resolve", "x"], f"POST {paths.ALERTS}/x/resolve"),
        (["decisions", "approve", samples.DECISION.id], f"POST {ONE_DECISION}/approve"),
        (["decisions", "reject", "x"], f"POST {paths.DECISIONS}/x/reject"),
        (["run", "x"], f"POST {paths.INSPECTIONS}/x/run"),
        (["reports", "submit", "/dev/null"], f"POST {paths.REPORTS}"),
        (["intents", "verify"], f"GET {paths.INTENTS}/verify"),
    ],
)
def test_acting_gives_the_daemons_json_where_it_is_wanted(
    host: StubDaemon, ctl: Ctl, words: list[str], request_: str
) -> None:
    wire: dict[str, object] = {
        "id": "x",
        "summary": "s",
        "acknowledged_until": None,
        "findings": [],
        "action": {"action": "a", "params": {}},
        "state": "approved",
        "intact": True,
        "broken_at": None,
    }
    host.answer(request_, wire)

    result = ctl(*words, "--json")

    assert result.exit == Exit.OK
    assert json.loads(result.out) == {"schema": SCHEMA, **wire}


def test_a_line_of_ones_own_is_added_to_the_record(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"POST {paths.INTENTS}", samples.INTENT)

    result = ctl("intents", "add", "decision", "the old disk stays", "--about", "a1")

    assert result.exit == Exit.OK
    assert f"number {samples.INTENT.number} of the record" in result.err + result.out
    assert daemon.bodies(paths.INTENTS) == [{"kind": "decision", "text": "the old disk stays", "subject": "a1"}]


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_an_inspection_is_paused_and_resumed(daemon: StubDaemon, ctl: Ctl, verb: str) -> None:
    daemon.answer(f"POST {paths.INSPECTIONS}/disks/{verb}", samples.PAUSED)

    assert ctl("inspections", verb, "disks").exit == Exit.OK
    assert len(daemon.requests) == 1


@pytest.mark.parametrize(
    ("options", "body", "forgot", "said"),
    [
        (("--check", "users"), {"check": "users"}, 1, "1 checks learn anew at the next run: cortexctl run security"),
        ((), {}, 0, "nothing was remembered yet"),
    ],
)
def test_an_inspection_learns_anew(
    daemon: StubDaemon, ctl: Ctl, options: Sequence[str], body: object, forgot: int, said: str
) -> None:
    daemon.answer(f"POST {paths.INSPECTIONS}/security/relearn", RelearnShape(forgot))

    result = ctl("inspections", "relearn", "security", *options)

    assert result.exit == Exit.OK
    assert said in result.err + result.out
    assert json.loads(daemon.requests[0].body or "{}") == body


@pytest.mark.parametrize("options", [[], ["--yes"]])
def test_an_approval_is_for_the_action_that_was_read(host: StubDaemon, ctl: Ctl, options: list[str]) -> None:
    host.answer(f"POST {ONE_DECISION}/approve", samples.APPROVED)

    result = ctl("decisions", "approve", samples.DECISION.id, *options)

    assert result.exit == Exit.OK
    assert host.bodies(f"{ONE_DECISION}/approve") == [{"hash": samples.DECISION.hash}]
    assert "approved: restart_unit unit='nginx.service'" in result.err


def test_an_approval_may_name_the_hash_itself(host: StubDaemon, ctl: Ctl) -> None:
    host.answer(f"POST {ONE_DECISION}/approve", samples.APPROVED)

    ctl("decisions", "approve", samples.DECISION.id, "--hash", "abc")

    assert host.bodies(f"{ONE_DECISION}/approve") == [{"hash": "abc"}]


def test_the_full_id_is_approved_where_a_beginning_was_typed(host: StubDaemon, ctl: Ctl) -> None:
    host.answer(f"GET {paths.DECISIONS}/01kj", samples.DECISION)
    host.answer(f"POST {ONE_DECISION}/approve", samples.APPROVED)

    assert ctl("decisions", "approve", "01kj").exit == Exit.OK


@pytest.mark.parametrize(("status", "code"), [(403, ProblemCode.REFUSED), (409, ProblemCode.CONFLICT)])
def test_what_is_refused_ends_with_5(host: StubDaemon, ctl: Ctl, status: int, code: ProblemCode) -> None:
    host.refuse(f"POST {ONE_DECISION}/approve", status, code, "it has expired")

    result = ctl("decisions", "approve", samples.DECISION.id)

    assert (result.exit, result.err) == (Exit.REFUSED, "cortexctl: it has expired\n")


def test_the_beginning_of_several_ids_is_answered_with_what_lists_them(daemon: StubDaemon, ctl: Ctl) -> None:
    several = "01 is the beginning of more than one alert: 01kjn0, 01kjn1"
    daemon.refuse(f"GET {paths.ALERTS}/01", 409, ProblemCode.CONFLICT, several)

    result = ctl("alerts", "show", "01")

    assert (result.exit, result.err) == (Exit.REFUSED, f"cortexctl: {several}\n  try: cortexctl alerts list\n")


def test_who_lacks_the_role_is_told_how_to_get_it(host: StubDaemon, ctl: Ctl) -> None:
    host.refuse(f"POST {ONE_DECISION}/approve", 403, ProblemCode.FORBIDDEN, "this needs the role admin")

    result = ctl("decisions", "approve", samples.DECISION.id)

    assert result.exit == Exit.REFUSED
    assert result.err.startswith("cortexctl: this needs the role admin\n  try: the same with sudo, or as a member of")


def test_a_rejected_value_is_named_as_it_was_typed(host: StubDaemon, ctl: Ctl) -> None:
    host.refuse(f"POST {paths.MAINTENANCE}", 422, ProblemCode.INVALID, "a window ends in the future", "for_s")

    result = ctl("maintenance", "start", "--for", "0s")

    assert (result.exit, result.err) == (Exit.USAGE, "cortexctl: --for: a window ends in the future\n")


def test_a_rejection_carries_its_reason(host: StubDaemon, ctl: Ctl) -> None:
    host.answer(f"POST {ONE_DECISION}/reject", replace(samples.DECISION, state="rejected"))

    result = ctl("decisions", "reject", samples.DECISION.id, "--note", "not now")

    assert result.exit == Exit.OK
    assert host.bodies(f"{ONE_DECISION}/reject") == [{"note": "not now"}]


def test_a_card_without_its_case_is_still_a_card(host: StubDaemon, ctl: Ctl) -> None:
    host.refuse(f"GET {paths.CASES}/{samples.CASE.id}", 404, ProblemCode.NOT_FOUND, "there is no such case")

    out = ctl("decisions", "show", samples.DECISION.id).out

    assert samples.DECISION.hash in out
    assert "evidence" not in out


def test_evidence_cannot_pass_for_a_field_of_the_card(host: StubDaemon, ctl: Ctl) -> None:
    lie = {"action": "harmless", "x": "1\nhash          0000", "\nexpires": "never"}
    host.answer(f"GET {paths.CASES}/{samples.CASE.id}", replace(samples.CASE, evidence=lie))

    lines = ctl("decisions", "show", samples.DECISION.id).out.splitlines()

    assert [line.split()[1] for line in lines if line.startswith("hash ")] == [samples.DECISION.hash]
    assert sum(line.startswith("action ") for line in lines) == 1
    assert sum(line.startswith("expires ") for line in lines) == 1


# --- run --------------------------------------------------------------------------------------------------------------


def test_without_wait_a_run_is_only_queued(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(RUN_DISKS, samples.PENDING, 202)

    result = ctl("run", "disks")

    assert result.exit == Exit.OK
    assert result.err == f"queued: cortexctl runs show {samples.PENDING.id}\n"


@pytest.mark.parametrize(
    ("run", "report", "exit_"),
    [
        (ended(verdict="ok"), samples.HEALTHY, Exit.OK),
        (ended(verdict="critical"), samples.REPORT, Exit.ATTENTION),
        (ended(verdict="warning"), samples.REPORT, Exit.ATTENTION),
        (ended(verdict="unknown"), samples.HEALTHY, Exit.FAILED),
        (ended(state="timeout", verdict=None, report_id=None, reason="60 s"), None, Exit.FAILED),
        (ended(state="failed", verdict=None, report_id=None), None, Exit.FAILED),
        (ended(state="unknown", verdict="unknown"), samples.HEALTHY, Exit.FAILED),
        (ended(state="budget", verdict="warning"), samples.REPORT, Exit.ATTENTION),
    ],
)
def test_waiting_for_a_run_ends_as_the_run_did(
    daemon: StubDaemon, ctl: Ctl, run: RunShape, report: ReportShape | None, exit_: Exit
) -> None:
    daemon.answer(RUN_DISKS, samples.PENDING, 202)
    daemon.answer_in_turn(f"GET {paths.RUNS}/{run.id}", replace(samples.PENDING, state="running"), run)
    daemon.answer(f"GET {paths.REPORTS}/{samples.REPORT.id}", report)

    result = ctl("run", "disks", "--wait")

    assert result.exit == exit_
    if report:
        assert result.out.startswith(f"{report.verdict}: {report.summary}\n")
    if run.state != "ok":
        assert f"the run ended {run.state}" in result.err


def test_the_findings_of_a_run_are_shown(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(RUN_DISKS, ended(verdict="critical"))
    daemon.answer(f"GET {paths.REPORTS}/{samples.REPORT.id}", samples.REPORT)

    out = ctl("run", "disks", "--wait").out

    assert "critical  disk    /data   /data is 96 % full" in out
    assert "proposed: clean_files root='/var/cache'" in out


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("cancelled", "disks: cancelled by uid:1000 ann"),
        ("running", f"it is being ended: cortexctl runs show {samples.RUN.id}"),
        ("ok", f"it was faster, and ended ok: cortexctl runs show {samples.RUN.id}"),
    ],
)
def test_a_run_is_cancelled_and_what_became_of_it_is_said(daemon: StubDaemon, ctl: Ctl, state: Any, said: str) -> None:
    run = replace(samples.RUN, state=state, reason="cancelled by uid:1000 ann")
    daemon.answer(f"POST {paths.RUNS}/{run.id}/cancel", run)

    result = ctl("runs", "cancel", run.id)

    assert (result.exit, result.out, result.err) == (Exit.OK, "", f"{said}\n")
    assert json.loads(ctl("runs", "cancel", run.id, "--json").out)["state"] == state


def test_what_has_ended_already_cannot_be_cancelled(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.refuse(f"POST {paths.RUNS}/r/cancel", 409, ProblemCode.CONFLICT, "run r of disks has ended already: ok")

    result = ctl("runs", "cancel", "r")

    assert (result.exit, result.err) == (Exit.REFUSED, "cortexctl: run r of disks has ended already: ok\n")


def test_a_run_that_takes_too_long_is_left_alone(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(RUN_DISKS, samples.PENDING, 202)
    daemon.answer(f"GET {paths.RUNS}/{samples.PENDING.id}", samples.PENDING)

    result = ctl("run", "disks", "--wait", "--timeout", "0.3")

    assert result.exit == Exit.FAILED
    assert "not over after 0.3 s; it goes on" in result.err


def test_an_unknown_inspection_names_the_known_ones(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.refuse(RUN_DISKS, 404, ProblemCode.NOT_FOUND, "there is no inspection disks; there are: system")

    result = ctl("run", "disks", "--wait")

    assert (result.exit, UNDER_WAY) == (Exit.FAILED, ("pending", "running"))
    assert "there are: system" in result.err


# --- reports ----------------------------------------------------------------------------------------------------------


def test_a_report_is_submitted_from_a_file_or_from_stdin(
    daemon: StubDaemon, ctl: Ctl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.answer(f"POST {paths.REPORTS}", samples.REPORT, 201)
    text = json.dumps({"source": "backup", "verdict": "ok", "summary": "fine", "findings": []})
    (tmp_path / "report.json").write_text(text)
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(text.encode())))

    results = [ctl("reports", "submit", str(tmp_path / "report.json")), ctl("reports", "submit", "-")]

    assert [result.exit for result in results] == [Exit.OK, Exit.OK]
    assert [request.body.decode() for request in daemon.requests] == [text, text]
    assert "taken in, 2 findings: cortexctl reports show" in results[0].err


def test_a_report_of_the_wrong_shape_names_the_field(daemon: StubDaemon, ctl: Ctl, tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{}")
    daemon.refuse(f"POST {paths.REPORTS}", 422, ProblemCode.INVALID, "is missing", "source")

    result = ctl("reports", "submit", str(tmp_path / "bad.json"))

    assert (result.exit, result.err) == (Exit.USAGE, "cortexctl: source: is missing\n")


def test_a_report_that_cannot_be_read_is_a_usage_error(daemon: StubDaemon, ctl: Ctl) -> None:
    result = ctl("reports", "submit", "/nonexistent.json")

    assert (result.exit, daemon.requests) == (Exit.USAGE, [])
    assert "/nonexistent.json: No such file" in result.err


# --- transcripts ------------------------------------------------------------------------------------------------------

SPOKEN = [
    {"type": "request", "system": "be brief", "prompt": "why is /srv full?"},
    {"type": "system", "subtype": "init"},
    {"type": "assistant", "message": {"content": [{"type": "text", "text": "let me look\x1b[2J"}]}},
    {"type": "assistant", "message": {"content": [{"type": "tool_use", "name": "disk_usage", "input": {"path": "/"}}]}},
    {"type": "user", "message": {"content": [{"type": "tool_result", "content": [{"type": "text", "text": "a\nb"}]}]}},
    {"type": "user", "message": {"content": "again" + "\nmore" * 40}},
    {"type": "output", "text": "{}"},
    {"type": "left_out", "lines": 7},
    {"type": "result", "subtype": "success", "total_cost_usd": 0.02},
]
CONVERSATION = """\
asked:
  why is /srv full?
the model:
  let me look\\x1b[2J
the model calls disk_usage:
  {"path": "/"}
answer:
  a
  b
asked:
  again
"""


@pytest.mark.parametrize(
    ("noun", "place", "id_"),
    [("runs", paths.RUNS, samples.RUN.id), ("decisions", paths.DECISIONS, samples.DECISION.id)],
)
def test_a_conversation_with_a_model_is_shown_in_order(
    daemon: StubDaemon, ctl: Ctl, noun: str, place: str, id_: str
) -> None:
    text = "".join(f"{json.dumps(line)}\n" for line in SPOKEN) + "no JSON\n"
    shape = TranscriptShape(id_, "advice", "2026-03-01T09:42:00Z", 44, "c0ffee", text)
    daemon.answer(f"GET {place}/{id_}/transcript", shape)

    out = ctl(noun, "transcript", id_).out

    assert out.startswith(CONVERSATION)
    assert "… 11 more lines: --json\nthe program:\n  {}\nleft out:\n  7 lines\nended:\n" in out
    assert out.endswith("text:\n  no JSON\n")
    assert json.loads(ctl(noun, "transcript", id_, "--json").out)["text"] == text
    if noun == "runs":
        assert ctl("runs", "show", id_, "--transcript").out == out


def test_what_the_probes_answered_is_shown_question_by_question(daemon: StubDaemon, ctl: Ctl) -> None:
    answer = {"evidence": "e1", "columns": ["path", "mib"], "rows": [["/var\n/x\x1b[2J", 3], [None, 1]], "note": "cut"}
    many = {"evidence": "e3", "columns": ["n"], "rows": [[n] for n in range(30)]}
    items = [
        EvidenceShape("e1", "largest_files", {"path": "/"}, json.dumps(answer), "c0ffee", failed=False),
        EvidenceShape("e2", "shell", {}, '{"evidence":"e2","failed":"there is no probe"}', "c0ffee", failed=True),
        EvidenceShape("e3", "processes", {}, json.dumps(many), "c0ffee", failed=False),
    ]
    shape = EvidenceOfRunShape(samples.RUN.id, "2026-03-01T09:42:00Z", 44, "c0ffee", items)
    daemon.answer(f"GET {paths.RUNS}/{samples.RUN.id}/evidence", shape)

    out = ctl("runs", "evidence", samples.RUN.id).out

    assert out.startswith('e1  largest_files(path="/")\n  path | mib\n  /var /x\\x1b[2J | 3\n  - | 1\n  cut\n')
    assert "e2  shell()\n  no answer: there is no probe\n" in out
    assert "… 10 more rows: --json" in out
    assert len(json.loads(ctl("runs", "evidence", samples.RUN.id, "--json").out)["questions"]) == 3


# --- intents, version -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken_at", "exit_", "word"), [(None, Exit.OK, "whole"), (17, Exit.FAILED, "broken at number 17: edited")]
)
def test_verifying_the_intents_finds_the_edit(
    daemon: StubDaemon, ctl: Ctl, broken_at: int | None, exit_: Exit, word: str
) -> None:
    daemon.answer(f"GET {paths.INTENTS}/verify", chain_of(broken_at))

    result = ctl("intents", "verify")

    assert result.exit == exit_
    assert result.out.startswith(word)


def chain_of(broken_at: int | None = None, **changes: Any) -> ChainShape:
    return replace(ChainShape(broken_at is None, broken_at, "edited" if broken_at else "", None, True), **changes)


def test_a_record_that_was_cut_says_from_where_it_is_whole_and_whose_key_says_so(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"GET {paths.INTENTS}/verify", chain_of(checkpoint=samples.CHECKPOINT, vouched_for=False))

    out = ctl("intents", "verify").out

    assert out.startswith("whole from the checkpoint at number 1200 on, which stands for what was cut\n")
    assert f"signed by the key {samples.CHECKPOINT.fingerprint}\n" in out
    assert "this host does not have that key" in out


def test_checkpoints_are_compared_with_those_that_were_kept_elsewhere(
    daemon: StubDaemon, ctl: Ctl, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.json"
    daemon.answer(f"GET {paths.INTENTS}/verify", chain_of(checkpoint=samples.CHECKPOINT))
    daemon.answer(f"GET {paths.INTENTS}/checkpoints", PageOf([samples.CHECKPOINT], None))
    kept.write_text(ctl("intents", "checkpoints", "--json").out)
    assert ctl("intents", "verify", "--against", str(kept)).exit == Exit.OK

    daemon.answer(f"GET {paths.INTENTS}/checkpoints", PageOf([replace(samples.CHECKPOINT, seal="other")], None))
    differing = ctl("intents", "verify", "--against", str(kept))
    assert (differing.exit, "number 1200 is not the one in" in differing.err) == (Exit.FAILED, True)

    kept.write_text("[]")
    assert ctl("intents", "verify", "--against", str(kept)).exit == Exit.USAGE


def test_version_names_both_programs(host: StubDaemon, ctl: Ctl) -> None:
    host.answer("GET /api/v1/status", replace(samples.CALM, daemon=replace(samples.DAEMON, version="9.9")))

    result = ctl("version")

    assert result.exit == Exit.OK
    assert result.out.startswith("cortexctl ")
    assert "probed 9.9" in result.out
    assert "not of the same version" in result.err


def test_version_does_without_a_daemon(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.path.unlink()

    result = ctl("version", "--json")

    assert result.exit == Exit.OK
    assert json.loads(result.out)["daemon"] is None
    daemon.path.touch()


def test_a_channel_whose_last_message_failed_does_not_work(daemon: StubDaemon, ctl: Ctl) -> None:
    telegram = samples.TROUBLED.breakers[0]
    failing = ChannelShape("telegram", "telegram", replace(telegram, failures=2, why="refused"), 1, 0)
    daemon.answer(f"GET {paths.CHANNELS}", PageOf([failing]))

    assert ctl("channels").out.splitlines()[1].split() == ["telegram", "telegram", "failing", "1", "0", "refused"]


def test_a_channel_that_takes_its_test_message_is_a_success(host: StubDaemon, ctl: Ctl) -> None:
    host.answer("POST /api/v1/channels/mail/test", samples.CHANNEL_TEST)

    result = ctl("channels", "test", "mail")

    assert (result.exit, result.err) == (0, "mail took the message in 0.4 s\n")


def test_a_channel_that_does_not_is_a_failure_with_the_reason(host: StubDaemon, ctl: Ctl) -> None:
    refused = replace(samples.CHANNEL_TEST, delivered=False, detail="535 bad\x1b[31m password")
    host.answer("POST /api/v1/channels/webhook%3Aops%2F0/test", replace(refused, name="webhook:ops/0"))

    result = ctl("channels", "test", "webhook:ops/0")

    assert result.exit == 1
    assert result.err.startswith("webhook:ops/0 did not take the message: 535 bad")
    assert "\x1b" not in result.err


def test_a_channel_that_is_not_there_is_said(host: StubDaemon, ctl: Ctl) -> None:
    result = ctl("channels", "test", "nosuch")

    assert result.exit == 1
    assert "there is no such thing" in result.err


def test_a_dead_letter_is_sent_again_to_another_channel(host: StubDaemon, ctl: Ctl) -> None:
    path = f"/api/v1/messages/{samples.MESSAGE.id}/resend"
    host.answer(f"POST {path}", replace(samples.WAITING_MESSAGE, recipient="telegram"))

    result = ctl("messages", "resend", samples.MESSAGE.id, "--to", "telegram")

    assert (result.exit, host.bodies(path)) == (0, [{"to": "telegram"}])
    assert result.err == f"waits for telegram as {samples.WAITING_MESSAGE.id}: critical: /data is 96 % full\n"


def test_an_acknowledgement_may_have_an_end(daemon: StubDaemon, ctl: Ctl) -> None:
    path = f"{paths.ALERTS}/01kj/ack"
    daemon.answer(f"POST {path}", replace(samples.ACKNOWLEDGED, acknowledged_until="2026-03-01T12:00:00Z"))

    result = ctl("alerts", "ack", "01kj", "--for", "1h30m")

    assert daemon.bodies(path) == [{"for_s": 5400.0}]
    assert "acknowledged, lapses in 2 h: " in result.err


def test_a_silence_is_added_and_expired(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"POST {paths.SILENCES}", samples.SILENCE, 201)
    daemon.answer(f"POST {paths.SILENCES}/01kjq/expire", samples.SILENCE)

    added = ctl("silences", "add", 'object="/data"', 'severity!="critical"', "--for", "2h", "--comment", "new disk")
    expired = ctl("silences", "expire", "01kjq")

    matchers = ['object="/data"', 'severity!="critical"']
    assert daemon.bodies(paths.SILENCES) == [
        {"matchers": matchers, "for_s": 7200.0, "comment": "new disk", "starts_at": None}
    ]
    assert added.err.splitlines() == [
        f"silenced {', '.join(matchers)}: ends in 1 h",
        f"to end it: cortexctl silences expire {samples.SILENCE.id}",
    ]
    assert (added.exit, expired.exit, expired.err) == (0, 0, f"expired: {', '.join(matchers)}\n")


def test_an_alert_is_silenced_for_a_while_or_until_it_resolves(daemon: StubDaemon, ctl: Ctl) -> None:
    path = f"{paths.ALERTS}/{samples.ALERT.id}/silence"
    daemon.answer(f"POST {path}", samples.UNTIL_RESOLVED, 201)

    until = ctl("alerts", "silence", samples.ALERT.id)
    ctl("alerts", "silence", samples.ALERT.id, "--for", "1h", "--comment", "known")

    assert until.err.splitlines()[0] == 'silenced alertname="disk": until it resolves'
    assert daemon.bodies(path) == [{"for_s": None, "comment": ""}, {"for_s": 3600.0, "comment": "known"}]


def test_expired_silences_are_shown_when_asked_for(host: StubDaemon, ctl: Ctl) -> None:
    assert "expired" not in ctl("silences").out
    assert "expired" in ctl("silences", "--all").out


def test_where_an_alert_would_go_is_asked_of_the_daemon(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"GET {paths.ROUTES}", samples.TAKEN)

    online = ctl("alerts", "routes", "test", "team=db", "a=b c")

    assert [request.query for request in daemon.requests] == ["label=team%3Ddb&label=a%3Db%20c"]
    assert online.out.splitlines() == [
        "{}  to people (telegram)",
        '  group {}:{alertname="disk"}, told after 30s, then every 5m, again after 4h',
        "silenced by 01kjq0aaaaaaaaa1",
        "inhibited by 01kjn0aaaaaaaaa1",
    ]


def test_maintenance_is_begun_and_ended(daemon: StubDaemon, ctl: Ctl) -> None:
    daemon.answer(f"POST {paths.MAINTENANCE}", samples.WINDOW, 201)
    daemon.answer(f"POST {paths.MAINTENANCE}/01kjp/end", samples.WINDOW)

    begun = ctl("maintenance", "start", 'object="/data"', "--for", "2h", "--comment", "new disk")
    ended = ctl("maintenance", "end", "01kjp")

    assert daemon.bodies(paths.MAINTENANCE) == [
        {"for_s": 7200.0, "matchers": ['object="/data"'], "fixes": "freeze", "comment": "new disk", "starts_at": None}
    ]
    assert begun.err.splitlines() == [
        'maintenance of object="/data": ends in 2 h',
        f"to end it: cortexctl maintenance end {samples.WINDOW.id}",
    ]
    assert (begun.exit, ended.exit, ended.err) == (0, 0, 'ended: object="/data"\n')


@pytest.mark.parametrize(
    "words",
    [
        ["maintenance", "start"],
        ["maintenance", "start", "--for", "soon"],
        ["maintenance", "start", "--for", "2h", "--fixes", "all"],
        ["alerts", "ack", "x", "--for", "2 fortnights"],
    ],
)
def test_a_span_that_nobody_understands_is_a_usage_error(daemon: StubDaemon, ctl: Ctl, words: list[str]) -> None:
    assert ctl(*words).exit == 2
    assert daemon.requests == []


# --- backups ----------------------------------------------------------------------------------------------------------


def test_a_backup_is_taken_and_named_on_its_own_line(host: StubDaemon, ctl: Ctl) -> None:
    taken = samples.BACKUPS.items[0]
    host.answer(f"POST {paths.BACKUPS}", taken, 201)

    result = ctl("backup", "create")

    assert (result.exit, result.out) == (0, f"{taken.name}\n")
    assert result.err == "177 KiB in 0.1 s\n"


def test_a_backup_that_cannot_be_restored_ends_with_1(host: StubDaemon, ctl: Ctl) -> None:
    host.answer(f"POST {paths.BACKUPS}/latest/verify", samples.DRILL)
    assert ctl("backup", "verify").exit == 0

    host.answer(f"POST {paths.BACKUPS}/old/verify", replace(samples.DRILL, fault="it cannot be decompressed"))
    result = ctl("backup", "verify", "old")

    assert result.exit == 1
    assert result.err == f"{samples.DRILL.name} cannot be restored: it cannot be decompressed\n"


def test_without_a_backup_it_is_said_what_to_type(host: StubDaemon, ctl: Ctl) -> None:
    host.answer(f"GET {paths.BACKUPS}", BackupsShape([], None))

    assert ctl("backup").err == "no backups yet; to take one type: cortexctl backup create\n"


# --- metrics ----------------------------------------------------------------------------------------------------------

METRICS = b"# HELP cortex_up 1 while the daemon answers.\n# TYPE cortex_up gauge\ncortex_up 1\n"


def test_metrics_are_shown_as_the_daemon_says_them(host: StubDaemon, ctl: Ctl) -> None:
    host.misbehave(f"GET {paths.METRICS}", http(METRICS, "text/plain"))

    assert ctl("metrics").out == METRICS.decode()


def test_metrics_for_node_exporter_are_written_as_a_whole(host: StubDaemon, ctl: Ctl, tmp_path: Path) -> None:
    host.misbehave(f"GET {paths.METRICS}", http(METRICS, "text/plain"))
    folder = tmp_path / "textfile"
    folder.mkdir()

    assert ctl("metrics", "--textfile", str(folder / "cortex.prom")).exit == 0

    assert [path.name for path in folder.iterdir()] == ["cortex.prom"]
    assert (folder / "cortex.prom").read_bytes() == METRICS
    assert (folder / "cortex.prom").stat().st_mode & 0o777 == 0o644
    assert "end in .prom" in ctl("metrics", "--textfile", str(folder / "cortex.txt")).err
    assert "cannot be written" in ctl("metrics", "--textfile", str(tmp_path / "none" / "cortex.prom")).err
