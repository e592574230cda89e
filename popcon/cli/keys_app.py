"""The subcommands of `popcon keys` with their options and help."""

from typing import Annotated

import typer

from popcon.cli.options import Data

keys_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="API keys: who may use a popcon that asks for them (**POPCON_KEYS=true popcon up**).",
)
KeyId = Annotated[str, typer.Argument(metavar="KEY", help="A key of popcon keys list.")]
OfOwner = Annotated[str, typer.Option("--owner", metavar="NAME", help="Whose keys: a-z, 0-9 and . _ - .")]


@keys_app.command(
    "create",
    epilog="Examples: **popcon keys create** · **popcon keys create --owner anna --scope read --days 30 --name ci**",
)
def keys_create(
    owner: OfOwner = "local",
    scope: Annotated[
        str, typer.Option(metavar="S", help="read, write or admin; each may do what the last may.")
    ] = "write",
    name: Annotated[str, typer.Option(help="For people, as: build server.")] = "",
    days: Annotated[int, typer.Option(min=0, max=3650, help="Days until it ends; 0 for never.")] = 0,
    data: Data = None,
) -> None:
    """Makes a key and prints it, this once. What is made with it belongs to its owner; other owners do not see it."""
    from popcon.cli import keys

    raise typer.Exit(keys.create(data, owner, scope, name, days))


@keys_app.command("list")
def keys_list(owner: OfOwner = "local", data: Data = None) -> None:
    """Lists an owner's keys, without their secrets."""
    from popcon.cli import keys

    raise typer.Exit(keys.list_(data, owner))


@keys_app.command("rotate")
def keys_rotate(
    key: KeyId,
    owner: OfOwner = "local",
    hours: Annotated[int, typer.Option(min=0, max=720, help="Hours that the old one is still good for.")] = 24,
    data: Data = None,
) -> None:
    """Makes a key like another, which then ends after a while."""
    from popcon.cli import keys

    raise typer.Exit(keys.rotate(data, key, owner, hours))


@keys_app.command("revoke")
def keys_revoke(key: KeyId, owner: OfOwner = "local", data: Data = None) -> None:
    """Ends a key now."""
    from popcon.cli import keys

    raise typer.Exit(keys.revoke(data, key, owner))
