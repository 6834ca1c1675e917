from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from probed.checks.line_kinds import Kinds, Told, words_of
from probed.core.finding import Severity
from tests.checks.looking import Watcher, judged
from tests.real.journal import Journal

OBJECT = "new kinds of lines"
ERROR, INFO = Severity.WARNING, Severity.INFO
NORMAL = (
    "sshd[{n}]: Accepted publickey for {name} from 203.0.{b}.{b} port {n} ssh2: ED25519 SHA256:{hex}",
    "sshd[{n}]: Connection closed by 2001:db8::{hex4} port {n} [preauth]",
    "CRON[{n}]: pam_unix(cron:session): session opened for user {name}(uid={b}) by (uid=0)",
    "CRON[{n}]: (root) CMD (   cd / && run-parts --report /etc/cron.{name})",
    "systemd[1]: Started session-{n}.scope - Session {n} of User {name}.",
    "kernel: [{n}.{n}] eth0: renamed from veth{hex4}",
    "dhclient[{n}]: DHCPACK of 192.168.{b}.{b} from 192.168.{b}.1 (xid=0x{hex})",
    "app: request took {n} ms path=/api/{name}/{n} user={name} id={hex}-{hex4}",
    "app: error code {n} on attempt {b}",
    'app: {{"level": "info", "msg": "order {n} of {name} done", "at": "{hex}"}}',
)


def normal(seed: int, number: int = 300) -> Iterator[str]:
    """What a healthy host says again and again, each time with other numbers, names and addresses."""
    dice = random.Random(seed)
    for _ in range(number):
        name = "".join(dice.choices("abcdefghij", k=dice.randint(3, 8)))
        values = {"n": dice.randint(1, 99999), "b": dice.randint(1, 254), "name": name}
        digits = {"hex": f"{dice.getrandbits(64):x}", "hex4": f"{dice.getrandbits(16):x}"}
        yield f"Dec  1 06:00:{dice.randint(10, 59)} host " + dice.choice(NORMAL).format(**values, **digits)


def append(path: Path, *lines: str) -> None:
    with path.open("a") as file:
        file.writelines(f"{line}\n" for line in lines)


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    at = time.time() + seconds
    monkeypatch.setattr(time, "time", lambda: at)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "syslog"
    path.touch()
    return path


@pytest.fixture
def watching(log: Path, monkeypatch: pytest.MonkeyPatch) -> Watcher:
    """Who has learned for a week what is normal."""
    made = Watcher("log_kinds", {"paths": str(log)})
    for day in range(7):
        assert made.findings() == {}
        append(log, *normal(day))
        later(monkeypatch, 86_400)
    assert made.findings() == {}
    return made


def line(text: str) -> str:
    return f"Dec  8 06:00:00 host {text}"


def test_other_numbers_names_and_addresses_are_nothing_new_for_a_week(
    log: Path, watching: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in range(100, 107):
        append(log, *normal(day))
        assert watching.findings() == {}
        later(monkeypatch, 86_400)


def test_new_kinds_are_one_finding_that_lists_them_the_errors_first(
    log: Path, watching: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, line("sshd[7]: Starting to serve the moon on port 22"))
    assert watching.findings() == {OBJECT: INFO}
    append(
        log,
        line("kernel: [12.5] EXT4-fs error (device sda1): reading directory lblock 0"),
        line("kernel: [12.9] EXT4-fs error (device sdb7): reading directory lblock 12"),
    )

    seen = watching.look()[OBJECT]

    assert judged(seen) is ERROR
    assert "2 new kinds of lines, 1 of them errors" in seen.summary
    assert "EXT4-fs error (device sda1)" in seen.summary
    kinds = seen.evidence["kinds"]
    assert isinstance(kinds, list)
    assert [each["is_error"] for each in kinds] == [True, False]
    append(log, line("kernel: [99.5] EXT4-fs error (device sdc1): reading directory lblock 8"))
    assert watching.look()[OBJECT].summary == seen.summary
    later(monkeypatch, 86_500)
    assert watching.findings() == {}
    append(log, line("kernel: [999.5] EXT4-fs error (device sdc1): reading directory lblock 8"))
    assert watching.findings() == {}


def test_the_first_lines_of_a_new_program_are_one_kind_but_for_its_errors(log: Path, watching: Watcher) -> None:
    append(log, line("redis[7]: Server initialized"), line("redis[7]: Ready to accept connections here"))
    seen = watching.look()[OBJECT]
    assert judged(seen) is INFO
    assert "a new kind of line" in seen.summary

    append(log, line("redis[7]: Fatal error, can't open config file"))
    assert watching.findings() == {OBJECT: ERROR}


def test_the_level_of_a_line_in_json_counts(log: Path, watching: Watcher) -> None:
    append(log, line('app: {"level": "info", "msg": "no error was found in the new index"}'))
    assert watching.findings() == {OBJECT: INFO}
    append(log, line('app: {"level": "error", "msg": "the shelf broke down under its load"}'))
    assert watching.findings() == {OBJECT: ERROR}


def test_in_the_journal_the_priority_says_what_is_an_error(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal")
    journal.write("beginning")
    watching = Watcher("log_kinds", {"journal_folder": str(journal.folder), "learn": "0s"})
    watching.look()
    watching.known = {**watching.known, "programs": {"app": 1}}

    journal.write("the word error alone is no error", PRIORITY=6)
    assert watching.findings() == {OBJECT: INFO}
    journal.write("it went wrong", PRIORITY=3)
    assert watching.findings() == {OBJECT: ERROR}


def test_what_is_excluded_and_secrets_are_not_remembered(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watching = Watcher("log_kinds", {"paths": str(log), "learn": "0s", "exclude": "^.* noise"})
    watching.look()
    append(log, line("app: noise of the street"))
    assert watching.findings() == {}
    append(log, line("app: login failed with password: hunter and more"))

    seen = watching.look()[OBJECT]

    assert "hunter" not in json.dumps(dict(seen.evidence)) + seen.summary + json.dumps(watching.known)


def test_what_is_remembered_has_a_bound(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watching = Watcher("log_kinds", {"paths": str(log), "most": 50})
    watching.look()
    words = [f"{a}{b}{c}" for a in "abcdefg" for b in "hijklm" for c in "nopqrs"]
    append(log, *(line(f"app: {word} {word}x {word}y happened") for word in words))

    watching.look()

    kinds = watching.known["kinds"]
    assert isinstance(kinds, list)
    assert len(kinds) == 50
    assert kinds[-1].split()[1] == words[-1]


def test_what_was_learned_is_known_again_from_its_texts() -> None:
    kinds = Kinds.of([], 100)
    assert kinds.add(Told("app", "user ann logged in", ""))
    assert not kinds.add(Told("app", "user bob logged in", ""))

    again = Kinds.of(kinds.known(), 100)

    assert not again.add(Told("app", "user eve logged in", ""))
    assert again.known() == ["app user <*> logged in"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("took 12 ms", "took <v> ms"),
        ("10.0.0.1 2001:db8::1 deadbeef01", "<v>"),
        ('opened "a file" in /srv/data/x', "opened <v> in <v>"),
        ("user=ann id:7 ok", "user=<v> id:<v> ok"),
        ("mail from ann@example.org - done", "mail from <v> done"),
    ],
)
def test_what_varies_in_a_line_is_taken_out(text: str, words: str) -> None:
    assert " ".join(words_of(text)) == words


def test_the_library_is_loaded_only_where_a_document_names_the_check() -> None:
    script = (
        "import sys; from probed.checks import registry, log_patterns, log_kinds; sys.exit('drain3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=60).returncode == 0
