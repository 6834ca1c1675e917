from __future__ import annotations

from datetime import timedelta

from probed.core.document_version import DocumentVersion
from tests.api.asgi import ADMIN, app_of, ask
from tests.api.fakes import FakeQueries, World
from tests.factories import NOW

IN_FORCE = DocumentVersion("disks", "b" * 64, "two", NOW)
EARLIER = DocumentVersion("disks", "a" * 64, "one", NOW - timedelta(days=1), NOW)


async def test_the_versions_of_a_document_are_told_with_their_text() -> None:
    world = World(FakeQueries(versions=[IN_FORCE, EARLIER, DocumentVersion("other", "c", "x", NOW)]))

    answer = await ask(app_of(world), "GET", "/api/v1/inspections/disks/versions", peer=ADMIN)

    assert answer.status == 200
    told = [(each["hash"], each["text"], each["superseded_at"]) for each in answer.json["items"]]
    assert told == [(IN_FORCE.hash, "two", None), (EARLIER.hash, "one", f"{NOW:%Y-%m-%dT%H:%M:%S.000Z}")]


async def test_an_inspection_of_which_none_is_kept_is_not_found() -> None:
    answer = await ask(app_of(World()), "GET", "/api/v1/inspections/disks/versions", peer=ADMIN)
    assert answer.status == 404


async def test_an_answer_does_not_grow_with_large_documents() -> None:
    large = [DocumentVersion("disks", str(number), "x" * 300_000, NOW) for number in range(10)]

    answer = await ask(
        app_of(World(FakeQueries(versions=large))), "GET", "/api/v1/inspections/disks/versions", peer=ADMIN
    )

    assert len(answer.json["items"]) == 3
