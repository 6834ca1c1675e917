"""One writing transaction with all its repositories."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from probed.core.intent import Link
from probed.monitor.alerts import AlertRepository
from probed.monitor.analyses import AnalysisRepository
from probed.monitor.cases import CaseRepository
from probed.monitor.changes import ChangeRepository
from probed.monitor.chats import ChatRepository
from probed.monitor.checkpoints import newest_link
from probed.monitor.decisions import DecisionRepository
from probed.monitor.digests import DigestRepository
from probed.monitor.documents import DocumentRepository
from probed.monitor.effects import EffectRepository
from probed.monitor.escalations import EscalationRepository
from probed.monitor.events import EventStream, newest_event_id
from probed.monitor.flapping import FlappingRepository
from probed.monitor.groups import GroupRepository
from probed.monitor.holds import HoldRepository
from probed.monitor.incidents import IncidentRepository
from probed.monitor.inquiries import InquiryRepository
from probed.monitor.intents import IntentLedger
from probed.monitor.jobs import JobRepository
from probed.monitor.maintenance import WindowRepository
from probed.monitor.memories import MemoryRepository
from probed.monitor.model_calls import ModelCallRepository
from probed.monitor.records import RecordRepository
from probed.monitor.reports import ReportRepository
from probed.monitor.runs import RunRepository
from probed.monitor.samples import SampleRepository
from probed.monitor.session import Session
from probed.monitor.settings import SettingRepository
from probed.monitor.shift import shift
from probed.monitor.silences import SilenceRepository
from probed.monitor.solved_cases import SolvedCaseRepository
from probed.monitor.standings import StandingRepository
from probed.monitor.storms import StormRepository
from probed.monitor.timers import TimerRepository
from probed.ports import (
    Alerts,
    Analyses,
    Cases,
    Changes,
    Chats,
    Decisions,
    Digests,
    Documents,
    Effects,
    Escalations,
    Flappings,
    Groups,
    Holds,
    Incidents,
    Inquiries,
    Jobs,
    Ledger,
    Memories,
    ModelCalls,
    Records,
    Reports,
    Runs,
    Samples,
    Settings,
    Silences,
    SolvedCases,
    Standings,
    Storms,
    Stream,
    Timers,
    Windows,
)


@dataclass(frozen=True, slots=True)
class Tip:
    """Where the intents' chain and the event stream have come to."""

    intent: Link | None
    event_id: int

    @classmethod
    async def read(cls, session: Session) -> Tip:
        return cls(await newest_link(session), await newest_event_id(session))


class SqliteTransaction:
    """Intents and events are kept aside and written by `flush`, each kind with one statement."""

    __slots__ = (
        "alerts",
        "analyses",
        "cases",
        "changes",
        "chats",
        "decisions",
        "digests",
        "documents",
        "effects",
        "escalations",
        "events",
        "flapping",
        "groups",
        "holds",
        "incidents",
        "inquiries",
        "intents",
        "jobs",
        "ledger",
        "memories",
        "model_calls",
        "now",
        "records",
        "reports",
        "runs",
        "samples",
        "session",
        "settings",
        "silences",
        "solved_cases",
        "standings",
        "storms",
        "stream",
        "timers",
        "windows",
    )

    def __init__(self, session: Session, tip: Tip, now: datetime) -> None:
        self.session, self.now = session, now
        self.cases: Cases = CaseRepository(session)
        self.runs: Runs = RunRepository(session)
        self.reports: Reports = ReportRepository(session)
        self.alerts: Alerts = AlertRepository(session)
        self.groups: Groups = GroupRepository(session)
        self.records: Records = RecordRepository(session)
        self.silences: Silences = SilenceRepository(session)
        self.decisions: Decisions = DecisionRepository(session)
        self.effects: Effects = EffectRepository(session)
        self.changes: Changes = ChangeRepository(session)
        self.chats: Chats = ChatRepository(session)
        self.solved_cases: SolvedCases = SolvedCaseRepository(session)
        self.standings: Standings = StandingRepository(session)
        self.samples: Samples = SampleRepository(session)
        self.digests: Digests = DigestRepository(session)
        self.documents: Documents = DocumentRepository(session)
        self.settings: Settings = SettingRepository(session)
        self.incidents: Incidents = IncidentRepository(session)
        self.timers: Timers = TimerRepository(session)
        self.storms: Storms = StormRepository(session)
        self.escalations: Escalations = EscalationRepository(session)
        self.windows: Windows = WindowRepository(session)
        self.holds: Holds = HoldRepository(session)
        self.memories: Memories = MemoryRepository(session)
        self.jobs: Jobs = JobRepository(session)
        self.analyses: Analyses = AnalysisRepository(session)
        self.model_calls: ModelCalls = ModelCallRepository(session)
        self.inquiries: Inquiries = InquiryRepository(session)
        self.flapping: Flappings = FlappingRepository(session)
        self.intents = IntentLedger(tip.intent, now)
        self.events = EventStream(tip.event_id, now)
        self.ledger: Ledger = self.intents
        self.stream: Stream = self.events

    @property
    def tip(self) -> Tip:
        return Tip(self.intents.newest, self.events.last_id)

    async def shift(self, step_s: float) -> None:
        await shift(self.session, step_s, self.now)

    async def flush(self) -> None:
        await self.intents.flush(self.session)
        await self.events.flush(self.session)
