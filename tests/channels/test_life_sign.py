from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from probed.channels.life_sign import HttpLifeSign
from probed.channels.registry import build_life_sign
from probed.config.heartbeat import HeartbeatSettings
from probed.errors import ChannelError, ConfigError
from tests.real.post_box import PostBox, post_box
from tests.real.servers import free_port

PING = "/ping/0c8b6f1e-secret"


@asynccontextmanager
async def sign_to(url: str, **changes: object) -> AsyncIterator[HttpLifeSign]:
    sign = HttpLifeSign(replace(HeartbeatSettings(url=url), **changes))  # type: ignore[arg-type]
    try:
        yield sign
    finally:
        await sign.close()


async def failure(box: PostBox, **changes: object) -> str:
    async with sign_to(f"{box.url}{PING}", **changes) as sign:
        with pytest.raises(ChannelError) as caught:
            await sign.give(ready=True)
    assert "secret" not in caught.value.reason
    return caught.value.reason


async def test_it_is_one_get_of_the_url() -> None:
    with post_box() as box:
        async with sign_to(f"{box.url}{PING}?rid=1") as sign:
            assert await sign.give(ready=True)
            assert "secret" not in sign.place

    assert [(posted.method, posted.path) for posted in box.posted] == [("GET", f"{PING}?rid=1")]


async def test_a_daemon_that_is_not_ready_gives_another_sign_or_none() -> None:
    with post_box() as box:
        async with sign_to(f"{box.url}{PING}") as sign:
            assert not await sign.give(ready=False)
        async with sign_to(f"{box.url}{PING}", fail_path="/fail") as sign:
            assert await sign.give(ready=False)

    assert [posted.path for posted in box.posted] == [f"{PING}/fail"]


@pytest.mark.parametrize("status", [404, 410, 500, 503])
async def test_another_answer_than_yes_is_no_answer(status: int) -> None:
    with post_box() as box:
        box.status = status
        assert await failure(box) == f"it answers {status}"


async def test_redirects_are_followed_at_the_same_place_only() -> None:
    with post_box() as box, post_box() as other:
        box.status, box.headers = 302, {"Location": f"{other.url}/welcome"}
        assert "redirects to another place" in await failure(box)
        box.headers = {"Location": "/again"}
        assert "redirects more than" in await failure(box)

    assert other.posted == []
    assert [posted.path for posted in box.posted[1:]] == [PING, "/again", "/again", "/again"]


@pytest.mark.alone
async def test_it_has_a_deadline() -> None:
    with post_box() as box:
        box.delay_s = 60.0
        began = time.monotonic()
        assert "no answer within 0.2 s" in await failure(box, timeout=0.2)
        assert time.monotonic() - began < 30


async def test_nobody_there_is_no_answer() -> None:
    async with sign_to(f"http://127.0.0.1:{free_port()}{PING}") as sign:
        with pytest.raises(ChannelError):
            await sign.give(ready=True)


async def test_the_url_may_come_from_a_file_of_one_s_own(tmp_path: Path) -> None:
    path = tmp_path / "url"
    with post_box() as box:
        path.write_text(f"{box.url}{PING}")
        path.chmod(0o600)
        sign = build_life_sign(HeartbeatSettings(url_file=path))
        assert sign is not None
        await sign.give(ready=True)
        await sign.close()
    path.write_text("not-a-url")
    with pytest.raises(ConfigError, match="the heartbeat needs a URL") as caught:
        build_life_sign(HeartbeatSettings(url_file=path))

    assert "not-a-url" not in str(caught.value)
    assert len(box.posted) == 1
    assert build_life_sign(HeartbeatSettings()) is None
