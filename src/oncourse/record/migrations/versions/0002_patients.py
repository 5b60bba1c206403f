"""The patients, found again from the log."""

import sqlalchemy as sa
from alembic import op

from oncourse.record.patients import found_again

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """The table, filled from what the log says; the log is only read."""
    op.create_table(
        "patient",
        sa.Column("course", sa.Text, primary_key=True),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("sought", sa.Text, nullable=False),
    )
    found_again(op.get_bind())
