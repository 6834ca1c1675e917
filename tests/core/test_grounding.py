"""Which of a model's numbers stand in what it saw; the corpus below is labelled by hand."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.finding import Grounding, Severity
from probed.core.grounding import of_finding, of_summary, together
from probed.core.grounds import Source, sources_of
from probed.core.inspection import CheckCall
from probed.core.investigation import Evidence, Task
from tests.factories import make_finding, make_inspection, make_observation


def table(id_: str, columns: list[str], *rows: list[object], probe: str = "disk_usage") -> Evidence:
    return Evidence(id_, probe, {}, json.dumps({"evidence": id_, "columns": columns, "rows": rows}), "")


DISKS = table(
    "e1",
    ["mount", "size_bytes", "used_bytes", "used_percent", "inodes_used"],
    ["/srv", 107374182400, 98784247808, 92.0, 1234567],
    ["/home", 53687091200, 6442450944, 12.0, 45012],
    ["/var", 21474836480, 10737418240, 50.0, 380],
)
PROCESSES = table(
    "e2",
    ["pid", "name", "user", "rss_bytes", "cpu_percent", "age_s"],
    [4711, "java", "app", 3221225472, 187.5, 273600],
    [812, "postgres", "postgres", 524288000, 12.1, 1209600],
    [1, "systemd", "root", 12582912, 0.0, 1209700],
    probe="processes",
)
JOURNAL = table(
    "e3",
    ["at", "unit", "message"],
    ["2026-12-01T03:00:11Z", "backup.service", "rsync 3.2.7: wrote 88.4G to /srv/backup in 5400 s"],
    ["2026-12-01T03:10:00Z", "nginx.service", "connect() to 192.0.2.7:5432 failed (111: Connection refused)"],
    ["2026-12-01T03:11:00Z", "nginx.service", "12,034 requests were answered with 502"],
    probe="journal",
)
FAILED = Evidence("e4", "unit_status", {"unit": "x"}, json.dumps({"evidence": "e4", "failed": "no 77 unit"}), "", True)
TASK = Task(
    "r1",
    make_inspection(checks=(CheckCall("disk", {"warning": "85%"}),), body="More than 200 requests/s is unusual."),
    [make_observation(object="/srv", summary="/srv is 92% full", value=92.0, unit="%")],
    [make_finding(object="/srv", summary="/srv is 92% full", evidence={"free_bytes": 8589934592})],
    (),
    60,
    1,
)
SOURCES = sources_of(TASK, [DISKS, PROCESSES, JOURNAL, FAILED])

SUPPORTED = (
    # object, cites, sentence: every number of it stands in what is cited
    ("/srv", "e1", "/srv is 92% full"),
    ("/srv", "e1", "/srv is 92.0% full, 92 GiB of 100 GiB are used"),
    ("/srv", "e1", "98.8 GB of 107.4 GB are used on /srv"),
    ("/srv", "e1", "98,784,247,808 bytes are used"),
    ("/srv", "e1", "only 8% are left on /srv"),
    ("/srv", "f1", "8 GiB are left"),
    ("/srv", "f1", "8.6 GB free"),
    ("/srv", "f1", "8192 MiB left"),
    ("/srv", "e1", "about 90% of /srv is used"),
    ("/srv", "e1", "more than 1,200,000 inodes are used"),
    ("/srv", "e1", "1.2M inodes are in use on /srv"),
    ("/srv", "e1", "/srv is at 92% while /home is at 12%"),
    ("/home", "e1", "/home uses 6 GiB (12%) of its 50 GiB"),
    ("java", "e2", "java (pid 4711) holds 3 GiB"),
    ("java", "e2", "java takes 187% of a processor"),
    ("java", "e2", "java takes 187.5% cpu and 3072 MiB, for 3 days and 4 hours"),
    ("java", "e2", "it has run for 76 hours"),
    ("postgres", "e2", "postgres has 500 MiB and 12.1% cpu; java has 3 GiB"),
    ("postgres", "e2", "postgres has been up for 2 weeks"),
    ("backup.service", "e3", "rsync 3.2.7 wrote 88.4G in 1.5 hours"),
    ("backup.service", "e3", "the backup took 90 minutes and wrote 88.4 GB"),
    ("nginx.service", "e3", "12,034 requests got a 502"),
    ("nginx.service", "e3", "about 12,000 requests got a 502 since 03:11 on 2026-12-01"),
    ("nginx.service", "e3", "192.0.2.7:5432 refuses connections (errno 111)"),
    ("nginx.service", "e3", "3 lines of the journal show it"),
    ("/srv", "o1 e3", "/srv is 92% full since the backup wrote 88.4G"),
    ("/srv", "o1", "92% is above the limit of 85%"),
    ("nginx.service", "e3", "12034 requests, where 200 a second are unusual"),
    ("/srv", "", "/srv is 92% full"),
    ("/srv", "e1", "/srv is nearly full since December 2025, see /var/log/app.1 and eth0"),
)
UNSUPPORTED = (
    # object, cites, sentence, the numbers that stand nowhere, or only in what another one's row says
    ("/srv", "e1", "/srv is 97% full", ["97%"]),
    ("/srv", "e1", "/srv is 12% full", ["12%"]),
    ("/srv", "e1", "/srv is at 12% while /home is at 92%", ["12%", "92%"]),
    ("/home", "e1", "/home has 1,234,567 inodes", ["1,234,567"]),
    ("/srv", "e1", "92.5% are used", ["92.5%"]),
    ("/srv", "e1", "93 GiB are used on /srv", ["93 GiB"]),
    ("/srv", "e1", "it uses 3 GiB", ["3 GiB"]),
    ("/srv", "f1", "9 GiB are left", ["9 GiB"]),
    ("java", "e2", "java (pid 812) holds 3 GiB", ["812"]),
    ("java", "e2", "java holds 500 MiB", ["500 MiB"]),
    ("java", "e2", "java holds 3.5 GiB and 187% cpu", ["3.5 GiB"]),
    ("postgres", "e2", "postgres takes 187.5% cpu", ["187.5%"]),
    ("postgres", "e2", "postgres has been up for 3 weeks", ["3 weeks"]),
    ("backup.service", "e3", "rsync 3.2.9 wrote 88.4G", ["3.2.9"]),
    ("backup.service", "e3", "the backup took 30 minutes", ["30 minutes"]),
    ("nginx.service", "e3", "12,035 requests failed", ["12,035"]),
    ("nginx.service", "e3", "about 20,000 requests failed", ["20,000"]),
    ("nginx.service", "e3", "192.0.2.8:5432 refuses connections", ["192.0.2.8:5432"]),
    ("nginx.service", "e3", "17 lines of the journal show it", ["17"]),
    ("/srv", "e3", "/srv is 92% full", ["92%"]),
    ("x", "e4", "77 units failed", ["77"]),
    ("/srv", "o1", "92% is above the limit of 80%", ["80%"]),
    ("/srv", "e1", "more than 99% are used", ["99%"]),
    ("/srv", "e1", "/srv grows by 2.5 GiB a day", ["2.5 GiB"]),
)


def judged(object_: str, cites: str, summary: str, evidence: dict[str, object] | None = None) -> Grounding:
    finding = make_finding(object=object_, summary=summary, evidence=evidence or {}, cites=tuple(cites.split()))
    return of_finding(finding, SOURCES)


@pytest.mark.parametrize(("object_", "cites", "summary"), SUPPORTED)
def test_a_number_that_stands_in_the_evidence_is_supported(object_: str, cites: str, summary: str) -> None:
    assert judged(object_, cites, summary).unsupported == ()


@pytest.mark.parametrize(("object_", "cites", "summary", "wrong"), UNSUPPORTED)
def test_a_number_that_does_not_is_marked(object_: str, cites: str, summary: str, wrong: list[str]) -> None:
    assert list(judged(object_, cites, summary).unsupported) == wrong


def test_the_checker_is_precise_on_the_corpus() -> None:
    """Of the sentences that it calls supported, and of those that it marks, how many are labelled so."""
    cleared = [judged(*case).is_whole for case in SUPPORTED]
    passed = [judged(*case[:3]).is_whole for case in UNSUPPORTED]

    assert sum(cleared) / (sum(cleared) + sum(passed)) >= 0.95
    assert (len(passed) - sum(passed)) / (len(passed) - sum(passed) + len(cleared) - sum(cleared)) >= 0.95


def test_numbers_of_the_evidence_are_compared_by_what_their_names_measure() -> None:
    right = judged("/srv", "e1", "full", {"used_percent": 92, "used_gib": 92, "mount": "/srv"})
    wrong = judged("/srv", "e1", "full", {"used_percent": 12, "free_bytes": 1})

    assert (right.claims, right.supported) == (2, 2)
    assert (wrong.claims, wrong.unsupported) == (2, ("12", "1"))


def test_what_is_cited_and_does_not_exist_is_told() -> None:
    grounding = judged("/srv", "e1 e9 e4", "full")

    assert (grounding.cites, grounding.unknown) == (("e1",), ("e9", "e4"))


def test_a_summary_may_rest_on_everything() -> None:
    assert of_summary("/srv is 92% full, java holds 3 GiB, 12 disks burn", SOURCES).unsupported == ("12",)


def test_groundings_add_up() -> None:
    both = together([judged("/srv", "e1", "92% and 97%"), judged("/srv", "e9", "33 fires")])

    assert (both.claims, both.supported, both.unsupported, both.unknown) == (3, 1, ("97%", "33"), ("e9",))


@given(st.integers(min_value=0, max_value=10**13), st.sampled_from([("KiB", 2**10), ("MiB", 2**20), ("GB", 10**9)]))
def test_what_is_rounded_by_the_rules_is_supported(size: int, unit: tuple[str, int]) -> None:
    name, factor = unit
    sources = sources_of(TASK, [table("e1", ["mount", "used_bytes"], ["/x", size])])
    for decimals in (0, 1, 2):
        summary = f"{size / factor:,.{decimals}f} {name} used"
        finding = make_finding(object="/x", summary=summary, cites=("e1",), evidence={})
        assert of_finding(finding, sources).is_whole, finding.summary


@given(st.floats(min_value=0, max_value=100), st.floats(min_value=0, max_value=100))
def test_a_percentage_that_is_two_points_off_is_not(measured: float, claimed: float) -> None:
    sources = sources_of(TASK, [table("e1", ["mount", "used_percent"], ["/x", measured])])
    said = make_finding(object="/x", summary=f"{claimed:.0f}% used", cites=("e1",), evidence={})
    near = min(abs(measured - claimed), abs(100 - measured - claimed))
    limits = min(abs(85 - claimed), abs(15 - claimed))  # of the document
    if near > 2 and limits > 2:
        assert not of_finding(said, sources).is_whole


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_words_can_be_judged(summary: str, object_: str) -> None:
    finding = make_finding(summary=summary, object=object_, severity=Severity.INFO, cites=("e1", "e2"))

    grounding = of_finding(finding, SOURCES)
    assert 0 <= grounding.supported <= grounding.claims


def test_an_answer_that_is_no_table_counts_as_one_record() -> None:
    odd = [Evidence("e1", "p", {}, text, "") for text in ("no JSON, 7 fish", "[1,2]", '{"rows": 5}', '{"rows": [[1]]}')]

    for each in odd:
        found: Source = sources_of(TASK, [each])["e1"]
        assert found.records
