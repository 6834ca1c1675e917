"""What a daemon might answer, in its own shapes: one host with a full disk, a failed service, a silent source."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from probed.wire.alert import AlertShape, CaseShape
from probed.wire.autonomy import ModesShape, StandingShape
from probed.wire.backup import BackupShape, BackupsShape, DrillShape
from probed.wire.change import ChangeShape, CheckpointShape, IntentShape
from probed.wire.channel import BreakerShape, ChannelShape, ChannelTestShape, MessageShape
from probed.wire.decision import AdviceShape, AnalysisShape, DecisionShape
from probed.wire.event import EventShape
from probed.wire.finding import ActionCallShape, FindingShape, FoundInShape, GroundingShape
from probed.wire.incident import EntryShape, IncidentInFull, IncidentShape
from probed.wire.inspection import BrokenShape, InspectionList, InspectionShape, PlannedShape
from probed.wire.maintenance import WindowShape
from probed.wire.memory import MemoryProbeShape, MemoryShape
from probed.wire.page import PageOf
from probed.wire.question import QuestionShape, SeenShape
from probed.wire.report import ReportShape
from probed.wire.run import RunShape
from probed.wire.silence import RouteShape, RoutesShape, SilenceShape
from probed.wire.status import DaemonShape, GaugeShape, SourceShape, StatusShape

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
CLEAN = ActionCallShape("clean_files", {"root": "/var/cache"})
RESTART = ActionCallShape("restart_unit", {"unit": "nginx.service"})

ALERT = AlertShape(
    id="01kjn0aaaaaaaaa1",
    case_id="01kjn0ccccccccc1",
    fingerprint="5f1e",
    state="firing",
    severity="critical",
    summary="/data is 96 % full",
    labels={"alertname": "disk", "object": "/data", "host": "web1", "source": "disks"},
    annotations={"outlook": "would have run clean_files root='/var/cache' (mode is observe)"},
    starts_at="2026-03-01T09:46:00Z",
    updated_at="2026-03-01T09:58:00Z",
    ends_at=None,
    acknowledged_by="",
    acknowledged_until=None,
    not_told="",
    commands=["cortexctl alerts ack 01kjn0aaaaaaaaa1", "cortexctl alerts resolve 01kjn0aaaaaaaaa1"],
)
ACKNOWLEDGED = replace(
    ALERT,
    id="01kjn0aaaaaaaab2",
    state="acknowledged",
    severity="warning",
    summary="証明書 example.org expires in 6 d",
    labels={"alertname": "tls_certificate", "object": "example.org"},
    annotations={},
    starts_at="2026-02-27T10:00:00Z",
    acknowledged_by="uid:1000 alice",
    acknowledged_until=None,
    commands=["cortexctl alerts resolve 01kjn0aaaaaaaab2"],
)
RESOLVED = replace(
    ALERT, id="01kjmzaaaaaaaaa3", state="resolved", ends_at="2026-03-01T09:00:00Z", commands=[], annotations={}
)
CASE = CaseShape(
    id="01kjn0ccccccccc2",
    source="services",
    check="systemd_unit",
    object="nginx.service",
    severity="critical",
    stage="asking",
    level="L2",
    summary="nginx.service has failed",
    outlook="",
    labels={"team": "home"},
    evidence={"state": "failed", "exit_status": 1, "log": "bind() to 0.0.0.0:80 failed"},
    runbook="https://example.org/nginx",
    opened_at="2026-03-01T09:42:00Z",
    changed_at="2026-03-01T09:42:01Z",
    last_seen_at="2026-03-01T09:59:00Z",
    resolved_at=None,
)
MODES = ModesShape("act", "observe", "act", {"clean_files": "earned"})
STANDING = StandingShape(
    action="restart_unit",
    object_kind="unit",
    rung="ask",
    pin=None,
    pinned_by="",
    rehearsals=0,
    rehearsals_needed=3,
    successes=7,
    successes_needed=16,
    succeeded=9,
    failed=1,
    lower_bound=0.646,
    changed_at="2026-03-01T09:42:00Z",
)
DECISION = DecisionShape(
    id="01kjn0ddddddddd1",
    case_id=CASE.id,
    state="waiting",
    severity="critical",
    summary="nginx.service has failed",
    action=RESTART,
    host="web1",
    reason="the document asks before restart_unit",
    dry_run="systemctl restart nginx.service\n1 process would be started",
    snapshot={"active_state": "failed", "restarts": 3},
    hash="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    created_at="2026-03-01T09:42:00Z",
    expires_at="2026-03-01T10:42:00Z",
    decided_by="",
    decided_at=None,
    note="",
    object="nginx.service",
    approval="one",
    approvals=[],
    object_kind="unit",
    revert_after_s=None,
    analysis=AnalysisShape(
        risk="low",
        blast_radius="the unit, and the units that are restarted with it",
        inverse="irreversible",
        succeeded=9,
        failed=1,
        takes_s=120.0,
        precedents=["2026-02-27 nginx.service: approved by ann: verified"],
        advice=AdviceShape("more", "low", False, ["the port is taken by another process"], ["stop the other process"]),
        no_advice="",
        cost_usd=0.0021,
    ),
    commands=["cortexctl decisions approve 01kjn0ddddddddd1", "cortexctl decisions reject 01kjn0ddddddddd1"],
)
APPROVED = replace(DECISION, state="approved", decided_by="uid:0 root", decided_at="2026-03-01T10:00:00Z", commands=[])
FINDING = FindingShape(
    check="disk",
    object="/data",
    severity="critical",
    summary="/data is 96 % full",
    evidence={"used_percent": 96.1, "free_bytes": 4_200_000_000},
    proposed_action=CLEAN,
)
REPORT = ReportShape(
    id="01kjn0rrrrrrrrr1",
    run_id="01kjn0xxxxxxxxx1",
    source="disks",
    verdict="critical",
    summary="1 critical: /data is 96 % full",
    created_at="2026-03-01T09:58:00Z",
    findings=[FINDING, FindingShape("inodes", "/", "info", "61 % of the inodes are used")],
    unanswered=["smart: smartctl is not installed"],
    notes=["ZFS is not here"],
    cost_usd=0.0123,
    grounding=GroundingShape(3, 2, ["97%"], ["e1", "o1"], ["e9"]),
)
HEALTHY = replace(
    REPORT,
    id="01kjn0rrrrrrrrr2",
    verdict="ok",
    summary="all fine",
    findings=[],
    unanswered=[],
    notes=[],
    cost_usd=0.0,
    grounding=None,
)
RUN = RunShape(
    id="01kjn0xxxxxxxxx1",
    inspection="disks",
    trigger="schedule",
    state="ok",
    created_at="2026-03-01T09:57:59Z",
    started_at="2026-03-01T09:57:59.200000Z",
    ended_at="2026-03-01T09:57:59.620000Z",
    reason="",
    document_hash="ab12",
    report_id=REPORT.id,
    verdict="critical",
    cost_usd=0.0123,
    by="",
    gate="unchanged",
    gate_reason="unchanged since run 01kjn0xxxxxxxxx0",
)
PENDING = replace(
    RUN,
    id="01kjn0xxxxxxxxx2",
    trigger="operator",
    by="uid:1000 ann",
    state="pending",
    started_at=None,
    ended_at=None,
    report_id=None,
    verdict=None,
    cost_usd=0.0,
)
TIMED_OUT = replace(
    PENDING, id="01kjmvxxxxxxxxx3", inspection="containers", state="timeout", reason="no answer within 60 s"
)
INSPECTION = InspectionShape(
    id="disks",
    title="Disks and inodes",
    schedule="every 5m",
    timeout_s=60.0,
    checks=["disk", "inodes"],
    paused=False,
    next_at="2026-03-01T10:03:00Z",
    last_verdict="critical",
    last_run_id=RUN.id,
    path="/etc/cortex/inspections/disks.md",
    document_hash="ab12",
    runbook="https://example.org/disks",
    labels={"team": "home"},
    agent={"when": "on_finding", "tier": "small", "budget_usd": 0.1},
    policy="operator",
    body="Look at what grows.\n\nLogs first.\n",
)
PAUSED = replace(
    INSPECTION,
    id="certificates",
    title="Certificates and endpoints",
    schedule="0 6 * * *",
    paused=True,
    next_at=None,
    last_verdict=None,
    last_run_id=None,
)
BROKEN = BrokenShape("/etc/cortex/inspections/backup.md", 4, "unknown check `bakup`; did you mean `backup`?")
PLANNED = PlannedShape("disks", "every 5m", "2026-03-01T10:03:00Z", False)
CHANGE = ChangeShape(
    id="01kjn0hhhhhhhhh1",
    case_id=CASE.id,
    decision_id=None,
    action=CLEAN,
    level="L1",
    by="cortex",
    dry_run="12 files, 1.2 GiB",
    outcome="verified",
    detail="12 files removed",
    before={"used_percent": 93},
    after={"used_percent": 71},
    started_at="2026-03-01T08:00:00Z",
    ended_at="2026-03-01T08:00:02Z",
    object="/var/cache",
    object_kind="files",
    change_class="P3",
    impact="files below /var/cache",
    steps=["08:00:00 precondition held: 12 files", "08:00:01 executed: 12 files removed"],
    snapshot={"files": 12},
    reversible=False,
    revert_at=None,
    confirmed_by="",
    rolled_back_at=None,
    roll_back="",
    commands=[],
)
MEMORY = MemoryShape(
    id="01kjm0hhhhhhhhh1",
    check="systemd_unit",
    object="nginx.service",
    source="services",
    cause="its port is taken by apache2",
    action="restart_unit unit='{object}'",
    advice="",
    origin="investigation",
    by="model",
    case_id=CASE.id,
    run_id="01kjm0hhhhhhhhh0",
    seen=4,
    helped=3,
    failed=1,
    refuted=0,
    trust=0.301,
    is_trusted=True,
    vouched_by="",
    cost_usd=0.0431,
    created_at="2026-02-01T08:00:00Z",
    changed_at="2026-03-01T08:00:00Z",
    probes=[
        MemoryProbeShape(
            "unit_status", {"name": "{object}"}, ["exit_code=1 result=exit-code unit={object}"], "ab12" * 16
        ),
        MemoryProbeShape("journal", {"contains": "oom"}, [], "cd34" * 16),
    ],
    features=["object:name=nginx.service", "evidence:result=exit-code"],
    commands=["cortexctl memories correct 01kjm0hhhhhhhhh1", "cortexctl memories delete 01kjm0hhhhhhhhh1"],
)
INTENT = IntentShape(
    number=17,
    at="2026-03-01T09:42:00Z",
    kind="decision",
    actor="cortex",
    subject=DECISION.id,
    text="asks a person: restart_unit unit='nginx.service'",
    detail={},
    hash="c0ffee",
)
CHECKPOINT = CheckpointShape(
    number=1200,
    hash="c0ffee",
    at="2026-03-01T09:42:00+00:00",
    first_at="2025-08-01T00:00:00+00:00",
    last_at="2025-09-01T00:00:00+00:00",
    counts={"audit": 1000, "decision": 200},
    previous="0" * 64,
    seal="5ea1",
    key="ab" * 32,
    fingerprint="0123 4567 89ab cdef 0123 4567 89ab cdef",
    signature="cd" * 64,
)
DAEMON = DaemonShape(
    version="0.1.0",
    pid=4711,
    started_at="2026-02-28T10:00:00Z",
    uptime_s=86_400.0,
    rss_mib=73.6,
    loop_lag_ms=1.2,
    ready=True,
    agent="none",
    channels=["journal"],
    heartbeat="off",
    messages_pending=0,
    messages_dead=0,
    events={"docker": "polled: no Docker engine on this host", "systemd": "live"},
)
TROUBLED = StatusShape(
    host="web1",
    verdict="critical",
    mode="observe",
    at="2026-03-01T10:00:00Z",
    first_sweep_done=True,
    sources=[
        SourceShape("disks", "critical", "1 critical: /data is 96 % full", "2026-03-01T09:58:00Z", RUN.id),
        SourceShape("services", "critical", "1 critical: nginx.service has failed", "2026-03-01T09:59:30Z", RUN.id),
        SourceShape("containers", "unknown", "no answer within 60 s", "2026-03-01T05:00:00Z", TIMED_OUT.id),
        SourceShape("system", "ok", "CPU, memory and load are fine", "2026-03-01T09:59:59.500000Z", RUN.id),
    ],
    alerts=[ALERT, ACKNOWLEDGED],
    decisions=[DECISION],
    gauges=[GaugeShape("disk /data", 96.1, "%", 80.0, 90.0)],
    next_runs=[PLANNED, replace(PLANNED, inspection="certificates", next_at=None, paused=True)],
    notes=["The journal is not watched: add the user cortex to the group systemd-journal"],
    broken=[BROKEN],
    recent_changes=["2026-03-01 08:00 L1 clean_files root='/var/cache', by cortex: verified: 12 files removed"],
    breakers=[
        BreakerShape("telegram", "closed", 0, None, None, ""),
        BreakerShape(
            "mail", "open", 7, "2026-03-01T09:40:00Z", "2026-03-01T10:00:04Z", "Connection error: [Errno 111] refused"
        ),
    ],
    daemon=replace(
        DAEMON,
        ready=False,
        heartbeat="no answer from https://hc.example.org for 240 s: it answers 503",
        loop_lag_ms=900.0,
        messages_pending=2,
        messages_dead=1,
    ),
    counts={"cases_open": 3},
    role="operator",
)
CALM = replace(
    TROUBLED,
    verdict="ok",
    sources=[TROUBLED.sources[3]],
    alerts=[],
    decisions=[],
    notes=[],
    broken=[],
    recent_changes=[],
    breakers=[],
    daemon=DAEMON,
)
NEW = replace(CALM, verdict="unknown", first_sweep_done=False, sources=[])

INSPECTIONS = InspectionList([INSPECTION, PAUSED], [BROKEN])
ALERTS = PageOf([ALERT, ACKNOWLEDGED, RESOLVED], next="01kjmzaaaaaaaaa3")
CASES = PageOf([CASE])
DECISIONS = PageOf([DECISION, replace(APPROVED, id="01kjn0ddddddddd0", state="verified")])
RUNS = PageOf([PENDING, RUN, TIMED_OUT])
REPORTS = PageOf([HEALTHY, REPORT])
FINDINGS = PageOf([FoundInShape(3, REPORT.id, "disks", REPORT.created_at, FINDING)])
INCIDENT = IncidentShape(
    id="01kjn0iiiiiiii1",
    state="open",
    severity="critical",
    title="/data is 96 % full",
    root_id=ALERT.id,
    alerts=2,
    firing=1,
    opened_at="2026-03-01T09:58:00Z",
    updated_at="2026-03-01T09:59:00Z",
    closed_at=None,
)
INCIDENTS = PageOf([INCIDENT, replace(INCIDENT, id="01kjmziiiiiiii0", state="closed", firing=0)])
INCIDENT_IN_FULL = IncidentInFull(
    INCIDENT,
    [ALERT, RESOLVED],
    [
        EntryShape("2026-03-01T09:58:00Z", "finding", "critical: /data is 96 % full", REPORT.id),
        EntryShape("2026-03-01T09:58:00.100Z", "alert", "fires (critical): /data is 96 % full", ALERT.id),
        EntryShape("2026-03-01T09:58:02Z", "message", "to telegram: critical: /data is 96 % full", "m1"),
    ],
)
WINDOW = WindowShape(
    id="01kjpwwwwwwwww0",
    state="active",
    matchers=['object="/data"'],
    starts_at="2026-03-01T09:30:00Z",
    ends_at="2026-03-01T11:30:00Z",
    fixes="freeze",
    comment="new disk",
    created_by="uid:1000 ann",
)
BACKUP = replace(WINDOW, id="config:backup", matchers=[], fixes="permit", comment="backup", created_by="configuration")
SILENCE = SilenceShape(
    id="01kjq0aaaaaaaaa1",
    state="active",
    matchers=['object="/data"', 'severity!="critical"'],
    starts_at="2026-03-01T09:00:00.000Z",
    ends_at="2026-03-01T11:00:00.000Z",
    created_by="uid:1000 ann",
    comment="new disk",
    updated_at="2026-03-01T09:00:00.000Z",
    alert_id="",
    commands=["cortexctl silences expire 01kjq0aaaaaaaaa1"],
)
UNTIL_RESOLVED = replace(
    SILENCE, id="01kjq0bbbbbbbbb2", ends_at=None, alert_id="01kjn0aaaaaaaaa1", matchers=['alertname="disk"'], comment=""
)
EXPIRED = replace(SILENCE, id="01kjq0ccccccccc3", state="expired", commands=[])
SILENCES = PageOf([UNTIL_RESOLVED, SILENCE, EXPIRED])
QUESTION = QuestionShape(
    id="01kjn0qqqqqqqqq2",
    session="01kjn0qqqqqqqqq1",
    text="Why was the machine slow at three?",
    by="uid:1000 ann",
    asked_at="2026-03-01T09:50:00Z",
    state="answered",
    about="",
    answer="The nightly backup read /data from 03:00 to 03:20 [e1].\nNothing else did [e7: no such evidence].",
    reason="",
    evidence=[
        SeenShape("e1", "metric_history", {"check": "io", "object": "sda"}, failed=False, is_cited=True, sha256="c0ff"),
        SeenShape("e2", "containers", {}, failed=True, is_cited=False, sha256="fee1"),
    ],
    unsupported=["e7"],
    model="claude-haiku-4-5",
    cost_usd=0.0123,
    ended_at="2026-03-01T09:50:21Z",
)
OVER_BUDGET = replace(
    QUESTION,
    id="01kjn0qqqqqqqqq1",
    text="What is it doing?",
    state="budget",
    answer="",
    reason="the budget of the question ($0.25) has $0.0012 left, and this request may cost $0.0140",
    evidence=[],
    unsupported=[],
    model="",
)
QUESTIONS = PageOf([QUESTION, OVER_BUDGET])
ROUTES = RoutesShape(
    [
        RouteShape("{}", 0, "people", ["telegram"], ["alertname"], "", 30.0, 300.0, 14400.0, False, ""),
        RouteShape('{}/{team="db"}', 1, "pager", [], [], "", 0.0, 1.0, 3600.0, True, "muted at this time (nights)"),
    ]
)
TAKEN = RoutesShape(
    [replace(ROUTES.routes[0], group_key='{}:{alertname="disk"}')], ["01kjq0aaaaaaaaa1"], "01kjn0aaaaaaaaa1"
)
MAINTENANCE = PageOf([BACKUP, WINDOW])
CHANGES = PageOf([CHANGE])
MEMORIES = PageOf([MEMORY])
INTENTS = PageOf([INTENT])
SCHEDULE = PageOf([PLANNED, replace(PLANNED, inspection="certificates", next_at=None, paused=True)])
EVENTS = [
    EventShape(7, "2026-03-01T09:58:00Z", "run.ended", "disks", {"state": "ok", "reason": ""}),
    EventShape(8, "2026-03-01T09:58:00.250000Z", "alert.changed", ALERT.id, {"state": "firing"}),
]
CHANNELS = PageOf(
    [
        ChannelShape("telegram", "telegram", TROUBLED.breakers[0], 0, 0),
        ChannelShape("mail", "apprise", TROUBLED.breakers[1], 2, 1),
    ]
)
CHANNEL_TEST = ChannelTestShape("mail", "01kjn0mmmmmmmmm9", delivered=True, detail="", took_s=0.42)
MESSAGE = MessageShape(
    id="01kjn0mmmmmmmmm1",
    recipient="mail",
    kind="alert",
    title="critical: /data is 96 % full",
    severity="critical",
    subject="alertname='disk'",
    state="dead",
    attempts=1,
    created_at="2026-03-01T09:46:01Z",
    due_at="2026-03-01T09:46:01Z",
    ended_at="2026-03-01T09:46:02Z",
    note="552 too large",
    text="web1: critical: /data is 96 % full\n/data is 96 % full\n  critical, since 2026-03-01 09:46 UTC",
)
WAITING_MESSAGE = replace(
    MESSAGE, id="01kjn0mmmmmmmmm2", state="pending", ended_at=None, due_at="2026-03-01T10:00:04Z", note="refused"
)
MESSAGES = PageOf([WAITING_MESSAGE, MESSAGE])

DRILL = DrillShape("monitor-20260301T080000Z.db.gz", "2026-03-01T08:00:03Z", 0.412, "")
BACKUPS = BackupsShape(
    [
        BackupShape(
            f"monitor-20260301T0{hour}0000Z.db.gz",
            f"2026-03-01T0{hour}:00:00Z",
            181_000 + hour,
            1_310_720,
            "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            {"reports": 120 + hour, "cases": 3},
            0.084,
        )
        for hour in (9, 8)
    ],
    DRILL,
)
