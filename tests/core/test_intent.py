from dataclasses import replace
from datetime import timedelta

from probed.core.intent import Intent, first_break, link
from tests.factories import NOW


def chain(length: int) -> list[Intent]:
    intents: list[Intent] = []
    for number in range(length):
        previous = intents[-1] if intents else None
        intents.append(link(previous, NOW + timedelta(seconds=number), "decision", "cortex", "c1", f"step {number}"))
    return intents


def test_an_untouched_chain_is_whole() -> None:
    assert first_break(chain(5)) is None
    assert first_break([]) is None


def test_an_edited_line_is_found() -> None:
    intents = chain(5)
    intents[2] = replace(intents[2], text="something else")

    assert first_break(intents) == 3


def test_an_edited_line_with_a_new_hash_breaks_the_next_one() -> None:
    intents = chain(5)
    intents[2] = link(intents[1], intents[2].at, "decision", "cortex", "c1", "something else")

    assert first_break(intents) == 4


def test_a_missing_line_is_found() -> None:
    intents = chain(5)
    del intents[1]

    assert first_break(intents) == 3
