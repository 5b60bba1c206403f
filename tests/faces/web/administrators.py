"""Administrators at the pages of accounts."""

from urllib.parse import urlencode

import pytest
from tests.faces.api.hospital import PASSWORD, Hospital, Keys
from tests.faces.web.reading import Page, Reader

from oncourse.record.accounts import Account

NEW = "a long new password"
BOSS = Account("boss", "B. Boss", ("administrator",))


@pytest.fixture
def root(hospital: Hospital) -> Reader:
    """The administrator."""
    return Reader(hospital, "root")


@pytest.fixture
def boss(hospital: Hospital) -> Reader:
    """Another administrator."""
    hospital.clinic.accounts.set(BOSS, "root", PASSWORD)
    made = hospital.clinic.accounts.sign_in("boss", PASSWORD)
    assert made is not None
    hospital.keys = Keys({**hospital.keys.made, "boss": made})
    return Reader(hospital, "boss")


def account(reader: Reader, name: str) -> Page:
    """The page of one account."""
    return reader.goes(f"/accounts/change?{urlencode({'name': name})}")


def add(root: Reader, **said: str | list[str]) -> Page:
    """An account is added; whatever is not said is sound."""
    sound: dict[str, str | list[str]] = {"name": "novak", "shown": "Dr Novak", "roles": ["haematologist"]}
    twice = said.get("password", NEW)
    return root.sends(
        root.goes("/accounts/new").form("/new"), {**sound, "password": NEW, "password.again": twice, **said}
    )


def named(hospital: Hospital, name: str) -> Account:
    """An account as it is now."""
    found = hospital.clinic.accounts.named(name)
    assert found is not None
    return found
