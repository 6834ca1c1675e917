from __future__ import annotations

from collections.abc import Mapping

import pytest

from probed.actions.typed_action import TypedAction
from probed.core.action import Executed, Precondition, Risk, Verification
from probed.core.finding import ActionCall, Finding
from probed.errors import ActionFailed, ParameterError
from tests.factories import make_finding


class Shrink(TypedAction):
    """Takes a size as a person writes it."""

    name, title, object_kind, risk, blast_radius = "shrink", "Shrink", "file", Risk.LOW, "a file"
    checks = frozenset({"disk"})

    def params_for(self, finding: Finding, fixed: Mapping[str, object]) -> Mapping[str, object] | None:
        return {"size": "2k", **fixed} if finding.object == "/srv" else None

    def validate(self, params: Mapping[str, object]) -> Mapping[str, object]:
        if "size" not in params:
            raise ParameterError("size", "is missing")
        return {"size": int(str(params["size"]).replace("k", "000"))}

    def object_of(self, params: Mapping[str, object]) -> str:
        return "it"

    def precondition(self, params: Mapping[str, object]) -> Precondition:
        return Precondition(True, "")

    def dry_run(self, params: Mapping[str, object]) -> str:
        return ""

    def execute(self, params: Mapping[str, object]) -> Executed:
        return Executed("")

    def verify(self, params: Mapping[str, object], executed: Executed | None) -> Verification:
        return Verification(True, "")


class ShrinkAnywhere(Shrink):
    fits_where_named = True


SRV = make_finding(check="disk", object="/srv")
LOAD = make_finding(check="load", object="load")


def proposing(size: object) -> Finding:
    return make_finding(check="load", proposed_action=ActionCall("shrink", {"size": size}))


def test_what_follows_from_a_finding_is_checked_against_the_documents_parameters_in_their_canonical_form() -> None:
    assert Shrink().call_for(SRV, {}) == ActionCall("shrink", {"size": 2000})
    assert Shrink().call_for(SRV, {"size": "7k"}) == ActionCall("shrink", {"size": 7000})
    assert Shrink().call_for(make_finding(check="disk", object="/"), {}) is None


def test_a_proposal_that_contradicts_the_document_is_none() -> None:
    assert Shrink().call_for(proposing("2k"), {"size": 2000}) == ActionCall("shrink", {"size": 2000})
    assert Shrink().call_for(proposing("3k"), {"size": "2k"}) is None


def test_other_findings_do_not_concern_it_unless_the_document_is_enough() -> None:
    assert Shrink().call_for(LOAD, {"size": "2k"}) is None
    assert ShrinkAnywhere().call_for(LOAD, {"size": "2k"}) == ActionCall("shrink", {"size": 2000})
    with pytest.raises(ParameterError, match="is missing"):
        ShrinkAnywhere().call_for(LOAD, {})


def test_what_has_no_way_back_says_so() -> None:
    with pytest.raises(ActionFailed, match="shrink is irreversible"):
        Shrink().roll_back({}, {})
