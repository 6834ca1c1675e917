from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probed.config.documents import KEYS, MAX_BYTES, load_documents, parse_document
from probed.core.inspection import ActionRule, AgentRule, AgentWhen, CheckCall, Inspection, Policy, Schedule
from probed.core.observation import CheckAnswer, Memory
from probed.errors import ConfigError, DocumentError, ParameterError
from tests.config.texts import words
from tests.conftest import require

WHOLE = """\
---
id: disks
title: Disks and inodes
schedule: every 5m          # or a cron expression: "*/5 * * * *"; also accepted: "every: 5m"
timeout: 90s
checks:
  - disk: {mounts: auto, warning: 80%, critical: 90%, for: 2m, clear: 75%}
  - inodes: {mounts: auto, warning: 80%}
  - cpu
policy: careful
agent: {when: on_finding, tier: large, budget_usd: 0.25}     # when: never | on_finding | always
actions: {L1: [clean_files: {pattern: "*.log"}], L2: [restart_unit]}
labels: {team: home, rack: 4}
runbook: https://example.org/disks
---
What to look at.

---
And this line is no end of anything.
"""


@dataclass
class OneCheck:
    """Knows the check `disk` with the parameter `warning` alone."""

    name: str = "disk"
    remembers: bool = False

    def bind(self, call: CheckCall) -> OneCheck:
        if call.check != self.name:
            raise ParameterError("", f"there is no check {call.check!r}")
        for key in call.params:
            if key != "warning":
                raise ParameterError(key, "unknown parameter")
        return self

    def look(self) -> CheckAnswer:
        raise NotImplementedError

    def look_since(self, known: Memory) -> tuple[CheckAnswer, Memory]:
        raise NotImplementedError


def document(**changes: str) -> str:
    keys = {"id": "a", "checks": "[disk]", **changes}
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in keys.items()) + "---\n"


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_every_key_is_read() -> None:
    assert parse_document(WHOLE, "disks.md") == Inspection(
        id="disks",
        title="Disks and inodes",
        checks=(
            CheckCall("disk", {"mounts": "auto", "warning": "80%", "critical": "90%", "for": "2m", "clear": "75%"}, 7),
            CheckCall("inodes", {"mounts": "auto", "warning": "80%"}, 8),
            CheckCall("cpu", {}, 9),
        ),
        schedule=Schedule(every_s=300.0),
        timeout_s=90.0,
        agent=AgentRule(AgentWhen.ON_FINDING, "large", 0.25),
        actions=ActionRule(automatic={"clean_files": {"pattern": "*.log"}}, ask={"restart_unit": {}}),
        policy=Policy.CAREFUL,
        labels={"team": "home", "rack": "4"},
        runbook="https://example.org/disks",
        body="What to look at.\n\n---\nAnd this line is no end of anything.",
        document_hash=hashlib.sha256(WHOLE.encode()).hexdigest(),
        path="disks.md",
        text=WHOLE,
    )


def test_a_document_may_name_the_probes_that_its_model_asks() -> None:
    named = parse_document(document(agent="{when: always, probes: [journal, disk_usage, journal]}"), "a.md")

    assert named.agent.probes == ("journal", "disk_usage")
    assert parse_document(document(agent="{probes: []}"), "a.md").agent.probes == ()
    assert parse_document(document(agent="{when: always}"), "a.md").agent.probes is None


def test_only_id_and_checks_are_needed() -> None:
    inspection = parse_document("---\nid: a\nchecks: [disk]\n---", "a.md")

    assert inspection.title == "a"
    assert inspection.checks == (CheckCall("disk", {}, 3),)
    assert inspection.schedule == Schedule(every_s=300.0)
    assert inspection.agent.when is AgentWhen.NEVER


def test_checks_may_be_empty_where_the_model_always_looks() -> None:
    assert parse_document(document(checks="[]", agent="{when: always}"), "a.md").checks == ()


def test_line_ends_and_the_byte_order_mark_of_windows_do_no_harm() -> None:
    text = "\ufeff" + WHOLE.replace("\n", "\r\n")

    inspection = parse_document(text, "disks.md")

    assert inspection.checks[2] == CheckCall("cpu", {}, 9)
    assert inspection.document_hash == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "has no front matter"),
        ("# Disks\n", 1, "has no front matter; its first line has to be ---"),
        ("---\nid: a\n", 1, "a line --- is missing"),
        ("---\n---\n", 1, "expected keys with values"),
        ("---\n- a\n---\n", 2, "expected keys with values"),
        ("---\nchecks: [disk]\n---\n", 2, "the key 'id' is missing"),
        ("---\nid: a\n---\n", 2, "the key 'checks' is missing"),
        ("---\nid: a\nid: b\n---\n", 3, "the key 'id' is given twice"),
        ("---\nid: a\n- b\n---\n", 3, "not valid YAML"),
        ("---\nid: &x a\n---\n", 2, "anchors and aliases"),
        (document(agent="{probes: [jurnal]}"), 4, "agent.probes.0: unknown probe 'jurnal'; did you mean 'journal'?"),
        (document(agent="\n  probes:\n    - journal\n    - [a]"), 7, "expected a text"),
        (document(agent="{probes: journal}"), 4, "agent.probes: expected a list"),
        (document(timout="5s"), 4, "unknown key 'timout'; did you mean 'timeout'?"),
        (document(id="Disks"), 2, "id: expected at most 64 small letters"),
        (document(id="a" * 65), 2, "id: expected at most 64 small letters"),
        (document(id="42"), 2, "id: expected at most 64 small letters"),
        (document(title="[a]"), 4, "title: expected a text"),
        (document(schedule="5"), 4, "schedule: not a schedule"),
        (document(schedule="every now"), 4, "schedule: 'now' is not a duration"),
        (
            document(schedule="1 2 * 4 mondays"),
            4,
            "schedule: day of the week: 'mondays' is not a number from 0 to 7 or a name like sun",
        ),
        (document(timeout="0"), 4, "timeout: a time-out is longer than 0"),
        (document(timeout="soon"), 4, "timeout: 'soon' is not a duration"),
        (document(checks="disk"), 3, "checks: expected a list"),
        (document(checks="[]"), 3, "checks: an empty list is only of use with 'agent: {when: always}'"),
        (document(checks="\n  - disk\n  - {a: {}, b: {}}"), 5, "checks.1: expected a name"),
        (document(checks="\n  - disk\n  - 5"), 5, "checks.1: expected a name"),
        (document(checks="\n  - disk: 80%"), 4, "checks.0.disk: expected keys with values"),
        (document(agent="always"), 4, "agent: expected keys with values"),
        (document(agent="{wen: always}"), 4, "unknown key 'wen' in 'agent'; did you mean 'when'?"),
        (document(agent="\n  when: sometimes"), 5, "agent.when: expected never or unsolved or on_finding or always"),
        (document(agent="{tier: huge}"), 4, "agent.tier: expected small or large or local, not 'huge'"),
        (document(agent="{tier: [small]}"), 4, "agent.tier: expected small or large or local"),
        (document(agent="{budget_usd: 1 $}"), 4, "agent.budget_usd: expected a number"),
        (document(agent="{budget_usd: -1}"), 4, "agent.budget_usd: a budget is not negative"),
        (document(actions="{L3: [a]}"), 4, "unknown key 'L3' in 'actions'"),
        (document(actions="{L1: a}"), 4, "actions.L1: expected a list"),
        (document(actions="{L1: [a, a]}"), 4, "actions.L1.1: the action 'a' is given twice"),
        (document(labels="{host: b}"), 4, "labels.host: this label is set by Cortex itself"),
        (document(labels="{a-b: c}"), 4, "labels.a-b: the name of a label"),
        (document(labels="{a: [b]}"), 4, "labels.a: expected a text"),
        (document(runbook="5"), 4, "runbook: expected a text"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse_document(text, "a.md")

    assert (caught.value.path, caught.value.line) == ("a.md", line)
    assert reason in caught.value.reason


def test_the_good_documents_run_and_the_broken_ones_are_named(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "a.md": document(),
            "b.md": document(id="b", checks="\n  - disk: {warning: 80%}\n  - disk: {waring: 80%}"),
            "c.md": document(id="c", checks="[tape]"),
            "d.md": "# Notes\n",
            "e.md": document(id="e"),
            "f.txt": "not looked at",
            ".g.md": "an editor's own file",
        },
    )

    usable, broken = load_documents(folder, OneCheck())

    assert [inspection.id for inspection in usable] == ["a", "e"]
    assert [str(item) for item in broken] == [
        f"{folder}/b.md:5: check 'disk': waring: unknown parameter",
        f"{folder}/c.md:3: check 'tape': there is no check 'tape'",
        f"{folder}/d.md:1: has no front matter; its first line has to be ---",
    ]


def test_of_two_documents_with_one_id_the_second_is_broken(tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.md": document(), "b.md": "---\n\nid: a\nchecks: [disk]\n---\n"})

    usable, broken = load_documents(folder, OneCheck())

    assert [inspection.path for inspection in usable] == [f"{folder}/a.md"]
    assert [str(item) for item in broken] == [f"{folder}/b.md:3: id: 'a' belongs to {folder}/a.md already"]


def test_an_action_that_does_not_exist_is_named(tmp_path: Path) -> None:
    folder = write(tmp_path, {"a.md": document(actions="\n  L1: [clean_files]\n  L2: [restart_units: {}]")})

    _, broken = load_documents(folder, OneCheck(), actions=["clean_files", "restart_unit"])

    assert [item.line for item in broken] == [6]
    assert "unknown action 'restart_units'; did you mean 'restart_unit'?" in broken[0].reason


@pytest.mark.parametrize(
    ("agent", "line", "reason"),
    [
        (
            "{when: always, budget_usd: 2.5}",
            4,
            "agent.budget_usd: a budget of $2.5 is above the limit of $2 in agent.budget",
        ),
        ("{when: on_finding, budget_usd: 2}", 0, ""),
        ("{when: never, budget_usd: 3}", 0, ""),
    ],
)
def test_a_budget_above_the_limit_is_named_where_limits_are_asked_for(
    tmp_path: Path, agent: str, line: int, reason: str
) -> None:
    folder = write(tmp_path, {"a.md": document(agent=agent)})

    assert load_documents(folder, OneCheck())[1] == []
    _, broken = load_documents(folder, OneCheck(), most_usd=2.0)

    assert [(item.line, item.reason) for item in broken] == ([(line, reason)] if reason else [])


def test_a_policy_that_there_is_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"policy: expected observe or careful or operator"):
        parse_document(document(policy="bold"), "a.md")


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    content = document(title="Größe").replace("\n", "\r\n").encode()
    (tmp_path / "a.md").write_bytes(content)

    usable, _ = load_documents(tmp_path, OneCheck())

    assert usable[0].document_hash == hashlib.sha256(content).hexdigest()


def test_files_that_cannot_be_used_are_broken_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_bytes(b"---\nid: a\n# \xff\n---\n")
    (tmp_path / "b.md").write_text("---\n" + "#" * MAX_BYTES)
    (tmp_path / "c.md").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d.md").mkdir()
    (tmp_path / "e.md").write_text(document())
    (tmp_path / "e.md").chmod(0o666)

    usable, broken = load_documents(tmp_path, OneCheck())

    assert usable == []
    assert [(Path(item.path).name, item.line, item.reason) for item in broken] == [
        ("a.md", 3, "is not UTF-8"),
        ("b.md", 1, "is larger than 256 KiB"),
        ("c.md", 1, "is not a file"),
        ("d.md", 1, "is not a file"),
        ("e.md", 1, f"can be changed by others; type: chmod go-w {tmp_path}/e.md"),
    ]
    assert [item.id for item in broken] == ["a", "b", "c", "d", "e"]


def test_a_broken_document_tells_which_inspection_it_would_be(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        {
            "1.md": document(id="disks", checks="[tape]"),
            "2.md": "---\nchekcs: []\nid: 'web'  # the shop\n",
            "3.md": "id:\n",
            "4.md": document(id="Not An Id"),
        },
    )

    _, broken = load_documents(folder, OneCheck())

    assert [item.id for item in broken] == ["disks", "web", "3", "4"]


def test_a_document_of_another_user_is_broken(tmp_path: Path) -> None:
    require("root", present=os.geteuid() == 0)
    folder = write(tmp_path, {"a.md": document(), "b.md": document(id="b")})
    os.chown(folder / "b.md", 65534, -1)

    usable, broken = load_documents(folder, OneCheck())

    assert [inspection.id for inspection in usable] == ["a"]
    assert broken[0].reason == f"belongs to another user (nobody); type: chown 0 {folder}/b.md"


def test_a_link_is_as_good_as_what_it_leads_to(tmp_path: Path) -> None:
    folder = tmp_path / "inspections"
    folder.mkdir()
    write(tmp_path, {"good": document(), "bad": document(id="b")})
    (tmp_path / "bad").chmod(0o666)
    (folder / "a.md").symlink_to(tmp_path / "good")
    (folder / "b.md").symlink_to(tmp_path / "bad")

    usable, broken = load_documents(folder, OneCheck())

    assert [inspection.id for inspection in usable] == ["a"]
    assert "can be changed by others" in broken[0].reason


@pytest.mark.parametrize("mode", [0o777, 0o757, 0o1777])
def test_a_folder_in_which_others_can_put_documents_is_refused(tmp_path: Path, mode: int) -> None:
    folder = write(tmp_path, {"a.md": document()})
    folder.chmod(mode)

    with pytest.raises(ConfigError, match=rf"of inspections\.dir can be changed by others; type: chmod go-w {folder}"):
        load_documents(folder, OneCheck())


def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    require("root", present=os.geteuid() == 0)
    os.chown(tmp_path, 65534, -1)

    with pytest.raises(ConfigError, match=rf"another user \(nobody\); type: chown 0 {tmp_path}"):
        load_documents(tmp_path, OneCheck())


@pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
def test_a_checkout_is_used_as_it_was_made(tmp_path: Path, umask: int) -> None:
    """With 002 its files are writable for a group: root's own here, in which nobody else is."""
    before = os.umask(umask)
    try:
        folder = tmp_path / "inspections"
        folder.mkdir()
        write(folder, {"a.md": document()})
    finally:
        os.umask(before)

    usable, broken = load_documents(folder, OneCheck())

    assert [inspection.id for inspection in usable] == ["a"]
    assert broken == []


def test_a_folder_that_is_not_there_is_an_error_of_the_configuration(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"inspections\.dir cannot be read: No such file"):
        load_documents(tmp_path / "inspections", OneCheck())


@settings(deadline=None)
@given(st.one_of(st.text(), words([*KEYS, "disk", "always", "every", "L1", "* * * * *"]).map("---\n{}\n---\n".format)))
def test_any_text_is_an_inspection_or_a_document_error(text: str) -> None:
    outcome: Inspection | DocumentError
    try:
        outcome = parse_document(text, "a.md")
    except DocumentError as error:
        outcome = error

    assert isinstance(outcome, Inspection) or (outcome.line >= 1 and outcome.reason)


@settings(deadline=None)
@given(st.data())
def test_a_damaged_document_is_an_inspection_or_a_document_error(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(WHOLE)))
    damage = data.draw(words([*KEYS, "disk", "always"]))
    text = WHOLE[:place] + damage + WHOLE[place + data.draw(st.integers(0, 20)) :]

    outcome: Inspection | DocumentError
    try:
        outcome = parse_document(text, "a.md")
    except DocumentError as error:
        outcome = error

    assert isinstance(outcome, Inspection) or (outcome.line >= 1 and outcome.reason)


@pytest.mark.parametrize(
    "line", ["schedule: every 10m", "schedule: {every: 10m}", "every: 10m", 'schedule: "every: 10m"']
)
def test_an_interval_may_be_written_in_each_of_these_ways(line: str) -> None:
    document = parse_document(f"---\nid: a\n{line}\nchecks: [load]\n---\n", "a.md")

    assert document.schedule == Schedule(every_s=600.0)


def test_two_schedules_are_one_too_many() -> None:
    with pytest.raises(DocumentError, match="give one of the two"):
        parse_document("---\nid: a\nschedule: every 5m\nevery: 10m\nchecks: [load]\n---\n", "a.md")
