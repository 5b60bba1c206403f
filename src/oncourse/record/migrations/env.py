"""How Alembic runs a migration: on the connection that the record holds, in its transaction."""

from alembic import context

from oncourse.record.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
