from __future__ import annotations

from probed.api.mapping.report import report_shape
from probed.core.replay import Outcome, Replay
from probed.wire.replay import DifferenceShape, OutcomeShape, ReplayShape


def replay_shape(replay: Replay) -> ReplayShape:
    return ReplayShape(
        run=replay.recorded.report.run_id,
        is_same=replay.is_same,
        recorded=_outcome(replay.recorded),
        replayed=_outcome(replay.replayed),
        differences=[DifferenceShape(each.what, each.recorded, each.replayed) for each in replay.differences],
        answers_recorded=replay.heard.recorded,
        answers_live=replay.heard.live,
        notes=list(replay.notes),
    )


def _outcome(outcome: Outcome) -> OutcomeShape:
    return OutcomeShape(report_shape(outcome.report), list(outcome.levels))
