"""What a machine's days come to by month: what to replace first asks for a year of a whole county at once."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

SQLITE = "cast(strftime('%s', day / 1000, 'unixepoch', 'start of month') as integer) * 1000"
POSTGRES = "cast(extract(epoch from date_trunc('month', to_timestamp(day / 1000) at time zone 'UTC')) as bigint) * 1000"
ADD_UP = """
insert into machine_month (equipment, month, run_ms, run_known_ms, deviation, spread_known_ms)
select equipment, month, sum(run_ms), sum(run_known_ms), sum(deviation), sum(spread_known_ms) from (
    select equipment, {month} as month, run_ms, run_known_ms, 0 as deviation, 0 as spread_known_ms
    from machine_day where basis = 'compressor'
    union all
    select compartment.equipment, {month}, 0, 0, deviation_mc * known_ms, known_ms
    from spread_day join compartment on compartment.id = spread_day.compartment
) as days group by equipment, month having sum(run_known_ms) > 0 or sum(spread_known_ms) > 0
"""


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "machine_month",
        sa.Column("equipment", sa.String(length=64), nullable=False),
        sa.Column("month", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_ms", sa.BigInteger(), nullable=False),
        sa.Column("run_known_ms", sa.BigInteger(), nullable=False),
        sa.Column("deviation", sa.BigInteger(), nullable=False),
        sa.Column("spread_known_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment"], ["equipment.code"], name=op.f("fk_machine_month_equipment_equipment")
        ),
        sa.PrimaryKeyConstraint("equipment", "month", name=op.f("pk_machine_month")),
    )  # fmt: skip
    month = SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRES
    op.execute(ADD_UP.format(month=month))


def downgrade() -> None:
    """Back to the one before: nothing is lost, for the days stay."""
    op.drop_table("machine_month")
