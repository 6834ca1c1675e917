"""Whether a model's server answers and takes the key: asked how many tokens a word has, which costs nothing."""

from __future__ import annotations

import asyncio
import json

from probed.agent.gateway.refusal_words import words_of
from probed.agent.gateway.upstream import Upstream, Upstreams
from probed.agent.words import one_line

PATH = "/v1/messages/count_tokens"
VERSION, OF_A_LOGIN = "2023-06-01", "oauth-2025-04-20"
WITHIN_S = 10.0
LOCKED_OUT = (401, 403)


async def problem_of(upstreams: Upstreams, upstream: Upstream, model: str, remedy: str) -> str:
    """Empty where there is none. A server that does not know the question answers all the same. `remedy`: what to type
    where it does not take the key."""
    import httpx

    body = json.dumps({"model": model, "messages": [{"role": "user", "content": "hello"}]}).encode()
    beta = {"anthropic-beta": OF_A_LOGIN} if upstream.is_login else {}
    head = {"anthropic-version": VERSION, **beta}
    try:
        async with asyncio.timeout(WITHIN_S), upstreams.ask(upstream, PATH, head, body) as response:
            status, said = response.status_code, await words_of(upstream, response)
    except TimeoutError:
        return f"{upstream.name} gave no answer within {WITHIN_S:g} s"
    except httpx.HTTPError as error:
        return one_line(f"{upstream.name} cannot be reached: {type(error).__name__}: {error}".removesuffix(": "))
    if status in LOCKED_OUT:
        what = "the model's login is down" if upstream.is_login else f"{upstream.name} does not accept the key"
        return f"{what} ({status}): {said}{remedy}"
    return f"{upstream.name} answers {status}: {said}" if status >= 500 else ""
