"""Edits of start frames"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Every edit there is was opened on a matte.
    with op.batch_alter_table("edits") as edits:
        edits.add_column(sa.Column("stage", sa.String(length=16), nullable=False, server_default="matte"))
        edits.add_column(sa.Column("base_take", sa.Integer(), nullable=False, server_default="1"))
