"""Dead letters, worker seconds, turns and audit

Only adds, with defaults: the release before this one works on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("runs", sa.Column("claimed_at", sa.BigInteger(), nullable=True))
    op.add_column("runs", sa.Column("wasted", sa.Float(), nullable=False, server_default="0"))
    op.add_column("runs", sa.Column("dead_letter", sa.String(length=12), nullable=False, server_default=""))
    _create_owners()
    _create_audit()
    _index("ix_runs_dead_letter", "runs", ["dead_letter", "owner", "id"], "dead_letter <> ''")
    waiting = ["stage", "lane", "owner", "published_at", "id", "not_before"]
    _index("ix_runs_waiting", "runs", waiting, "state = 'queued'")
    op.create_index("ix_jobs_picture_id", "jobs", ["picture_id"])
    _index("ix_jobs_deleted_at", "jobs", ["deleted_at"], "deleted_at IS NOT NULL")


def _create_owners() -> None:
    op.create_table(
        "owners",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_owners")),
    )


def _create_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_owner_id", "audit", ["owner", "id"])


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    """An index of the few rows that a condition holds for."""
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
