"""What parsers break at: bombs, depth, size, halves of characters. For the fuzzing of whatever comes from outside.

CORTEX_EXAMPLES=20000 tests/run tests/test_parsers_fuzz.py has each test try so many examples.
"""

from __future__ import annotations

import contextlib
import re
import signal
from collections.abc import Iterator, Sequence

from hypothesis import strategies as st

ALIASES = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n"
YAML = (
    ALIASES,
    "&a [*a, *a]",
    "&a {<<: *a}",
    "<<: {id: x}",
    "[" * 3000,
    "{a: " * 3000,
    "- " * 3000,
    "? " * 500,
    "!!python/object/apply:os.system [x]",
    "!<tag:yaml.org,2002:binary> x",
    "%TAG ! tag:x,2000:\n",
    "9" * 6000,
    "-" + "9" * 30,
    "1e999999",
    "0x" + "f" * 6000,
    "0o" + "7" * 6000,
    "." + "1" * 6000,
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\0"',
    '"\\UFFFFFFFF"',
    "\0",
    "\ud800",
    "\x85\u2028\ufeff",
    "id: a\nid: b\n",
    "{a: 1, a: 2}",
    "--- x\n--- y\n",
    "...\n",
    "|9\n x",
    "'" + "a" * 3000,
    "\t- x",
)
JSON = (
    "[" * 30_000,
    '{"a":' * 10_000,
    "[" * 500 + "]" * 500,
    '{"a":' * 900 + "1" + "}" * 900,
    "9" * 6000,
    "-" + "9" * 400,
    "1e999999",
    "NaN",
    "-Infinity",
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    "\0",
    '"' + "a" * 20_000 + '"',
    '{"id": 1, "id": 2}',
    '{"check": "a", "check": "b"}',
    "[1e400, 1E-999999]",
    "true",
    "null",
    "\ufeff",
    "\x85",
    "'x'",
    "// no",
)
HANGS_S = 60
"""What takes longer has no end, on a host however busy."""


def damaged(whole: str, tokens: Sequence[str]) -> st.SearchStrategy[str]:
    """A good text of which some pieces are others, are gone, or are there twice; what is in the middle of a value or a
    key as likely as what stands in its place."""
    places = [0, *(i + 1 for i, letter in enumerate(whole) if letter in ' :,[]{}"\n-'), len(whole)]
    change = st.tuples(
        st.sampled_from(places) | st.integers(0, len(whole)),
        st.integers(0, 30),
        st.sampled_from(tokens) | st.text(max_size=3) | st.just(whole[:200]),
    )
    return st.lists(change, max_size=4).map(lambda changes: _changed(whole, changes))


def revalued(whole: str, tokens: Sequence[str]) -> st.SearchStrategy[str]:
    """A good text of which one value is another: what reads it gets beyond its syntax."""
    values = [match.span(1) for match in re.finditer(r":[ ]([^\s,{}\[\]]+)", whole)]
    change = st.tuples(
        st.sampled_from(values), st.sampled_from(tokens) | st.integers().map(str) | st.just("[x, {y: 1}]")
    )
    return change.map(lambda chosen: whole[: chosen[0][0]] + chosen[1] + whole[chosen[0][1] :])


def damaged_bytes(whole: str, tokens: Sequence[str]) -> st.SearchStrategy[bytes]:
    """The same as it may stand in a file, or come from a socket; with bytes that are no text."""
    texts = (revalued(whole, tokens) | damaged(whole, tokens)).map(lambda text: text.encode(errors="surrogatepass"))
    cut = st.tuples(texts, st.integers(0, len(whole)), st.binary(max_size=4)).map(
        lambda parts: parts[0][: parts[1]] + parts[2] + parts[0][parts[1] :]
    )
    return st.one_of(texts, texts, cut, st.binary(max_size=200))


@contextlib.contextmanager
def with_an_end() -> Iterator[None]:
    """A parser that hangs fails here, instead of holding up all tests."""

    def give_up(*_: object) -> None:
        raise AssertionError(f"no end within {HANGS_S} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(HANGS_S)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def _changed(whole: str, changes: Sequence[tuple[int, int, str]]) -> str:
    text = whole
    for place, length, token in changes:
        text = text[:place] + token + text[place + length :]
    return text
