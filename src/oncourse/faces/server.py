"""The web service as a process: where it listens, and under which clock."""

from __future__ import annotations

import gc
import getpass
from datetime import date, datetime
from ipaddress import ip_address
from pathlib import Path

import uvicorn

from oncourse import clinic
from oncourse.clinic import Clinic
from oncourse.faces.service import service
from oncourse.problem import Refused

LINGER = 10  # seconds for requests that are being answered when the server is stopped


def serve(
    address: str, host: str, port: int, cert: Path | None, key: Path | None, frozen: date | datetime | None
) -> None:
    """Serve until stopped; raises Refused for what would put passwords on a network in the clear."""
    if (cert is None) != (key is None):
        raise Refused("a certificate and its key belong together", "give --tls-cert and --tls-key")
    if cert is None and not _here(host):
        what = f"{host} can be reached by others, and without TLS they could read along"
        raise Refused(what, "give --tls-cert and --tls-key")
    if frozen is not None and not isinstance(frozen, datetime):
        raise Refused("the clock stops at an instant, not at a date", "give one with its offset")
    clock = clinic.now if frozen is None else clinic.frozen(frozen)
    gc.enable()  # what the command line leaves off, for it does not live long
    app = service(Clinic.at(address, getpass.getuser(), clock))
    uvicorn.run(
        app,
        host=host,
        port=port,
        ssl_certfile=cert,
        ssl_keyfile=key,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=LINGER,
    )


def _here(host: str) -> bool:
    """Whether only this machine reaches that address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
