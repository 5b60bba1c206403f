"""Who signed a protocol for the site: kept once, beside the texts that were signed."""

from datetime import UTC, datetime

from tests.builders import PROTOCOL
from tests.test_clinic import NOW, clinic

from oncourse.record import protocols
from oncourse.record.signatures import Signatures
from oncourse.roles import Actor

ROOT = Actor("root", "R. Root", ("administrator",))
SECOND = Actor("other", "O. Ther", ("administrator",))


def test_a_signature_says_who_and_when_and_keeps_what_was_signed(address: str) -> None:
    """Nobody has signed at first; then the texts are on record, also those that no course follows yet."""
    record = clinic(address).record
    signatures = Signatures(record, lambda: NOW)
    assert signatures.of(PROTOCOL.sha256) is None
    assert protocols.texts(record) == []
    signatures.sign(PROTOCOL, ROOT)
    assert signatures.of(PROTOCOL.sha256) == ("R. Root", "root", NOW)
    (kept,) = protocols.texts(record)
    assert kept.said["sha256"] == PROTOCOL.sha256
    assert signatures.of("0" * 64) is None


def test_the_first_signature_stands(address: str) -> None:
    """Whoever signs later, also in another process, changes nothing."""
    record = clinic(address).record
    Signatures(record, lambda: NOW).sign(PROTOCOL, ROOT)
    head = record.head()
    later = Signatures(record, lambda: datetime(2027, 1, 1, tzinfo=UTC))
    later.sign(PROTOCOL, SECOND)
    assert record.head() == head
    assert later.of(PROTOCOL.sha256) == ("R. Root", "root", NOW)


def test_a_signed_protocol_is_found_as_before(address: str) -> None:
    """By hash and by name, in a record that is sound."""
    here = clinic(address)
    Signatures(here.record, lambda: NOW).sign(PROTOCOL, ROOT)
    assert protocols.by_hash(here.record, PROTOCOL.sha256) is PROTOCOL
    found = protocols.by_name(here.record, f"{PROTOCOL.id}@{PROTOCOL.version}")
    assert found is not None and found.version == PROTOCOL.version
    assert protocols.by_name(here.record, "another@1") is None
    assert here.verified(decisions=True).faults == []
