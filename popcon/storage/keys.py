"""The keys of artifacts: which are allowed, and how each kind is built.

    owners/<owner>/pictures/<sha256>/<name>
    owners/<owner>/jobs/<job>/<action>/<stage>/<run>/<attempt>/…       (pack: <stage>-<target>)
    owners/<owner>/jobs/<job>/sets/<target>/<number>/<attempt>/…
    owners/<owner>/jobs/<job>/edits/<edit>/masks/<sha256>.png

Each key holds an attempt (issued to one worker) or a digest of the content (a mask is named by its digest), so two
writers never want the same key for different bytes.
"""

import re

from popcon import errors

KEY_MAX_CHARS = 512
PART_MAX_CHARS = 128
STAGES = ("startframe", "motion", "matte", "pack")

_PART = re.compile(rf"[A-Za-z0-9._=-]{{1,{PART_MAX_CHARS}}}")


def check(key: str) -> str:
    """The key itself. Raises `errors.InvalidRequest` unless it is relative, short enough and made of allowed parts."""
    if len(key) > KEY_MAX_CHARS or not all(map(_is_part, key.split("/"))):
        raise errors.InvalidRequest(
            f"{key[:80]!r} is not an artifact key; write at most {KEY_MAX_CHARS} characters: parts of 1 to "
            f"{PART_MAX_CHARS} of A-Z a-z 0-9 . _ = - (never . or ..) with / between them.",
            field="key",
        )
    return key


def join(prefix: str, *parts: str) -> str:
    """`prefix` and one part or more. Raises `errors.InvalidRequest`, also for a part with a `/` in it."""
    for part in parts:
        if not _is_part(part):
            raise errors.InvalidRequest(
                f"{part[:80]!r} is not a part of an artifact key; write 1 to {PART_MAX_CHARS} of A-Z a-z 0-9 . _ = -.",
                field="key",
            )
    return check("/".join((prefix, *parts)))


def owner_prefix(owner: str) -> str:
    """Everything of one owner."""
    return join("owners", owner)


def picture_key(owner: str, sha256: str, name: str) -> str:
    """One file of a picture: `source` as uploaded, or what was derived from it. `sha256`: of the upload, hex digits."""
    return join(owner_prefix(owner), "pictures", sha256, name)


def job_prefix(owner: str, job: str) -> str:
    """Everything of one job."""
    return join(owner_prefix(owner), "jobs", job)


def run_prefix(owner: str, job: str, action: str, stage: str, target: str, run: int) -> str:
    """All attempts of one run. `target`: "" except for `pack`. `run`: from 1."""
    if stage not in STAGES:
        raise errors.UnknownStage(f"{stage!r} is not a stage; take one of {', '.join(STAGES)}.", field="stage")
    if (stage == "pack") != bool(target):
        raise errors.InvalidRequest(
            "A pack run has a target and other runs have none; name both rightly.", field="target"
        )
    step = f"{stage}-{target}" if target else stage
    return join(job_prefix(owner, job), action, step, _number(run))


def set_prefix(owner: str, job: str, target: str, number: int) -> str:
    """All attempts at a numbered set. `number`: from 1."""
    return join(job_prefix(owner, job), "sets", target, _number(number))


def attempt_prefix(prefix: str, attempt: int) -> str:
    """The outputs of one attempt at a run or set, `manifest.json` last. `attempt`: from 1."""
    return join(prefix, _number(attempt))


def mask_key(owner: str, job: str, edit: str, sha256: str) -> str:
    """A mask of an edit. `sha256`: of its bytes, hex digits."""
    return join(job_prefix(owner, job), "edits", edit, "masks", f"{sha256}.png")


def _is_part(part: str) -> bool:
    return _PART.fullmatch(part) is not None and part not in (".", "..")


def _number(number: int) -> str:
    if number < 1:
        raise errors.InvalidRequest(f"Runs, attempts and sets are numbered from 1, not {number}.", field="key")
    return str(number)
