"""The schema of a record brought to the one this program knows; the log itself is never touched."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from oncourse.record.database import Database, Unavailable

NEWEST = "0003"
MARK = "alembic_version"


def upgrade(database: Database, to: str = NEWEST) -> None:
    """Make or upgrade the tables in one transaction; raises Unavailable for what is newer, or no record."""
    with database.writing() as connection:
        if schema(connection, database.name) != to:
            _migrate(connection, to)


def schema(connection: Connection, name: str) -> str | None:
    """The version of the tables, None for an empty database; raises Unavailable for what is newer, or no record."""
    tables = set(inspect(connection).get_table_names())
    if MARK not in tables:
        if tables:
            raise Unavailable(f"{name}: this database holds something else", "give a new one, or that of a record")
        return None
    version: str | None = connection.execute(text(f"SELECT version_num FROM {MARK}")).scalar()
    if version is not None and version > NEWEST:
        what = f"{name}: this record was written by a newer oncourse (schema {version}, known here {NEWEST})"
        raise Unavailable(what, "use that version")
    return version


def _migrate(connection: Connection, to: str) -> None:
    from alembic import command  # a record that is up to date does not pay for it
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)
