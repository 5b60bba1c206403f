"""`oncourse serve` as a process: started, spoken to, stopped and killed at work; what it acknowledged is there."""

import gc
import json
import shutil
import socket
import ssl
import subprocess
import threading
from http.client import HTTPException
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import uvicorn
from starlette.testclient import TestClient
from tests.databases import KINDS
from tests.faces.api.conftest import Furnish
from tests.faces.api.hospital import HERE, PASSWORD, Keys
from tests.faces.api.running import PROGRAM, Process, ask, free_port
from tests.faces.test_cli import run
from tests.test_clinic import P_9

from oncourse.clinic import Clinic
from oncourse.faces.doors import COOKIE
from oncourse.record.accounts import Account

PATH = "/api/courses/P-9/events"
CLIENTS = 4
NOW = ("--now", "2026-11-25T09:30:00Z")


class Teller(threading.Thread):
    """A client that tells one event after the other, each under a key of its own, until nobody answers."""

    def __init__(self, process: Process, keys: Keys, name: str) -> None:
        super().__init__()
        self.process, self.headers, self.name_ = process, keys.headers("lis"), name
        self.told, self.acknowledged = 0, list[str]()

    def said(self) -> str:
        """The event that is told next, or that nobody has answered for."""
        return f"{{at: 2026-11-24, id: {self.name_}-{self.told}, labs: {{anc: 1.5 10*9/L}}}}"

    def tell(self, process: Process, tag: str) -> Any:
        """Tell it once."""
        headers = self.headers | {"If-Match": tag, "Idempotency-Key": f"{self.name_}-{self.told}"}
        return process.ask("POST", PATH, self.said(), headers=headers)

    def run(self) -> None:
        """Go on until the server is gone; whoever was not first looks, and tries again."""
        tag = '"0"'
        try:
            while True:
                answer = self.tell(self.process, tag)
                assert answer.status in (201, 412), answer
                tag = answer.headers["etag"]
                if answer.status == 201:
                    self.acknowledged.append(f"{self.name_}-{self.told}")
                    self.told += 1
        except (OSError, HTTPException):
            return


def ids(process: Process, keys: Keys) -> list[str]:
    """The ids of the events that are kept."""
    events = process.ask("GET", PATH, headers=keys.headers("ellis")).json["events"]
    return [one["said"]["id"] for one in events if one["kind"] == "event"]


def at_work(process: Process, keys: Keys, round_: str) -> list[Teller]:
    """Several who tell at once, and have told something by now."""
    tellers = [Teller(process, keys, f"{round_}-{number}") for number in range(CLIENTS)]
    for teller in tellers:
        teller.start()
    while sum(len(teller.acknowledged) for teller in tellers) < 12:
        assert any(teller.is_alive() for teller in tellers)
        threading.Event().wait(0.01)
    return tellers


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_acknowledged_is_there_after_every_end(
    request: pytest.FixtureRequest, furnish: Furnish, tmp_path: Path, kind: str
) -> None:
    """Stopped and killed while several tell at once, and started again: all of it, once each, in a sound record."""
    kept, written = furnish(kind), tmp_path / "written"
    server = request.getfixturevalue("postgresql") if kind == "postgresql" else ""
    address, keys = kept.copy(tmp_path, server), kept.keys
    acknowledged: list[str] = []
    tellers: list[Teller] = []
    for end in ("stop", "kill", "look"):
        with Process(address, written, *NOW) as process:
            there = ids(process, keys)
            assert set(acknowledged) <= set(there) and len(there) == len(set(there))
            for teller in tellers:  # what nobody answered for is sent again, and is there once
                tag = teller.tell(process, '"0"').headers["etag"]
                assert teller.tell(process, tag).status == 201
                acknowledged.append(f"{teller.name_}-{teller.told}")
            there = ids(process, keys)
            assert set(acknowledged) <= set(there) and len(there) == len(set(there))
            if end == "look":
                break
            tellers = at_work(process, keys, end)
            if end == "stop":
                assert process.stop() in (0, -15)
            else:
                process.kill()
            for teller in tellers:
                teller.join()
                acknowledged += teller.acknowledged
    assert len(acknowledged) >= 24
    checked = run("verify", "--db", address, "--decisions")
    assert checked.status == 0, checked.out
    assert "Traceback" not in written.read_text()


def test_from_an_empty_folder_to_the_first_decision(tmp_path: Path) -> None:
    """Accounts are made on the command line, while the server runs or before; then people and programs come in."""
    address = str(tmp_path / "record.db")
    adams = ("account", "add", "adams", "--shown", "Dr Adams", "--role", "haematologist", "--password-stdin")
    assert run(*adams, "--db", address, stdin=PASSWORD + "\n").status == 0
    with Process(address, tmp_path / "written", *NOW) as process:
        assert run("account", "add", "lis", "--role", "program", "--db", address).status == 0
        token = run("account", "token", "lis", "--db", address).out.strip()
        said = json.dumps({"name": "adams", "password": PASSWORD})
        answer = process.ask("POST", "/api/sign-in", said, headers={"Content-Type": "application/json"})
        cookie = {"Cookie": answer.headers["set-cookie"].partition(";")[0]}
        assert process.ask("POST", "/api/courses", P_9, headers=cookie).status == 201
        bearer = {"Authorization": f"Bearer {token}", "If-Match": '"1"'}
        labs = "{at: 2026-11-24, labs: {anc: 1.5 10*9/L}}"
        assert process.ask("POST", PATH, labs, headers=bearer).status == 201
        assert process.ask("GET", "/api/courses/P-9/decision", headers=cookie).json["verdict"] == "need"
        assert process.ask("GET", "/readyz").body == b"ready\n"
        assert run("account", "add", "lis", "--role", "program", "--closed", "--db", address).status == 0
        assert process.ask("GET", "/api/me", headers=bearer).status == 401
        assert process.stop() in (0, -15)
    with Process(address, tmp_path / "written", *NOW) as process:  # whoever was signed in still is
        assert process.ask("GET", "/api/me", headers=cookie).json["account"] == "adams"
        assert process.ask("GET", "/api/me").status == 401
    assert token not in run("account", "list", "--db", address).out


def test_a_server_that_is_stopped_ends_what_it_has_begun(furnish: Furnish, tmp_path: Path) -> None:
    """A request that is being answered gets its answer; a connection that waits is closed."""
    kept = furnish("sqlite")
    with Process(kept.copy(tmp_path), tmp_path / "written", *NOW) as process:
        answers: list[int] = []
        body = json.dumps({"name": "adams", "password": "x" * 20})

        def sign_in() -> None:
            headers = {"Content-Type": "application/json", "Cookie": f"{COOKIE}=x"}
            answers.append(process.ask("POST", "/api/sign-in", body, headers=headers).status)

        threads = [threading.Thread(target=sign_in) for _ in range(3)]
        for thread in threads:
            thread.start()
        threading.Event().wait(0.1)
        assert process.stop() in (0, -15)
        for thread in threads:
            thread.join()
        assert answers == [401] * 3
        with pytest.raises(OSError, match="refused"):
            process.ask("GET", "/healthz")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--host", "0.0.0.0"), "0.0.0.0 can be reached by others, and without TLS they could read along"),
        (("--host", "::"), ":: can be reached by others"),
        (("--host", "192.0.2.1"), "192.0.2.1 can be reached by others"),
        (("--host", "ward.example"), "ward.example can be reached by others"),
        (("--host", ""), "can be reached by others"),
        (("--host", "127.0.0.1.example"), "can be reached by others"),
        (("--tls-cert", __file__), "a certificate and its key belong together"),
        (("--tls-key", __file__), "a certificate and its key belong together"),
        (("--now", "2026-11-25"), "the clock stops at an instant"),
        (("--tls-cert", "/nowhere", "--tls-key", "/nowhere"), "does not exist"),
    ],
)
def test_passwords_do_not_go_over_a_network_in_the_clear(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """Without TLS only this machine is listened to; what does not fit together is told before anything begins."""
    done = run("serve", "--db", str(tmp_path / "record.db"), *words)
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for this machine and its key, made here."""
    made = tmp_path / "cert.pem", tmp_path / "key.pem"
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("there is no openssl to make a certificate with")
    names = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost")
    what = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", *names)
    subprocess.run([openssl, *what, "-out", made[0], "-keyout", made[1]], check=True, capture_output=True)
    return made


def test_with_a_certificate_others_are_served(furnish: Furnish, tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """Over TLS, to whoever trusts it, at every address; in the clear nothing is said."""
    kept, (cert, key) = furnish("sqlite"), certificate
    words = ("--host", "0.0.0.0", "--tls-cert", str(cert), "--tls-key", str(key), *NOW)
    trusting = ssl.create_default_context(cafile=cert)
    with Process(kept.copy(tmp_path), tmp_path / "written", *words, tls=trusting) as process:
        assert process.ask("GET", "/api/me", headers=kept.keys.headers("adams")).json["account"] == "adams"
        said = json.dumps({"name": "adams", "password": PASSWORD})
        origin = {"Content-Type": "application/json", "Origin": f"https://127.0.0.1:{process.port}"}
        assert process.ask("POST", "/api/sign-in", said, headers=origin).status == 200
        origin["Origin"] = origin["Origin"].replace("https", "http")
        assert process.ask("POST", "/api/sign-in", said, headers=origin).status == 403
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(process.port, "GET", "/healthz", tls=ssl.create_default_context())
        with pytest.raises((OSError, HTTPException)):
            ask(process.port, "GET", "/healthz")
        old = ssl.create_default_context(cafile=cert)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        assert ask(process.port, "GET", "/healthz", tls=old).status == 200


def test_what_keeps_a_server_from_starting_is_told(tmp_path: Path) -> None:
    """A place that cannot be written, a port that is taken: a word and a status, no traceback."""
    done = subprocess.run(
        [PROGRAM, "serve", "--db", "/proc/nothing/record.db"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2 and "Traceback" not in done.stderr
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = [PROGRAM, "serve", "--db", str(tmp_path / "record.db"), "--port", str(port)]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0 and "address already in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_is_set_up_to_last(tmp_path: Path) -> None:
    """Garbage is collected, unlike for a command; nothing is believed of a proxy; the clock stands where it is told."""
    collecting: list[bool] = []

    def started(service: Any, **how: Any) -> None:
        collecting.append(gc.isenabled())
        assert how["proxy_headers"] is False and how["access_log"] is False and how["server_header"] is False
        Clinic.there(record).accounts.set(Account("adams", "Dr Adams", ("haematologist",)), "set-up", PASSWORD)
        with TestClient(service, base_url=HERE) as client:
            client.post("/api/sign-in", json={"name": "adams", "password": PASSWORD})
            assert "Updated 09:30" in client.get("/today").text

    record = str(tmp_path / "record.db")
    with patch.object(uvicorn, "run", started):
        done = run("serve", "--db", record, "--port", str(free_port()), *NOW)
    assert (done.status, done.err, collecting) == (0, "", [True])
