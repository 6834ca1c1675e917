"""What the world may ask of the engine (`Operator`), and the planner's two sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from probed.core.alert import Alert
from probed.core.assistant import ProbeAnswer, ProbeFacts
from probed.core.autonomy import Rung, Standing, Terms
from probed.core.change import Change
from probed.core.channel import ChannelTest
from probed.core.configuration import InForce, Reloaded
from probed.core.decision import Decision
from probed.core.dry_run import DryRun
from probed.core.effect import QueuedEffect
from probed.core.external_alert import AlertDraft
from probed.core.finding import Finding
from probed.core.inquiry import Inquiry, InquiryDraft, Tell
from probed.core.inspection import Inspection
from probed.core.intent import Intent, IntentDraft
from probed.core.job import Job, Ping
from probed.core.maintenance import Window, WindowDraft
from probed.core.modes import Modes
from probed.core.people import Account
from probed.core.permission import Mode
from probed.core.replay import Replay
from probed.core.report import Report
from probed.core.run import Run
from probed.core.silence import Silence, SilenceDraft
from probed.core.solved_case import SolvedCase


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: a local user (`uid:1000 alice`), a Telegram user (`telegram:42 Ann`), or `cortex` itself."""

    name: str
    pid: int = 0
    uid: int | None = None
    login_uid: int | None = None
    """Who logged in, whatever uid that person took since; None: not known, or nobody did."""
    telegram_id: int | None = None

    @property
    def account(self) -> Account:
        return Account(self.uid, self.login_uid, self.telegram_id)

    @property
    def traces(self) -> Mapping[str, object]:
        """What the audit log keeps of it beside the name."""
        found = {"pid": self.pid or None, "uid": self.uid, "login_uid": self.login_uid, "telegram": self.telegram_id}
        return {name: value for name, value in found.items() if value is not None}


class Operator(Protocol):
    """What a person may do, whatever the face: API, Telegram, later MCP. Each call leaves an audit line.

    Raises NotFound, Conflict (already decided, already resolved) or Refused.
    """

    async def approve(
        self,
        decision_id: str,
        by: Actor,
        expected_hash: str | None = None,
        confirmation: str = "",
        revert_after_s: float | None = None,
    ) -> Decision:
        """Where two persons have to, the first approval leaves it waiting, with that name in `approvals`. Where it is
        typed, `confirmation` is the name of the decision's object; else Refused says what to type. With
        `revert_after_s` it is rolled back so long after it began, unless somebody confirms the change."""

    async def reject(self, decision_id: str, by: Actor, note: str = "") -> Decision: ...

    async def confirm_change(self, change_id: str, by: Actor) -> Change:
        """It stays, whatever timer would have rolled it back."""

    async def roll_back_change(self, change_id: str, by: Actor) -> Change:
        """Put back what it changed, now; returned as it is before that."""

    @property
    def terms(self) -> Terms:
        """What autonomy costs."""

    async def modes(self) -> Modes: ...

    async def set_mode(self, mode: Mode | None, by: Actor, action: str = "") -> Modes:
        """For one action, or (empty) in general; None takes back what an operator chose."""

    async def pin(self, action: str, object_kind: str, rung: Rung | None, by: Actor) -> Standing:
        """Put an action on a rung, whatever it earns; None: no longer."""

    async def dry_run(self, action: str, params: Mapping[str, object], by: Actor) -> DryRun:
        """What it would do now; nothing is done. Raises NotFound, ParameterError."""

    async def acknowledge(self, alert_id: str, by: Actor, for_s: float | None = None) -> Alert:
        """With `for_s` it lapses after so many seconds: then it is told again."""

    async def start_maintenance(self, draft: WindowDraft, by: Actor) -> Window: ...

    async def end_maintenance(self, window_id: str, by: Actor) -> Window: ...

    def recurring_maintenance(self) -> Sequence[Window]:
        """The windows of the configuration that are open now."""

    async def resolve(self, alert_id: str, by: Actor) -> Alert: ...

    async def take_alerts(self, drafts: Sequence[AlertDraft], by: Actor) -> Sequence[str]:
        """Take in alerts of other programs: the valid ones are stored, what is wrong with the others is returned."""

    async def silence(self, draft: SilenceDraft, by: Actor) -> Silence:
        """Raises ParameterError where it would silence nothing or everything."""

    async def silence_alert(self, alert_id: str, by: Actor, for_s: float | None, comment: str = "") -> Silence:
        """Silence exactly this alert for so many seconds; None: until it resolves."""

    async def expire_silence(self, silence_id: str, by: Actor) -> Silence: ...

    async def run(self, inspection_id: str, by: Actor) -> Run:
        """Queue a run and return it, pending."""

    async def cancel_run(self, run_id: str, by: Actor) -> Run:
        """End a run that is under way, and whatever it has started; a run that does not end within seconds is returned
        as it is, and ends later. Raises NotFound, and Conflict where it has ended already."""

    async def pause(self, inspection_id: str, by: Actor) -> None: ...

    async def resume(self, inspection_id: str, by: Actor) -> None: ...

    async def relearn(self, inspection_id: str, by: Actor, check: str = "") -> int:
        """Have that check, or all of the inspection, take for normal what the next look sees; returns how many forgot
        something. Raises NotFound, and Conflict while a run is under way."""

    async def remember(self, case_id: str, cause: str, advice: str, by: Actor) -> SolvedCase:
        """Keep what was behind a case, and what helped, in a person's words. Raises NotFound, Conflict."""

    async def correct_memory(
        self,
        memory_id: str,
        by: Actor,
        cause: str | None = None,
        advice: str | None = None,
        *,
        without_action: bool = False,
    ) -> SolvedCase:
        """None: it stays as it is. `without_action`: what it says helped did not."""

    async def delete_memory(self, memory_id: str, by: Actor) -> SolvedCase:
        """Returns what was forgotten."""

    async def hear(self, job: str, ping: Ping, by: Actor, exit_code: int | None = None) -> Job:
        """A job says that it begins or has ended. Raises TooMany where there are very many already."""

    async def test_channel(self, name: str, by: Actor) -> ChannelTest:
        """Send a real message now. Raises NotFound, Overloaded; a failure is an answer."""

    async def resend(self, message_id: str, by: Actor, to: str = "") -> QueuedEffect:
        """Have a dead letter sent again, to another channel where `to` names one."""

    async def record(self, draft: IntentDraft, by: Actor) -> Intent:
        """Add a person's own line to the record of intents."""

    async def notify(self, text: str) -> None:
        """Tell whoever gets messages about the daemon itself; no person asks for that."""

    async def submit(self, draft: ReportDraft, by: Actor) -> Report:
        """Take in another program's report. Raises Overloaded when too many wait."""


class Questions(Protocol):
    """What a person may ask a model about the host. It is looked into through read-only probes; nothing is done."""

    async def begin(self, draft: InquiryDraft, by: Actor) -> Inquiry:
        """Keep the question; what has begun is handed to `answer` at once. Raises NotFound (the session, what it is
        about), Conflict where there is no model to ask, Overloaded."""

    async def answer(self, inquiry: Inquiry, tell: Tell) -> Inquiry:
        """The question with its answer, or with why there is none; never raises for the model's sake. `tell` hears on
        the way what happens. Whoever is cancelled while it waits here cancels the question."""


class Assistants(Protocol):
    """What an assistant of a person's own may ask, in that person's name."""

    async def probes(self) -> Sequence[ProbeFacts]: ...

    async def probe(self, session: str, name: str, arguments: Mapping[str, object], by: Actor) -> ProbeAnswer:
        """Never raises for wrong arguments, or what the host did not tell: that is an answer too. Raises NotFound,
        Overloaded."""


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """What another program hands in; the engine makes a report with a run of its own from it."""

    source: str
    verdict: str
    summary: str
    findings: tuple[Finding, ...]
    trace: str = ""
    """The W3C traceparent of what made it, where that program tells."""


@dataclass(frozen=True, slots=True)
class PlannedRun:
    inspection: Inspection
    next_at: datetime | None
    """None while it is paused or only runs on request."""
    paused: bool


class Schedule(Protocol):
    """What is planned; the scheduler behind it."""

    def planned(self) -> Sequence[PlannedRun]: ...

    def is_alive(self) -> bool: ...


class Pausing(Protocol):
    """The scheduler's other side: stop and go on planning an inspection."""

    def pause(self, inspection_id: str) -> None: ...

    def resume(self, inspection_id: str) -> None: ...


class Configurations(Protocol):
    """What the daemon works by: configuration, documents, templates."""

    def in_force(self) -> InForce: ...

    async def bring_into_force(self, by: Actor | None = None) -> Reloaded:
        """As they are written now. Raises NotReloaded, and then nothing has changed."""


class Replays(Protocol):
    async def replay(self, run_id: str, by: Actor, document: str = "", model: str = "") -> Replay:
        """Repeat a run from its recording. `document`: the text of another version; `model`: that is asked instead of
        the recording. Raises NotFound where no recording is kept, DocumentError, ParameterError, TooMany while another
        one goes on."""
