from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.redaction import PATTERNS, SHAPES, _masked, mask

PEM = """-----BEGIN RSA PRIVATE KEY-----
Proc-Type: 4,ENCRYPTED

MIIEpAIBAAKCAQEAx7y
-----END RSA PRIVATE KEY-----"""


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("bot123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw1/getMe", "bot***telegram***/getMe"),
        ("key sk-ant-api03-abcdefgh1234 used", "key ***anthropic*** used"),
        ("id AKIAIOSFODNN7EXAMPLE.", "id ***aws***."),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG", "aws_secret_access_key = ***secret***"),
        ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "***github***"),
        ("https://github_pat_0123456789abcdefghijkl@github.com/x", "https://***github***@github.com/x"),
        ("glpat-0123456789abcdefghij", "***gitlab***"),
        ("https://0123456789abcdef0123@sentry.example.org/7", "https://***token_in_url***@sentry.example.org/7"),
        ("ssh://deploy@example.org/x", "ssh://deploy@example.org/x"),
        ("dsn root:hunter2@tcp(127.0.0.1:3306)/shop", "dsn root:***password_in_dsn***@tcp(127.0.0.1:3306)/shop"),
        ("ann:$6$abcdefgh$0123456789abcdef:19000", "ann:$6$***hash***:19000"),
        ("ann $apr1$abcdefgh$0123456789abcdefghij.", "ann $apr1$***hash***"),
        ("costs $5 or $6, not $7", "costs $5 or $6, not $7"),
        ("-o user=ann,pass=hunter2,uid=1", "-o user=ann,pass=***secret***,uid=1"),
        ("xoxb-123456789012-abcdef", "***slack***"),
        ("hooks.slack.com/services/T0AAAAAAA/B0AAAAAAA/xyz", "hooks.slack.com/services/***slack_hook***"),
        ("AIzaSyA0123456789abcdefghijklmnopqrstuv", "***google***"),
        ("sk_live_0123456789abcdef", "***stripe***"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.sig-na_ture", "***jwt***"),
        ("postgres://app:pa$$w0rd@db:5432/app", "postgres://app:***password_in_url***@db:5432/app"),
        ("redis://:hunter2@cache", "redis://:***password_in_url***@cache"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***authorization***"),
        ('"authorization": "token abc"', '"authorization": "token ***authorization***"'),
        ("calling with Bearer eyJhbGciOiJIUzI1Ni", "calling with Bearer ***bearer***"),
        ("Cookie: sid=1; theme=dark\nnext", "Cookie: ***cookie***\nnext"),
        (PEM + "\nafter", "-----BEGIN RSA PRIVATE KEY-----***private_key***-----END RSA PRIVATE KEY-----\nafter"),
        (PEM[:60], "-----BEGIN RSA PRIVATE KEY-----***private_key***"),
        ("DB_PASSWORD=hunter2 started", "DB_PASSWORD=***secret*** started"),
        ("PGPASSWORD='two words' psql", "PGPASSWORD='***secret***' psql"),
        ("GET /cb?token=abc&page=2", "GET /cb?token=***secret***&page=2"),
        (
            "GET /maps?key=abc&zoom=2 and /x?page=1&sig=a%2Fb",
            "GET /maps?key=***secret***&zoom=2 and /x?page=1&sig=***secret***",
        ),
        (r'{"log": "{\"password\": \"two words\"}"}', r'{"log": "{\"password\": \"***secret***\"}"}'),
        (r'said "DB_PASSWORD=\"hunter2\" set"', r'said "DB_PASSWORD=\"***secret***\" set"'),
        ('{"api_key": "abc", "n": 1}', '{"api_key": "***secret***", "n": 1}'),
        ("client_secret: 'abc'", "client_secret: '***secret***'"),
        ("token: 0a1b2c3d4e", "token: ***secret***"),
        ("password: hunter2", "password: ***password***"),
        ("Uid=app;Pwd=hunter2;", "Uid=app;Pwd=***secret***;"),
        ("mysql --password hunter2 -h db", "mysql --password ***secret*** -h db"),
        ("run --auth-token=abc --x", "run --auth-token=***secret*** --x"),
    ],
)
def test_a_secret_is_masked_and_what_stands_around_it_stays(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Failed password for root from 192.0.2.7 port 22 ssh2",
        "PWD=/root OLDPWD=/srv",
        "max_tokens=512 tokenizer=fast",
        "bad token: unexpected end of file",
        "secret: none, token: expired",
        "agent.api_key_file=/etc/cortex/key",
        "http://127.0.0.1:8080/path@v2",
        "https://example.org/a:b@c",
        "git@github.com:cortex/cortex.git",
        "12:30:45 2026-01-01T00:00:00Z pid=12345:67",
        "task-1234567890abcdef disk-usage sk-learn",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "/var/lib/docker/overlay2/0123456789abcdef0123456789abcdef is 91% full",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "nginx.service failed: bearer of bad news",
        "usage: passwd --stdin --token",
    ],
)
def test_what_only_looks_like_a_secret_stays(text: str) -> None:
    assert mask(text) == text


HOSTILE = (
    *("a", "'", '"', "-", " ", "\n", "sk-", "-sk-", "eyJ", "eyJaaaaaaaa.", "-eyJaaaaaaaaa.eyJ", "://", "://a:", "a:a@"),
    *("-----BEGIN PRIVATE KEY-----", "-----BEGIN ", "password", "password=", "password:", "--password ", "token = "),
    *("Cookie:", "authorization: ", "bearer ", "123456:", "1234567890:a-", "AKIA", 'password="a', "--a-", "xoxa-"),
    *('password\\\\"', 'password\\\\"a', "?key=", "?key=a"),
    *("token:a", "_pass", "hooks.slack.com/services/", "authorization:" + " " * 3),
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_text_made_to_be_slow_is_not(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    began = time.process_time()

    mask(text)

    assert time.process_time() - began < 2


@given(st.one_of(*(st.from_regex(pattern) for pattern in PATTERNS if "(?=" not in pattern), st.text(st.characters())))
def test_no_secret_is_passed_over_because_nothing_points_to_one(text: str) -> None:
    assert mask(text) == SHAPES.sub(_masked, text)
