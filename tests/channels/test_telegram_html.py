"""Any text renders, and Telegram takes it (D13)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from probed.channels.telegram_html import MAX_ENTITIES, MAX_UNITS, clean, headline, render, units, wrapped
from probed.core.card import Button, Card, CardKind, Section
from tests.channels.cards import ID, long_card, make_card, make_outcome, make_question
from tests.real.bot_entities import parse_html
from tests.real.bot_rules import formatted

MARKUP = (
    "<b>",
    "</b>",
    "<",
    ">",
    "&",
    "&lt;",
    "&#60;",
    "&#xd800;",
    "</code>",
    '"',
    "_",
    "*",
    "[a](b)",
    "`",
    "\r\n",
    "\0",
)
ANY_TEXT = st.lists(
    st.one_of(st.sampled_from(MARKUP), st.text(st.characters(exclude_categories=()), max_size=40)), max_size=8
).map("".join)
HUGE_TEXT = st.builds(lambda text, times: text * times, ANY_TEXT, st.sampled_from([1, 1, 1, 50, 500]))
SECTIONS = st.builds(Section, ANY_TEXT, st.lists(HUGE_TEXT, max_size=5).map(tuple))
CARDS = st.builds(
    Card,
    kind=st.sampled_from(CardKind),
    host=HUGE_TEXT,
    title=HUGE_TEXT,
    severity=st.sampled_from(["critical", "warning", "info", ""]) | ANY_TEXT,
    sections=st.lists(SECTIONS, max_size=6).map(tuple),
    commands=st.lists(HUGE_TEXT, max_size=4).map(tuple) | st.lists(st.just("x"), min_size=80, max_size=120).map(tuple),
    buttons=st.just((Button("a", "b", "c"),)),
)


@settings(deadline=None, max_examples=150)
@given(card=CARDS, message_id=ANY_TEXT, repeated=st.booleans())
def test_telegram_takes_any_card_and_shows_what_it_says(card: Card, message_id: str, repeated: bool) -> None:
    page = render(card, message_id, repeated=repeated)

    text, entities = parse_html(page.html)
    shown, _ = formatted({"text": page.html, "parse_mode": "HTML"}, "text", MAX_UNITS)
    assert text == page.plain
    assert units(text) <= MAX_UNITS
    assert len(entities) <= MAX_ENTITIES
    assert shown
    assert f"{text}\n".startswith(headline(card, message_id, repeated=repeated) + "\n")
    whole = (page.attachment or text).replace("\n", "")
    for said in (card.title, *(line for section in card.sections for line in (section.title, *section.lines))):
        assert clean(said).replace("\n", "") in whole


def test_the_first_line_names_host_severity_and_message() -> None:
    first, second, *_ = render(make_card(), ID, repeated=False).plain.split("\n")

    assert first == "\U0001f534 host_a · critical · #9aq7zt"
    assert second == "critical: /srv/my_data is <96%> full & growing"


def test_a_repeated_message_says_so() -> None:
    assert headline(make_card(), ID, repeated=True).endswith("#9aq7zt (repeated)")


def test_a_decision_is_named_as_one_with_and_without_a_severity() -> None:
    assert "critical · decision" in headline(make_question(), ID, repeated=False)
    assert "host_a · decision · #" in headline(make_outcome(), ID, repeated=False)


def test_titles_are_bold_and_commands_are_code() -> None:
    markup = render(make_card(), ID, repeated=False).html

    assert "<b>critical: /srv/my_data is &lt;96%&gt; full &amp; growing</b>" in markup
    assert "<b>evidence</b>\nused: 96%\nowner: *nobody* [x](y)\n" in markup
    assert markup.endswith("<code>cortexctl alerts ack 01jd5x8m3k9aq7zt</code>")


def test_a_long_card_is_cut_between_lines_and_keeps_its_commands() -> None:
    card = long_card(500)

    page = render(card, ID, repeated=False)

    *_, last_shown, more, command = page.plain.split("\n")
    shown = int(last_shown.split()[1]) + 1
    assert last_shown == card.sections[0].lines[shown - 1]
    assert more == f"… {500 - shown + 1} more lines in the attached file"
    assert command == card.commands[0]
    assert units(page.plain) > MAX_UNITS - 200
    assert all(line in page.attachment for line in card.sections[0].lines)


def test_a_card_that_just_fits_is_not_cut() -> None:
    lines = tuple("x" * 99 for _ in range(100))
    small = render(make_card(sections=(Section("", lines[:38]),)), ID, repeated=False)
    large = render(make_card(sections=(Section("", lines[:40]),)), ID, repeated=False)

    assert not small.attachment
    assert large.attachment


def test_emoji_count_twice() -> None:
    page = render(make_card(sections=(Section("", ("\U0001f600" * 3000,)),)), ID, repeated=False)

    assert page.attachment
    assert units(page.plain) <= MAX_UNITS


def test_control_characters_become_visible_and_the_direction_of_writing_cannot_be_turned() -> None:
    assert clean("a\x1b[31mb\x00\tc\x7f\x9b") == "a\u241b[31mb\u2400    c\u2421\ufffd"
    assert clean("safe\u202egnp.exe\u2066") == "safe\ufffdgnp.exe\ufffd"


def test_half_surrogate_pairs_are_replaced_and_whole_ones_joined() -> None:
    assert clean("\ud83d\ude00 \ud83d x") == "\U0001f600 \ufffd x"


def test_pieces_are_as_long_as_allowed_and_nothing_is_lost() -> None:
    text = "a\U0001f600" * 1000

    pieces = list(wrapped(text, 100))

    assert "".join(pieces) == text
    assert all(98 <= units(piece) <= 100 for piece in pieces[:-1])
