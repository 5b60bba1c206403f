"""Signing in and out, sessions and tokens: what opens the door, for how long, and what is kept of it."""

import gzip
import io
from pathlib import Path
from unittest.mock import patch

import pytest
from limits import parse
from sqlalchemy import select, text
from tests.faces.api.hospital import PASSWORD, Clock, Hospital, is_problem
from tests.faces.api.kinds import event

from oncourse.faces import doors
from oncourse.faces.api import courses
from oncourse.faces.doors import COOKIE, FROM, SIGN_IN, TELL
from oncourse.problem import BadInput, Refused
from oncourse.record import accounts
from oncourse.record.accounts import Account
from oncourse.record.tables import metadata, secret, session, token
from oncourse.roles import PROGRAM

ADAMS = {"name": "adams", "password": PASSWORD}
BROWN = Account("brown", "Nurse Brown", ("nurse",))


def sign_in(hospital: Hospital, name: str = "adams", password: str = PASSWORD, **headers: str) -> str | None:
    """The secret of the new session that a sign-in gives."""
    answer = hospital.ask(None, "POST", "/api/sign-in", json={"name": name, "password": password}, headers=headers)
    cookie = answer.headers.get("set-cookie")
    assert (answer.status_code, cookie is None) in ((200, False), (401, True)), answer.text
    return None if cookie is None else cookie.partition(";")[0].removeprefix(f"{COOKIE}=")


def inside(hospital: Hospital, made: str | None, scheme: str = "") -> str | None:
    """Who comes in with that cookie, or with that token."""
    headers = {"Authorization": f"{scheme} {made}"} if scheme else {"Cookie": f"{COOKIE}={made}"}
    answer = hospital.get(None, "/api/me", headers=headers)
    assert answer.status_code == 200 or is_problem(answer, 401)
    return str(answer.json()["account"]) if answer.status_code == 200 else None


def sessions(hospital: Hospital) -> int:
    """How many sessions are kept."""
    with hospital.clinic.record.database.reading() as connection:
        return len(connection.execute(select(session)).all())


# Signing in


def test_what_is_wrong_is_not_said(either: Hospital) -> None:
    """A wrong password, a name that is not there or cannot be, one who left: one answer, after the same work."""
    wrong = [("adams", "not this one"), ("nobody", PASSWORD), ("gone", PASSWORD), ("lis", PASSWORD), ("a\0b", PASSWORD)]
    answers = []
    for name, password in (("before", "that the others are alike"), *wrong):
        with patch.object(accounts, "_verified", wraps=accounts._verified) as worked:
            said = {"name": name, "password": password}
            answers.append(either.ask(None, "POST", "/api/sign-in", json=said))
        assert worked.call_count == 1
        assert worked.call_args.args[0].startswith("$argon2id$")
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    assert [answer.headers.get("set-cookie") for answer in answers] == [None] * len(answers)
    hashes = [either.clinic.accounts.sign_in(name, password) for name, password in wrong]
    assert hashes == [None] * len(wrong)


def test_the_cookie_is_for_this_site_over_tls_alone(hospital: Hospital) -> None:
    """No script reads it, no other site sends it, no other path or host sets it; it ends with the browser."""
    answer = hospital.ask(None, "POST", "/api/sign-in", json=ADAMS)
    assert answer.json() == {"account": "adams", "shown": "Dr Adams", "roles": ["haematologist"]}
    name, *said = answer.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-oncourse=") and len(name.partition("=")[2]) == 43
    assert {one.lower() for one in said} == {"secure", "httponly", "samesite=strict", "path=/"}
    assert answer.headers["cache-control"] == "no-store"


def test_a_session_is_never_one_that_was_there_before(hospital: Hospital) -> None:
    """Whatever cookie a browser brings, the new session is another, and the old one is over."""
    fixed = "F" * 43
    made = sign_in(hospital, Cookie=f"{COOKIE}={fixed}")
    assert made != fixed and (inside(hospital, made), inside(hospital, fixed)) == ("adams", None)
    again = sign_in(hospital, Cookie=f"{COOKIE}={made}")
    assert again not in (None, made)
    assert (inside(hospital, again), inside(hospital, made)) == ("adams", None)
    assert sign_in(hospital, "brown", "not this one", Cookie=f"{COOKIE}={again}") is None
    assert inside(hospital, again) == "adams"  # a slip of the finger signs nobody out


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{",
        "null",
        "[]",
        '{"name": "adams"}',
        '{"name": 7, "password": 7}',
        '{"name": "adams", "password": "x", "more": 1}',
        '{"\\ud800": 1}',
        '{"name": "\\ud800", "password": "\\udfff"}',
        '{"name": "%s", "password": "x"}' % ("x" * 201),
        '{"name": "adams", "password": "%s"}' % ("x" * 201),
        "[" * 100_000,
        '{"name": ' + "9" * 5000 + "}",
        b"\xff\xfe",
        b"\x00",
    ],
    ids=lambda said: repr(said[:24]),
)
def test_what_is_no_sign_in_is_told(hospital: Hospital, said: str | bytes) -> None:
    """As a problem document; nobody is signed in."""
    before = sessions(hospital)
    headers = {"Content-Type": "application/json"}
    answer = hospital.ask(None, "POST", "/api/sign-in", content=said, headers=headers)
    assert is_problem(answer) and answer.status_code in (400, 422)
    assert sessions(hospital) == before
    other = hospital.ask(None, "POST", "/api/sign-in", content=said, headers={"Content-Type": "text/plain"})
    assert is_problem(other, 422)


# How long


def test_a_session_ends_when_nobody_is_there(either: Hospital) -> None:
    """After a quarter of an hour without a request; every request begins it anew."""
    clock, made = either.clock, sign_in(either)
    for _ in range(5):
        clock.on(minutes=15)
        assert inside(either, made) == "adams"
    clock.on(minutes=15, seconds=1)
    assert inside(either, made) is None
    clock.on(minutes=-10)
    assert inside(either, made) is None  # over is over


def test_a_session_ends_after_half_a_day(hospital: Hospital) -> None:
    """However busy somebody is."""
    made = sign_in(hospital)
    for _ in range(72):
        hospital.clock.on(minutes=10)
        assert hospital.clinic.accounts.signed_in(str(made)) is not None
    assert inside(hospital, made) == "adams"
    hospital.clock.on(seconds=1)
    assert inside(hospital, made) is None


@pytest.mark.parametrize(("setting", "seconds"), [("3 min", 180), ("90 s", 90), ("30 s", 30), ("1 h", 3600)])
def test_the_site_says_how_long_somebody_may_be_away(hospital: Hospital, setting: str, seconds: int) -> None:
    """Also less than a minute; whoever is at work is never signed out meanwhile."""
    hospital.clinic.settle(0, f"{{idle_lock: {setting}}}", "root")
    made = sign_in(hospital)
    for _ in range(12):
        hospital.clock.on(seconds=seconds * 4 // 5)
        assert inside(hospital, made) == "adams"
        hospital.clock.on(seconds=seconds // 10)
        assert inside(hospital, made) == "adams"
    hospital.clock.on(seconds=seconds + 1)
    assert inside(hospital, made) is None


def test_a_token_does_not_run_out(hospital: Hospital) -> None:
    """A program does not sign in; its token counts until there is a newer one."""
    hospital.clock.on(days=400)
    assert inside(hospital, hospital.keys.made["lis"], "Bearer") == "lis"
    newer = hospital.clinic.accounts.new_token("lis")
    assert inside(hospital, hospital.keys.made["lis"], "Bearer") is None
    assert inside(hospital, newer, "bearer") == "lis"


# The end


def test_one_signs_out_here_or_everywhere(hospital: Hospital) -> None:
    """Here: this session alone. Everywhere: all of this person's, and nobody else's."""
    here, there, ward = (sign_in(hospital) for _ in range(3))
    out = hospital.ask(None, "POST", "/api/sign-out", headers={"Cookie": f"{COOKIE}={here}"})
    assert (out.status_code, out.content) == (204, b"")
    assert out.headers["set-cookie"].startswith(f'{COOKIE}=""') and "Max-Age=0" in out.headers["set-cookie"]
    assert [inside(hospital, made) for made in (here, there, ward)] == [None, "adams", "adams"]
    path = "/api/sign-out?everywhere=true"
    assert hospital.ask(None, "POST", path, headers={"Cookie": f"{COOKIE}={there}"}).status_code == 204
    assert [inside(hospital, made) for made in (there, ward)] == [None, None]
    assert hospital.get("adams", "/api/me").status_code == 401
    assert hospital.get("brown", "/api/me").status_code == 200


def test_a_new_password_ends_every_session(hospital: Hospital) -> None:
    """And the old one opens nothing."""
    hospital.clinic.accounts.set(BROWN, "root", "another horse battery")
    assert hospital.get("brown", "/api/me").status_code == 401
    assert hospital.get("young", "/api/me").status_code == 200
    assert (sign_in(hospital, "brown"), sign_in(hospital, "brown", "another horse battery") is None) == (None, False)


def test_an_old_password_opens_nothing_while_it_is_changed(hospital: Hospital) -> None:
    """Whoever was signing in with it in that moment is not signed in."""
    here = hospital.clinic.accounts

    def changed(known: str, password: str) -> bool:
        here.set(BROWN, "root", "another horse battery")
        return True

    with patch.object(accounts, "_verified", changed):
        assert sign_in(hospital, "brown") is None
    before = sessions(hospital)
    closing = Account("brown", "Nurse Brown", ("nurse",), active=False)
    with patch.object(accounts, "_verified", lambda *_: here.set(closing, "root") or True):
        assert sign_in(hospital, "brown", "another horse battery") is None
    assert sessions(hospital) == before


def test_whoever_leaves_is_out_at_once(hospital: Hospital) -> None:
    """Sessions and tokens of a closed account are gone; they do not come back when it is opened again."""
    here = hospital.clinic.accounts
    for name, account in (("brown", BROWN), ("lis", Account("lis", "Laboratory", (PROGRAM,)))):
        here.set(Account(name, account.shown, account.roles, active=False), "root")
        assert hospital.get(name, "/api/me").status_code == 401
    assert sign_in(hospital, "brown") is None
    with pytest.raises(Refused, match="no program that may come in"):
        here.new_token("lis")
    here.set(BROWN, "root", PASSWORD)
    here.set(Account("lis", "Laboratory", (PROGRAM,)), "root")
    assert [hospital.get(name, "/api/me").status_code for name in ("brown", "lis")] == [401, 401]
    assert sign_in(hospital, "brown") is not None


def test_roles_are_those_of_now(hospital: Hospital) -> None:
    """Whoever is signed in may do at once what the account says by now, and no more."""
    assert hospital.tell("brown", event("given")).status_code == 201
    hospital.clinic.accounts.set(Account("brown", "A. Brown", ("auditor",)), "root")
    assert hospital.get("brown", "/api/me").json()["roles"] == ["auditor"]
    assert is_problem(hospital.tell("brown", event("given")), 403)


def test_a_program_that_becomes_a_person_starts_anew(hospital: Hospital) -> None:
    """A token never opens what a person may do, nor a password or session what a program may."""
    here = hospital.clinic.accounts
    with pytest.raises(BadInput, match="a person needs a password"):
        here.set(Account("lis", "Laboratory", ("haematologist",)), "root")
    here.set(Account("lis", "Laboratory", ("haematologist",)), "root", PASSWORD)
    assert hospital.get("lis", "/api/me").status_code == 401
    here.set(Account("brown", "Nurse Brown", (PROGRAM,)), "root")
    assert hospital.get("brown", "/api/me").status_code == 401
    assert sign_in(hospital, "brown") is None


# What is kept


def test_nothing_is_kept_that_opens_the_door(either: Hospital, tmp_path: Path, logged: io.StringIO) -> None:
    """No password, session or token stands in a table, a file, a backup or the log: only what was made of them."""
    made = sign_in(either)
    assert made is not None and inside(either, made) == "adams"
    newer = either.clinic.accounts.new_token("lis")
    assert inside(either, newer, "Bearer") == "lis" and sign_in(either, "adams", "this is not right") is None
    with either.clinic.record.database.reading() as connection:
        names = connection.execute(select(secret.c.hash)).scalars().all()
        assert all(name.startswith("$argon2id$") for name in names)
        hashes = connection.execute(select(session.c.hash).union_all(select(token.c.hash))).scalars().all()
        assert all(len(one) == 64 for one in hashes)
        tables = metadata.tables.values()
        kept = "\n".join(str(row) for table in tables for row in connection.execute(select(table)))
    either.clinic.back_up(tmp_path / "backup")
    backup = gzip.decompress((tmp_path / "backup").read_bytes()).decode()
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.name.startswith("record.db"))
    log = logged.getvalue()
    assert '"route": "/api/sign-in"' in log and "Nurse Brown" in backup and "$argon2id$" in kept
    for known in (PASSWORD, "this is not right", made, newer, *either.keys.made.values()):
        assert known not in kept + backup + log and known.encode() not in files
    assert "$argon2id$" not in backup and not any(one in backup for one in hashes)


# Too often


def test_the_rates_are_these() -> None:
    """Ten sign-ins a minute under one name, sixty from one place, a hundred and twenty events by one person."""
    assert [str(rate) for rate in (SIGN_IN, FROM, TELL)] == ["10 per 1 minute", "60 per 1 minute", "120 per 1 minute"]


def test_a_name_is_tried_ten_times_a_minute(hospital: Hospital) -> None:
    """Then the right password does not help either; other names go on."""
    for _ in range(10):
        assert sign_in(hospital, "adams", "not this one") is None
    answer = hospital.ask(None, "POST", "/api/sign-in", json=ADAMS)
    assert is_problem(answer, 429) and answer.headers["retry-after"] == "60"
    assert "set-cookie" not in answer.headers
    assert sign_in(hospital, "brown") is not None
    assert hospital.get("adams", "/api/me").status_code == 200


def test_one_place_tries_so_often(hospital: Hospital) -> None:
    """Whatever the names are."""
    with patch.object(doors, "FROM", parse("3/minute")):
        for number in range(3):
            assert sign_in(hospital, f"guess-{number}", "not this one") is None
        answer = hospital.ask(None, "POST", "/api/sign-in", json=ADAMS)
        assert is_problem(answer, 429) and answer.headers["retry-after"] == "60"


def test_a_person_tells_so_often_and_a_program_as_often_as_it_must(hospital: Hospital) -> None:
    """Too much is refused and not kept; it is each person's own measure."""
    with patch.object(courses, "TELL", parse("3/minute")):
        answers = [hospital.tell("brown", event("labs")) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
        assert is_problem(answers[3], 429) and answers[3].headers["retry-after"] == "60"
        assert hospital.version() == 8
        assert hospital.tell("young", event("labs")).status_code == 201
        assert [hospital.tell("lis", event("labs")).status_code for _ in range(5)] == [201] * 5


# What is stolen or made up


def test_no_other_secret_opens_the_door(hospital: Hospital) -> None:
    """Cut, lengthened, made up, in another's place, or as it stands in the database."""
    cookie, bearer = hospital.keys.made["adams"], hospital.keys.made["lis"]
    assert (inside(hospital, cookie), inside(hospital, bearer, "Bearer")) == ("adams", "lis")
    swapped = cookie[:-1] + ("A" if cookie[-1] != "A" else "B")
    with hospital.clinic.record.database.reading() as connection:
        hashes = connection.execute(select(session.c.hash).union_all(select(token.c.hash))).scalars().all()
        names = connection.execute(select(secret.c.hash)).scalars().all()
    made_up = ("", " ", "null", "0", "A" * 43, "' OR '1'='1", "x" * 20_000, "adams", PASSWORD)
    for made in (*made_up, swapped, cookie[:-1], cookie[1:], cookie + "A", cookie.swapcase(), *hashes, *names[:2]):
        assert inside(hospital, made) is None, made
        assert inside(hospital, made, "Bearer") is None, made
    assert inside(hospital, bearer) is None  # a token is no cookie
    assert inside(hospital, cookie, "Bearer") is None  # and a session no token
    for scheme in ("Basic", "Digest", "Token", "Bearer,"):
        assert inside(hospital, bearer, scheme) is None
    assert inside(hospital, hospital.keys.made["gone"]) is None


def test_a_wrong_token_is_not_made_good_by_a_cookie(hospital: Hospital) -> None:
    """Whoever says who they are is believed or not; a second way in is not tried."""
    headers = hospital.keys.headers("adams") | {"Authorization": "Bearer nothing"}
    assert is_problem(hospital.get(None, "/api/me", headers=headers), 401)


def test_the_clock_of_the_clinic_counts(hospital: Hospital) -> None:
    """Sessions go by it, so that a stopped clock keeps whoever is signed in."""
    assert isinstance(hospital.clock, Clock)
    with hospital.clinic.record.database.reading() as connection:
        began = connection.execute(text("SELECT DISTINCT began FROM session")).scalars().all()
    assert began == ["2026-11-25T09:30:00.000000+00:00"]
