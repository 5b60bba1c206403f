"""The tables as they are now: the log, the patients that are found in it, and what accounts sign in with."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, MetaData, Table, Text, UniqueConstraint

metadata = MetaData()

# Everything is text or a whole number, so that both databases keep the same bytes.
entry = Table(
    "entry",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("batch", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("advice", Text),
    Column("by", Text, nullable=False),
    Column("why", Text),
    Column("key", Text),
    Column("recorded", Text, nullable=False),
    Column("hash", Text, nullable=False),
    UniqueConstraint("stream", "version", name="one_entry_a_version"),
    UniqueConstraint("stream", "key", name="one_batch_a_key"),
)

patient = Table(
    "patient",
    metadata,
    Column("course", Text, primary_key=True),
    Column("shown", Text, nullable=False),
    Column("sought", Text, nullable=False),
)

# Secrets are no part of the log: they change, and no backup holds them.
secret = Table("secret", metadata, Column("account", Text, primary_key=True), Column("hash", Text, nullable=False))

session = Table(
    "session",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("account", Text, nullable=False, index=True),
    Column("began", Text, nullable=False),
    Column("seen", Text, nullable=False),
)

token = Table(
    "token",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("account", Text, nullable=False, index=True),
    Column("made", Text, nullable=False),
)
