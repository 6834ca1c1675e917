"""The guide, typed by a person who follows it from the first page to the last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.guide_reader import CHECKOUT as ANNS
from tests.e2e.guide_reader import HOME, Reader
from tests.manual.guide import TREE, pages, steps_of
from tests.real.bot_api import TOKEN
from tests.real.bot_process import bot_process
from tests.real.installed import CHECKOUT
from tests.real.machine import Machine
from tests.real.mail_server import mail_server

pytestmark = pytest.mark.systemd


@pytest.fixture(scope="module")
def reader(host: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """Ann, who may use sudo and has a checkout; Telegram and the mail server are ours."""
    prepare = f"""
        useradd --create-home ann && echo 'ann ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/ann
        grep -q "$(hostname)" /etc/hosts || echo "127.0.1.1 $(hostname)" >>/etc/hosts
        cp -rT {CHECKOUT} {ANNS} && chown -R ann: {HOME}
    """
    log = tmp_path_factory.mktemp("bot") / "sent.jsonl"
    with bot_process(log) as bot, mail_server() as mail:
        api = f"sed -i 's|^  api_url: .*|  api_url: {bot.url}|' /etc/cortex/config.yaml"
        done = host.run(prepare + api)
        assert done.returncode == 0, done.stderr
        replaced = {"110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw": TOKEN, "8025": str(mail.port)}
        yield Reader(host, bot, replaced)


@pytest.mark.parametrize("page", pages())
def test_the_commands_of_a_page_do_what_it_says(reader: Reader, page: str) -> None:
    reader.read_up_to(page)


def test_the_commands_of_the_readme_work(reader: Reader) -> None:
    reader.read_up_to("troubleshoot")

    for step in steps_of((TREE / "README.md").read_text(), "README"):
        reader.follow(step)
