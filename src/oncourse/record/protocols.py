"""The texts of every protocol that was followed, kept in the record so that its decisions can be taken again."""

from __future__ import annotations

import atexit
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from oncourse.protocol import TEXTS, Protocol, names
from oncourse.protocol_file import load, read_folder
from oncourse.record.entry import Draft, Entry
from oncourse.record.log import Record, Writer

PROTOCOLS = "@protocols"  # the stream
PROTOCOL = "protocol"  # the kind of its entries


def texts(record: Record) -> list[Entry]:
    """Every protocol that was kept, the first one first."""
    return [entry for entry in record.entries(PROTOCOLS) if entry.kind == PROTOCOL]


def keep(writer: Writer, protocol: Protocol, by: str, recorded: str) -> None:
    """Keep the protocol's texts, once."""
    if writer.knows(PROTOCOLS, protocol.sha256):
        return
    said = {name: (protocol.folder / name).read_text(encoding="utf-8") for name in TEXTS}
    draft = Draft(PROTOCOL, {"id": protocol.id, "version": protocol.version, "sha256": protocol.sha256, "texts": said})
    writer.append(PROTOCOLS, writer.version(PROTOCOLS), [draft], by, recorded, key=protocol.sha256)


def by_hash(record: Record, sha256: str) -> Protocol | None:
    """The protocol with that hash: the program's own, or that of the record."""
    own = (load(name) for name in names())
    found = next((protocol for protocol in own if protocol.sha256 == sha256), None)
    if found is None and (kept := record.keyed(PROTOCOLS, sha256)):
        return _read(tuple(kept[0].said["texts"].items()))
    return found


def by_name(record: Record, name: str) -> Protocol | None:
    """The protocol of that name@version on record."""
    for entry in texts(record):
        if f"{entry.said['id']}@{entry.said['version']}" == name:
            return _read(tuple(entry.said["texts"].items()))
    return None


@cache
def _read(texts: tuple[tuple[str, str], ...]) -> Protocol:
    folder = Path(mkdtemp(prefix="oncourse-protocol-"))
    atexit.register(rmtree, folder, ignore_errors=True)  # sentences are read from it as long as it is followed
    for name, text in texts:
        (folder / name).write_text(text, encoding="utf-8")
    return read_folder(folder)
