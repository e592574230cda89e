"""What must hold of the state store when nothing moves any more, asked in SQL: there are far too many rows to read."""

from bench.load.rig import Rig

_RESTING = "('awaiting_review', 'awaiting_refine', 'done', 'failed', 'cancelled')"
_SLOT = "job_id, action_id, stage, target"

QUESTIONS = {
    "actions stuck": f"SELECT count(*) FROM actions WHERE state NOT IN {_RESTING}",
    "actions that are not done": "SELECT count(*) FROM actions WHERE state <> 'done'",
    "runs that have not ended": "SELECT count(*) FROM runs WHERE state IN ('queued', 'running')",
    "runs counted twice": (
        f"SELECT count(*) FROM (SELECT 1 FROM events WHERE type = 'run.succeeded' GROUP BY {_SLOT}, run "
        "HAVING count(*) > 1) twice"
    ),
    "runs that succeeded without an event": (
        "SELECT count(*) FROM runs WHERE state = 'succeeded' AND action_id <> '' AND NOT EXISTS "
        "(SELECT 1 FROM events WHERE events.job_id = runs.job_id AND events.action_id = runs.action_id "
        "AND events.stage = runs.stage AND events.target = runs.target AND events.run = runs.number "
        "AND events.type = 'run.succeeded')"
    ),
    "attempts that are not counted": (
        f"SELECT count(*) FROM runs JOIN (SELECT {_SLOT}, run AS number, count(*) AS begun FROM events "
        f"WHERE type = 'run.started' GROUP BY {_SLOT}, run) told USING ({_SLOT}, number) WHERE begun <> attempt"
    ),
    "jobs whose events have gaps": (
        "SELECT count(*) FROM jobs JOIN (SELECT job_id, count(*) AS events, max(seq) AS last FROM events "
        "GROUP BY job_id) told ON told.job_id = jobs.id WHERE last <> last_seq OR events <> last_seq"
    ),
    "jobs whose summary is wrong": (
        "SELECT count(*) FROM job_summaries WHERE state <> 'done' AND NOT EXISTS "
        "(SELECT 1 FROM actions WHERE actions.job_id = job_summaries.job_id AND actions.state <> 'done')"
    ),
    "tasks that nobody published": (
        "SELECT count(*) FROM outbox WHERE published_at IS NULL AND EXISTS "
        "(SELECT 1 FROM runs WHERE runs.id = outbox.run_id AND runs.state = 'queued')"
    ),
}


async def breaches(rig: Rig, accepted: int) -> dict[str, int]:
    """How many of each there are that must not be. `accepted`: jobs that the API said yes to."""
    found = {name: int((await rig.rows(query))[0][0]) for name, query in QUESTIONS.items()}
    (kept,) = await rig.rows("SELECT count(*) FROM jobs")
    return {"jobs lost": max(accepted - int(kept[0]), 0), **found}
