import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.regex import compile_regex

PIECES = ["a", "b", ".", "a*", "b+", "(a|b)", "(a|)", "[ab]", "[^a]", "a?", "(ab)*", "a{2}", "b{1,3}", r"\w", "^", "$"]


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join), st.text("abc\n", max_size=8))
def test_it_covers_what_pythons_own_covers(pattern: str, text: str) -> None:
    python = re.compile(pattern.replace("$", r"\Z"), re.ASCII)  # RE2's $ is the end and nothing before it

    assert compile_regex(pattern).covers(text) is bool(python.fullmatch(text))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [("(?i)Web-[0-9]+", "wEB-12"), ("[[:digit:]]+", "12"), (r"a\z", "a"), (r"\bdb\b.x", "db-x"), ("(?s)a.b", "a\nb")],
)
def test_it_understands_what_is_written_for_alertmanager(pattern: str, text: str) -> None:
    assert compile_regex(pattern).covers(text)


@pytest.mark.parametrize("pattern", ["(", "[b-a]", "(?=a)", r"(a)\1", "a{2000}", "(a{100}){100}", "a" * 2000, "a++"])
def test_what_it_cannot_do_in_linear_time_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|repeated|expression|not used"):
        compile_regex(pattern)


@pytest.mark.parametrize("pattern", ["(a*)*b", "(a|a)*b", "(a|aa)+b", "(.*a){20}b", "(x+x+)+y|a*a*a*a*a*a*b"])
def test_no_pattern_is_slow_on_any_text(pattern: str) -> None:
    began_s = time.process_time()

    assert not compile_regex(pattern).covers("a" * 5000)

    assert time.process_time() - began_s < 2.0
