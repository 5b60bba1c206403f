"""The log: rows that the database itself refuses to change or delete."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

REFUSED = "the record is append-only"
SQLITE = (
    f"CREATE TRIGGER entry_stays_as_it_is BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
    f"CREATE TRIGGER entry_stays BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END",
    # REPLACE deletes rows without asking the trigger above.
    f"""CREATE TRIGGER entry_goes_on BEFORE INSERT ON entry
    WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entry)
      OR EXISTS (SELECT 1 FROM entry WHERE stream = NEW.stream AND (version = NEW.version OR key = NEW.key))
    BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END""",
)
POSTGRESQL = (
    f"""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$""",
    """CREATE FUNCTION refuse_a_gap() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN
      IF NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM entry) THEN RAISE EXCEPTION 'the record has no gaps'; END IF;
      RETURN NEW;
    END $$""",
    "CREATE TRIGGER entry_stays_as_it_is BEFORE UPDATE ON entry EXECUTE FUNCTION refuse()",
    "CREATE TRIGGER entry_stays BEFORE DELETE OR TRUNCATE ON entry EXECUTE FUNCTION refuse()",
    "CREATE TRIGGER entry_goes_on BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION refuse_a_gap()",
)


def upgrade() -> None:
    """An empty log and its guards."""
    op.create_table(
        "entry",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("stream", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("batch", sa.BigInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("advice", sa.Text),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text),
        sa.Column("key", sa.Text),
        sa.Column("recorded", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.UniqueConstraint("stream", "version", name="one_entry_a_version"),
        sa.UniqueConstraint("stream", "key", name="one_batch_a_key"),
    )
    for guard in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(guard)
