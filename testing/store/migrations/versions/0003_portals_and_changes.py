"""What holds for a portal over all crawls, what changed between crawls, and who claimed an address."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Bring the schema to this version."""
    op.create_table(
        "portal",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_why", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_portal"),
    )
    op.create_table(
        "event",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("crawl", sa.Text(), nullable=False),
        sa.Column("listing", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["crawl"], ["crawl.id"], name="fk_event_crawl_crawl"),
        sa.ForeignKeyConstraint(["listing"], ["listing.key"], name="fk_event_listing_listing"),
        sa.PrimaryKeyConstraint("id", name="pk_event"),
    )
    op.create_index("ix_event_crawl", "event", ["crawl"])
    op.create_index("ix_event_listing", "event", ["listing"])
    for table, column in (
        ("listing", sa.Column("url", sa.Text(), nullable=False, server_default="")),
        ("listing", sa.Column("page_gone_at", sa.DateTime(timezone=True), nullable=True)),
        ("listing", sa.Column("missed", sa.Integer(), nullable=False, server_default="0")),
        ("listing", sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True)),
        ("observation", sa.Column("revisit", sa.Boolean(), nullable=False, server_default=sa.false())),
        ("frontier", sa.Column("runner", sa.Integer(), nullable=True)),
        ("frontier", sa.Column("revisit", sa.Boolean(), nullable=False, server_default=sa.false())),
        ("frontier", sa.Column("outcome", sa.Text(), nullable=True)),
        ("fetch", sa.Column("opt_outs", sa.Text(), nullable=True)),
    ):
        op.add_column(table, column)
    op.create_index("ix_listing_url", "listing", ["url"])
    listing = sa.table("listing", sa.column("key"), sa.column("url"), sa.column("payload"))
    connection = op.get_bind()
    for key, payload in connection.execute(sa.select(listing.c.key, listing.c.payload)).all():
        address = json.loads(payload)["url"]
        connection.execute(listing.update().where(listing.c.key == key).values(url=address))
    op.drop_index("ix_frontier_crawl_state_priority_id", table_name="frontier")
    op.create_index(
        "ix_frontier_crawl_portal_state_priority_id",
        "frontier",
        ["crawl", "portal", "state", "priority", "id"],
    )
