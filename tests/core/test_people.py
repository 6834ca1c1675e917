import pytest

from probed.core.people import UNKNOWN_LOGIN, Account, People, Person

PEOPLE = People(
    {
        "ann": Person("ann", frozenset({1000, 0}), frozenset({42})),
        "bob": Person("bob", frozenset({1001}), frozenset({43})),
        "carl": Person("carl", frozenset({1002}), frozenset({43})),
    }
)


@pytest.mark.parametrize(
    ("account", "name"),
    [
        (Account(uid=1000), "ann"),
        (Account(uid=1000, login_uid=1000), "ann"),
        (Account(uid=0, login_uid=1001), "bob"),
        (Account(uid=1000, login_uid=1001), "bob"),
        (Account(uid=0), ""),
        (Account(uid=0, login_uid=0), ""),
        (Account(uid=1000, login_uid=0), ""),
        (Account(uid=1000, login_uid=UNKNOWN_LOGIN), ""),
        (Account(uid=1000, login_uid=4711), ""),
        (Account(uid=4711), ""),
        (Account(telegram_id=42), "ann"),
        (Account(telegram_id=43), ""),
        (Account(telegram_id=44), ""),
        (Account(), ""),
    ],
)
def test_a_person_is_known_by_an_account_that_is_nobody_elses_and_never_by_root(account: Account, name: str) -> None:
    assert PEOPLE.behind(account) == name
