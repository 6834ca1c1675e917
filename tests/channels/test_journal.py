from __future__ import annotations

import pytest
from loguru import logger

from probed.channels.journal import JournalChannel
from probed.core.card import Section
from tests.channels.cards import ID, make_card


async def logged(severity: str, *, repeated: bool = False) -> tuple[str, str]:
    found = []
    number = logger.add(lambda message: found.append(message.record), level=0)
    card = make_card(severity=severity, sections=(Section("evidence", ("{not a field}",)),))
    await JournalChannel().send(card, ID, repeated=repeated, earlier=None)
    logger.remove(number)
    [record] = found
    return record["level"].name, record["message"]


@pytest.mark.parametrize(
    ("severity", "level"), [("critical", "ERROR"), ("warning", "WARNING"), ("info", "INFO"), ("", "INFO")]
)
async def test_the_level_follows_the_severity(severity: str, level: str) -> None:
    assert (await logged(severity))[0] == level


async def test_the_whole_card_is_written_as_it_is() -> None:
    _, text = await logged("critical", repeated=True)

    assert text == (
        "#9aq7zt (repeated) host_a: critical: /srv/my_data is <96%> full & growing\n"
        "evidence\n"
        "  {not a field}\n"
        "$ cortexctl alerts ack 01jd5x8m3k9aq7zt"
    )
