import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.matcher import Matcher, MatchOp, matchers_text, parse_matchers

LABELS = {"team": "db", "host": "db1"}


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ('team="db"', True),
        ("team=db", True),
        ('team!="db"', False),
        ('host=~"db.*"', True),
        ('host=~"b1"', False),
        ('host!~"web.*"', True),
        ('missing=""', True),
        ('missing!=""', False),
        ('missing=~".*"', True),
        ('missing=~".+"', False),
    ],
)
def test_a_matcher_looks_at_the_whole_value_and_a_missing_label_is_empty(text: str, fits: bool) -> None:
    [matcher] = parse_matchers(text)

    assert matcher.matches(LABELS) is fits


def test_several_matchers_stand_between_commas_with_or_without_braces() -> None:
    expected = (
        Matcher("a", MatchOp.EQUAL, "b,c"),
        Matcher("d", MatchOp.REGEX, 'x"y|z'),
        Matcher("e f", MatchOp.EQUAL, ""),
    )
    text = r'a="b,c", d=~"x\"y|z" , "e f"="",'

    assert parse_matchers(text) == expected
    assert parse_matchers("{" + text + "}") == expected


@given(
    st.lists(st.tuples(st.text(min_size=1), st.sampled_from([MatchOp.EQUAL, MatchOp.NOT_EQUAL]), st.text()), max_size=3)
)
def test_what_is_printed_is_read_back(parts: list[tuple[str, MatchOp, str]]) -> None:
    matchers = tuple(Matcher(*part) for part in parts)

    assert parse_matchers(matchers_text(matchers)) == matchers


@pytest.mark.parametrize("text", ["team", "=x", 'a="b', 'a=b"c', "a=~(", "1a=b", "a==b,=", 'a="b"c'])
def test_what_is_no_matcher_is_refused_and_named(text: str) -> None:
    with pytest.raises(ValueError, match=r"matcher|quote|expression"):
        parse_matchers(text)
