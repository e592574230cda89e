"""Crops, pace and search"""

import sqlalchemy as sa
from alembic import op

from services.orchestrator.summaries import fold

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("pictures") as pictures:
        pictures.add_column(sa.Column("crop", sa.String(length=48), nullable=False, server_default=""))
        pictures.add_column(sa.Column("thumbnail", sa.JSON(), nullable=True))
        pictures.drop_constraint("uq_pictures_owner_sha256", type_="unique")
        pictures.create_unique_constraint("uq_pictures_owner_sha256_crop", ["owner", "sha256", "crop"])
    op.create_index("ix_runs_owner_state_stage_ended_at", "runs", ["owner", "state", "stage", "ended_at"])
    op.add_column("job_summaries", sa.Column("picture_id", sa.String(length=40), nullable=False, server_default=""))
    op.add_column("job_summaries", sa.Column("folded", sa.String(length=200), nullable=False, server_default=""))
    _fill()
    with op.batch_alter_table("job_summaries") as summaries:
        summaries.drop_index("ix_job_summaries_owner_deleted_job_id")
        summaries.drop_index("ix_job_summaries_owner_state_job_id")
        summaries.create_index("ix_job_summaries_listed", ["owner", "deleted", "job_id", "state", "folded"])


def _fill() -> None:
    """What the summaries of earlier jobs lack."""
    connection = op.get_bind()
    jobs = sa.table("jobs", sa.column("id"), sa.column("name"), sa.column("picture_id"))
    summaries = sa.table("job_summaries", sa.column("job_id"), sa.column("picture_id"), sa.column("folded"))
    for job in connection.execute(sa.select(jobs)).all():
        values = {"picture_id": job.picture_id, "folded": fold(job.name)}
        connection.execute(sa.update(summaries).where(summaries.c.job_id == job.id).values(**values))
