"""How long jobs took from the moment at which they were accepted, by the database's own times."""

from dataclasses import dataclass

from bench.load.rig import Rig

_DONE = """
    SELECT jobs.owner, jobs.created_at, max(runs.ended_at) AS ended_at
    FROM jobs JOIN runs ON runs.job_id = jobs.id JOIN job_summaries ON job_summaries.job_id = jobs.id
    WHERE job_summaries.state = 'done' AND jobs.created_at >= $1
    GROUP BY jobs.id ORDER BY jobs.id
"""


@dataclass(frozen=True)
class Done:
    """A job that ended, its set too. Times: milliseconds since 1970."""

    owner: str
    accepted_at: int
    done_at: int

    @property
    def took_s(self) -> float:
        """Seconds from acceptance until it was done."""
        return (self.done_at - self.accepted_at) / 1000


async def done(rig: Rig, since: int = 0) -> list[Done]:
    """The jobs accepted since then that are done, oldest first."""
    return [Done(row["owner"], row["created_at"], row["ended_at"]) for row in await rig.rows(_DONE, since)]


async def now(rig: Rig) -> int:
    """The database's time, milliseconds since 1970."""
    (row,) = await rig.rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now")
    return int(row["now"])
