from __future__ import annotations

import pytest

from probed.api.endpoint import Endpoint
from probed.api.peer import Access, Peer, Role
from probed.api.routes import alertmanager
from probed.api.routes.table import ENDPOINTS
from probed.wire import paths
from tests.api.asgi import (
    ADMIN,
    ADMIN_GROUP,
    GROUP,
    OPERATOR,
    OWN_UID,
    OWN_USER,
    ROOT,
    STRANGER,
    app_of,
    ask,
)
from tests.api.fakes import World

ROLES = {
    "root": (ROOT, Role.ADMIN),
    "own user": (OWN_USER, Role.ADMIN),
    "admin": (ADMIN, Role.ADMIN),
    "operator": (OPERATOR, Role.OPERATOR),
    "viewer": (OPERATOR, Role.VIEWER),
    "stranger": (STRANGER, Role.NOBODY),
    "nobody": (None, Role.NOBODY),
}
EVERYTHING = (*ENDPOINTS, *alertmanager.ENDPOINTS)
NEED_ADMIN = {
    "approve_decision",
    "pause_inspection",
    "resume_inspection",
    "relearn_inspection",
    "set_mode",
    "pin",
    "confirm_change",
    "roll_back_change",
    "show_code",
    "unpair",
    "rotate_secrets",
    "show_decision_transcript",
    "show_question_evidence",
    "show_question_transcript",
    "show_run_evidence",
    "replay_run",
    "show_run_transcript",
    "list_versions",
    "show_configuration",
    "reload_configuration",
    "dry_run",
    "take_backup",
    "verify_backup",
}


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("endpoint", EVERYTHING, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
async def test_each_endpoint_lets_in_its_role_and_the_ones_above(endpoint: Endpoint, who: str) -> None:
    peer, role = ROLES[who]
    streams = endpoint.media_type == "text/event-stream" and endpoint.method == "GET"
    method = "HEAD" if streams else endpoint.method
    members = Role.VIEWER if role is Role.VIEWER else Role.OPERATOR
    answer = await ask(app_of(World(), members=members), method, endpoint.path.replace("{id}", "x"), peer=peer)
    assert (answer.status == 403) == (role < endpoint.role)
    if answer.status == 403:
        assert answer.error["code"] == "forbidden"


def test_what_only_administrators_may_do_is_named_here() -> None:
    assert {endpoint.handler.__name__ for endpoint in EVERYTHING if endpoint.role is Role.ADMIN} == NEED_ADMIN


def test_who_may_only_look_may_look_at_all_but_transcripts_and_documents_and_change_nothing() -> None:
    assert {endpoint.method for endpoint in EVERYTHING if endpoint.role is Role.VIEWER} == {"GET"}
    assert {endpoint.method for endpoint in EVERYTHING if endpoint.role is Role.OPERATOR} == {"POST", "DELETE"}
    assert not any(endpoint.role is Role.NOBODY for endpoint in EVERYTHING)


async def test_a_refused_operator_did_nothing() -> None:
    world = World()
    answer = await ask(app_of(world), "POST", "/api/v1/decisions/x/approve", {}, peer=OPERATOR)
    assert "admin" in answer.error["message"]
    assert world.operator.calls == []


async def test_a_stranger_does_not_even_learn_which_addresses_there_are() -> None:
    assert (await ask(app_of(World()), "GET", "/nowhere", peer=STRANGER)).status == 403


@pytest.mark.parametrize("who", ["root", "admin", "operator", "viewer"])
async def test_the_status_tells_callers_their_own_role(who: str) -> None:
    peer, role = ROLES[who]
    members = Role.VIEWER if role is Role.VIEWER else Role.OPERATOR
    answer = await ask(app_of(World(), members=members), "GET", paths.STATUS, peer=peer)
    assert answer.json["role"] == role.word == who.replace("root", "admin")


def test_groups_count_whether_primary_or_supplementary() -> None:
    access = Access(GROUP, ADMIN_GROUP, own_uid=OWN_UID)
    assert access.role_of(Peer(7, GROUP, 1)) is Role.OPERATOR
    assert access.role_of(Peer(7, ADMIN_GROUP, 1)) is Role.ADMIN
    assert access.role_of(Peer(7, 7, 1, frozenset({GROUP, ADMIN_GROUP}))) is Role.ADMIN


def test_a_group_that_does_not_exist_has_no_members() -> None:
    access = Access(None, None, own_uid=OWN_UID)
    assert access.role_of(STRANGER) is Role.NOBODY
    assert access.role_of(ROOT) is Role.ADMIN
