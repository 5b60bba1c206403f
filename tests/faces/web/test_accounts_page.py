"""The pages of accounts: who is listed, added, changed and let out, and two administrators at once."""

from typing import Any
from urllib.parse import quote, urlencode

import pytest
from tests.faces.api.hospital import BY_ROLE, LEFT, PASSWORD, STAFF, Hospital
from tests.faces.web.administrators import NEW, account, add, named
from tests.faces.web.administrators import boss as boss
from tests.faces.web.administrators import root as root
from tests.faces.web.reading import Reader

from oncourse.record.accounts import Account
from oncourse.roles import table

BLANKS = "  blanks around it  "
ROUTES = {
    "GET /accounts": "",
    "GET /accounts/new": "",
    "POST /accounts/new": urlencode({"name": "new", "shown": "New", "roles": "nurse", "password": NEW}),
    "GET /accounts/change?name=brown": "",
    "POST /accounts/change": "name=brown&shown=Brown&roles=nurse&active=no",
    "POST /accounts/token": "name=lis",
}


# Whose it is


@pytest.mark.parametrize("role", table().roles)
@pytest.mark.parametrize("route", ROUTES)
def test_accounts_are_the_administrators_alone(hospital: Hospital, route: str, role: str) -> None:
    """Everybody else is refused, and nothing is kept."""
    method, _, path = route.partition(" ")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    before = hospital.clinic.record.head(), hospital.clinic.accounts.token_made("lis")
    said = {"content": ROUTES[route], "headers": headers} if method == "POST" else {}
    answer = hospital.ask(BY_ROLE[role], method, path, follow_redirects=False, **said)
    if role == "administrator":
        assert answer.status_code < 500 and answer.status_code != 403
    else:
        assert answer.status_code == 403 and "Ask administrator." in answer.text
        assert (hospital.clinic.record.head(), hospital.clinic.accounts.token_made("lis")) == before


@pytest.mark.parametrize("who", [None, LEFT])
@pytest.mark.parametrize("route", ROUTES)
def test_strangers_are_asked_to_sign_in(hospital: Hospital, route: str, who: str | None) -> None:
    """And come back to where they wanted to go."""
    method, _, path = route.partition(" ")
    with hospital.unchanged():
        answer = hospital.ask(who, method, path, follow_redirects=False)
    if method == "GET":
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?to={quote(path)}")
    else:
        assert answer.status_code == 401


def test_everybody_is_listed(root: Reader) -> None:
    """By user name, with the name shown, the roles, and whether they may come in."""
    page = root.goes("/accounts")
    for name, (shown, role) in STAFF.items():
        assert f"{name} {shown} {role} May come in" in page.text
    assert "davis Dr Davis haematologist, pharmacist May come in" in page.text
    assert "gone Dr Gone haematologist May not come in" in page.text


# Adding


def test_a_person_is_added_and_signs_in(root: Reader) -> None:
    """With the roles that were ticked, told by whoever added them."""
    hospital = root.hospital
    page = add(root, roles=["haematologist", "pharmacist"])
    assert page.path == "/accounts" and "novak Dr Novak haematologist, pharmacist May come in" in page.text
    assert named(hospital, "novak") == Account("novak", "Dr Novak", ("haematologist", "pharmacist"))
    assert [entry.by for entry in hospital.clinic.accounts.told("novak")] == ["root"]
    signed = hospital.ask(None, "POST", "/sign-in", data={"name": "novak", "password": NEW}, follow_redirects=False)
    assert signed.status_code == 303 and "__Host-oncourse" in signed.headers["set-cookie"]


@pytest.mark.parametrize("password", ["p" * 12, "p" * 200, BLANKS, "pässwörd mit 🔑"])
def test_a_password_counts_as_it_was_typed(root: Reader, password: str) -> None:
    """With its blanks, in any script, of 12 to 200 characters, for the pages and for programs."""
    add(root, password=password)
    for path in ("/sign-in", "/api/sign-in"):
        kind = "json" if path.startswith("/api") else "data"
        said: Any = {kind: {"name": "novak", "password": password}}
        assert root.hospital.ask(None, "POST", path, follow_redirects=False, **said).status_code in (200, 303)
    said = {"name": "novak", "password": password.strip() + "x"}
    assert root.hospital.ask(None, "POST", "/sign-in", data=said).status_code == 401


@pytest.mark.parametrize(("password", "long"), [("p" * 11, 11), ("p" * 201, 201)])
def test_a_password_is_neither_short_nor_endless(root: Reader, password: str, long: int) -> None:
    """Told beside its field, which stays empty."""
    with root.hospital.unchanged():
        page = add(root, password=password)
    assert page.status == 422 and f"Use 12 to 200 characters. The password has {long}." in page.text
    assert page.form("/new").fields["password"] == [""] and password not in page.html


def test_every_fault_is_told_at_once(root: Reader) -> None:
    """Beside its field and on top, with everything kept that is no password."""
    with root.hospital.unchanged():
        page = add(root, name="root", shown=" ", roles=["program", "nurse"], **{"password.again": "another password"})
    assert page.status == 422 and page.title.startswith("Error:")
    assert page.links["Choose another name, or change the account that has it. This name is taken."] == "#name"
    assert page.links["Give one. There is no name that is shown."] == "#shown"
    assert page.links["Make an account for the person. A program has no other role."] == "#roles"
    assert page.links["Leave the password out. A program signs in with a token, not with a password."] == "#password"
    assert page.links["Type the same password twice. The two differ."] == "#password.again"
    assert {"name", "shown", "roles", "password", "password.again"} <= set(page.ids)
    assert {f"{one}-fault" for one in ("name", "shown", "roles", "password", "password.again")} <= set(page.ids)
    form = page.form("/new")
    assert (form.fields["name"], form.fields["roles"]) == (["root"], ["nurse", "program"])
    assert "Type the password again" in page.text and NEW not in page.html


def test_nobody_is_added_without_roles_or_password(root: Reader) -> None:
    """A person needs both."""
    page = add(root, roles=[], password="")
    assert page.status == 422
    assert "An account needs a role." in page.text and "Give one. A person needs a password." in page.text


def test_an_account_added_twice_is_one(root: Reader) -> None:
    """The same form sent again keeps nothing more; the same form for somebody else is told, and then works."""
    form = root.goes("/accounts/new").form("/new")
    said = {"name": "novak", "shown": "Dr Novak", "roles": ["nurse"], "password": NEW, "password.again": NEW}
    for _ in range(2):
        assert root.sends(form, said).path == "/accounts"
    assert len(root.hospital.clinic.accounts.told("novak")) == 1
    other = {"name": "other", "password": NEW, "password.again": NEW}
    page = root.sends(form, {**said, **other})
    assert page.status == 422 and "was used for something else" in page.text
    assert not any("something else" in words for words in page.links)
    assert root.sends(page.form("/new"), {"password": NEW, "password.again": NEW}).path == "/accounts"
    assert named(root.hospital, "other").roles == ("nurse",)


# Programs


def test_a_program_gets_a_token_that_is_shown_once(root: Reader) -> None:
    """On the page that makes it and on no other; it opens, and ends the one before."""
    hospital = root.hospital
    page = add(root, name="his", shown="Hospital system", roles=["program"], password="")
    assert page.path == "/accounts/change?name=his" and "There is no token yet" in page.text
    form = page.form("/token")
    made = root.sends(form)
    token = made.html.partition("<code>")[2].partition("</code>")[0]
    assert len(token) == 43 and "It is not shown again." in made.text
    assert made.headers["cache-control"] == "no-store"
    actor = hospital.clinic.accounts.with_token(token)
    assert actor is not None and actor.account == "his"
    later = account(root, "his")
    assert "A token was made on 25-Nov-2026 at 09:30." in later.text
    assert token not in later.html + root.goes("/accounts").html
    twice = root.sends(form)
    assert twice.status == 409 and "Another token was made meanwhile." in twice.text and "<code>" not in twice.html
    assert hospital.clinic.accounts.with_token(token) == actor
    new = root.sends(twice.form("/token")).html.partition("<code>")[2].partition("</code>")[0]
    assert hospital.clinic.accounts.with_token(token) is None
    assert hospital.clinic.accounts.with_token(new) == actor


def test_a_person_has_no_token(root: Reader) -> None:
    """Nor has a program that may not come in, nor nobody; and what no form sends is refused."""
    assert all(form.action != "/accounts/token" for form in account(root, "brown").forms)
    assert root.posts("/accounts/token", "name=brown").status == 409
    assert root.posts("/accounts/token", "name=oldlis").status == 409
    assert root.posts("/accounts/token", "name=nobody").status == 404
    assert root.posts("/accounts/token", "name=lis&made=yesterday").status == 400


# Changing


def test_an_account_is_changed(root: Reader) -> None:
    """Its name shown and its roles, at once and for those who are signed in; nothing else happens to it."""
    hospital = root.hospital
    form = account(root, "brown").form("/change")
    assert (form.fields["shown"], form.fields["roles"], form.fields["active"]) == (["Nurse Brown"], ["nurse"], ["yes"])
    page = root.sends(form, shown="Nurse B. Brown", roles=["nurse", "auditor"])
    assert "brown Nurse B. Brown nurse, auditor May come in" in page.text
    assert hospital.get("brown", "/api/me").json()["roles"] == ["nurse", "auditor"]
    assert hospital.clinic.accounts.right("brown", PASSWORD)


def test_whoever_leaves_is_out_at_once(root: Reader) -> None:
    """And comes in again only when let in, with the same password."""
    root.sends(account(root, "brown").form("/change"), active="no")
    assert root.hospital.get("brown", "/api/me").status_code == 401
    assert not root.hospital.clinic.accounts.right("brown", PASSWORD)
    root.sends(account(root, "brown").form("/change"), active="yes")
    assert root.hospital.clinic.accounts.right("brown", PASSWORD)
    assert root.hospital.get("brown", "/api/me").status_code == 401


def test_a_new_password_signs_out_everywhere(root: Reader) -> None:
    """It is typed twice; the old one opens nothing."""
    form = account(root, "brown").form("/change")
    page = root.sends(form, {"password": NEW, "password.again": "another password"})
    assert page.status == 422 and root.hospital.get("brown", "/api/me").status_code == 200
    root.sends(form, {"password": NEW, "password.again": NEW})
    assert root.hospital.get("brown", "/api/me").status_code == 401
    here = root.hospital.clinic.accounts
    assert (here.right("brown", NEW), here.right("brown", PASSWORD)) == (True, False)


def test_a_program_becomes_a_person_with_a_password_only(root: Reader) -> None:
    """Without one it is told; with one its token opens nothing any more."""
    form = account(root, "lis").form("/change")
    assert "A person needs a password." in root.sends(form, roles=["nurse"]).text
    root.sends(form, {"roles": ["nurse"], "password": NEW, "password.again": NEW})
    assert root.hospital.get("lis", "/api/me").status_code == 401
    assert root.hospital.clinic.accounts.right("lis", NEW)


def test_what_cannot_be_is_not_kept(root: Reader) -> None:
    """A role that is none, no word on access, nobody of that name."""
    for body in ("name=brown&shown=B&roles=king&active=yes", "name=brown&shown=B&roles=nurse&version=99"):
        with root.hospital.unchanged():
            assert root.posts("/accounts/change", body).status == 422
    for path in ("/accounts/change", "/accounts/change?name=nobody"):
        assert root.goes(path).status == 404
    assert root.posts("/accounts/change", "name=nobody&shown=N&roles=nurse&active=yes").status == 404


def test_nobody_locks_themself_out(root: Reader, boss: Reader) -> None:
    """Not by access, not by roles; somebody else may do it, until one is left."""
    form = account(root, "root").form("/change")
    for field, said in (("active", {"active": "no"}), ("roles", {"roles": ["auditor"]})):
        with root.hospital.unchanged():
            page = root.sends(form, said)
        told = "Ask another administrator to do this. You would lock yourself out."
        assert page.status == 422 and page.links[told] == f"#{field}"
    assert root.sends(form, shown="R. Root-Smith", roles=["administrator", "auditor"]).path == "/accounts"
    assert boss.sends(account(boss, "root").form("/change"), active="no").path == "/accounts"
    page = boss.sends(account(boss, "boss").form("/change"), active="no")
    told = "Let somebody else look after accounts first. Nobody would be left who does."
    assert page.status == 422 and page.links[told] == "#active"


def test_ones_own_password_is_not_changed_here(root: Reader) -> None:
    """Where the old one is not asked for."""
    page = account(root, "root")
    assert "password" not in page.form("/change").names and page.links["Your account"] == "/me"
    version = page.form("/change").fields["version"][0]
    said = {"name": "root", "shown": "R", "roles": "administrator", "active": "yes", "version": version}
    with root.hospital.unchanged():
        answer = root.posts("/accounts/change", urlencode({**said, "password": NEW, "password.again": NEW}))
    assert answer.status == 422 and "There the old one is asked for." in answer.text


# Two at once


def test_two_administrators_at_one_account(root: Reader, boss: Reader) -> None:
    """The second is told what the first changed, loses nothing typed, and sends it again knowing it."""
    form = account(root, "brown").form("/change")
    boss.sends(account(boss, "brown").form("/change"), shown="Nurse B. Brown", active="no")
    with root.hospital.unchanged():
        page = root.sends(form, {"shown": "Sister Brown", "roles": ["auditor"], "password": NEW, "password.again": NEW})
    assert page.status == 409 and "Somebody else was first. Nothing of yours was saved." in page.text
    told = "B. Boss told at 25-Nov-2026 09:30: Name shown: Nurse B. Brown; Access: May not come in."
    assert told in page.text
    again = page.form("/change")
    assert (again.fields["shown"], again.fields["roles"]) == (["Sister Brown"], ["auditor"])
    assert again.fields["password"] == [""] and NEW not in page.html
    assert root.sends(again, {"password": NEW, "password.again": NEW}).path == "/accounts"
    assert named(root.hospital, "brown") == Account("brown", "Sister Brown", ("auditor",))


def test_a_fault_does_not_hide_what_others_did(root: Reader, boss: Reader) -> None:
    """Whoever mends a fault still answers for the version they saw."""
    form = account(root, "brown").form("/change")
    boss.sends(account(boss, "brown").form("/change"), {"password": NEW, "password.again": NEW})
    page = root.sends(form, roles=[])
    assert page.status == 422
    page = root.sends(page.form("/change"), roles=["nurse"])
    assert page.status == 409 and "B. Boss told at 25-Nov-2026 09:30: new password, or the same again." in page.text


def test_two_administrators_at_two_accounts(root: Reader, boss: Reader) -> None:
    """Are not in each other's way."""
    form = account(root, "brown").form("/change")
    boss.sends(account(boss, "young").form("/change"), shown="Nurse Y. Young")
    assert root.sends(form, shown="Nurse B. Brown").path == "/accounts"


def test_two_add_the_same_name(root: Reader, boss: Reader) -> None:
    """The second is told that it is taken."""
    form = root.goes("/accounts/new").form("/new")
    add(boss)
    said = {"name": "novak", "shown": "Nurse Novak", "roles": ["nurse"], "password": NEW, "password.again": NEW}
    page = root.sends(form, said)
    assert page.status == 422 and "This name is taken." in page.text
    assert named(root.hospital, "novak").shown == "Dr Novak"
