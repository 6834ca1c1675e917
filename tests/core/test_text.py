import pytest

from probed.core.text import storable, storable_facts


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("", ""),
        ("two\nlines\tand ünïcödé 🙂", "two\nlines\tand ünïcödé 🙂"),
        ("usb\udcff", r"usb\udcff"),
        ("\ud83d half", r"\ud83d half"),
        ("a\0b", r"a\x00b"),
    ],
)
def test_only_what_cannot_be_stored_is_escaped(text: str, stored: str) -> None:
    assert storable(text) == stored
    assert storable(text).encode().decode() == stored


def test_different_names_stay_different() -> None:
    assert storable("\udcfe") != storable("\udcff")


def test_facts_are_stored_at_any_depth_and_keep_their_shape() -> None:
    facts = {"n\0": ["\udcff", {"deep": ("\0", 1, 2.5, True, None)}], "path": {1: b"raw"}}

    assert storable_facts(facts) == {
        r"n\x00": [r"\udcff", {"deep": (r"\x00", 1, 2.5, True, None)}],
        "path": {"1": "b'raw'"},
    }
