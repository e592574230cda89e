"""The tables. Times are milliseconds since 1970 by the database's clock; every table has its owner.

A set has no table of its own: it is the outputs of an `assemble` run, which shares claim, attempts, retries and
events with every other run.
"""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

pictures = sa.Table(
    "pictures",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("width", sa.Integer, nullable=False),
    sa.Column("height", sa.Integer, nullable=False),
    sa.Column("box", sa.JSON, nullable=False),
    sa.Column("background", sa.String(16), nullable=False),
    sa.Column("source", sa.JSON, nullable=False),
    sa.Column("cutout", sa.JSON, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("crop", sa.String(48), nullable=False, server_default=""),  # the box's edges; empty for all of it
    sa.Column("thumbnail", sa.JSON),
    sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),  # as counted in `stored_bytes`
    sa.UniqueConstraint("owner", "sha256", "crop"),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("picture_id", sa.String(40), nullable=False, index=True),
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    sa.Column("deleted_at", sa.BigInteger),  # 0 once its removal has begun, which nothing takes back
    sa.Index(
        "ix_jobs_deleted_at",
        "deleted_at",
        sqlite_where=sa.text("deleted_at IS NOT NULL"),
        postgresql_where=sa.text("deleted_at IS NOT NULL"),
    ),
)

actions = sa.Table(
    "actions",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("job_id", sa.String(40), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("direction", sa.JSON, nullable=False),
    sa.Column("label", sa.String(200), nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("selected", sa.JSON, nullable=False),
    sa.Column("edit_id", sa.String(40)),
    sa.Column("failure", sa.JSON),
    sa.UniqueConstraint("job_id", "position"),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("job_id", sa.String(40), nullable=False, index=True),
    sa.Column("action_id", sa.String(40), nullable=False),  # empty for assemble
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("target", sa.String(40), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("lane", sa.String(16), nullable=False),
    sa.Column("made_from", sa.JSON),
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("backend", sa.String(40), nullable=False),
    sa.Column("model", sa.String(80), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("losses", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("claim_id", sa.String(80), nullable=False),
    # When the newest attempt loses its hold. Of an ended run: empty once the store has nothing of it but its result.
    sa.Column("lease_until", sa.BigInteger),
    sa.Column("deadline_at", sa.BigInteger),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("published_at", sa.BigInteger),
    sa.Column("stream_seq", sa.BigInteger),  # where the task stream holds the last message about it
    sa.Column("progress", sa.Float, nullable=False),
    sa.Column("takes", sa.Integer, nullable=False),
    sa.Column("manifest", sa.JSON),
    sa.Column("outputs", sa.JSON),
    sa.Column("thumbnail", sa.String(200), nullable=False),
    sa.Column("details", sa.JSON),
    sa.Column("failure", sa.JSON),
    sa.Column("seconds", sa.Float, nullable=False),  # of a worker's time that its result took
    sa.Column("claimed_at", sa.BigInteger),  # when the present attempt began
    sa.Column("wasted", sa.Float, nullable=False, server_default="0"),  # seconds of attempts that came to nothing
    sa.Column(
        "dead_letter", sa.String(12), nullable=False, server_default=""
    ),  # a failed run: open, replayed, discarded
    sa.Column("bytes", sa.BigInteger, nullable=False, server_default="0"),  # of its outputs, as in `stored_bytes`
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
    sa.UniqueConstraint("job_id", "action_id", "stage", "target", "number"),
    sa.Index("ix_runs_state_lease_until", "state", "lease_until"),
    sa.Index("ix_runs_owner_state_stage_ended_at", "owner", "state", "stage", "ended_at"),
    sa.Index(  # what a relay steps through, from owner to owner
        "ix_runs_waiting",
        "stage",
        "lane",
        "owner",
        "published_at",
        "id",
        "not_before",
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    ),
    sa.Index(
        "ix_runs_dead_letter",
        "dead_letter",
        "owner",
        "id",
        sqlite_where=sa.text("dead_letter <> ''"),
        postgresql_where=sa.text("dead_letter <> ''"),
    ),
)

arrangements = sa.Table(
    "arrangements",
    metadata,
    sa.Column("job_id", sa.String(40), primary_key=True),
    sa.Column("target", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("action_ids", sa.JSON, nullable=False),
    sa.Column("tab_action_id", sa.String(40), nullable=False),
)

edits = sa.Table(
    "edits",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("job_id", sa.String(40), nullable=False),
    sa.Column("action_id", sa.String(40), nullable=False, index=True),
    sa.Column("stage", sa.String(16), nullable=False, server_default="matte"),
    sa.Column("base_run", sa.Integer, nullable=False),
    sa.Column("base_take", sa.Integer, nullable=False, server_default="1"),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("cursor", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)

operations = sa.Table(
    "operations",
    metadata,
    sa.Column("edit_id", sa.String(40), primary_key=True),
    sa.Column("id", sa.Integer, primary_key=True),  # in the order of appending; rows are never changed but `dropped`
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("dropped", sa.Boolean, nullable=False),
)

events = sa.Table(
    "events",
    metadata,
    sa.Column("job_id", sa.String(40), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("action_id", sa.String(40), nullable=False),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("target", sa.String(40), nullable=False),
    sa.Column("run", sa.Integer, nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("run_id", sa.String(40), nullable=False, index=True),
    sa.Column("headers", sa.JSON, nullable=False),
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("published_at", sa.BigInteger),
    sa.Index("ix_outbox_published_at_not_before", "published_at", "not_before"),
)

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("scope", sa.String(80), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("reply", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False, index=True),
)

reservations = sa.Table(  # requests with a key of their sender's
    "reservations",
    metadata,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("route", sa.String(120), primary_key=True),
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False),
    sa.Column("holder", sa.String(64), nullable=False),
    sa.Column("lease_until", sa.BigInteger, nullable=False),
    sa.Column("status", sa.Integer),  # of the reply; empty while somebody is at work
    sa.Column("headers", sa.JSON),
    sa.Column("body", sa.LargeBinary),
    sa.Column("created_at", sa.BigInteger, nullable=False, index=True),
)

job_summaries = sa.Table(
    "job_summaries",
    metadata,
    sa.Column("job_id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("thumbnail", sa.JSON, nullable=False),
    sa.Column("actions", sa.JSON, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("updated_at", sa.BigInteger, nullable=False),
    sa.Column("picture_id", sa.String(40), nullable=False, server_default=""),
    sa.Column("folded", sa.String(200), nullable=False, server_default=""),  # the name as search compares it
    # All that a list is chosen by, so that only the rows of the page itself are read.
    sa.Index("ix_job_summaries_listed", "owner", "deleted", "job_id", "state", "folded"),
)

owners = sa.Table(  # only those who differ from the rest
    "owners",
    metadata,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("weight", sa.Integer, nullable=False, server_default="1"),  # turns per round of taking turns
    sa.Column("created_at", sa.BigInteger, nullable=False),
    # Limits: empty is what the settings say, 0 is none.
    sa.Column("requests_per_s", sa.Float),
    sa.Column("jobs_in_flight", sa.Integer),
    sa.Column("worker_seconds_per_day", sa.Float),
    sa.Column("stored_bytes", sa.BigInteger),
)

rates = sa.Table(  # of owners whose requests per second are limited
    "rates",
    metadata,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("full_at", sa.BigInteger, nullable=False),  # microseconds since 1970: when nothing of it is used any more
)

stored_bytes = sa.Table(  # a running sum of the `bytes` of an owner's pictures and runs
    "stored_bytes",
    metadata,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
)

worker_seconds = sa.Table(  # the ledger: rows are only ever added; they outlive the runs they tell of
    "worker_seconds",
    metadata,
    sa.Column("run_id", sa.String(40), primary_key=True),
    sa.Column("attempt", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(8), primary_key=True),  # useful, wasted
    sa.Column("at", sa.BigInteger, primary_key=True),  # when they ended
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("job_id", sa.String(40), nullable=False),
    sa.Column("stage", sa.String(16), nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Index("ix_worker_seconds_owner_at", "owner", "at", "seconds"),  # with all that a sum needs
)

worker_hours = sa.Table(  # the ledger summed up
    "worker_hours",
    metadata,
    sa.Column("owner", sa.String(64), primary_key=True),
    sa.Column("hour", sa.Integer, primary_key=True),  # since 1970
    sa.Column("stage", sa.String(16), primary_key=True),
    sa.Column("runs", sa.Integer, nullable=False),  # that succeeded
    sa.Column("useful", sa.Float, nullable=False),
    sa.Column("wasted", sa.Float, nullable=False),
    sa.Index("ix_worker_hours_hour", "hour"),
)

keys = sa.Table(
    "keys",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("scope", sa.String(8), nullable=False),
    sa.Column("digest", sa.String(64), nullable=False),  # HMAC-SHA256 of its secret part, never the secret
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ends_at", sa.BigInteger),  # when it expires, or was revoked
    sa.Column("revoked", sa.Boolean, nullable=False),
    sa.Index("ix_keys_owner_id", "owner", "id"),
)

audit = sa.Table(  # rows are only ever added; they outlive what they tell of
    "audit",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("what", sa.String(40), nullable=False),
    sa.Column("subject", sa.String(80), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Index("ix_audit_owner_id", "owner", "id"),
)

webhooks = sa.Table(
    "webhooks",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("types", sa.JSON, nullable=False),
    sa.Column("salts", sa.JSON, nullable=False),  # of the secrets that sign, newest first, with when each ends
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("reason", sa.String(200), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("answered_at", sa.BigInteger),
    sa.Index("ix_webhooks_owner_id", "owner", "id"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.String(40), primary_key=True),  # `webhook-id`
    sa.Column("owner", sa.String(64), nullable=False),
    sa.Column("webhook_id", sa.String(40), nullable=False),
    sa.Column("job_id", sa.String(40), nullable=False, index=True),  # empty for what concerns the endpoint itself
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),  # the fencing token: it only rises
    sa.Column("tries", sa.Integer, nullable=False),  # that failed since `since`
    sa.Column("losses", sa.Integer, nullable=False),  # attempts since `since` of which nobody told the end
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("error", sa.String(200), nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("since", sa.BigInteger, nullable=False),  # when its day of attempts began
    sa.Column("not_before", sa.BigInteger, nullable=False),
    sa.Column("lease_until", sa.BigInteger),
    sa.Column("ended_at", sa.BigInteger),
    sa.Index("ix_deliveries_webhook_id_id", "webhook_id", "id"),
    sa.Index(  # what claims look through
        "ix_deliveries_waiting",
        "not_before",
        "webhook_id",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    ),
)
