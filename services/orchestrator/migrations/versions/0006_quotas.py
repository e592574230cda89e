"""Limits of owners, the ledger of worker seconds, stored bytes

Only adds, with defaults: the release before this one works on. What it does meanwhile is in no sum.
"""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_PAGE = 1000


def upgrade() -> None:
    for name, kind in (
        ("requests_per_s", sa.Float()),
        ("jobs_in_flight", sa.Integer()),
        ("worker_seconds_per_day", sa.Float()),
        ("stored_bytes", sa.BigInteger()),
    ):
        op.add_column("owners", sa.Column(name, kind, nullable=True))
    for table in ("runs", "pictures"):
        op.add_column(table, sa.Column("bytes", sa.BigInteger(), nullable=False, server_default="0"))
    _create_sums()
    _create_ledger()
    _fill_bytes("runs", ["manifest", "outputs"], "state = 'succeeded'", lambda row: [row.manifest, *row.outputs])
    _fill_bytes("pictures", ["source", "cutout", "thumbnail"], "", lambda row: [row.source, row.cutout, row.thumbnail])
    for statement in _FILL:
        op.execute(statement)


def _create_sums() -> None:
    op.create_table(
        "rates",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("full_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_rates")),
    )
    op.create_table(
        "stored_bytes",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("owner", name=op.f("pk_stored_bytes")),
    )


def _create_ledger() -> None:
    op.create_table(
        "worker_seconds",
        sa.Column("run_id", sa.String(length=40), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.String(length=40), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "attempt", "kind", "at", name=op.f("pk_worker_seconds")),
    )
    op.create_index("ix_worker_seconds_owner_at", "worker_seconds", ["owner", "at", "seconds"])
    op.create_table(
        "worker_hours",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("useful", sa.Float(), nullable=False),
        sa.Column("wasted", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("owner", "hour", "stage", name=op.f("pk_worker_hours")),
    )
    op.create_index("ix_worker_hours_hour", "worker_hours", ["hour"])


def _fill_bytes(name: str, columns: list[str], of: str, artifacts: Callable[[Any], list[Any]]) -> None:
    """Sizes stand in JSON, which every database reads in a way of its own."""
    table = sa.table(name, sa.column("id"), sa.column("bytes"), *(sa.column(each, sa.JSON()) for each in columns))
    page = sa.select(table).where(sa.text(of)).order_by(table.c.id).limit(_PAGE)
    fill = sa.update(table).where(table.c.id == sa.bindparam("at_id")).values(bytes=sa.bindparam("sum"))
    last = ""
    while rows := op.get_bind().execute(page.where(table.c.id > last)).all():
        sums = [{"at_id": row.id, "sum": sum(each.get("size", 0) for each in artifacts(row) if each)} for row in rows]
        op.get_bind().execute(fill, sums)
        last = rows[-1].id


_FILL = (
    "INSERT INTO worker_seconds (run_id, attempt, kind, at, owner, job_id, stage, seconds) SELECT id, attempt, "
    "'useful', COALESCE(ended_at, created_at), owner, job_id, stage, seconds FROM runs WHERE state = 'succeeded'",
    "INSERT INTO worker_seconds (run_id, attempt, kind, at, owner, job_id, stage, seconds) SELECT id, attempt, "
    "'wasted', COALESCE(ended_at, created_at), owner, job_id, stage, wasted FROM runs WHERE wasted > 0",
    "INSERT INTO worker_hours (owner, hour, stage, runs, useful, wasted) SELECT owner, at / 3600000, stage, "
    "SUM(CASE WHEN kind = 'useful' THEN 1 ELSE 0 END), SUM(CASE WHEN kind = 'useful' THEN seconds ELSE 0 END), "
    "SUM(CASE WHEN kind = 'wasted' THEN seconds ELSE 0 END) FROM worker_seconds GROUP BY owner, at / 3600000, stage",
    "INSERT INTO stored_bytes (owner, bytes) SELECT owner, SUM(bytes) FROM "
    "(SELECT owner, bytes FROM runs UNION ALL SELECT owner, bytes FROM pictures) AS kept GROUP BY owner",
)
