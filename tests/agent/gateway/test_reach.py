"""Whether a server answers and takes the key, found out without a call that costs."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from probed.agent.gateway import reach, servers
from probed.agent.gateway.reach import problem_of
from probed.agent.gateway.upstream import Upstream, Upstreams
from probed.config.agent import AgentSettings, ClaudeSettings, LocalSettings
from tests.agent.arrange import SECRET, make_gateway, make_settings

REFUSED = json.dumps({"type": "error", "error": {"type": "authentication_error", "message": "no such key"}})


@dataclass
class Server:
    url: str = ""
    seen: list[tuple[str, Mapping[str, str], Any]] = field(default_factory=list)


@contextmanager
def answering(status: int, body: str = "{}", after_s: float = 0.0) -> Iterator[Server]:
    found = Server()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = json.loads(self.rfile.read(int(self.headers["content-length"])))
            found.seen.append((self.path, {name.lower(): value for name, value in self.headers.items()}, content))
            time.sleep(after_s)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        found.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield found
        finally:
            server.shutdown()
            thread.join()


async def problem(url: str, *, is_login: bool = False) -> str:
    upstreams = Upstreams()
    try:
        upstream = Upstream("the model's API", url, {"x-api-key": "key-0123456789"}, is_login=is_login)
        return await problem_of(upstreams, upstream, "claude-haiku-4-5", "; type: claude setup-token")
    finally:
        await upstreams.close()


@pytest.mark.parametrize("status", [200, 400, 404, 405, 429], ids=str)
async def test_a_server_that_knows_the_key_answers_whatever_it_says_of_the_question(status: int) -> None:
    with answering(status) as server:
        assert await problem(server.url) == ""

    [(path, headers, body)] = server.seen
    assert path == "/v1/messages/count_tokens"
    assert headers["anthropic-version"] == "2023-06-01"
    assert body == {"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_and_a_login_that_are_not_accepted_are_told_apart(status: int) -> None:
    with answering(status, REFUSED) as server:
        by_key, by_login = await problem(server.url), await problem(server.url, is_login=True)

    assert by_key.startswith(f"the model's API does not accept the key ({status}): no such key")
    assert by_login == f"the model's login is down ({status}): no such key; type: claude setup-token"
    assert [("anthropic-beta" in headers) for _, headers, _ in server.seen] == [False, True]


async def test_a_server_that_fails_hangs_or_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(503, "<html>busy</html>") as busy:
        assert await problem(busy.url) == "the model's API answers 503: <html>busy</html>"
    monkeypatch.setattr(reach, "WITHIN_S", 0.2)
    with answering(200, after_s=1.0) as slow:
        assert await problem(slow.url) == "the model's API gave no answer within 0.2 s"
    monkeypatch.undo()
    assert (await problem("http://127.0.0.1:9")).startswith("the model's API cannot be reached: ConnectError")


async def checked(settings: AgentSettings) -> tuple[bool, str]:
    gateway = make_gateway(settings)
    try:
        return await gateway.check()
    finally:
        await gateway.close()


async def test_a_server_of_ones_own_is_enough_where_the_other_has_no_key(tmp_path: Path) -> None:
    with answering(404) as server:
        local = LocalSettings(base_url=server.url, model="qwen3:14b")
        settings = AgentSettings(backend="anthropic", local=local)

        assert await checked(settings) == (
            True,
            "agent.api_key_file: is not set, and the Messages API asks for a key",
        )
        assert (await checked(replace(settings, local=None)))[0] is False
    assert [body["model"] for _, _, body in server.seen] == ["qwen3:14b"]


async def test_a_login_and_a_key_stand_side_by_side_for_two_backends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAUDE_CODE_OAUTH_TOKEN", "login-token")
    with answering(401, REFUSED) as server:
        monkeypatch.setattr(servers, "ANTHROPIC_URL", server.url)
        settings = make_settings(tmp_path, claude=ClaudeSettings(login=True))
        by_login = await checked(settings)
        by_key = await checked(replace(settings, backend="anthropic"))

    assert by_login[1].startswith("the model's login is down")
    assert by_key[1].startswith("the model's API does not accept the key")
    first, second = (headers for _, headers, _ in server.seen)
    assert (first["authorization"], first.get("x-api-key")) == ("Bearer login-token", None)
    assert (second["x-api-key"], second.get("authorization")) == (SECRET, None)
