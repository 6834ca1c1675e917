from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.pieces import ENTRIES, memory_of, pieces_of

VALUES = st.one_of(st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=3))
LONG = st.integers(0, 3 * ENTRIES).map(lambda count: {str(number): number for number in range(count)})
MEMORIES = st.dictionaries(st.text(max_size=3), st.one_of(VALUES, LONG, LONG.map(list)), max_size=5)


@given(MEMORIES)
def test_a_memory_comes_back_from_its_pieces(memory: dict[str, object]) -> None:
    assert memory_of(pieces_of(memory)) == memory


def test_an_entry_that_changes_changes_its_piece_alone_and_the_order_stays() -> None:
    files = {f"/srv/{number}": [number] for number in reversed(range(10 * ENTRIES))}
    before = pieces_of({"at": 1, "files": files})
    after = pieces_of({"at": 1, "files": files | {"/srv/500": ["other"]}})

    assert len(before) == 11
    assert sum(old != new for old, new in zip(before, after, strict=True)) == 1
    known = memory_of(before)["files"]
    assert isinstance(known, dict)
    assert list(known) == list(files)


@pytest.mark.parametrize("value", [{1, 2}, object()])
def test_what_json_does_not_know_is_no_memory(value: object) -> None:
    with pytest.raises(TypeError):
        pieces_of({"value": value})
