"""Run migrations on the connection that ``testing.store.engine`` hands over."""

from alembic import context

from testing.store.crawl_tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
