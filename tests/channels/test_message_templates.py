"""Message templates that an operator writes: what they say, what is refused, what a reload keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probed.channels.message_template import (
    BLOCKS,
    DEFAULT,
    DEFAULT_TEXT,
    TAGS,
    WORDS,
    BadTemplate,
    parse_template,
)
from probed.channels.message_templates import MessageTemplates, read_templates
from probed.channels.telegram_html import MAX_ENTITIES, MAX_UNITS, clean, render, units
from probed.core.card import Card, CardKind
from tests.channels.cards import ID, long_card, make_card, telegram
from tests.channels.test_telegram_html import ANY_TEXT, CARDS
from tests.real.bot_api import BotApi
from tests.real.bot_entities import parse_html
from tests.real.bot_rules import formatted

SHORT = "<i>$mark</i>\n$title on $host costs $$5\n$commands\n"
PIECES = st.sampled_from([*(f"${name}" for name in (*WORDS, *BLOCKS)), "$$", "<", "&", " ", "a", '"', "\n"])
LINES = st.tuples(st.sampled_from(["", *TAGS]), st.lists(PIECES, max_size=6).map("".join)).map(
    lambda pair: f"<{pair[0]}>{pair[1]}</{pair[0]}>" if pair[0] else pair[1]
)


def test_a_template_says_what_it_is_told_to() -> None:
    page = render(make_card(), ID, repeated=True, template=parse_template(SHORT))

    assert page.html.split("\n") == [
        "<i>#9aq7zt (repeated)</i>",
        "critical: /srv/my_data is &lt;96%&gt; full &amp; growing on host_a costs $5",
        "",
        "<code>cortexctl alerts ack 01jd5x8m3k9aq7zt</code>",
    ]


@pytest.mark.parametrize("repeated", [False, True])
def test_the_shipped_template_is_what_is_written_down(repeated: bool) -> None:
    written = (Path(__file__).parents[2] / "docs" / "templates.md").read_text().split("```")[1].strip()

    assert written == DEFAULT_TEXT
    assert render(make_card(), ID, repeated=repeated) == render(make_card(), ID, repeated=repeated, template=DEFAULT)


def test_a_line_that_has_nothing_to_say_is_left_out() -> None:
    template = parse_template("$mark\n\n<b>$title</b>\n$host")

    assert render(make_card(host=""), ID, repeated=False, template=template).plain.split("\n")[:2] == ["#9aq7zt", ""]
    assert render(make_card(host=""), ID, repeated=False, template=template).plain.count("\n") == 2


def test_what_is_cut_keeps_the_first_line_and_the_commands_and_is_attached() -> None:
    page = render(long_card(500), ID, repeated=False, template=parse_template("$mark $title\n$commands\n$sections"))

    assert page.plain.startswith("#9aq7zt critical")
    assert page.plain.endswith("cortexctl alerts ack 01jd5x8m3k9aq7zt")
    assert "line 499" in page.attachment


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.filter_too_much])
@given(lines=st.lists(LINES, max_size=5), card=CARDS, message_id=ANY_TEXT)
def test_whatever_a_template_says_telegram_takes_it(lines: list[str], card: Card, message_id: str) -> None:
    try:
        template = parse_template("\n".join(["$mark", *lines, "$title"]))
    except BadTemplate:
        return
    page = render(card, message_id, repeated=False, template=template)

    text, entities = parse_html(page.html)
    formatted({"text": page.html, "parse_mode": "HTML"}, "text", MAX_UNITS)
    assert text == page.plain
    assert units(text) <= MAX_UNITS
    assert len(entities) <= MAX_ENTITIES
    assert clean(card.title).replace("\n", "") in (page.attachment or text).replace("\n", "")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "the first line holds $headline or $mark"),
        ("$mark", 0, "does not say the $title"),
        ("$title\n$mark", 1, "tells repeated messages apart"),
        ("$mark\n$title $nothing", 2, "there is no $nothing"),
        ("$mark\n$title $", 2, "written $$"),
        ("$mark\n${title", 2, "written $$"),
        ("$mark\n<b>$title", 2, "around a whole line"),
        ("$mark\n<a href='x'>$title</a>", 2, "around a whole line"),
        ("$mark\nit is <b>$title</b>", 2, "around a whole line"),
        ("$mark\n$title\nall: $sections", 3, "stands on a line of its own"),
        ("$mark\n$title\n<b>$sections</b>", 3, "stands on a line of its own"),
        ("$mark\n$title\n$sections\n$sections", 0, "more than once"),
        ("$mark\n$title\n" + "x" * 2000, 0, "at most 2000 letters"),
        ("$mark\n$title\n${__class__}", 3, "there is no $__class__"),
    ],
)
def test_a_template_that_cannot_be_used_is_named_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(BadTemplate) as caught:
        parse_template(text)

    assert caught.value.line == line
    assert words in caught.value.reason


def test_an_answer_needs_no_mark() -> None:
    assert parse_template("$title", CardKind.ANSWER)


# --- the folder -------------------------------------------------------------------------------------------------------


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    path.chmod(0o644)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "templates"
    made.mkdir(mode=0o755)
    return made


def test_each_kind_has_a_file_and_other_files_are_left_alone(folder: Path) -> None:
    write(folder, "alert.txt", SHORT)
    write(folder, "README.md", "$")

    reading = read_templates(folder)

    assert reading.broken == ()
    assert reading.templates == {CardKind.ALERT: parse_template(SHORT)}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("alert.txt", b"$mark\n$titel", "alert.txt:2: there is no $titel"),
        ("alrt.txt", b"$mark $title", "did you mean 'alert'?"),
        ("alert.txt", b"\xff\xfe", "is no UTF-8 text"),
        ("alert.txt", b"x" * 20_000, "more than 16384 bytes"),
    ],
)
def test_a_broken_file_is_named(folder: Path, name: str, content: bytes, words: str) -> None:
    (folder / name).write_bytes(content)

    [error] = read_templates(folder).broken

    assert words in str(error)


def test_a_file_that_others_can_change_is_not_used(folder: Path) -> None:
    write(folder, "alert.txt", SHORT).chmod(0o666)

    [error] = read_templates(folder).broken

    assert "can be changed by others" in str(error)


def test_a_folder_that_is_not_there_is_named(folder: Path) -> None:
    [error] = read_templates(folder / "nowhere").broken

    assert "cannot be read" in str(error)


def test_a_reload_takes_what_is_good_and_keeps_the_last_good_one_of_what_is_broken(folder: Path) -> None:
    templates = MessageTemplates(folder)
    assert templates.of(CardKind.ALERT) == DEFAULT
    write(folder, "alert.txt", SHORT)
    write(folder, "notice.txt", SHORT)
    assert templates.reload() == ()

    write(folder, "alert.txt", "$mark $titel")
    write(folder, "notice.txt", "$mark\n$title")
    [error] = templates.reload()

    assert "alert.txt" in error.path
    assert templates.of(CardKind.ALERT) == parse_template(SHORT)
    assert templates.of(CardKind.NOTICE) == parse_template("$mark\n$title")


def test_a_folder_that_vanishes_changes_nothing_and_a_file_that_does_brings_the_shipped_one_back(folder: Path) -> None:
    write(folder, "alert.txt", SHORT)
    templates = MessageTemplates(folder)
    templates.reload()
    folder.rename(folder.with_name("away"))
    assert len(templates.reload()) == 1
    assert templates.of(CardKind.ALERT) == parse_template(SHORT)

    folder.with_name("away").rename(folder)
    (folder / "alert.txt").unlink()
    assert templates.reload() == ()
    assert templates.of(CardKind.ALERT) == DEFAULT


async def test_messages_look_as_their_template_says(tmp_path: Path, folder: Path) -> None:
    write(folder, "alert.txt", SHORT)
    async with BotApi() as api, telegram(api, tmp_path, templates=folder) as channel:
        channel.templates.reload()
        await channel.send(make_card(), ID, repeated=False, earlier=None)

    assert api.messages[0].text.startswith("#9aq7zt\ncritical: /srv/my_data is <96%> full & growing on host_a costs $5")
