"""Who signed a protocol for the site: an entry beside the protocol's texts, so that it is sure what was signed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from oncourse.protocol import Protocol
from oncourse.record import protocols
from oncourse.record.entry import Draft, Entry
from oncourse.record.log import Record
from oncourse.record.protocols import PROTOCOLS
from oncourse.roles import Actor

SIGNED = "signed"  # the kind of the entries, and how the key of each begins


class Signature(NamedTuple):
    """The name that was signed with, the account, and when."""

    name: str
    account: str
    at: datetime


class Signatures:
    """The signatures of a record. One is never taken back, so each is looked up until it is there, and then no more."""

    def __init__(self, record: Record, clock: Callable[[], datetime]) -> None:
        self.record, self.clock = record, clock
        self._known: dict[str, Signature] = {}

    def of(self, sha256: str) -> Signature | None:
        """Who signed the protocol with that hash; None if nobody did."""
        if sha256 not in self._known and (kept := self.record.keyed(PROTOCOLS, _key(sha256))):
            self._known[sha256] = _read(kept[0])
        return self._known.get(sha256)

    def sign(self, protocol: Protocol, actor: Actor) -> None:
        """Sign a protocol, whose texts are kept with it; whoever comes second changes nothing."""
        recorded = self.clock().astimezone(UTC).isoformat(timespec="microseconds")
        said = {"id": protocol.id, "version": protocol.version, "sha256": protocol.sha256, "name": actor.shown}
        with self.record.writing() as writer:
            protocols.keep(writer, protocol, actor.account, recorded)
            now = writer.version(PROTOCOLS)
            writer.append(PROTOCOLS, now, [Draft(SIGNED, said)], actor.account, recorded, key=_key(protocol.sha256))


def _key(sha256: str) -> str:
    return f"{SIGNED} {sha256}"


def _read(entry: Entry) -> Signature:
    return Signature(entry.said["name"], entry.by, datetime.fromisoformat(entry.recorded))
