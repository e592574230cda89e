"""The subcommands of `popcon dead-letters` with their options and help."""

from typing import Annotated

import typer

from popcon.cli.options import Data

letters_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Runs that failed for good: look into them, do them again."
)
Runs = Annotated[list[str] | None, typer.Argument(metavar="RUN", help="Runs of popcon dead-letters list.")]
Every = Annotated[bool, typer.Option("--all", help="Every open one instead.")]
OfStage = Annotated[str, typer.Option("--stage", metavar="S", help="Only this stage, e.g. matte.", show_default=False)]


@letters_app.command(
    "list", epilog="Examples: **popcon dead-letters list** · **popcon dead-letters list --state replayed**"
)
def dead_letters_list(
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="S", help="open, replayed or discarded; may be repeated.", show_default="open"),
    ] = None,
    stage: OfStage = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    data: Data = None,
) -> None:
    """Lists runs that failed for good."""
    from popcon.cli import dead_letters

    raise typer.Exit(dead_letters.list_(data, state or [], stage, limit))


@letters_app.command("show")
def dead_letters_show(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run of popcon dead-letters list.")], data: Data = None
) -> None:
    """Tells why a run failed, what it was made from and what happened to it."""
    from popcon.cli import dead_letters

    raise typer.Exit(dead_letters.show(data, run))


@letters_app.command(
    "replay",
    epilog="Examples: **popcon dead-letters replay run_019a…** · **popcon dead-letters replay --all --stage matte**",
)
def dead_letters_replay(runs: Runs = None, every: Every = False, stage: OfStage = "", data: Data = None) -> None:
    """Does the work again, as new runs. Exits with 1 when one of them cannot be done again."""
    from popcon.cli import dead_letters

    raise typer.Exit(dead_letters.replay(data, runs or [], every, stage))


@letters_app.command(
    "discard", epilog="Examples: **popcon dead-letters discard run_019a…** · **popcon dead-letters discard --all**"
)
def dead_letters_discard(runs: Runs = None, every: Every = False, stage: OfStage = "", data: Data = None) -> None:
    """Puts them away; what failed stays failed. Exits with 1 when one of them cannot be put away."""
    from popcon.cli import dead_letters

    raise typer.Exit(dead_letters.discard(data, runs or [], every, stage))
