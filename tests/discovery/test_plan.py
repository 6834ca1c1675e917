"""What a discovery proposes for a folder of documents, and what the next one leaves alone."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from probed.checks.registry import CheckRegistry
from probed.config.documents import load_documents
from probed.discovery import record
from probed.discovery.command import words_of, write_all
from probed.discovery.plan import Plan, plan
from probed.discovery.proposal import Found, Kind, Survey
from probed.discovery.survey import KINDS as SHIPPED
from probed.errors import ConfigError

SERVICES = Kind("found-services", "Services", "every 1m", "Are they up?", actions="{L2: [restart_unit]}", drops=True)
PORTS = Kind("found-ports", "Ports", "every 1m", "Who listens?")
KINDS = {kind.id: kind for kind in (SERVICES, PORTS)}


def unit(name: str, *, is_up: bool = True) -> Found:
    return Found("found-services", "systemd_unit", name, {}, "", listed="units", is_up=is_up)


def port(number: int, program: str) -> Found:
    return Found("found-ports", "port", f"tcp/{number}", {"port": number, "program": program}, "on 0.0.0.0")


def planned(
    folder: Path, found: Iterable[Found], blind: Iterable[str] = ("found-ports",), gone: Iterable[str] = ()
) -> Plan:
    usable, broken = load_documents(folder, CheckRegistry())
    assert broken == []
    return plan(Survey(tuple(found), (), frozenset(blind)), KINDS, folder, usable, frozenset(gone))


def written(
    folder: Path, found: Iterable[Found], blind: Iterable[str] = ("found-ports",), gone: Iterable[str] = ()
) -> Plan:
    made = planned(folder, found, blind, gone)
    write_all(made, folder)
    return made


def items(folder: Path, document: str) -> list[str]:
    text = (folder / f"{document}.md").read_text()
    return [line.strip() for line in text.split("\n") if line.startswith("  - ")]


def test_what_is_found_becomes_documents_that_the_daemon_takes(tmp_path: Path) -> None:
    written(tmp_path, [unit("nginx"), unit("redis"), port(443, "nginx")])

    usable, broken = load_documents(tmp_path, CheckRegistry())
    assert broken == []
    assert {each.id: [call.params for call in each.checks] for each in usable} == {
        "found-services": [{"units": ["nginx", "redis"]}],
        "found-ports": [{"port": 443, "program": "nginx"}],
    }
    assert list(next(each for each in usable if each.id == "found-services").actions.ask) == ["restart_unit"]


def test_nothing_is_written_that_was_only_shown(tmp_path: Path) -> None:
    made = planned(tmp_path, [unit("nginx")])

    assert "+  - systemd_unit: {units: [nginx]}" in "\n".join(words_of(made, written=False))
    assert list(tmp_path.iterdir()) == []


def test_a_second_discovery_of_the_same_host_proposes_nothing(tmp_path: Path) -> None:
    found = [unit("nginx"), port(443, "nginx")]
    written(tmp_path, found)

    again = planned(tmp_path, found)

    assert again.changes == []
    assert list(words_of(again, written=False))[-1].startswith("nothing new: 2 things were found")


def test_only_what_has_changed_is_proposed(tmp_path: Path) -> None:
    written(tmp_path, [unit("nginx"), unit("redis"), port(443, "nginx")])

    made = written(tmp_path, [unit("nginx"), unit("postgresql"), port(443, "nginx")])

    assert [change.path.name for change in made.changes] == ["found-services.md"]
    assert items(tmp_path, "found-services") == [
        "- systemd_unit: {units: [nginx]}",
        "- systemd_unit: {units: [postgresql]}",
    ]
    assert planned(tmp_path, [unit("nginx"), unit("postgresql"), port(443, "nginx")]).changes == []


def test_a_line_that_a_person_changed_or_removed_is_theirs(tmp_path: Path) -> None:
    found = [unit("nginx"), port(22, "sshd"), port(443, "nginx")]
    written(tmp_path, found)
    services, ports = tmp_path / "found-services.md", tmp_path / "found-ports.md"
    services.write_text(services.read_text().replace("units: [nginx]", "units: [nginx], for: 5m"))
    ports.write_text("\n".join(line for line in ports.read_text().split("\n") if "port: 22" not in line))

    assert planned(tmp_path, found).changes == []
    assert planned(tmp_path, [port(443, "nginx")]).changes == []

    written(tmp_path, [*found, port(80, "nginx"), unit("redis")])
    assert items(tmp_path, "found-services") == [
        "- systemd_unit: {units: [nginx], for: 5m}",
        "- systemd_unit: {units: [redis]}",
    ]
    assert [line for line in items(tmp_path, "found-ports") if "port: 22," in line] == []


def test_a_document_of_which_nothing_is_left_goes_and_comes_back(tmp_path: Path) -> None:
    written(tmp_path, [unit("nginx")])

    written(tmp_path, [])
    assert not (tmp_path / "found-services.md").exists()

    written(tmp_path, [unit("nginx")])
    assert items(tmp_path, "found-services") == ["- systemd_unit: {units: [nginx]}"]


def test_what_is_down_for_now_is_neither_dropped_nor_begun(tmp_path: Path) -> None:
    written(tmp_path, [unit("nginx")])

    assert planned(tmp_path, [unit("nginx", is_up=False), unit("broken", is_up=False)]).changes == []


def test_where_not_everything_can_be_looked_at_nothing_is_dropped(tmp_path: Path) -> None:
    written(tmp_path, [unit("nginx"), port(443, "nginx")])

    assert planned(tmp_path, [], blind=KINDS).changes == []


def test_what_another_document_watches_is_not_proposed(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(
        "---\nid: mine\nchecks:\n  - systemd_unit: {units: [auto, nginx]}\n  - port: {port: 443}\n---\nMine.\n"
    )

    made = planned(tmp_path, [unit("nginx"), unit("redis"), port(443, "nginx"), port(80, "nginx")])

    added = [line.text.strip() for change in made.changes for line in change.step.added]
    assert added == ["- systemd_unit: {units: [redis]}", "- port: {port: 80, program: nginx}    # on 0.0.0.0"]


def test_a_document_without_a_list_in_lines_is_left_alone_with_a_word(tmp_path: Path) -> None:
    (tmp_path / "found-services.md").write_text("---\nid: found-services\nchecks: [memory]\n---\nMine.\n")

    with pytest.raises(ConfigError, match=r"found-services\.md: it has no list `checks:`"):
        planned(tmp_path, [unit("nginx")])


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", "is no record"), ("[]", "is no record"), ('{"version": 9, "documents": {}}', "is of version 9, not 1")],
)
def test_a_record_that_cannot_be_used_is_said(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / record.NAME).write_text(text)

    with pytest.raises(ConfigError, match=reason):
        planned(tmp_path, [unit("nginx")])


def test_the_record_says_what_was_written(tmp_path: Path) -> None:
    written(tmp_path, [unit("nginx")])

    kept = json.loads((tmp_path / record.NAME).read_text())
    assert kept["documents"]["found-services"][0]["keys"] == ["systemd_unit nginx"]
    assert (tmp_path / "found-services.md").stat().st_mode & 0o777 == 0o644


def test_each_shipped_kind_tells_a_reader_what_to_look_at() -> None:
    assert all("When there is a finding:" in kind.body for kind in SHIPPED.values())
    assert all(identifier == kind.id for identifier, kind in SHIPPED.items())


def mount(name: str, **params: object) -> Found:
    return Found(
        "found-services", "disk", name, params, "91% full" if params else "", listed="" if params else "mounts"
    )


def test_what_is_left_of_a_line_may_need_several(tmp_path: Path) -> None:
    written(tmp_path, [mount("/"), mount("/srv"), mount("/old")])

    written(tmp_path, [mount("/"), mount("/srv", mounts=["/srv"], warning="96%")])

    assert items(tmp_path, "found-services") == [
        "- disk: {mounts: [/]}",
        "- disk: {mounts: [/srv], warning: 96%}    # 91% full",
    ]


def test_without_the_record_what_stands_in_the_documents_is_a_persons(tmp_path: Path) -> None:
    written(tmp_path, [unit("nginx"), port(80, "nginx")])
    (tmp_path / record.NAME).unlink()

    written(tmp_path, [unit("nginx"), unit("redis"), port(80, "nginx")])

    assert items(tmp_path, "found-services") == ["- systemd_unit: {units: [nginx]}", "- systemd_unit: {units: [redis]}"]
    assert items(tmp_path, "found-ports") == ["- port: {port: 80, program: nginx}    # on 0.0.0.0"]


def test_a_name_that_others_chose_breaks_no_document(tmp_path: Path) -> None:
    strange = Found("found-ports", "port", "tcp/8443", {"port": 8443}, "CN=\x1b[31m\x00evil\u2028# {")

    written(tmp_path, [strange])

    assert items(tmp_path, "found-ports") == ["- port: {port: 8443}    # CN= [31m evil # {"]
    assert load_documents(tmp_path, CheckRegistry())[1] == []


def in_force(folder: Path, document: str) -> list[object]:
    usable, broken = load_documents(folder, CheckRegistry())
    assert broken == []
    return [call.params for each in usable if each.id == document for call in each.checks]


def test_what_is_added_later_is_in_force_also_where_nothing_follows_the_checks(tmp_path: Path) -> None:
    written(tmp_path, [port(443, "nginx")])

    written(tmp_path, [port(443, "nginx"), port(80, "nginx")])

    assert in_force(tmp_path, "found-ports") == [{"port": 443, "program": "nginx"}, {"port": 80, "program": "nginx"}]


def test_what_a_service_served_goes_with_the_service_and_not_because_it_is_down(tmp_path: Path) -> None:
    redis = replace(port(6379, "redis"), unit="redis.service")
    written(tmp_path, [port(443, "nginx"), redis])

    assert planned(tmp_path, [port(443, "nginx")]).changes == []
    assert planned(tmp_path, [], gone=["redis.service"]).changes[0].after.count("  - port:") == 1

    written(tmp_path, [port(443, "nginx")], gone=["redis.service"])
    assert in_force(tmp_path, "found-ports") == [{"port": 443, "program": "nginx"}]

    (tmp_path / "found-ports.md").write_text((tmp_path / "found-ports.md").read_text().replace("443", "444"))
    written(tmp_path, [redis], gone=["redis.service"])
    assert in_force(tmp_path, "found-ports")[0] == {"port": 444, "program": "nginx"}


def job(times: str) -> Found:
    return Found("found-ports", "heartbeat", "nightly", {"name": "nightly", "cron": times}, "", settled=("cron",))


def test_a_line_follows_what_somebody_has_set_elsewhere_but_not_what_was_measured(tmp_path: Path) -> None:
    web = Found("found-ports", "http", "http://a/", {"url": "http://a/", "warning": "1s"}, "answers in 3 ms")
    written(tmp_path, [job("30 2 * * *"), web])

    slower = replace(web, params={"url": "http://a/", "warning": "9s"})
    made = written(tmp_path, [job("45 3 * * *"), slower])

    assert len(made.changes) == 1
    assert in_force(tmp_path, "found-ports") == [
        {"name": "nightly", "cron": "45 3 * * *"},
        {"url": "http://a/", "warning": "1s"},
    ]
    assert planned(tmp_path, [job("45 3 * * *"), slower]).changes == []


def test_a_line_that_a_person_changed_stays_when_its_job_moves(tmp_path: Path) -> None:
    written(tmp_path, [job("30 2 * * *")])
    document = tmp_path / "found-ports.md"
    document.write_text(document.read_text().replace("30 2 * * *", "30 2 * * *, grace: 2h"))

    assert planned(tmp_path, [job("45 3 * * *")]).changes == []


TIMER = Found("found-ports", "systemd_timer", "a.timer", {}, "", "timers", covered_by="auto")
ARRAY = Found("found-ports", "mdraid", "md0", {}, "", "arrays", covered_by="*")


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("systemd_timer: {timers: [auto]}", TIMER),
        ("systemd_timer: {exclude: [b]}", TIMER),
        ("mdraid: {arrays: '*'}", ARRAY),
        ("mdraid: {arrays: [md0]}", ARRAY),
        ("redis: {warning: 500ms}", Found("found-ports", "redis", "r", {"host": "127.0.0.1", "port": 6379}, "")),
        ("postgresql: {}", Found("found-ports", "postgresql", "p", {"host": "/run/postgresql", "port": 5432}, "")),
        ("heartbeat: {name: nightly, period: 1d}", job("30 2 * * *")),
    ],
)  # fmt: skip
def test_documents_of_others_count_also_by_what_they_leave_out(tmp_path: Path, line: str, found: Found) -> None:
    mine = tmp_path / "mine.md"
    mine.write_text(f"---\nid: mine\nchecks:\n  - {line}\n---\nMine.\n")
    assert planned(tmp_path, [found]).changes == []

    mine.unlink()
    assert len(planned(tmp_path, [found]).changes) == 1
