"""The application: routes, errors, and what stands around them."""

from importlib import metadata

from fastapi import FastAPI

from services.gateway import edge, openapi, pages, problems, visitors
from services.gateway.access import Access, Tokens
from services.gateway.links import Links
from services.gateway.routes import (
    actions,
    artifacts,
    catalog,
    dead_letters,
    edits,
    events,
    jobs,
    keys,
    me,
    pace,
    pictures,
    problem_kinds,
    runs,
    sets,
    sign_in,
    studio,
    usage,
    webhooks,
)

_TAGS = [
    {"name": "pictures", "description": "Uploaded pictures, by digest."},
    {"name": "jobs", "description": "One picture and the actions asked for."},
    {"name": "actions", "description": "The emoji of a job, one by one."},
    {"name": "edits", "description": "Refine sessions: operations on a matte, applied as a new run."},
    {"name": "sets", "description": "The finished emoji of a job for one target."},
    {"name": "dead letters", "description": "Runs that failed for good."},
    {"name": "events", "description": "What happens to a job."},
    {"name": "webhooks", "description": "Endpoints that are told what happens, signed as Standard Webhooks."},
    {"name": "artifacts", "description": "Stored files."},
    {"name": "access", "description": "API keys, who asks, and what that owner used."},
    {"name": "catalog", "description": "Presets, targets, problems, and the check of a finished pack."},
]
_ROUTERS = (
    *(pictures, jobs, pace, events, actions, runs, edits, sets, dead_letters, artifacts),
    *(webhooks, keys, me, usage, catalog, problem_kinds, sign_in, studio),
)


def create_app(links: Links, *, keys_required: bool = False, tokens: Tokens | None = None) -> FastAPI:
    """The REST API in front of `links`, and the studio. It keeps nothing itself.

    `keys_required`: whether callers must show a key, or a token that `tokens` knows."""
    app = FastAPI(
        title="popcon",
        summary="One picture of a character in, a set of animated emoji that chat platforms accept out.",
        version=metadata.version("popcon"),
        openapi_url="/v1/openapi.json",
        openapi_tags=_TAGS,
        # Their pages come from a CDN, and popcon works without an internet.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.links = links
    app.state.access = Access(links, required=keys_required, tokens=tokens)
    app.state.studio = pages.load()
    for module in _ROUTERS:
        app.include_router(module.router)
    problems.install(app)
    openapi.install(app)
    app.add_middleware(edge.Bound)
    app.add_middleware(visitors.Guarded, anywhere=keys_required)
    app.add_middleware(edge.Observed)
    return app
