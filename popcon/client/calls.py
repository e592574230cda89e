"""What can be asked of a gateway, each call described once.

`Popcon` has these as methods that answer what stands in `Request[…]`, or iterate over what stands in `Listing[…]`;
those of `AsyncPopcon` are awaited, or iterated over with `async for`.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from popcon import errors, rest
from popcon.catalog import limits
from popcon.client.endpoint import Endpoint, Listed
from popcon.client.request import Listing, Page, Request, contents, get, idempotent, post

PAGE = 50


class Calls:
    """Pictures, jobs, actions, sets and the catalogue."""

    @Endpoint
    @staticmethod
    def upload_picture(picture: str | Path | bytes) -> Request[rest.Picture]:
        """Uploads a file or bytes; the same bytes again answer the same picture. Raises `PictureTooLarge`,
        `PictureUnreadable`, `PictureBlank`."""
        headers = {"Content-Type": "application/octet-stream", **idempotent()}
        body = contents(picture, limits.PICTURE_MAX_BYTES, errors.PictureTooLarge)
        return Request("POST /v1/pictures", rest.Picture.model_validate_json, content=body, headers=headers)

    @Endpoint
    @staticmethod
    def picture(picture_id: str) -> Request[rest.Picture]:
        """A picture with its cut-out and where the character is."""
        return get("/v1/pictures/{picture}", rest.Picture, picture=picture_id)

    @Endpoint
    @staticmethod
    def crop_picture(picture_id: str, box: rest.Box) -> Request[rest.Picture]:
        """Looks for the character within a box of a picture, in pixels: a picture of its own."""
        return post("/v1/pictures/{picture}/crop", rest.Picture, rest.Crop(box=box), picture=picture_id)

    @Endpoint
    @staticmethod
    def create_job(
        picture_id: str,
        actions: Sequence[str | rest.ActionSpec],
        *,
        review: bool = False,
        refine: bool = False,
        takes: int = 1,
        targets: Sequence[str] = ("line-emoji",),
        seed: int = 0,
        name: str = "",
        lane: rest.Lane = rest.Lane.BATCH,
        idempotency_key: str = "",
    ) -> Request[rest.Job]:
        """Makes a job; an action is a preset id or a spec. The same key with the same job answers the first one."""
        body = {
            "picture_id": picture_id,
            "actions": [{"preset": item} if isinstance(item, str) else item.model_dump() for item in actions],
            "options": {
                "review": review,
                "refine": refine,
                "takes": takes,
                "targets": list(targets),
                "seed": seed,
                "lane": lane,
            },
            "name": name,
        }
        return post("/v1/jobs", rest.Job, body, idempotency_key)

    @Endpoint
    @staticmethod
    def job(job_id: str) -> Request[rest.Job]:
        """A job with its actions, runs and sets. Raises `NotFound`."""
        return get("/v1/jobs/{job}", rest.Job, job=job_id)

    @Listed
    @staticmethod
    def jobs(
        *, state: Iterable[rest.JobState] = (), search: str = "", deleted: bool = False, limit: int | None = None
    ) -> Listing[rest.JobSummary]:
        """Jobs, newest first, at most `limit` of them; pages are fetched as they are needed."""

        def read(content: bytes) -> Page[rest.JobSummary]:
            page = rest.JobPage.model_validate_json(content)
            return Page(page.jobs, page.next_cursor)

        asked = {"state": [*state], "search": search, "deleted": deleted, "limit": PAGE}
        return Listing(Request("GET /v1/jobs", read, params=asked), limit)

    @Endpoint
    @staticmethod
    def approve_job(job_id: str) -> Request[rest.Job]:
        """Approves every action that awaits review."""
        return post("/v1/jobs/{job}/approve", rest.Job, job=job_id)

    @Endpoint
    @staticmethod
    def resume_job(job_id: str, stage: rest.ActionStage | None = None) -> Request[rest.Job]:
        """Restarts every action that can be, from a stage, or where each stopped."""
        return post("/v1/jobs/{job}/resume", rest.Job, rest.ResumptionOfJob(stage=stage), job=job_id)

    @Endpoint
    @staticmethod
    def cancel_job(job_id: str) -> Request[rest.Job]:
        """Stops every action that is not finished."""
        return post("/v1/jobs/{job}/cancel", rest.Job, job=job_id)

    @Endpoint
    @staticmethod
    def delete_job(job_id: str) -> Request[rest.Deleted]:
        """Hides a job and stops its work; it can be undone for 24 hours."""
        return Request("DELETE /v1/jobs/{job}", rest.Deleted.model_validate_json, {"job": job_id})

    @Endpoint
    @staticmethod
    def undelete_job(job_id: str) -> Request[rest.Job]:
        """Brings a deleted job back. Raises `NotFound` when it is gone for good."""
        return post("/v1/jobs/{job}/undelete", rest.Job, job=job_id)

    @Endpoint
    @staticmethod
    def action(job_id: str, action_id: str) -> Request[rest.Action]:
        """An action with its runs."""
        return get("/v1/jobs/{job}/actions/{action}", rest.Action, job=job_id, action=action_id)

    @Endpoint
    @staticmethod
    def approve(action: rest.Action, *, run: int = 0, take: int = 0) -> Request[rest.Action]:
        """Accepts a take of the start frames as they were seen in `action`. Raises `StaleVersion` when it moved on."""
        return _change(action, "approve", run=run, take=take)

    @Endpoint
    @staticmethod
    def regenerate(action: rest.Action, words: rest.NewWords | None = None) -> Request[rest.Action]:
        """Asks for new start frames, with new words or the old ones."""
        return _change(action, "regenerate", direction=words.model_dump() if words else None)

    @Endpoint
    @staticmethod
    def select(action: rest.Action, choice: rest.Choice) -> Request[rest.Action]:
        """Brings an earlier run or take back."""
        return _change(action, "select", selection=choice.model_dump())

    @Endpoint
    @staticmethod
    def resume(action: rest.Action, stage: rest.ActionStage | None = None) -> Request[rest.Action]:
        """Restarts an action from a stage, or where it stopped."""
        return _change(action, "resume", stage=stage)

    @Endpoint
    @staticmethod
    def skip(action: rest.Action) -> Request[rest.Action]:
        """Leaves the refine gate without an edit."""
        return _change(action, "skip")

    @Endpoint
    @staticmethod
    def cancel(action: rest.Action) -> Request[rest.Action]:
        """Stops an action."""
        return _change(action, "cancel")

    @Endpoint
    @staticmethod
    def run(run_id: str) -> Request[rest.Run]:
        """A run with all its files."""
        return get("/v1/runs/{run}", rest.Run, run=run_id)

    @Endpoint
    @staticmethod
    def sets(job_id: str) -> Request[rest.SetList]:
        """The newest set of a job per target."""
        return get("/v1/jobs/{job}/sets", rest.SetList, job=job_id)

    @Endpoint
    @staticmethod
    def set(job_id: str, target: str) -> Request[rest.EmojiSet]:
        """The newest set of a job for a target."""
        return get("/v1/jobs/{job}/sets/{target}", rest.EmojiSet, job=job_id, target=target)

    @Endpoint
    @staticmethod
    def arrange_set(
        job_id: str, target: str, action_ids: Sequence[str] = (), *, tab_action_id: str | None = None
    ) -> Request[rest.EmojiSet]:
        """Chooses the order of a set, none keeps it, and whose emoji becomes its tab image; a new set is made."""
        body = rest.Arrangement(action_ids=[*action_ids], tab_action_id=tab_action_id).model_dump()
        names = {"job": job_id, "target": target}
        read = rest.EmojiSet.model_validate_json
        return Request("PUT /v1/jobs/{job}/sets/{target}/order", read, names, json=body)

    @Endpoint
    @staticmethod
    def check(pack: str | Path | bytes, target: str = "") -> Request[rest.CheckResult]:
        """Holds a zip against the rules of a target, or of the one that it is found to be for."""
        body = contents(pack, limits.PACK_MAX_BYTES, errors.TooLarge)
        headers = {"Content-Type": "application/zip", **idempotent()}
        params = {"target": target} if target else {}
        read = rest.CheckResult.model_validate_json
        return Request("POST /v1/check", read, params=params, content=body, headers=headers)

    @Endpoint
    @staticmethod
    def presets() -> Request[list[rest.Preset]]:
        """Every preset."""
        return Request("GET /v1/presets", lambda content: rest.PresetList.model_validate_json(content).presets)

    @Endpoint
    @staticmethod
    def preset_sample(preset: str, *, side: int = 128) -> Request[bytes]:
        """A small moving sample of a preset, as WebP; `side`: 32 to 256 pixels."""
        return Request("GET /v1/presets/{preset}/sample", bytes, {"preset": preset}, {"side": side})

    @Endpoint
    @staticmethod
    def targets() -> Request[list[rest.TargetInfo]]:
        """Every target."""
        return Request("GET /v1/targets", lambda content: rest.TargetList.model_validate_json(content).targets)

    @Endpoint
    @staticmethod
    def problem(code: str) -> Request[rest.ProblemKind]:
        """What a problem means and what to do about it; the `code` of an error."""
        return get("/v1/problems/{code}", rest.ProblemKind, code=code)

    @Endpoint
    @staticmethod
    def pace() -> Request[rest.Pace]:
        """How long a run of each stage took of late, and how many runs are queued or running."""
        return get("/v1/pace", rest.Pace)

    @Endpoint
    @staticmethod
    def me() -> Request[rest.Me]:
        """Whose key this is and what it may do."""
        return get("/v1/me", rest.Me)

    @Endpoint
    @staticmethod
    def usage(since: date | None = None, until: date | None = None) -> Request[rest.Usage]:
        """What the key's owner used on some days (UTC), and has now; the last 30 days by default, at most 400."""
        asked = {name: f"{day}" for name, day in (("from", since), ("to", until)) if day}
        return get("/v1/usage", rest.Usage, asked)


def _change(action: rest.Action, verb: str, **body: Any) -> Request[rest.Action]:
    """A change names the version that was seen, so repeating it makes no second one."""
    seen = {"version": action.version, **body}
    route = f"/v1/jobs/{{job}}/actions/{{action}}/{verb}"
    return post(route, rest.Action, seen, job=action.job_id, action=action.id)
