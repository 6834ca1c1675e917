from __future__ import annotations

import pytest

from tests.api.asgi import app_of, ask
from tests.api.fakes import World


@pytest.mark.parametrize(
    "starts_at", ["9999-12-31T00:00:00Z", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00"]
)
async def test_a_window_outside_of_the_times_that_there_are_is_refused(starts_at: str) -> None:
    wanted = {"for_s": 86_400 * 300, "starts_at": starts_at}

    answer = await ask(app_of(World()), "POST", "/api/v1/maintenance", wanted)

    assert answer.status == 422
    assert answer.error["field"] == "starts_at"
