import pytest

from probed.core.regex import LONGEST_PATTERN, compile_regex


@pytest.mark.parametrize(
    ("pattern", "text", "covers"),
    [
        ("db.*", "db1", True),
        ("db.*", "a db1", False),
        ("a|b", "b", True),
        ("a|b", "ab", False),
        ("(?i)DEV", "dev", True),
        ("[[:digit:]]+", "42", True),
        (".", "\n", False),
        ("ä+", "ää", True),
        ("", "", True),
    ],
)
def test_a_pattern_has_to_cover_the_whole_text(pattern: str, text: str, covers: bool) -> None:
    assert compile_regex(pattern).covers(text) is covers


def test_a_route_may_name_a_hundred_services() -> None:
    services = [f"service-of-the-shop-{number:03d}" for number in range(150)]

    assert compile_regex("|".join(services)).covers(services[-1])


def test_a_pattern_that_would_try_for_ever_elsewhere_answers_at_once() -> None:
    assert not compile_regex("(a+)+b").covers("a" * 100_000)


@pytest.mark.parametrize("pattern", ["(", "[z-a]", r"(a)\1", "(?=a)", "a" * (LONGEST_PATTERN + 1), "((a{1000}){1000})"])
def test_what_is_no_pattern_or_too_large_is_named(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"expression|characters"):
        compile_regex(pattern)
