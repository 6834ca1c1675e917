from __future__ import annotations

import ipaddress
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probed.core.pseudonyms import Hiding, Pseudonyms, Revealing
from probed.core.regex import compile_regex

NONCE = "x7k2m9"
KEPT = tuple(map(ipaddress.ip_network, ("127.0.0.0/8", "0.0.0.0/8", "255.0.0.0/8", "::1/128", "::/128")))


def make(**changes: object) -> Pseudonyms:
    return Pseudonyms(Hiding(kept_networks=KEPT, **changes), NONCE)  # type: ignore[arg-type]


class Hesitant(dict[str, str]):
    """Lets every other thread go first once it has been counted."""

    def __len__(self) -> int:
        count = super().__len__()
        time.sleep(0.001)
        return count


def test_probes_that_look_at_once_give_each_address_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    names = make()
    monkeypatch.setattr(names, "_names", Hesitant())
    addresses = [f"10.0.0.{number}" for number in range(64)]

    with ThreadPoolExecutor(16) as threads:
        hidden = list(threads.map(names.hide, addresses * 2))

    assert len(set(hidden)) == len(addresses)
    assert [names.reveal(each) for each in hidden] == addresses * 2


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("from 10.0.0.7 port 22", "from ip-1-x7k2m9 port 22"),
        ("10.0.0.7:80, then 10.0.0.8.", "ip-1-x7k2m9:80, then ip-2-x7k2m9."),
        ("route 10.0.0.0/8", "route ip-1-x7k2m9/8"),
        ("http://10.0.0.7/health", "http://ip-1-x7k2m9/health"),
        ("ip-10-0-0-7.ec2.internal", "ip-1-x7k2m9.ec2.internal"),
        ("7.0.0.10.in-addr.arpa", "ip-1-x7k2m9.in-addr.arpa"),
        (r"said:\n10.0.0.7 and\tfe80::2", r"said:\nip-2-x7k2m9 and\tip-1-x7k2m9"),
        ("[2001:db8::1]:443", "[ip-1-x7k2m9]:443"),
        ("fe80::1%eth0", "ip-1-x7k2m9%eth0"),
        ("inet6 addr:fe80::1 scope", "inet6 addr:ip-1-x7k2m9 scope"),
        ("2001:DB8:0:0:0:0:0:1: gone", "ip-1-x7k2m9: gone"),
        ("::ffff:10.0.0.9", "ip-1-x7k2m9"),
        ("port:10.0.0.1 added:fe80::1", "port:ip-1-x7k2m9 added:ip-2-x7k2m9"),
        ("mail to ann@example.org.", "mail to mail-1-x7k2m9."),
        ("<ann.b+c@mail.example.co.uk>", "<mail-1-x7k2m9>"),
        ("git@github.com:ann/x.git", "mail-1-x7k2m9:ann/x.git"),
    ],
)
def test_addresses_leave_under_another_name_and_come_back(text: str, hidden: str) -> None:
    pseudonyms = make()

    assert pseudonyms.hide(text) == hidden
    assert pseudonyms.reveal(hidden) == text


@pytest.mark.parametrize(
    "text",
    [
        *("127.0.0.1", "0.0.0.0:80", "netmask 255.255.255.0", "::1", "[::]:80", "::", "version 1.2.3"),
        *("nginx v1.2.3.4", "1.2.3.4.5", "300.1.1.1", "foo4.18.0.553", "10.0.0.7x", "10.0.0.7.8"),
        *("aa:bb:cc:dd:ee:ff", "12:34:56", "2026-12-01T12:34:56Z", "std::bad_alloc", "core::fmt::Debug", "a: b"),
        *("getty@tty1.service", "user@1000.service", "user@1000.slice", "wg-quick@wg0.d", "@reboot", "a@b", "x@1.2.3"),
        "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
    ],
)
def test_what_is_no_address_or_means_this_host_stays(text: str) -> None:
    assert make().hide(text) == text


def test_the_same_text_has_the_same_name_throughout_a_run() -> None:
    pseudonyms = make()

    assert pseudonyms.hide("10.0.0.7") == pseudonyms.hide("10.0.0.7")
    assert pseudonyms.hide("10.0.0.8 10.0.0.7") == "ip-2-x7k2m9 ip-1-x7k2m9"


def test_hosts_domains_and_the_operators_patterns_are_hidden_as_well() -> None:
    pseudonyms = make(hosts=("web-1", "example.org"), patterns=(compile_regex(r"cust-\d+"),))

    hidden = pseudonyms.hide("cust-12 on web-1 and db.Example.org, not on myweb-1, notexample.org, example.organic")

    assert hidden == (
        "name-1-x7k2m9 on host-2-x7k2m9 and host-3-x7k2m9, not on myweb-1, notexample.org, example.organic"
    )
    assert pseudonyms.reveal("host-3-x7k2m9") == "db.Example.org"


def test_a_pattern_never_hides_a_name_that_stands_for_something() -> None:
    pseudonyms = make(patterns=(compile_regex(r"[a-z]+-\d+"), compile_regex(r"mail")))

    for text in ("web-1 at 10.0.0.7", "mail to ann@example.org and web-2"):
        assert pseudonyms.reveal(pseudonyms.hide(text)) == text


def test_what_is_to_stay_stays() -> None:
    kept = (*KEPT, ipaddress.ip_network("192.168.0.0/16"))
    pseudonyms = Pseudonyms(Hiding(kept_networks=kept, kept=frozenset({"root@example.org"})), NONCE)

    assert pseudonyms.hide("192.168.1.1 Root@example.org") == "192.168.1.1 Root@example.org"


def test_what_is_not_wanted_is_not_hidden() -> None:
    assert make(emails=False, addresses=False).hide("ann@example.org 10.0.0.7") == "ann@example.org 10.0.0.7"


@pytest.mark.parametrize(
    "made_up", ["ip-9-x7k2m9", "mail-1-x7k2m9", "ip-1-bcdfgh", "ip-1", "ip-1-x7k2m", "ip-01-x7k2m9"]
)
def test_a_name_that_was_never_given_stays_as_it_is(made_up: str) -> None:
    pseudonyms = make()
    pseudonyms.hide("10.0.0.7")

    assert pseudonyms.reveal(f"see {made_up}") == f"see {made_up}"


def test_text_of_the_host_that_looks_like_a_name_of_another_run_is_not_confused() -> None:
    pseudonyms = make()

    hidden = pseudonyms.hide("ip-1-bcdfgh is 10.0.0.7")

    assert pseudonyms.reveal(hidden) == "ip-1-bcdfgh is 10.0.0.7"


def test_names_come_back_also_in_capitals() -> None:
    pseudonyms = make()
    pseudonyms.hide("10.0.0.7")

    assert pseudonyms.reveal("IP-1-X7K2M9 is down") == "10.0.0.7 is down"


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_stream_is_revealed_though_a_name_comes_in_pieces(size: int) -> None:
    pseudonyms = make()
    text = "10.0.0.7 lost fe80::2; ann@example.org knows: ip-7, ip-1-x, 10.0.0.8"
    hidden = pseudonyms.hide(text)
    stream = Revealing(pseudonyms.reveal)

    pieces = [stream.feed(hidden[at : at + size]) for at in range(0, len(hidden), size)]

    assert "".join(pieces) + stream.finish() == text


def test_a_stream_waits_for_no_more_than_a_word() -> None:
    stream = Revealing(make().reveal)

    assert stream.feed("The disk is fu") == "The disk is "
    assert len(stream.feed("l" * 500)) > 400


ADDRESSES = st.one_of(
    st.ip_addresses().map(str), st.emails().filter(lambda text: re.fullmatch(r"[\w.+-]+@([\w-]+\.)+[a-z]{2,9}", text))
)


@given(st.lists(st.one_of(ADDRESSES, st.text(max_size=20), st.sampled_from([" ", "\n", "ip-1-x7k2m9"])), max_size=12))
def test_whatever_is_hidden_comes_back_and_is_hidden_once(parts: list[str]) -> None:
    pseudonyms = make(patterns=(compile_regex("[a-f]{3}"),))
    text = " ".join(part for part in parts if NONCE not in part)

    hidden = pseudonyms.hide(text)

    assert pseudonyms.hide(hidden) == hidden
    assert pseudonyms.reveal(hidden) == text


@pytest.mark.parametrize("piece", ["1.", "a@", "a.", ":", "0:", "1.1.1.", "a-", "@a.", "ip-1-", "ip-1-x7k2m9-", "\\n"])
def test_a_text_made_to_be_slow_is_not(piece: str) -> None:
    began = time.process_time()

    make().hide(piece * (65_536 // len(piece)))

    assert time.process_time() - began < 5, "quadratic would take minutes"
