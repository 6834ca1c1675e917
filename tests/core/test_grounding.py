"""Which of a model's numbers stand in what it saw; the corpus beside it is labelled by hand."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.finding import Grounding, Severity
from probed.core.grounding import MOST_SHARES, _percents, of_finding, of_summary, together
from probed.core.grounds import Source, sources_of
from probed.core.investigation import Evidence
from tests.core.grounding_corpus import CORPORA, HOST, TASK, table
from tests.factories import make_finding


def judged(
    object_: str,
    cites: str,
    summary: str,
    evidence: dict[str, object] | None = None,
    sources: Mapping[str, Source] = HOST.sources,
) -> Grounding:
    finding = make_finding(object=object_, summary=summary, evidence=evidence or {}, cites=tuple(cites.split()))
    return of_finding(finding, sources)


SUPPORTED = [(name, *case) for name, corpus in CORPORA.items() for case in corpus.supported]
UNSUPPORTED = [(name, *case) for name, corpus in CORPORA.items() for case in corpus.unsupported]


@pytest.mark.parametrize(("corpus", "object_", "cites", "summary"), SUPPORTED)
def test_a_number_that_stands_in_the_evidence_is_supported(corpus: str, object_: str, cites: str, summary: str) -> None:
    assert judged(object_, cites, summary, sources=CORPORA[corpus].sources).unsupported == ()


@pytest.mark.parametrize(("corpus", "object_", "cites", "summary", "wrong"), UNSUPPORTED)
def test_a_number_that_does_not_is_marked(
    corpus: str, object_: str, cites: str, summary: str, wrong: list[str]
) -> None:
    assert list(judged(object_, cites, summary, sources=CORPORA[corpus].sources).unsupported) == wrong


def test_the_checker_is_precise_on_the_corpus() -> None:
    """Of the sentences that it clears, and of those that it marks, how many are labelled so."""
    cleared = [judged(*case[:3], sources=each.sources).is_whole for each in CORPORA.values() for case in each.supported]
    passed = [
        judged(*case[:3], sources=each.sources).is_whole for each in CORPORA.values() for case in each.unsupported
    ]
    marked = len(passed) - sum(passed)

    assert len(cleared) + len(passed) >= 120
    assert sum(cleared) / (sum(cleared) + sum(passed)) >= 0.95
    assert marked / (marked + len(cleared) - sum(cleared)) >= 0.95


def test_numbers_of_the_evidence_are_compared_by_what_their_names_measure() -> None:
    right = judged("/srv", "e1", "full", {"used_percent": 92, "used_gib": 92, "mount": "/srv"})
    wrong = judged("/srv", "e1", "full", {"used_percent": 12, "free_bytes": 1})

    assert (right.claims, right.supported) == (2, 2)
    assert (wrong.claims, wrong.unsupported) == (2, ("12", "1"))


def test_what_is_cited_and_does_not_exist_is_told() -> None:
    grounding = judged("/srv", "e1 e9 e4", "full")

    assert (grounding.cites, grounding.unknown) == (("e1",), ("e9", "e4"))


def test_a_summary_may_rest_on_everything() -> None:
    assert of_summary("/srv is 92% full, java holds 3 GiB, 12 disks burn", HOST.sources).unsupported == ("12",)


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

    grounding = of_finding(finding, HOST.sources)
    assert 0 <= grounding.supported <= grounding.claims


def test_an_answer_that_is_no_table_counts_as_one_record() -> None:
    odd = [Evidence("e1", "p", {}, text, "") for text in ("no JSON, 7 fish", "[1,2]", '{"rows": 5}', '{"rows": [[1]]}')]

    for each in odd:
        found: Source = sources_of(TASK, [each])["e1"]
        assert found.records


@pytest.mark.parametrize(
    "answer", ['{"total": 1e999, "left": -1e999}', '{"total": 1e-320, "used": 1e308}', "[" * 100_000]
)
def test_what_is_endless_supports_nothing(answer: str) -> None:
    sources = sources_of(TASK, [Evidence("e1", "metrics", {}, answer, "")])

    assert judged("/srv", "e1", "it holds 7.25 GB, which is 61.5%", sources=sources).supported == 0


@pytest.mark.parametrize("size", [10**400, -(10**400)])
def test_a_number_of_any_length_is_compared_and_not_found(size: int) -> None:
    sources = sources_of(TASK, [Evidence("e1", "metrics", {}, f'{{"a": {size}}}', "")])

    grounding = judged("/srv", "e1", "it is 5.5 GB", {"bytes": size}, sources=sources)

    assert (grounding.claims, grounding.supported) == (2, 0)


def test_what_is_used_of_a_whole_is_reckoned_for_a_few_numbers_of_a_record_only() -> None:
    numbers = " ".join(str(100 + number) for number in range(1000))
    (record, *_) = sources_of(TASK, [Evidence("e1", "p", {}, f'{{"limit": "{numbers}", "used": "{numbers}"}}', "")])[
        "e1"
    ].records

    assert len(list(_percents(record.facts))) == MOST_SHARES**2
