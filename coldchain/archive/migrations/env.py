"""What Alembic runs: the migrations, on the connection and inside the transaction that `coldchain.archive.migrate` opened."""

from alembic import context

from coldchain.archive.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,  # SQLite changes a table by building it anew
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
