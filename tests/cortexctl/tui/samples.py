"""A host on an ordinary bad morning, as the daemon would tell of it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs

from probed.wire.alert import AlertShape
from probed.wire.change import ChangeShape
from probed.wire.decision import AnalysisShape, DecisionShape
from probed.wire.event import EventShape
from probed.wire.finding import ActionCallShape
from probed.wire.incident import EntryShape, IncidentInFull, IncidentShape
from probed.wire.inspection import PlannedShape
from probed.wire.status import DaemonShape, GaugeShape, SourceShape, StatusShape
from probed.wire.trend import ForecastShape, PointShape, TrendShape
from tests.cortexctl.samples import NOW

RESTART = ActionCallShape("restart_unit", {"unit": "php8.2-fpm.service"})
CLEAN = ActionCallShape("clean_files", {"older_than": "7d", "root": "/var/cache/apt/archives"})
HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def ago(**span: float) -> str:
    return f"{NOW - timedelta(**span):%Y-%m-%dT%H:%M:%S.%fZ}"


def ahead(**span: float) -> str:
    return f"{NOW + timedelta(**span):%Y-%m-%dT%H:%M:%S.%fZ}"


def alert(number: int, **changes: object) -> AlertShape:
    known = AlertShape(
        id=f"01m7vx5exjwjh{number:03}",
        case_id=f"01m7vx5exjwjc{number:03}",
        fingerprint=f"{number:x}",
        state="firing",
        severity="warning",
        summary="/srv/data is 87 % full; full in about 9 days",
        labels={"alertname": "disk", "object": "/srv/data", "host": "atlas", "source": "disks"},
        annotations={"outlook": "clean_files has no folder on it"},
        starts_at=ago(hours=3),
        updated_at=ago(minutes=2),
        ends_at=None,
        acknowledged_by="",
        acknowledged_until=None,
        not_told="",
        commands=[f"cortexctl alerts ack 01m7vx5exjwjh{number:03}"],
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def decision(number: int, **changes: object) -> DecisionShape:
    known = DecisionShape(
        id=f"01m7vx5exjgt7{number:03}",
        case_id=f"01m7vx5exjwjc{number:03}",
        state="waiting",
        severity="critical",
        summary="php8.2-fpm.service has failed: exit code 78",
        action=RESTART,
        host="atlas",
        reason="the document asks before restart_unit",
        dry_run="systemctl restart php8.2-fpm.service\n3 processes would be started; nginx.service uses its socket",
        snapshot={"active_state": "failed", "restarts": 3},
        hash=HASH,
        created_at=ago(minutes=6),
        expires_at=ahead(minutes=54),
        decided_by="",
        decided_at=None,
        note="",
        object="php8.2-fpm.service",
        approval="one",
        approvals=[],
        object_kind="unit",
        revert_after_s=None,
        analysis=AnalysisShape("", "", "", 0, 0, 0.0, [], None, "", 0.0),
        commands=[f"cortexctl decisions approve 01m7vx5exjgt7{number:03}"],
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def event(number: int, type_: str, subject: str, seconds_ago: float, **data: object) -> EventShape:
    return EventShape(number, ago(seconds=seconds_ago), type_, subject, data)


FAILED_UNIT = alert(
    1,
    severity="critical",
    summary="php8.2-fpm.service has failed: exit code 78",
    labels={"alertname": "systemd_unit", "object": "php8.2-fpm.service", "host": "atlas", "source": "services"},
    annotations={"runbook": "https://wiki.example.org/php"},
    starts_at=ago(minutes=6),
)
FILLING_DISK = alert(2)
OLD_CERTIFICATE = alert(
    3,
    state="acknowledged",
    summary="certificate of mail.example.org ends in 6 days",
    labels={
        "alertname": "tls_certificate",
        "object": "mail.example.org:465",
        "host": "atlas",
        "source": "certificates",
    },
    annotations={},
    starts_at=ago(days=2),
    acknowledged_by="alice",
    acknowledged_until=None,
)
RESTART_PHP = decision(1)
CLEAN_CACHE = decision(
    2,
    severity="warning",
    summary="/ is 91 % full",
    action=CLEAN,
    reason="the document asks before clean_files",
    dry_run="214 files of 3.2 GiB would be removed",
    hash="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    expires_at=ahead(hours=22),
)
RENEWED = decision(
    3,
    state="verified",
    summary="redis-server.service has failed",
    action=ActionCallShape("restart_unit", {"unit": "redis-server.service"}),
    created_at=ago(days=2),
    expires_at=ago(days=2),
    decided_by="alice",
    decided_at=ago(days=2),
)
TURNED_DOWN = decision(
    4,
    state="rejected",
    severity="warning",
    summary="/var is 84 % full",
    action=ActionCallShape("vacuum_journal", {"keep": "1G"}),
    created_at=ago(days=5),
    expires_at=ago(days=4),
    decided_by="root",
    decided_at=ago(days=5),
    note="not during the backup",
)
EXPIRED = decision(5, state="expired", created_at=ago(days=9), expires_at=ago(days=9))
INCIDENT = IncidentShape(
    id="01m7vx5exjwi0001",
    state="open",
    severity="critical",
    title=FAILED_UNIT.summary,
    root_id=FAILED_UNIT.id,
    alerts=2,
    firing=2,
    opened_at=ago(minutes=6),
    updated_at=ago(minutes=6),
    closed_at=None,
)
PAST_INCIDENT = replace(
    INCIDENT,
    id="01m7vx5exjwi0002",
    state="closed",
    severity="warning",
    title="swap is 97 % used",
    alerts=1,
    firing=0,
    opened_at=ago(days=3),
    closed_at=ago(days=2, hours=21),
)
INCIDENT_IN_FULL = IncidentInFull(
    INCIDENT,
    [FAILED_UNIT, alert(6, summary="https://atlas/ answers 502")],
    [
        EntryShape(ago(seconds=362), "run", "services: critical", "r0"),
        EntryShape(ago(seconds=361), "alert", "fires (critical): php8.2-fpm.service has failed", FAILED_UNIT.id),
        EntryShape(ago(seconds=360), "decision", "waiting: restart_unit unit='php8.2-fpm.service'", RESTART_PHP.id),
        EntryShape(ago(seconds=120), "action", "verified: clean_files root='/var/tmp', by cortex", "x"),
    ],
)


def change(number: int, **changes: object) -> ChangeShape:
    known = ChangeShape(
        id=f"01m7vx5exjc5a{number:03}",
        case_id=f"01m7vx5exjwjc{number:03}",
        decision_id=None,
        action=ActionCallShape("clean_files", {"root": "/var/tmp"}),
        level="L1",
        by="cortex",
        dry_run="31 files of 412 MiB would be removed",
        outcome="verified",
        detail="31 files of 412 MiB removed",
        before={"used_percent": 93},
        after={"used_percent": 71},
        started_at=ago(hours=26),
        ended_at=ago(hours=25.999),
        object="/var/tmp",
        object_kind="folder",
        change_class="P3",
        impact="files below /var/tmp",
        steps=["08:12:00 precondition held: 31 files", "08:12:01 executed: 31 files removed"],
        snapshot={},
        reversible=False,
        revert_at=None,
        confirmed_by="",
        rolled_back_at=None,
        roll_back="",
        commands=[],
    )
    return replace(known, **changes)  # type: ignore[arg-type]


ARMED = change(
    1,
    action=ActionCallShape("set_sysctl", {"name": "vm.swappiness", "value": "10"}),
    level="L2",
    by="alice",
    dry_run="vm.swappiness: 60 would become 10",
    detail="vm.swappiness is 10",
    before={"vm.swappiness": "60"},
    after={"vm.swappiness": "10"},
    started_at=ago(minutes=5),
    ended_at=ago(seconds=298),
    steps=["09:55:00 precondition held: 60", "09:55:02 executed: 10"],
    object="vm.swappiness",
    object_kind="setting",
    change_class="P2",
    impact="how much the kernel swaps",
    snapshot={"vm.swappiness": "60"},
    reversible=True,
    revert_at=ahead(minutes=10),
    commands=["cortexctl changes confirm 01m7vx5exjc5a001", "cortexctl changes rollback 01m7vx5exjc5a001"],
)
PUT_BACK = change(
    3, outcome="not_verified", detail="still 93 % used", rolled_back_at=ago(days=4), started_at=ago(days=4), by="root"
)
SOURCES = [
    SourceShape("backup", "ok", "last night's backup is complete: 41 GiB", ago(hours=7), "01m7vx4vz23pzm60"),
    SourceShape("certificates", "warning", "1 certificate expires soon", ago(hours=4), "01m7vx4vz23pzm61"),
    SourceShape("containers", "ok", "6 containers run", ago(seconds=38), "01m7vx4vz23pzm62"),
    SourceShape("disks", "warning", "2 warnings: / and /srv/data", ago(minutes=2), "01m7vx4vz23pzm63"),
    SourceShape("services", "critical", "php8.2-fpm.service has failed", ago(seconds=38), "01m7vx4vz23pzm64"),
    SourceShape("system", "ok", "all checks passed", ago(seconds=38), "01m7vx4vz23pzm65"),
]
PLANNED = [
    PlannedShape("containers", "every 1m", ahead(seconds=22), False),
    PlannedShape("services", "every 1m", ahead(seconds=22), False),
    PlannedShape("system", "every 1m", ahead(seconds=22), False),
    PlannedShape("disks", "every 5m", ahead(minutes=3), False),
    PlannedShape("certificates", "every 12h", ahead(hours=8), False),
    PlannedShape("raid", "0 4 * * *", None, True),
]
GAUGES = [
    GaugeShape("disk /", 91.2, "%", 80.0, 95.0),
    GaugeShape("disk /srv/data", 87.0, "%", 80.0, 95.0),
    GaugeShape("inodes /", 34.0, "%", 80.0, 90.0),
    GaugeShape("cpu cpu", 23.4, "%", 90.0, 98.0),
    GaugeShape("memory memory", 61.8, "%", 90.0, 95.0),
    GaugeShape("swap swap", 4.0, "%", 60.0, 90.0),
    GaugeShape("load load", 1.3, "per core", 2.0, 4.0),
    GaugeShape("pressure io", 7.1, "%", 60.0, 90.0),
    GaugeShape("processes zombies", 2.0, "processes", 20.0, None),
    GaugeShape("tls_certificate mail", 6.0, "d", 21.0, 3.0),
]
DAEMON = DaemonShape(
    version="0.1.0",
    pid=812,
    started_at=ago(days=11),
    uptime_s=11 * 86_400.0,
    rss_mib=71.3,
    loop_lag_ms=1.4,
    ready=True,
    agent="claude: ready",
    channels=["telegram", "journal"],
    heartbeat="off",
    messages_pending=0,
    messages_dead=0,
    events={},
)
STATUS = StatusShape(
    host="atlas",
    verdict="critical",
    mode="act",
    at=ago(),
    first_sweep_done=True,
    sources=SOURCES,
    alerts=[FAILED_UNIT, FILLING_DISK, OLD_CERTIFICATE],
    decisions=[RESTART_PHP, CLEAN_CACHE],
    gauges=GAUGES,
    next_runs=PLANNED,
    notes=[
        "the journal is not watched: add the user cortex to the group systemd-journal",
        "no swap accounting in the cgroup of the containers",
    ],
    broken=[],
    recent_changes=[
        "2026-03-01 08:12 L1 clean_files root='/var/tmp', by cortex: verified: 31 files of 412 MiB removed",
        "2026-02-27 22:40 L2 restart_unit unit='redis-server.service', by alice: verified: active for 10 s",
    ],
    breakers=[],
    daemon=DAEMON,
    counts={"alerts_firing": 2, "alerts_acknowledged": 1, "decisions_waiting": 2},
    role="admin",
)
CALM = replace(
    STATUS,
    verdict="ok",
    mode="observe",
    sources=[replace(source, verdict="ok", summary="all checks passed") for source in SOURCES],
    alerts=[],
    decisions=[],
    gauges=[gauge for gauge in GAUGES if gauge.name in ("cpu cpu", "memory memory", "load load")],
    notes=[],
    recent_changes=[],
    counts={},
)
EMPTY = replace(CALM, verdict="unknown", first_sweep_done=False, sources=[], gauges=[], next_runs=[], counts={})
EVENTS = [
    event(410, "run.ended", "r0", 126_000, inspection="raid", state="ok", verdict="ok", reason=""),
    event(411, "run.ended", "r1", 398, inspection="disks", state="ok", verdict="warning", reason=""),
    event(412, "case.changed", "c1", 361, stage="asking", severity="critical", summary=FAILED_UNIT.summary),
    event(413, "alert.changed", FAILED_UNIT.id, 361, state="firing", severity="critical", summary=FAILED_UNIT.summary),
    event(414, "decision.changed", RESTART_PHP.id, 361, state="waiting", action="restart_unit php8.2-fpm.service"),
    event(415, "message.sent", "m1", 360, recipient="telegram", attempts=1),
    event(416, "alert.changed", OLD_CERTIFICATE.id, 242, state="acknowledged", by="alice"),
    event(417, "run.ended", "r2", 120, inspection="disks", state="ok", verdict="warning", reason=""),
    event(418, "run.ended", "r3", 98, inspection="backup", state="timeout", reason="no answer within 60 s"),
    event(419, "run.ended", "r4", 38, inspection="containers", state="ok", verdict="ok", reason=""),
    event(420, "run.ended", "r5", 38, inspection="services", state="ok", verdict="critical", reason=""),
    event(421, "run.ended", "r6", 38, inspection="system", state="ok", verdict="ok", reason=""),
    event(422, "run.started", "r7", 1, inspection="disks", trigger="operator"),
]


def trend(query: str) -> TrendShape:
    """A day of a number, every half hour; the disk of the data fills."""
    asked = parse_qs(query)
    check, thing = asked["check"][0], asked["object"][0]
    gauge = next(gauge for gauge in GAUGES if gauge.name == f"{check} {thing}")
    height = (gauge.critical or 100.0) * 0.9
    way = [math.sin(number / 7 + len(gauge.name)) ** 2 for number in range(48)]
    if check == "disk":
        way = [gauge.value / height * (0.6 + number / 118) for number in range(48)]
    points = [PointShape(ago(minutes=30 * (48 - number)), 0, height * part, 0, 30) for number, part in enumerate(way)]
    forecast = ForecastShape(8 * 86_400, 9.4 * 86_400, None, 1.3, "full in 8 to 12 days")
    return TrendShape(check, thing, ago(days=1), ago(), 1800.0, points, forecast if thing == "/srv/data" else None)
