from __future__ import annotations

import pytest

from probed.agent.probes.text import HIDDEN, decoded, lines_table, masked_lines, masked_setting
from tests.agent.probes.asking import shown

BODY = "MIIEowIBAAKCAQEAwJ7m8Zk1Qh0dXq3v6TzB9cYfR2uWnPpLsKxEa5oHtGi4Nj8D"


def test_a_private_key_is_hidden_line_by_line() -> None:
    lines = ["a", "-----BEGIN PRIVATE KEY-----", BODY, BODY[:20] + "==", "-----END PRIVATE KEY-----", "b"]

    assert list(masked_lines(lines)) == ["a", HIDDEN, HIDDEN, HIDDEN, HIDDEN, "b"]


def test_a_part_of_a_key_whose_beginning_is_not_there_is_hidden_too() -> None:
    assert list(masked_lines([BODY, f"  {BODY}  ", "-----END PRIVATE KEY-----"]))[:2] == [HIDDEN, HIDDEN]


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ([BODY, "MIIEow==", "done now"], [HIDDEN, HIDDEN, "done now"]),
        (["MIIEow==", "-----END PRIVATE KEY-----", "b"], [HIDDEN, "-----END PRIVATE KEY-----", "b"]),
        (["MIIEow=="], ["MIIEow=="]),
    ],
)
def test_the_last_line_of_a_key_is_hidden_as_well(lines: list[str], shown: list[str]) -> None:
    assert list(masked_lines(lines)) == shown


def test_behind_what_looks_like_a_part_of_a_key_one_line_is_hidden_at_the_most() -> None:
    assert list(masked_lines([BODY, "nginx", "postfix", "cron"])) == [HIDDEN, HIDDEN, "postfix", "cron"]


def test_who_writes_the_beginning_of_a_key_into_a_log_hides_little_of_what_follows() -> None:
    told = list(masked_lines(["GET /-----BEGIN PRIVATE KEY-----", *["what happened"] * 1000]))

    assert told.count("what happened") >= 850


def test_colours_do_not_keep_a_name_and_its_secret_apart() -> None:
    assert list(masked_lines(["\x1b[36mpassword\x1b[0m=hunter2 \x1b[1;31mred\x1b[m"])) == ["password=***secret*** red"]


@pytest.mark.parametrize("line", ["a" * 64, "0123456789abcdef" * 4, "hello world", "", "==="])
def test_sums_and_words_stay(line: str) -> None:
    assert list(masked_lines([line])) == [line]


def test_lines_are_numbered_and_both_ends_are_shown() -> None:
    answer = shown(lines_table((f"l{number}" for number in range(100)), 20))

    assert answer["rows"][0] == [1, "l0"]
    assert answer["last_rows"][-1] == [100, "l99"]


def test_what_holds_zeros_is_no_text() -> None:
    assert decoded(b"a\0b") is None
    assert decoded(b"caf\xe9\nb") == ["caf\ufffd", "b"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("password=ab#cd", "password=***secret***"),
        ("password=ab;cd", "password=***secret***"),
        ("password = ab;cd ; the old one", "password = ***secret*** ; the old one"),
        ("masterauth ab#cd # of the old one", "masterauth ***secret*** # of the old one"),
        ("requirepass 'ab # cd' # x", "requirepass ***secret*** # x"),
        ('bindpw "ab"cd', "bindpw ***secret***"),
        ("secret=#ab", "secret=***secret***"),
        ("password: ab,cd", "password: ***secret***"),
        ("stats auth admin:ab;cd", "stats auth ***secret***"),
        ("ssl_certificate_key /etc/x.key; # path", "ssl_certificate_key /etc/x.key; # path"),
        ("requirepass # none", "requirepass # none"),
        ('  "registry-auth": "ab",', '  "registry-auth": ***secret***,'),
        ("DefaultEnvironment=A=ab B=cd", "DefaultEnvironment=***secret***"),
        ('proxy_set_header Authorization "Basic abcd";', "proxy_set_header Authorization ***secret***;"),
        ("proxy_set_header X-Api-Key abcd;", "proxy_set_header X-Api-Key ***secret***"),
        ("set $api_key abcd;", "set $api_key ***secret***"),
        ("SetEnv DB_PASS abcd", "SetEnv DB_PASS ***secret***"),
        ('if ($http_x_token != "abcd") {', "if ($http_x_token != ***secret***) {"),
        ("user ann on >abcd ~* +@all", "user ann on ***secret*** ~* +@all"),
        ("user www-data;", "user www-data;"),
        ("# a password is set elsewhere", "# a password is set elsewhere"),
        ("passwd:         files systemd", "passwd:         files systemd"),
    ],
)
def test_the_value_of_a_secret_setting_ends_with_its_line_or_at_a_comment(line: str, shown: str) -> None:
    assert [row[1] for row in lines_table([line], 1, is_config=True).rows] == [shown]


@pytest.mark.parametrize(
    "line",
    [
        "ann : TTY=pts/0 ; PWD=/ ; USER=root ; COMMAND=/usr/bin/mysql -phunter2 shop",
        "(root) CMD (curl -uann:hunter2 https://example.org)",
        "ExecStart=/usr/bin/curl -uann:hunter2 https://example.org",
    ],
)
def test_a_command_that_was_logged_or_stands_in_a_unit_is_masked_as_one(line: str) -> None:
    (shown,) = masked_lines([line])

    assert "hunter2" not in shown
    assert "***secret***" in shown


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (
            [
                "ExecStart=/usr/bin/docker run \\",
                " -e ADMIN=hunter2 \\",
                " -u ann:hunter2 \\",
                " img redis-cli -a hunter2",
            ],
            [
                "ExecStart=/usr/bin/docker run \\",
                " -e ADMIN=***secret*** \\",
                " -u ann:***secret*** \\",
                " img redis-cli -a ***secret***",
            ],
        ),
        (["ExecStart=/usr/bin/app -a ann --token \\", "  hunter2", "User=ann"], None),
        (["ExecStart=/usr/bin/app --token\\", "hunter2"], None),
        (["ExecStart=/usr/bin/app --token \\", "# a comment", "  hunter2 \\", "; another \\", "  --port 80"], None),
    ],
    ids=["three lines", "an option and its value", "no space before the backslash", "comments between"],
)
def test_a_command_of_several_lines_is_masked_as_one(lines: list[str], shown: list[str] | None) -> None:
    told = list(masked_lines(lines))

    assert told == (shown or [line.replace("hunter2", "***secret***") for line in lines])


def test_a_secret_that_runs_over_lines_of_a_command_takes_none_of_the_others() -> None:
    lines = ["ExecStart=/usr/bin/app --token 'hunter2 \\", "hunter2' --port 80 \\", "-v", "User=ann", "Group=ann"]

    told = list(masked_lines(lines))

    assert "hunter2" not in str(told)
    assert (len(told), told[-2:]) == (5, ["User=ann", "Group=ann"])


@pytest.mark.parametrize("line", ["User=ann \\", "# ExecStart \\", "a \\"])
def test_what_is_no_command_goes_on_with_nothing(line: str) -> None:
    assert list(masked_lines([line, "-u ann:abcd"])) == [line, "-u ann:abcd"]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("traefik.auth", "ann:hash", "***secret***"),
        ("com.example.api_key", "abc", "***secret***"),
        ("version", "12", "12"),
        ("note", "password=hunter2", "password=***secret***"),
    ],
)
def test_the_value_of_a_setting_that_names_a_secret_is_masked(name: str, value: str, shown: str) -> None:
    assert masked_setting(name, value) == shown
