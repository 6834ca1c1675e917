from datetime import timedelta

from probed.core.ids import following, make_id, moment_of
from tests.factories import NOW


def test_ids_sort_by_time() -> None:
    early = make_id(NOW, chance=2**30 - 1)
    late = make_id(NOW + timedelta(milliseconds=1), chance=0)

    assert len(early) == len(late) == 16
    assert early < late


def test_the_following_id_is_the_next_in_order() -> None:
    assert following("00000000000000az") == "00000000000000b0"
    assert following("zzz") == "000"


def test_an_id_tells_when_it_was_made() -> None:
    assert moment_of(make_id(NOW, chance=2**30 - 1)) == NOW
