import pytest

from probed.core.permission import Mode, Permission, Source, rule

AUTOMATIC = Source(Permission.AUTOMATIC, "the document allows it")
ASK = Source(Permission.ASK, "the policy says ask")
NEVER = Source(Permission.NEVER, "the policy says never")


@pytest.mark.parametrize(
    ("sources", "mode", "permission", "reason", "observed"),
    [
        ([AUTOMATIC], Mode.ACT, Permission.AUTOMATIC, "the document allows it", False),
        ([AUTOMATIC], Mode.OBSERVE, Permission.AUTOMATIC, "mode is observe; the document allows it", True),
        ([AUTOMATIC, ASK], Mode.ACT, Permission.ASK, "the policy says ask", False),
        ([ASK, AUTOMATIC], Mode.OBSERVE, Permission.ASK, "the policy says ask", False),
        ([AUTOMATIC, NEVER, ASK], Mode.ACT, Permission.NEVER, "the policy says never", False),
        ([NEVER], Mode.OBSERVE, Permission.NEVER, "the policy says never", False),
    ],
)
def test_the_most_restrictive_source_wins_and_gives_the_reason(
    sources: list[Source], mode: Mode, permission: Permission, reason: str, observed: bool
) -> None:
    ruling = rule(sources, mode)

    assert (ruling.permission, ruling.reason, ruling.observed) == (permission, reason, observed)
