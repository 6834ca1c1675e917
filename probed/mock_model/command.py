"""`probed mock-model`."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Mapping

from probed.errors import ConfigError
from probed.mock_model.reply import Failure, Message, Reply
from probed.mock_model.request import Request
from probed.mock_model.script import found, scripts
from probed.mock_model.server import MockModel

OK = 0


def show() -> int:
    """The scripts that come with Cortex, each with its first comment."""
    for name, path in scripts().items():
        print(f"{name:<22} {path.read_text().splitlines()[0].removeprefix('# ')}")
    return OK


def serve(script: str, port: int) -> int:
    """Until it is told to end. Raises ConfigError."""
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    try:
        model = MockModel(found(script), port, _tell, keeps_requests=False)
    except OSError as error:
        raise ConfigError("--port", 0, f"{port}: {error.strerror}") from error
    with model:
        print(model.base_url, flush=True)
        _say(HOW.format(url=model.base_url))
        ending.wait()
    return OK


HOW = """\
In a configuration:
  agent: {{backend: anthropic, base_url: "{url}"}}     or backend: claude
By hand:
  ANTHROPIC_BASE_URL={url} ANTHROPIC_API_KEY=none claude -p --bare 'Look.'
It ends with Ctrl-C."""


def _tell(request: Request, reply: Reply) -> None:
    _say(f"{request.number}: turn {request.turn}, {len(request.text)} characters: {_words(reply)}")


def _words(reply: Reply) -> str:
    if isinstance(reply, Failure):
        return f"{reply.status} {reply.text}"
    if not isinstance(reply, Message):
        return type(reply).__name__.lower()
    return ", ".join(map(_of_block, reply.content)) or reply.reason


def _of_block(block: Mapping[str, object]) -> str:
    return f"calls {block['name']}" if block["type"] == "tool_use" else f"says {str(block['text'])[:60]!r}"


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
