"""The page of oneself: who is signed in, one's own password, signing out everywhere, light or dark."""

from typing import Any

import pytest
from tests.faces.api.hospital import BY_ROLE, PASSWORD, STAFF, TWO_ROLES, Clock, Hospital
from tests.faces.web.reading import Page, Reader

from oncourse.faces.doors import COOKIE, SIGN_IN
from oncourse.record.accounts import Account
from oncourse.roles import table

NEW = "a long new password"
BROWN = Account("brown", "Nurse Brown", ("nurse",))


@pytest.fixture
def brown(hospital: Hospital) -> Reader:
    """A nurse."""
    return Reader(hospital, "brown")


def change(hospital: Hospital, old: str = PASSWORD, new: str = NEW, again: str | None = None) -> Any:
    """The nurse changes her password; what she is answered."""
    said = {"password.old": old, "password": new, "password.again": new if again is None else again}
    return hospital.ask("brown", "POST", "/me/password", data=said, follow_redirects=False)


@pytest.mark.parametrize("role", table().roles)
def test_everybody_sees_who_they_are(hospital: Hospital, role: str) -> None:
    """The name shown and that to sign in with, and what each role is for; reached from the bar of every page."""
    shown, _ = STAFF[BY_ROLE[role]]
    page = Reader(hospital, BY_ROLE[role]).goes("/me")
    assert page.status == 200 and f"User name {BY_ROLE[role]}" in page.text
    assert f"Role {role.capitalize()}: " in page.text
    assert page.links[f"{shown} · {role}"] == "/me"
    assert page.links["Settings for new courses"] == "/site"


def test_somebody_with_two_roles_sees_both(hospital: Hospital) -> None:
    """A row each."""
    page = Reader(hospital, TWO_ROLES).goes("/me")
    assert "Role Haematologist: " in page.text and "Role Pharmacist: " in page.text


def test_a_stranger_is_nobody(hospital: Hospital) -> None:
    """And is asked to sign in."""
    answer = hospital.get(None, "/me", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?to=/me")
    assert hospital.ask(None, "POST", "/me/password").status_code == 401


def test_ones_own_password_is_changed(hospital: Hospital) -> None:
    """Whoever knows the old one stays signed in here, in a new session, and nowhere else."""
    here = hospital.clinic.accounts
    elsewhere = here.sign_in("brown", PASSWORD)
    assert elsewhere is not None
    answer = change(hospital)
    assert (answer.status_code, answer.headers["location"]) == (303, "/me?done=password")
    made = answer.headers["set-cookie"].partition(";")[0].removeprefix(f"{COOKIE}=")
    assert made not in (elsewhere, hospital.keys.made["brown"])
    assert (here.right("brown", NEW), here.right("brown", PASSWORD)) == (True, False)
    assert here.signed_in(elsewhere) is here.signed_in(hospital.keys.made["brown"]) is None
    page = Page(hospital.get(None, "/me?done=password", headers={"Cookie": f"{COOKIE}={made}"}))
    assert "The new password counts from now on. You are signed out everywhere else." in page.text
    assert [(entry.by, entry.said) for entry in here.told("brown")][-1] == ("brown", here.told("brown")[0].said)


def test_every_fault_of_a_password_is_told_at_once(brown: Reader) -> None:
    """The old one that is not right, a new one that is short, and not the same twice; none is shown."""
    with brown.hospital.unchanged():
        said = {"password.old": "not this one", "password": "short", "password.again": "shorter"}
        page = brown.sends(brown.goes("/me").form("/password"), said)
    assert page.status == 422 and page.title.startswith("Error:")
    assert page.links["Type the old password again. This one is not right."] == "#password.old"
    assert page.links["Use 12 to 200 characters. The password has 5."] == "#password"
    assert page.links["Type the same password twice. The two differ."] == "#password.again"
    assert {"password.old-fault", "password-fault", "password.again-fault"} <= set(page.ids)
    assert "shorter" not in page.html and "not this one" not in page.html
    assert brown.hospital.clinic.accounts.right("brown", PASSWORD)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (PASSWORD, PASSWORD, "Choose another password. This is the old one."),
        ("", NEW, "Type the old password again."),
        (PASSWORD, "", "Use 12 to 200 characters. The password has 0."),
        (f" {PASSWORD}", NEW, "Type the old password again."),
    ],
)
def test_what_is_no_change_is_told(hospital: Hospital, old: str, new: str, told: str) -> None:
    """And nothing is kept."""
    with hospital.unchanged():
        answer = change(hospital, old, new)
    assert answer.status_code == 422 and told in answer.text
    assert hospital.get("brown", "/api/me").status_code == 200


def test_the_old_password_is_not_guessed_here(hospital: Hospital) -> None:
    """Tries count as those of signing in do: after too many even the right one is refused for a while."""
    tries = SIGN_IN.amount
    for place in range(tries):
        assert (
            hospital.ask(None, "POST", "/sign-in", data={"name": "brown", "password": f"guess {place}"}).status_code
            == 401
        )
    answer = change(hospital)
    assert answer.status_code == 429 and "Wait a minute, then try again." in answer.text
    assert hospital.clinic.accounts.right("brown", PASSWORD)


def test_what_an_administrator_does_meanwhile_is_not_overwritten(hospital: Hospital) -> None:
    """An account that is changed while the old password is looked at stays as it was changed."""
    here = hospital.clinic.accounts
    right = here.right

    def slowly(name: str, password: str) -> bool:
        found = right(name, password)
        here.set(Account("brown", "Nurse Brown", ("auditor",)), "root")
        return found

    here.right = slowly  # type: ignore[method-assign]
    answer = change(hospital)
    assert answer.status_code == 409 and "Somebody else changed your account just now." in answer.text
    assert (right("brown", PASSWORD), here.named("brown")) == (True, Account("brown", "Nurse Brown", ("auditor",)))


def test_a_sign_in_that_ends_over_a_password_keeps_none(brown: Reader) -> None:
    """The form comes back empty."""
    said = {"password.old": PASSWORD, "password": NEW, "password.again": NEW}
    page = Reader(brown.hospital, None).sends(brown.goes("/me").form("/password"), said)
    assert page.status == 401 and NEW not in page.html and NEW.replace(" ", "+") not in page.html
    back = Reader(brown.hospital, None).sends(page.form("/sign-in"), name="brown", password=PASSWORD)
    with brown.hospital.unchanged():
        again = brown.sends(back.form("/password"))
    assert again.status == 200 and NEW not in back.html + again.html


def test_one_signs_out_everywhere(brown: Reader) -> None:
    """Also here, and nobody else is."""
    other = brown.hospital.clinic.accounts.sign_in("brown", PASSWORD)
    page = brown.sends(next(form for form in brown.goes("/me").forms if "everywhere" in form.names))
    assert page.path == "/sign-in" and other is not None
    assert brown.hospital.clinic.accounts.signed_in(other) is None
    assert brown.hospital.get("brown", "/api/me").status_code == 401
    assert brown.hospital.get("young", "/api/me").status_code == 200


@pytest.mark.parametrize(("chosen", "cookie"), [("light", "theme=light"), ("dark", "theme=dark"), ("", 'theme=""')])
def test_one_chooses_light_or_dark(hospital: Hospital, chosen: str, cookie: str) -> None:
    """Or what the machine likes; the choice that holds is marked."""
    answer = hospital.ask("brown", "POST", "/theme", data={"to": "/me", "theme": chosen}, follow_redirects=False)
    assert answer.headers["location"] == "/me" and answer.headers["set-cookie"].startswith(cookie)
    session = f"{COOKIE}={hospital.keys.made['brown']}"
    page = hospital.get(None, "/me", headers={"Cookie": f"{session}; theme={chosen}"}).text
    assert f'value="{chosen}" aria-pressed="true"' in page and page.count('aria-pressed="true"') == 1


def test_the_session_that_is_given_ends_as_any_other(hospital: Hospital) -> None:
    """After the time that the site allows."""
    clock = Clock()
    hospital = Hospital(hospital.address, hospital.keys, clock)
    made = change(hospital).headers["set-cookie"].partition(";")[0].removeprefix(f"{COOKIE}=")
    assert hospital.clinic.accounts.signed_in(made) is not None
    clock.on(minutes=16)
    assert hospital.clinic.accounts.signed_in(made) is None
