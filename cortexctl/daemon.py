"""What can be asked of the daemon, typed by the shapes of `probed.wire`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar, cast

from cortexctl.client import Client
from cortexctl.record import Record
from probed.wire import paths

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cortexctl.stream import EventStream
    from probed.wire.alert import AlertShape, CaseShape
    from probed.wire.autonomy import AutonomyShape, ModesShape, StandingShape
    from probed.wire.backup import BackupShape, DrillShape
    from probed.wire.change import ChainShape, ChangeShape, CheckpointShape, IntentShape
    from probed.wire.channel import ChannelShape, ChannelTestShape, MessageShape
    from probed.wire.configuration import ConfigurationShape, ReloadedShape
    from probed.wire.decision import DecisionShape
    from probed.wire.dry_run import DryRunShape
    from probed.wire.finding import FoundInShape
    from probed.wire.incident import IncidentInFull, IncidentShape, PostmortemShape
    from probed.wire.inspection import BrokenShape, InspectionShape, PlannedShape, RelearnShape, VersionShape
    from probed.wire.job import JobShape
    from probed.wire.maintenance import WindowShape
    from probed.wire.memory import MemoryShape
    from probed.wire.model import ChoiceShape, ModelsShape
    from probed.wire.probe import ProbeAnswerShape, ProbeShape
    from probed.wire.question import QuestionShape
    from probed.wire.replay import ReplayShape
    from probed.wire.report import ReportShape
    from probed.wire.run import EvidenceOfRunShape, RunShape, TranscriptShape
    from probed.wire.secret import RenewedShape
    from probed.wire.silence import RoutesShape, SilenceShape
    from probed.wire.status import StatusShape
    from probed.wire.telegram import ChatMemberShape, PairingCodeShape
    from probed.wire.trend import SeriesShape, TrendShape

Item = TypeVar("Item")
BACKUP_WITHIN_S = 1800.0
"""A large monitor on a slow disk."""
DRY_RUN_WITHIN_S = 110.0
"""Longer than the daemon's own deadline for it."""
RELOAD_WITHIN_S = 65.0
"""Longer than the daemon's own deadline for it."""
REPLAY_WITHIN_S = 930.0
"""Longer than the daemon's own deadline for it."""


class Page(Generic[Item]):
    """One page of a list, newest first; `next` is the `before` of the following page, None at the end."""

    def __init__(self, wire: Record) -> None:
        self.wire = wire
        self.items: list[Item] = wire["items"]
        self.next: str | None = wire.get("next")


class Daemon:
    """An id may be shortened to any unambiguous beginning. Raises what `Client` raises."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def status(self) -> StatusShape:
        return cast("StatusShape", self.client.get(paths.STATUS))

    def ids(self, noun: str) -> list[str]:
        """Of the newest items of a list."""
        return [item["id"] for item in self.client.get(f"{paths.API}/{noun}")["items"]]

    def inspections(self) -> tuple[Page[InspectionShape], list[BrokenShape]]:
        answer = self.client.get(paths.INSPECTIONS)
        return Page(answer), answer.broken

    def inspection(self, id_: str) -> InspectionShape:
        return cast("InspectionShape", self.client.get(below(paths.INSPECTIONS, id_)))

    def versions(self, id_: str) -> Page[VersionShape]:
        return Page(self.client.get(below(paths.INSPECTIONS, id_, "versions")))

    def start_run(self, inspection: str) -> RunShape:
        return cast("RunShape", self.client.post(below(paths.INSPECTIONS, inspection, "run")))

    def pause(self, inspection: str) -> InspectionShape:
        return cast("InspectionShape", self.client.post(below(paths.INSPECTIONS, inspection, "pause")))

    def resume(self, inspection: str) -> InspectionShape:
        return cast("InspectionShape", self.client.post(below(paths.INSPECTIONS, inspection, "resume")))

    def relearn(self, inspection: str, check: str) -> RelearnShape:
        body = {"check": check} if check else {}
        return cast("RelearnShape", self.client.post(below(paths.INSPECTIONS, inspection, "relearn"), body))

    def jobs(self) -> Page[JobShape]:
        return Page(self.client.get(paths.HEARTBEATS))

    def hear(self, job: str, said: str, exit_code: int | None = None) -> JobShape:
        body = {"said": said, **({} if exit_code is None else {"exit_code": exit_code})}
        return cast("JobShape", self.client.post(below(paths.HEARTBEATS, job), body))

    def ask(self, question: dict[str, object]) -> EventStream:
        """What happens, as `QuestionEvent`s: the question has `ended` last."""
        return self.client.post_stream(paths.QUESTIONS, question)

    def questions(self, **query: str | int | None) -> Page[QuestionShape]:
        return Page(self.client.get(paths.QUESTIONS, **query))

    def question(self, id_: str) -> QuestionShape:
        return cast("QuestionShape", self.client.get(below(paths.QUESTIONS, id_)))

    def question_transcript(self, id_: str) -> TranscriptShape:
        return cast("TranscriptShape", self.client.get(below(paths.QUESTIONS, id_, "transcript")))

    def question_evidence(self, id_: str) -> EvidenceOfRunShape:
        return cast("EvidenceOfRunShape", self.client.get(below(paths.QUESTIONS, id_, "evidence")))

    def models(self) -> ModelsShape:
        return cast("ModelsShape", self.client.get(paths.MODELS))

    def model_choice(self, inspection: str, severity: str | None) -> ChoiceShape:
        asked = self.client.get(below(paths.INSPECTIONS, inspection, "model"), severity=severity)
        return cast("ChoiceShape", asked)

    def schedule(self) -> Page[PlannedShape]:
        return Page(self.client.get(paths.SCHEDULE))

    def trends(self, **query: str | int | None) -> Page[SeriesShape]:
        return Page(self.client.get(paths.TRENDS, **query))

    def trend(self, **query: str | int | None) -> TrendShape:
        return cast("TrendShape", self.client.get(paths.TREND, **query))

    def runs(self, **query: str | int | None) -> Page[RunShape]:
        return Page(self.client.get(paths.RUNS, **query))

    def run(self, id_: str) -> RunShape:
        return cast("RunShape", self.client.get(below(paths.RUNS, id_)))

    def cancel_run(self, id_: str) -> RunShape:
        return cast("RunShape", self.client.post(below(paths.RUNS, id_, "cancel")))

    def probes(self) -> list[ProbeShape]:
        return cast("list[ProbeShape]", self.client.get(paths.PROBES)["items"])

    def ask_probe(self, name: str, arguments: dict[str, object], session: str) -> ProbeAnswerShape:
        body = {"arguments": arguments, "session": session}
        return cast("ProbeAnswerShape", self.client.post(below(paths.PROBES, name), body))

    def run_transcript(self, id_: str) -> TranscriptShape:
        return cast("TranscriptShape", self.client.get(below(paths.RUNS, id_, "transcript")))

    def run_evidence(self, id_: str) -> EvidenceOfRunShape:
        return cast("EvidenceOfRunShape", self.client.get(below(paths.RUNS, id_, "evidence")))

    def replay_run(self, id_: str, document: str | None, model: str | None) -> ReplayShape:
        target = below(paths.RUNS, id_, "replay")
        wish = {"document": document, "model": model}
        return cast("ReplayShape", self.client.post(target, wish, timeout_s=REPLAY_WITHIN_S))

    def decision_transcript(self, id_: str) -> TranscriptShape:
        return cast("TranscriptShape", self.client.get(below(paths.DECISIONS, id_, "transcript")))

    def reports(self, **query: str | int | None) -> Page[ReportShape]:
        return Page(self.client.get(paths.REPORTS, **query))

    def report(self, id_: str) -> ReportShape:
        return cast("ReportShape", self.client.get(below(paths.REPORTS, id_)))

    def submit(self, report: bytes) -> ReportShape:
        """`report` is the JSON of a SubmittedReport."""
        return cast("ReportShape", self.client.post(paths.REPORTS, report))

    def findings(self, **query: str | int | None) -> Page[FoundInShape]:
        return Page(self.client.get(paths.FINDINGS, **query))

    def cases(self, **query: str | int | None) -> Page[CaseShape]:
        return Page(self.client.get(paths.CASES, **query))

    def case(self, id_: str) -> CaseShape:
        return cast("CaseShape", self.client.get(below(paths.CASES, id_)))

    def alerts(self, **query: str | int | None) -> Page[AlertShape]:
        return Page(self.client.get(paths.ALERTS, **query))

    def alert(self, id_: str) -> AlertShape:
        return cast("AlertShape", self.client.get(below(paths.ALERTS, id_)))

    def acknowledge(self, id_: str, for_s: float | None = None) -> AlertShape:
        body = {} if for_s is None else {"for_s": for_s}
        return cast("AlertShape", self.client.post(below(paths.ALERTS, id_, "ack"), body))

    def incidents(self, **query: str | int | None) -> Page[IncidentShape]:
        return Page(self.client.get(paths.INCIDENTS, **query))

    def incident(self, id_: str) -> IncidentInFull:
        return cast("IncidentInFull", self.client.get(below(paths.INCIDENTS, id_)))

    def export_incident(self, id_: str) -> PostmortemShape:
        return cast("PostmortemShape", self.client.get(below(paths.INCIDENTS, id_, "export")))

    def silences(self, **query: str | int | None) -> Page[SilenceShape]:
        return Page(self.client.get(paths.SILENCES, **query))

    def silence(self, id_: str) -> SilenceShape:
        return cast("SilenceShape", self.client.get(below(paths.SILENCES, id_)))

    def add_silence(self, body: dict[str, object]) -> SilenceShape:
        return cast("SilenceShape", self.client.post(paths.SILENCES, body))

    def expire_silence(self, id_: str) -> SilenceShape:
        return cast("SilenceShape", self.client.post(below(paths.SILENCES, id_, "expire")))

    def silence_alert(self, id_: str, for_s: float | None, comment: str) -> SilenceShape:
        return cast(
            "SilenceShape", self.client.post(below(paths.ALERTS, id_, "silence"), {"for_s": for_s, "comment": comment})
        )

    def routes(self, labels: Sequence[str] = ()) -> RoutesShape:
        from urllib.parse import quote

        query = "&".join(f"label={quote(label, safe='')}" for label in labels)
        return cast("RoutesShape", self.client.get(f"{paths.ROUTES}?{query}" if query else paths.ROUTES))

    def maintenance(self, **query: str | int | None) -> Page[WindowShape]:
        return Page(self.client.get(paths.MAINTENANCE, **query))

    def start_maintenance(self, body: dict[str, object]) -> WindowShape:
        return cast("WindowShape", self.client.post(paths.MAINTENANCE, body))

    def end_maintenance(self, id_: str) -> WindowShape:
        return cast("WindowShape", self.client.post(below(paths.MAINTENANCE, id_, "end")))

    def resolve(self, id_: str) -> AlertShape:
        return cast("AlertShape", self.client.post(below(paths.ALERTS, id_, "resolve")))

    def decisions(self, **query: str | int | None) -> Page[DecisionShape]:
        return Page(self.client.get(paths.DECISIONS, **query))

    def decision(self, id_: str) -> DecisionShape:
        return cast("DecisionShape", self.client.get(below(paths.DECISIONS, id_)))

    def approve(
        self, id_: str, hash_: str, confirmation: str = "", revert_after_s: float | None = None
    ) -> DecisionShape:
        """`hash_` is that of the action that the person saw; the daemon refuses when it is another one by now."""
        body: dict[str, object] = {"hash": hash_}
        body |= {"confirmation": confirmation} if confirmation else {}
        body |= {"revert_after_s": revert_after_s} if revert_after_s is not None else {}
        return cast("DecisionShape", self.client.post(below(paths.DECISIONS, id_, "approve"), body))

    def reject(self, id_: str, note: str = "") -> DecisionShape:
        return cast("DecisionShape", self.client.post(below(paths.DECISIONS, id_, "reject"), {"note": note}))

    def channels(self) -> Page[ChannelShape]:
        return Page(self.client.get(paths.CHANNELS))

    def test_channel(self, name: str) -> ChannelTestShape:
        return cast("ChannelTestShape", self.client.post(below(paths.CHANNELS, name, "test")))

    def messages(self, **query: str | int | None) -> Page[MessageShape]:
        return Page(self.client.get(paths.MESSAGES, **query))

    def message(self, id_: str) -> MessageShape:
        return cast("MessageShape", self.client.get(below(paths.MESSAGES, id_)))

    def resend(self, id_: str, to: str = "") -> MessageShape:
        return cast("MessageShape", self.client.post(below(paths.MESSAGES, id_, "resend"), {"to": to}))

    def memories(self, **query: str | int | None) -> Page[MemoryShape]:
        return Page(self.client.get(paths.MEMORIES, **query))

    def memory(self, id_: str) -> MemoryShape:
        return cast("MemoryShape", self.client.get(below(paths.MEMORIES, id_)))

    def add_memory(self, body: object) -> MemoryShape:
        return cast("MemoryShape", self.client.post(paths.MEMORIES, body))

    def correct_memory(self, id_: str, body: object) -> MemoryShape:
        return cast("MemoryShape", self.client.post(below(paths.MEMORIES, id_, "correct"), body))

    def delete_memory(self, id_: str) -> MemoryShape:
        return cast("MemoryShape", self.client.post(below(paths.MEMORIES, id_, "delete")))

    def changes(self, **query: str | int | None) -> Page[ChangeShape]:
        return Page(self.client.get(paths.CHANGES, **query))

    def change(self, id_: str) -> ChangeShape:
        return cast("ChangeShape", self.client.get(below(paths.CHANGES, id_)))

    def confirm_change(self, id_: str) -> ChangeShape:
        return cast("ChangeShape", self.client.post(below(paths.CHANGES, id_, "confirm")))

    def roll_back_change(self, id_: str) -> ChangeShape:
        """It is put back soon after; what this gives is the change as it was."""
        return cast("ChangeShape", self.client.post(below(paths.CHANGES, id_, "rollback")))

    def modes(self) -> ModesShape:
        return cast("ModesShape", self.client.get(paths.MODE))

    def set_mode(self, mode: str | None, action: str) -> ModesShape:
        return cast("ModesShape", self.client.post(paths.MODE, {"mode": mode, "action": action}))

    def dry_run(self, action: str, params: dict[str, object]) -> DryRunShape:
        target = below(paths.ACTIONS, action, "dry-run")
        return cast("DryRunShape", self.client.post(target, {"params": params}, timeout_s=DRY_RUN_WITHIN_S))

    def autonomy(self) -> AutonomyShape:
        return cast("AutonomyShape", self.client.get(paths.AUTONOMY))

    def pin(self, action: str, kind: str, rung: str | None) -> StandingShape:
        body = {"action": action, "object_kind": kind, "rung": rung}
        return cast("StandingShape", self.client.post(paths.AUTONOMY, body))

    def metrics(self) -> str:
        return self.client.text(paths.METRICS)

    def backups(self) -> tuple[Page[BackupShape], DrillShape | None]:
        answer = self.client.get(paths.BACKUPS)
        return Page(answer), answer.drill

    def written_bytes(self) -> int:
        """So far, by the backup that is being taken or checked."""
        return int(self.client.get(paths.BACKUPS).get("written_bytes", 0))

    def take_backup(self) -> BackupShape:
        return cast("BackupShape", self.client.post(paths.BACKUPS, timeout_s=BACKUP_WITHIN_S))

    def verify_backup(self, name: str) -> DrillShape:
        target = below(paths.BACKUPS, name, "verify")
        return cast("DrillShape", self.client.post(target, timeout_s=BACKUP_WITHIN_S))

    def configuration(self) -> ConfigurationShape:
        return cast("ConfigurationShape", self.client.get(paths.CONFIGURATION))

    def reload(self) -> ReloadedShape:
        target = below(paths.CONFIGURATION, "reload")
        return cast("ReloadedShape", self.client.post(target, timeout_s=RELOAD_WITHIN_S))

    def rotate_secrets(self) -> RenewedShape:
        return cast("RenewedShape", self.client.post(below(paths.SECRETS, "rotate")))

    def chat_members(self) -> Page[ChatMemberShape]:
        return Page(self.client.get(paths.TELEGRAM))

    def pairing_code(self) -> PairingCodeShape:
        return cast("PairingCodeShape", self.client.post(below(paths.TELEGRAM, "pair")))

    def unpair(self, chat_id: int, user_id: int | None) -> Page[ChatMemberShape]:
        """Whom that put out; without `user_id` everybody in the chat."""
        return Page(self.client.post(below(paths.TELEGRAM, "unpair"), {"chat_id": chat_id, "user_id": user_id}))

    def intents(self, **query: str | int | None) -> Page[IntentShape]:
        return Page(self.client.get(paths.INTENTS, **query))

    def add_intent(self, kind: str, text: str, subject: str) -> IntentShape:
        body = {"kind": kind, "text": text, "subject": subject}
        return cast("IntentShape", self.client.post(paths.INTENTS, body))

    def checkpoints(self, **query: str | int | None) -> Page[CheckpointShape]:
        return Page(self.client.get(below(paths.INTENTS, "checkpoints"), **query))

    def verify_intents(self) -> ChainShape:
        return cast("ChainShape", self.client.get(below(paths.INTENTS, "verify")))


def below(place: str, *names: str) -> str:
    from urllib.parse import quote

    return "/".join([place, *(quote(name, safe="") for name in names)])
