"""What a person is told: pure functions from the engine's records to cards."""

from probed.engine.cards.alert import alert_card, escalation_card, flapping_card, lapsed_card, over_card, steady_card
from probed.engine.cards.answer import alert_buttons, answer_buttons, answerable
from probed.engine.cards.decision import advice_lines, decision_card, evidence_lines, outcome_card
from probed.engine.cards.digest import away_card, digest_card, first_sweep_card, quiet_card, storm_card, weekly_card
from probed.engine.cards.notice import armed_card, notice_card, test_card

__all__ = [
    "advice_lines",
    "alert_buttons",
    "alert_card",
    "answer_buttons",
    "answerable",
    "armed_card",
    "away_card",
    "decision_card",
    "digest_card",
    "escalation_card",
    "evidence_lines",
    "first_sweep_card",
    "flapping_card",
    "lapsed_card",
    "notice_card",
    "outcome_card",
    "over_card",
    "quiet_card",
    "steady_card",
    "storm_card",
    "test_card",
    "weekly_card",
]
