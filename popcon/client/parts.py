"""Calls that clients keep together under a name: `popcon.dead_letters`, `popcon.edits`, `popcon.keys`."""

from collections.abc import Iterable, Sequence

from popcon import rest
from popcon.client.calls import PAGE
from popcon.client.endpoint import Endpoint, Listed
from popcon.client.request import Listing, Page, Request, get, post


class DeadLetterCalls:
    """Runs that failed for good."""

    @Listed
    @staticmethod
    def list(
        *, state: Iterable[rest.DeadLetterState] = (), stage: rest.Stage | None = None, limit: int | None = None
    ) -> Listing[rest.DeadLetter]:
        """Newest first, at most `limit` of them, without parameters and events; pages are fetched as needed."""

        def read(content: bytes) -> Page[rest.DeadLetter]:
            page = rest.DeadLetterPage.model_validate_json(content)
            return Page(page.dead_letters, page.next_cursor)

        asked = {"state": [*state], "limit": PAGE, **({"stage": stage} if stage else {})}
        return Listing(Request("GET /v1/dead-letters", read, params=asked), limit)

    @Endpoint
    @staticmethod
    def get(run_id: str) -> Request[rest.DeadLetter]:
        """One with its parameters and what happened to it. Raises `NotFound`."""
        return get("/v1/dead-letters/{run}", rest.DeadLetter, run=run_id)

    @Endpoint
    @staticmethod
    def replay(run_id: str) -> Request[rest.DeadLetter]:
        """Has its work done again, as a new run; once. Raises `WrongState` when it was discarded."""
        return post("/v1/dead-letters/{run}/replay", rest.DeadLetter, run=run_id)

    @Endpoint
    @staticmethod
    def discard(run_id: str) -> Request[rest.DeadLetter]:
        """Puts it away; what failed stays failed. Raises `WrongState` when it was replayed."""
        return post("/v1/dead-letters/{run}/discard", rest.DeadLetter, run=run_id)


class EditCalls:
    """Refine sessions. Each change is made to an edit as it was seen and answers it as it is then; it raises
    `StaleVersion` when somebody was faster."""

    @Endpoint
    @staticmethod
    def open(
        action: rest.Action, stage: rest.EditStage = rest.EditStage.MATTE, *, run: int = 0, take: int = 0
    ) -> Request[rest.Edit]:
        """Opens an edit on the selected run of a stage, or on another; one that is open already is answered."""
        asked = rest.NewEdit(version=action.version, stage=stage, run=run, take=take)
        route = "/v1/jobs/{job}/actions/{action}/edits"
        return post(route, rest.Edit, asked, job=action.job_id, action=action.id)

    @Endpoint
    @staticmethod
    def get(edit_id: str) -> Request[rest.Edit]:
        """An edit with the operations that undo and redo can reach."""
        return get("/v1/edits/{edit}", rest.Edit, edit=edit_id)

    @Endpoint
    @staticmethod
    def append(edit: rest.Edit, operation: rest.NewOperation) -> Request[rest.Edit]:
        """Adds an operation after the cursor."""
        asked = rest.AppendedOperation(version=edit.version, operation=operation)
        return post("/v1/edits/{edit}/operations", rest.Edit, asked, edit=edit.id)

    @Endpoint
    @staticmethod
    def select(
        edit_id: str,
        points: Sequence[rest.SelectPoint],
        *,
        frame: int = 0,
        tool: rest.SelectTool = rest.SelectTool.FLOOD,
    ) -> Request[rest.Region]:
        """Finds the region of a frame that points mean; an operation may name its mask."""
        asked = rest.Pointing(frame=frame, points=[*points], tool=tool)
        return post("/v1/edits/{edit}/select", rest.Region, asked, edit=edit_id)

    @Endpoint
    @staticmethod
    def undo(edit: rest.Edit) -> Request[rest.Edit]:
        """Moves the cursor one operation back."""
        return _change(edit, "undo")

    @Endpoint
    @staticmethod
    def redo(edit: rest.Edit) -> Request[rest.Edit]:
        """Moves the cursor one operation on."""
        return _change(edit, "redo")

    @Endpoint
    @staticmethod
    def apply(edit: rest.Edit) -> Request[rest.Edit]:
        """Makes a new run of the operations up to the cursor."""
        return _change(edit, "apply")

    @Endpoint
    @staticmethod
    def discard(edit: rest.Edit) -> Request[rest.Edit]:
        """Ends the edit without a run."""
        return _change(edit, "discard")


class KeyCalls:
    """API keys of the caller's owner; these need a key with the scope `admin`."""

    @Listed
    @staticmethod
    def list(*, limit: int | None = None) -> Listing[rest.Key]:
        """Newest first, at most `limit` of them, without their secrets; also those that have ended."""

        def read(content: bytes) -> Page[rest.Key]:
            page = rest.KeyPage.model_validate_json(content)
            return Page(page.keys, page.next_cursor)

        return Listing(Request("GET /v1/keys", read, params={"limit": PAGE}), limit)

    @Endpoint
    @staticmethod
    def get(key_id: str) -> Request[rest.Key]:
        """A key, without its secret."""
        return get("/v1/keys/{key}", rest.Key, key=key_id)

    @Endpoint
    @staticmethod
    def create(name: str = "", *, scope: rest.Scope = rest.Scope.WRITE, lifetime_s: int = 0) -> Request[rest.MadeKey]:
        """Makes a key; its secret is in this answer and nowhere else. `lifetime_s`: seconds, 0 for ever."""
        return post("/v1/keys", rest.MadeKey, rest.NewKey(name=name, scope=scope, lifetime_s=lifetime_s))

    @Endpoint
    @staticmethod
    def rotate(key_id: str, *, grace_s: int = 0) -> Request[rest.MadeKey]:
        """Makes a key like another, which ends after `grace_s` seconds."""
        return post("/v1/keys/{key}/rotate", rest.MadeKey, rest.Rotation(grace_s=grace_s), key=key_id)

    @Endpoint
    @staticmethod
    def revoke(key_id: str) -> Request[rest.Key]:
        """Ends a key; it is refused within five seconds."""
        return Request("DELETE /v1/keys/{key}", rest.Key.model_validate_json, {"key": key_id})


def _change(edit: rest.Edit, verb: str) -> Request[rest.Edit]:
    return post(f"/v1/edits/{{edit}}/{verb}", rest.Edit, rest.VersionOfEdit(version=edit.version), edit=edit.id)
