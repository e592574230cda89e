"""The subcommands of `popcon owners` with their options and help."""

from typing import Annotated

import typer

from popcon.cli.options import Data

owners_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Owners: what each may have and use. A number, **none**, or **default** for what the settings say.",
)
Owner = Annotated[str, typer.Argument(metavar="NAME", help="Whose: an owner of popcon keys, or local.")]


@owners_app.command("show")
def owners_show(owner: Owner, data: Data = None) -> None:
    """Shows what holds for an owner."""
    from popcon.cli import owners

    raise typer.Exit(owners.show(data, owner))


@owners_app.command(
    "set",
    epilog="Examples: **popcon owners set anna --requests-per-s 5 --jobs-in-flight 20** · "
    "**popcon owners set anna --requests-per-s default**",
)
def owners_set(
    owner: Owner,
    requests_per_s: Annotated[
        str | None, typer.Option(metavar="N", help="Requests per second, over ten seconds.", show_default=False)
    ] = None,
    jobs_in_flight: Annotated[
        str | None, typer.Option(metavar="N", help="Jobs with a run queued or running.", show_default=False)
    ] = None,
    worker_seconds_per_day: Annotated[
        str | None, typer.Option(metavar="N", help="Worker seconds within 24 hours.", show_default=False)
    ] = None,
    stored_bytes: Annotated[
        str | None, typer.Option(metavar="N", help="Bytes of pictures and of what runs made.", show_default=False)
    ] = None,
    weight: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="Turns per round where owners take turns.", show_default=False),
    ] = None,
    data: Data = None,
) -> None:
    """Sets what holds for an owner; what is not named stays. Keys feel a new rate within five seconds."""
    from popcon.cli import owners

    limits = {
        "requests_per_s": requests_per_s,
        "jobs_in_flight": jobs_in_flight,
        "worker_seconds_per_day": worker_seconds_per_day,
        "stored_bytes": stored_bytes,
    }
    raise typer.Exit(owners.set_(data, owner, weight, {name: said for name, said in limits.items() if said}))
