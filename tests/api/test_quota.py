from __future__ import annotations

from probed.api.peer import Peer, Role
from probed.api.quota import Holding, Quota

ANN, BOB, ROOT = Peer(1000, 1000, 1), Peer(1001, 1001, 2), Peer(0, 0, 3)


def of(quota: Quota, peer: Peer) -> Holding:
    return quota.hold(peer, Role.ADMIN if peer is ROOT else Role.OPERATOR)


def test_a_user_gets_so_much_and_not_more() -> None:
    quota = Quota(most=10, most_each=3, reserved=2)
    first, second = of(quota, ANN), of(quota, ANN)

    assert first.take(2)
    assert second.take()
    assert not second.take()
    assert of(quota, BOB).take(3)


def test_the_last_part_is_for_administrators() -> None:
    quota = Quota(most=10, most_each=8, reserved=2)

    assert of(quota, ANN).take(8)
    assert not of(quota, BOB).take()
    assert of(quota, ROOT).take(2)
    assert not of(quota, ROOT).take()


def test_an_administrator_may_have_what_there_is() -> None:
    quota = Quota(most=10, most_each=3, reserved=2)

    assert of(quota, ROOT).take(10)
    assert not of(quota, ANN).take()


def test_what_was_given_back_can_be_had_again() -> None:
    quota = Quota(most=10, most_each=3, reserved=2)
    held, other = of(quota, ANN), of(quota, ANN)
    held.take(2)
    other.take()

    held.release()
    held.release()

    assert other.take(2)
    assert not held.take()


def test_a_refusal_takes_nothing() -> None:
    quota = Quota(most=10, most_each=3, reserved=2)
    held = of(quota, ANN)

    assert not held.take(4)
    assert held.take(3)
