"""Which days of a month stand in the record of a compartment; and since when readings are judged by what is spare.

The county asks for a month of all records at once. What was judged before statuses judged anything stays as it was: of each
piece only the status that lasts counts, from now on, and one that was spare ever since gets a row to say so.
"""

import sqlalchemy as sa
from alembic import op

from coldchain import clock
from coldchain.archive.migrations.altering import altering

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

GATHER = """
insert into record_month (month, compartment, am, pm, am_late, pm_late)
select month, compartment,
    sum(case when half = 'am' then its else 0 end),
    sum(case when half = 'pm' then its else 0 end),
    sum(case when half = 'am' and late_reason is not null then its else 0 end),
    sum(case when half = 'pm' and late_reason is not null then its else 0 end)
from (
    select substr(day, 1, 7) as month, compartment, half, late_reason, 1 << (cast(substr(day, 9) as integer) - 1) as its
    from manual_record where withdrawn_at is null
) as days group by compartment, month
"""
FROM_NOW = """
update equipment_status set judged_from = :now where id in (select max(id) from equipment_status group by equipment)
"""
EVER_SPARE = """
insert into equipment_status (equipment, status, since, reason, "by", judged_from)
select code, status, started_on, '', 'coldchain', :now from equipment
where status = 'spare' and code not in (select equipment from equipment_status)
"""


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "record_month",
        sa.Column("month", sa.String(length=40), nullable=False),
        sa.Column("compartment", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("am", "pm", "am_late", "pm_late")),
        sa.ForeignKeyConstraint(
            ["compartment"], ["compartment.id"], name=op.f("fk_record_month_compartment_compartment")
        ),
        sa.PrimaryKeyConstraint("month", "compartment", name=op.f("pk_record_month")),
    )  # fmt: skip
    op.execute(GATHER)
    with altering("equipment_status") as batch:
        batch.add_column(sa.Column("judged_from", sa.BigInteger(), nullable=True))
    now = clock.now()
    for statement in (FROM_NOW, EVER_SPARE):
        op.get_bind().execute(sa.text(statement), {"now": now})


def downgrade() -> None:
    """Back to the one before: the record stays, and statuses judge nothing."""
    with altering("equipment_status") as batch:
        batch.drop_column("judged_from")
    op.drop_table("record_month")
