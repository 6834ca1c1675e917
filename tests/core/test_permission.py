from itertools import product

import pytest

from probed.core.autonomy import Rung
from probed.core.permission import GRAVE, Approval, Mode, Permission, Situation, Source, permit, policy_source

AUTOMATIC = Source(Permission.AUTOMATIC, "the document allows it")
ASK = Source(Permission.ASK, "the document asks")
NEVER = Source(Permission.NEVER, "the document does not name it")
DONE = "was done already"


@pytest.mark.parametrize(
    ("situation", "permission", "reason", "held"),
    [
        ({"mode": Mode.ACT}, "automatic", "the document allows it", False),
        ({"mode": Mode.OBSERVE}, "automatic", "mode is observe; the document allows it", True),
        ({"mode": Mode.ACT, "voices": (AUTOMATIC, ASK)}, "ask", "the document asks", False),
        ({"mode": Mode.OBSERVE, "voices": (ASK,)}, "ask", "the document asks", False),
        ({"mode": Mode.ACT, "voices": (NEVER, ASK)}, "never", "the document does not name it", False),
        ({"mode": Mode.ACT, "policy": policy_source("ask")}, "ask", "actions.policy says ask", False),
        ({"mode": Mode.ACT, "policy": policy_source("never")}, "never", "actions.policy says never", False),
        ({"mode": Mode.ACT, "policy": policy_source("two_persons")}, "ask", "actions.policy says two_persons", False),
        ({"mode": Mode.ACT, "restraints": (DONE,)}, "ask", DONE, False),
        ({"mode": Mode.ACT, "frozen_by": "window"}, "automatic", "window; the document allows it", True),
        ({"mode": Mode.ACT, "frozen_by": "window", "voices": (ASK,)}, "ask", "the document asks", False),
        ({"mode": Mode.ACT, "pin": Rung.ASK}, "ask", "it is pinned to ask", False),
        ({"mode": Mode.ACT, "pin": Rung.DRY_RUN}, "automatic", "it is pinned to dry_run; the document allows it", True),
        ({"mode": Mode.OBSERVE, "pin": Rung.AUTOMATIC}, "automatic", "mode is observe; the document allows it", True),
        ({"mode": Mode.EARNED, "rung": Rung.AUTOMATIC}, "automatic", "the document allows it", False),
        ({"mode": Mode.EARNED, "rung": Rung.ASK}, "ask", "mode is earned, and it has earned ask", False),
        ({"mode": Mode.EARNED, "rung": Rung.OBSERVE, "pin": Rung.AUTOMATIC}, "automatic", AUTOMATIC.reason, False),
        ({"mode": Mode.ACT, "rung": Rung.OBSERVE}, "automatic", "the document allows it", False),
    ],
)
def test_the_most_restrictive_source_wins_and_gives_the_reason(
    situation: dict[str, object], permission: str, reason: str, held: bool
) -> None:
    ruling = permit(Situation(**{"voices": (AUTOMATIC,), **situation}))  # type: ignore[arg-type]

    assert (ruling.permission, ruling.reason, ruling.held) == (permission, reason, held)


def test_the_whole_table() -> None:
    policies = [None, *(policy_source(word) for word in ("automatic", "ask", "typed", "two_persons", "never"))]
    voices = [(AUTOMATIC,), (AUTOMATIC, ASK), (ASK,), (NEVER,), (NEVER, ASK)]
    pins = [None, *Rung]
    table = product(voices, policies, [False, True], Mode, Rung, pins, ["", "window"], [(), (DONE,)])
    for said, policy, is_grave, mode, rung, pin, frozen_by, restraints in table:
        situation = Situation(
            voices=said,
            policy=policy,
            is_grave=is_grave,
            mode=mode,
            rung=rung,
            pin=pin,
            frozen_by=frozen_by,
            restraints=restraints,
        )
        ruling = permit(situation)
        binding = pin or (rung if mode is Mode.EARNED else None)
        asks = binding is Rung.ASK or bool(restraints)
        wanted = [*(source.allows for source in said), *([policy.allows] if policy else []), *[Permission.ASK] * asks]
        strictest = max(wanted, key=lambda each: each.strictness)
        holds = mode is Mode.OBSERVE or bool(frozen_by) or binding in (Rung.OBSERVE, Rung.DRY_RUN)

        assert ruling.permission is strictest, situation
        assert ruling.held is (holds and strictest is Permission.AUTOMATIC), situation
        assert ruling.reason, situation
        is_typed = is_grave or (policy is not None and policy.approval is Approval.TYPED)
        is_two = policy is not None and policy.approval is Approval.TWO
        assert (ruling.approval.is_typed, ruling.approval.is_of_two) == (is_typed, is_two), situation


def test_each_approval_is_found_by_what_it_asks_for() -> None:
    asks = {(each.is_typed, each.is_of_two): each for each in Approval}

    assert asks == {
        (False, False): Approval.ONE,
        (True, False): Approval.TYPED,
        (False, True): Approval.TWO,
        (True, True): Approval.TWO_TYPED,
    }


def test_what_may_cost_something_for_good_restricts_only_how_a_person_says_yes() -> None:
    assert GRAVE.allows is Permission.AUTOMATIC
    assert GRAVE.approval is Approval.TYPED
