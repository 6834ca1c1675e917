from __future__ import annotations

from pathlib import Path

from probed.checks.registry import CheckRegistry
from probed.config.documents import load_documents
from probed.discovery.proposal import Found, Noted, Survey
from probed.discovery.topics import TOPICS, Topic, topics_of, words_of

SHIPPED = Path(__file__).parents[2] / "inspections"


def by_name(survey: Survey, **own: str) -> dict[str, Topic]:
    inspections, broken = load_documents(SHIPPED, CheckRegistry())
    assert broken == []
    keys = {each.key: own[each.check] for each in survey.found if each.check in own}
    return {topic.name: topic for topic in topics_of(survey, inspections, keys, frozenset(keys))}


def test_each_kind_is_told_with_the_document_that_looks_at_it() -> None:
    found = (
        Found("found-timers", "systemd_timer", "backup.timer", {}, "", "timers", covered_by="auto"),
        Found("found-arrays", "mdraid", "md0", {}, "", "arrays", covered_by="*"),
        Found("found-ports", "port", "tcp/25", {"port": 25, "program": "master"}, ""),
        Found("found-backups", "backup", "/b/*", {"path": "/b/*"}, "", detail="the last one is 2h old"),
        Found("found-services", "systemd_unit", "once", {}, "", "units", is_up=False),
    )
    topics = by_name(Survey(found, noted=(Noted("MySQL", "mariadbd", "found-ports"),)), port="found-ports")

    assert topics["timers"].watched_by == ["jobs"]
    assert topics["RAID"].watched_by == ["hardware"]
    assert topics["mail servers"].watched_by == topics["listening ports"].watched_by == ["+found-ports"]
    assert topics["MySQL"] == Topic("MySQL", ["mariadbd"], ["found-ports"])
    assert topics["backups"] == Topic("backups", ["/b/* (the last one is 2h old)"], [])
    assert topics["services"].things == []


def test_a_line_names_as_many_as_fit_and_the_last_one_says_what_is_not_here() -> None:
    lines = list(words_of([Topic("services", [f"service-{n}" for n in range(40)], ["found"]), Topic("RAID", [], [])]))

    assert lines[0].startswith("services  service-0, service-1, ")
    assert lines[0].endswith(" more")
    assert len(lines[0]) <= 120
    assert lines[1:] == ["          by found", "not found: RAID"]


def test_every_kind_that_a_host_may_have_is_a_topic() -> None:
    assert {"services", "containers", "listening ports", "PostgreSQL", "MySQL", "Redis", "RAID", "tunnels"} <= set(
        TOPICS
    )


def test_names_that_others_chose_do_nothing_to_a_terminal() -> None:
    evil = Found("found-web", "http", "http://a/\x1b[2J", {"url": "http://a/"}, "")

    assert by_name(Survey((evil,), noted=(Noted("MySQL", "my\x1b[0m", ""),)))["web servers"].things == ["http://a/?[2J"]
