"""What a person is told of Cortex itself."""

from __future__ import annotations

from probed.core.card import Card, CardKind, Section
from probed.core.change import Change
from probed.core.phrases import say


def armed_card(host: str, change: Change) -> Card:
    """It helped, and is put back all the same, unless somebody says that it should stay."""
    assert change.revert_at
    until = f"{change.revert_at:%Y-%m-%d %H:%M} UTC"
    return Card(
        kind=CardKind.NOTICE,
        host=host,
        title=say("{action} is rolled back at {time} unless you confirm it", action=change.call.key, time=until),
        sections=(Section("", (change.detail,)),),
        commands=(f"cortexctl changes confirm {change.id}", f"cortexctl changes rollback {change.id}"),
    )


def notice_card(host: str, text: str, severity: str = "") -> Card:
    return Card(kind=CardKind.NOTICE, host=host, title=text, severity=severity)


def test_card(host: str, channel: str, by: str) -> Card:
    text = say("If you can read this, messages of Cortex arrive here. Nothing is wrong.")
    title = say("test of the channel {channel}, asked for by {who}", channel=channel, who=by)
    return Card(CardKind.NOTICE, host, title, sections=(Section(text),))
