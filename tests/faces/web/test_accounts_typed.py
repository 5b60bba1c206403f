"""What is typed into the pages of accounts: kept on every detour, shown as text, and no password of it anywhere."""

import io
from urllib.parse import quote, urlencode

import pytest
from tests.faces.api.conftest import logged as logged
from tests.faces.api.hospital import PASSWORD
from tests.faces.web.administrators import NEW, account, add, named
from tests.faces.web.administrators import boss as boss
from tests.faces.web.administrators import root as root
from tests.faces.web.reading import Reader

from oncourse.faces.web.typed import Typed

SCRIPT = "<script>alert(1)</script>"


def test_a_sign_in_that_ends_in_mid_form_keeps_all_but_passwords(root: Reader) -> None:
    """Sign in again, go back to the form: everything is in it but the password, and nothing is kept yet."""
    stranger = Reader(root.hospital, None)
    form = root.goes("/accounts/new").form("/new")
    said = {"name": "novak", "shown": "Dr Novak", "roles": ["nurse"], "password": NEW, "password.again": NEW}
    with root.hospital.unchanged():
        page = stranger.sends(form, said)
        assert page.status == 401 and "What you typed is kept, but for passwords." in page.text
        back = stranger.sends(page.form("/sign-in"), name="root", password=PASSWORD)
        again = root.sends(back.form("/new"))
        for one in (page, back, again):
            assert NEW not in one.html and quote(NEW) not in one.html and NEW.replace(" ", "+") not in one.html
    assert again.status == 200 and "Type the password again" in again.text
    filled = again.form("/new")
    assert [filled.fields[name] for name in ("name", "shown", "roles")] == [["novak"], ["Dr Novak"], ["nurse"]]
    assert filled.fields["password"] == [""] and filled.fields["key"] == form.fields["key"]
    assert root.sends(filled, {"password": NEW, "password.again": NEW}).path == "/accounts"


def test_a_form_that_came_back_still_knows_its_version(root: Reader, boss: Reader) -> None:
    """What others changed while somebody signed in again is not overwritten."""
    form = account(root, "brown").form("/change")
    boss.sends(account(boss, "brown").form("/change"), active="no")
    body = urlencode([(name, text) for name, texts in form.fields.items() for text in texts] + [("_again", "yes")])
    again = root.posts("/accounts/change", body)
    assert again.status == 200 and again.form("/change").fields["active"] == ["yes"]
    assert root.sends(again.form("/change")).status == 409
    token = root.posts("/accounts/token", "name=lis&_again=yes")
    assert token.status == 200 and "<code>" not in token.html


@pytest.mark.parametrize("name", [SCRIPT, "a/b", "..", "a b&c=d?e#f", "{{ 7 * 7 }}", "'\"><b>", "ü 🔑", "new"])
def test_hostile_names_are_only_text(root: Reader, name: str) -> None:
    """They are shown as they are, and each account is reached and changed."""
    add(root, name=name, shown=SCRIPT)
    page = root.goes("/accounts")
    assert f"{name} {SCRIPT}" in page.text and SCRIPT not in page.html
    link = next(path for words, path in page.links.items() if words == " ".join(name.split()))
    one = root.goes(link)
    assert name in one.title and SCRIPT not in one.html and "{{" not in one.html.replace(name, "")
    root.sends(one.form("/change"), shown="Somebody")
    assert named(root.hospital, name).shown == "Somebody"


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "x" * 201, "\u202e"])
def test_names_that_cannot_be_kept_are_told(root: Reader, name: str) -> None:
    """Beside the field."""
    with root.hospital.unchanged():
        page = add(root, name=name)
    assert page.status == 422 and "name-fault" in page.ids


def test_a_password_is_given_to_nobody_who_does_not_ask_for_it() -> None:
    """Whatever a page does with what was typed, it has no password to show."""
    typed = Typed({"password": [NEW], "password.again": [f" {NEW}"], "passwords": ["shown"], "name": ["n"]})
    assert [typed[name] for name in typed.fields] == ["", "", "shown", "n"]
    assert [*typed.all("password"), *typed.all("password.again")] == []
    assert list(typed.pairs()) == [("passwords", "shown"), ("name", "n")]
    assert typed.written() == "passwords=shown&name=n"
    assert (typed.secret(), typed.secret("password.again"), typed.secret("password.old")) == (NEW, f" {NEW}", "")
    assert typed.secrets and not Typed({"password": [""], "name": ["n"]}).secrets


def test_no_password_is_found_anywhere(root: Reader, logged: io.StringIO) -> None:
    """Not in a page, a header, a redirect, the log of requests or the record."""
    hospital, forms = root.hospital, {"version": "0", "key": "k-1", "name": "novak", "shown": "N", "active": "yes"}
    secret = {"password": NEW, "password.again": NEW}
    answers = []
    for path in ("/accounts/new", "/accounts/change", "/me/password", "/nowhere", "/accounts", "/sign-in"):
        for who, more in (
            ("root", {}),
            ("root", {"roles": "nurse"}),
            (None, {}),
            ("brown", {}),
            ("root", {"_again": "y"}),
        ):
            said = {**forms, **secret, "password.old": NEW, **more}
            answers.append(hospital.ask(who, "POST", path, data=said, follow_redirects=False))
    assert {answer.status_code for answer in answers} >= {200, 303, 401, 403, 404, 422}
    written = "".join(answer.text + str(answer.headers) for answer in answers) + logged.getvalue()
    entries = "".join(entry.body for entry in hospital.clinic.record.entries("@accounts"))
    assert named(hospital, "novak").roles == ("nurse",)
    for one in (NEW, quote(NEW), NEW.replace(" ", "+")):
        assert one not in written + entries
