"""Thousands of rows, of which few are in memory."""

from __future__ import annotations

from collections.abc import Callable

from cortexctl.tui.paging import Paging, Wanted

SHEET = 100


class Kept:
    """What the daemon has: numbers as texts, the newest first."""

    def __init__(self, count: int) -> None:
        self.items = [f"{number:06}" for number in range(count, 0, -1)]

    def page(self, wanted: Wanted) -> tuple[list[str], str | None]:
        start = 0 if wanted.before is None else next(n for n, item in enumerate(self.items) if item < wanted.before)
        items = self.items[start : start + wanted.limit]
        return items, items[-1] if start + wanted.limit < len(self.items) else None


def paging_of(keep: Callable[[str], bool] = lambda item: True) -> Paging[str]:
    return Paging(lambda item: item, keep, SHEET)


def see(paging: Paging[str], kept: Kept, first: int, last: int) -> int:
    """Asks until those rows are there. How often that was."""
    asked = 0
    while wanted := paging.wanted(first, last):
        paging.take(wanted, *kept.page(wanted))
        paging.forget(first, last)
        asked += 1
    return asked


def test_only_what_is_seen_is_asked_for() -> None:
    paging, kept = paging_of(), Kept(1000)
    assert see(paging, kept, 0, 20) == 1
    assert (len(paging), paging.is_whole, paging[0]) == (100, False, "001000")
    assert see(paging, kept, 80, 120) == 1
    assert see(paging, kept, 0, 120) == 0


def test_thousands_of_rows_are_walked_through_with_few_in_memory() -> None:
    paging, kept = paging_of(), Kept(5_000)
    for first in range(0, 5_000, 50):
        see(paging, kept, first, first + 50)
        assert paging.in_memory <= 7 * SHEET
    assert len(paging) == 5_000
    assert paging.is_whole
    assert paging[4_999] == "000001"


def test_what_was_forgotten_is_asked_for_again_by_its_key() -> None:
    paging, kept = paging_of(), Kept(2_000)
    see(paging, kept, 0, 1_999)
    paging.forget(1_900, 1_999)
    assert paging[500] is None
    assert see(paging, kept, 480, 520) == 1
    assert [paging[row] for row in (480, 500, 520)] == ["001520", "001500", "001480"]


def test_what_is_new_comes_in_front() -> None:
    paging, kept = paging_of(), Kept(1_000)
    see(paging, kept, 0, 250)
    kept.items[:0] = ["001002", "001001"]
    paging.take_head(*kept.page(Wanted(None, SHEET, 0)))
    assert [paging[row] for row in (0, 2, 101, 102)] == ["001002", "001000", "000901", "000900"]
    assert paging.row_of("000900") == 102


def test_what_is_gone_is_gone_and_what_follows_is_not_lost() -> None:
    paging, kept = paging_of(), Kept(1_000)
    see(paging, kept, 0, 250)
    del kept.items[150]
    for wanted in paging.seen(100, 199):
        paging.take(wanted, *kept.page(wanted))
    see(paging, kept, 0, 300)
    assert [paging[row] for row in range(301)] == kept.items[:301]


def test_a_head_of_which_nothing_is_known_begins_the_list_anew() -> None:
    paging, kept = paging_of(), Kept(300)
    see(paging, kept, 0, 299)
    kept.items = [f"{number:06}" for number in range(900, 600, -1)]
    paging.take_head(*kept.page(Wanted(None, SHEET, 0)))
    assert (len(paging), paging[0]) == (SHEET, "000900")


def test_the_filter_counts_only_what_it_keeps() -> None:
    paging, kept = paging_of(lambda item: item.endswith("00")), Kept(1_000)
    see(paging, kept, 0, 2)
    assert [paging[row] for row in range(3)] == ["001000", "000900", "000800"]
    assert paging.looked_at == 300


def test_an_answer_that_no_longer_fits_is_left_out() -> None:
    paging, kept = paging_of(), Kept(1_000)
    late = Wanted("000400", SHEET, 3)
    paging.take(late, *kept.page(late))
    assert len(paging) == 0
