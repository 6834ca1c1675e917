from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from probed.core.evidence import evidence_in, lines_of
from probed.core.investigation import Evidence

ASKED = Evidence("e1", "journal", {"unit": "web.service"}, '{"evidence":"e1"}', "c0ffee")


@given(st.text(), st.booleans())
def test_what_is_read_is_what_was_written(answer: str, failed: bool) -> None:
    asked = [Evidence("e1", "journal", {"limit": 3}, answer, "c0ffee", failed), ASKED]

    assert list(evidence_in(lines_of(asked))) == asked


def test_a_secret_that_a_model_asked_for_is_not_kept() -> None:
    asked = Evidence("e1", "journal", {"contains": "token=hunter2hunter2", "\ud800": "\udce9"}, "{}", "c0ffee")

    assert "hunter2" not in lines_of([asked])
