"""Every subcommand with its options and help. What they do is in the module of the same name."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from popcon import errors
from popcon.catalog import limits
from popcon.cli.dead_letters_app import letters_app
from popcon.cli.keys_app import keys_app
from popcon.cli.options import Data
from popcon.cli.owners_app import owners_app

INTERRUPTED = 130
_USAGE = (errors.InvalidRequest, errors.TooLarge, errors.UnsupportedMedia, errors.NotFound)


class _Group(TyperGroup):
    """Prints popcon's errors as one sentence, never as a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except errors.PopconError as error:
            typer.secho(error.message, err=True, fg=typer.colors.RED)
            usage = isinstance(
                error, errors.InvalidRequest | errors.TooLarge | errors.UnsupportedMedia | errors.NotFound
            )
            raise typer.Exit(2 if usage else 1) from None


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    help="One picture of a character in, a set of animated emoji that chat platforms accept out.",
    epilog="Begin with: **popcon make cat.png --out emoji**",
)


@app.command(epilog="Examples: **popcon up** · **popcon up --data /srv/popcon --port 9000**")
def up(
    data: Data = None,
    port: Annotated[
        int | None,
        typer.Option(help="Port of the REST API. Default: 8400, or the next free one.", show_default=False),
    ] = None,
) -> None:
    """Runs the whole of popcon on this machine until Ctrl-C.

    NATS and every service run as processes of their own. Their common log is shown here and kept in the data folder.
    """
    import asyncio

    from popcon.cli import up as command

    raise typer.Exit(asyncio.run(command.up(data, port)))


@app.command(
    epilog=(
        "Examples: **popcon make cat.png --out emoji** · **popcon make cat.png --actions joy,cry,love --target web "
        "--out emoji** · **popcon make cat.png --review --takes 3 --out emoji**"
    )
)
def make(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the emoji and zips go.")],
    picture: Annotated[
        Path | None, typer.Argument(metavar="PICTURE", help="The character: PNG, JPEG, WebP, GIF, BMP or TIFF.")
    ] = None,
    actions: Annotated[
        str, typer.Option(metavar="A,B,…", help="Presets, in order; see popcon presets. Default: a set of eight.")
    ] = "",
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="T", help="Platform, may be repeated; see popcon targets. Default: line-emoji."),
    ] = None,
    takes: Annotated[int, typer.Option(min=1, max=4, help="Start frames to choose from, per action.")] = 1,
    review: Annotated[bool, typer.Option("--review", help="Ask me about the start frames before going on.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, help="Equal seeds give equal emoji.")] = 0,
    strength: Annotated[
        float, typer.Option(min=limits.STRENGTH_MIN, max=limits.STRENGTH_MAX, help="How far the character moves.")
    ] = 1.0,
    speed: Annotated[
        float,
        typer.Option(min=limits.SPEED_MIN, max=limits.SPEED_MAX, help="How fast, as near as whole seconds allow."),
    ] = 1.0,
    name: Annotated[str, typer.Option(help="Name of the job. Default: the picture's.", show_default=False)] = "",
    resume: Annotated[
        str, typer.Option(metavar="JOB", help="Go on with a job of popcon jobs; its failed actions are tried again.")
    ] = "",
    data: Data = None,
) -> None:
    """Makes a set of emoji from a picture.

    Uses the popcon that runs on the data folder, or starts one and stops it afterwards. Leaves each emoji in
    DIR/TARGET/ and one zip per target in DIR. Exits with 0 when all are done and 1 when some failed.
    """
    from popcon.cli import make as command

    order = command.Order(
        picture=picture,
        actions=tuple(part.strip() for part in actions.split(",") if part.strip()),
        targets=tuple(target or ()),
        takes=takes,
        review=review,
        seed=seed,
        strength=strength,
        speed=speed,
        name=name,
        out=out,
        data=data,
        resume=resume,
    )
    raise typer.Exit(command.make(order))


@app.command(epilog="Examples: **popcon jobs** · **popcon jobs --state failed --state partial**")
def jobs(
    state: Annotated[
        list[str] | None,
        typer.Option(metavar="S", help="Only jobs in this state, e.g. done; may be repeated.", show_default=False),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, newest first.")] = 50,
    data: Data = None,
) -> None:
    """Lists past and present jobs."""
    from popcon.cli import jobs as command

    raise typer.Exit(command.jobs(data, state or [], limit))


@app.command(epilog="Examples: **popcon check emoji/line-emoji.zip** · **popcon check pack.zip --target web**")
def check(
    pack: Annotated[Path, typer.Argument(metavar="PACK.zip", help="A finished pack, made by whomever.")],
    target: Annotated[
        str, typer.Option(metavar="T", help="Platform; see popcon targets. Default: what the pack looks like.")
    ] = "",
) -> None:
    """Verifies a pack against its platform's rules by decoding it.

    Names every rule that does not hold. Exits with 0 when all hold and 1 when one does not.
    """
    from popcon.cli import check as command

    raise typer.Exit(command.check(pack, target))


@app.command(
    epilog=(
        "Examples: **popcon pack wave/*.png --target discord-emoji** · **popcon pack wave.webp love.png --target "
        "line-emoji --target whatsapp --out packs** · **popcon pack wave/*.png --fps 12 --name Wave**"
    )
)
def pack(
    frames: Annotated[
        list[Path],
        typer.Argument(
            metavar="FRAMES",
            help="Still pictures with alpha, the frames of one emoji in order; or animations, or folders of frames.",
        ),
    ],
    target: Annotated[
        list[str] | None,
        typer.Option(metavar="T", help="Platform, may be repeated; see popcon targets. Default: line-emoji."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the emoji and zips go.")] = Path("emoji"),
    name: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Of each emoji in order. Default: its file's.", show_default=False),
    ] = None,
    fps: Annotated[str, typer.Option(metavar="N", help="Frames a second, e.g. 12 or 30000/1001.")] = "",
    seconds: Annotated[str, typer.Option(metavar="S", help="How long one play lasts, instead of --fps.")] = "",
) -> None:
    """Packs frames or animations of yours, without a job and without anything running.

    Still pictures become one emoji; each animation (APNG, WebP, GIF, WebM) and each folder of frames becomes one.
    Backgrounds should be transparent, and the frame after the last is the first. Platforms that want whole seconds get
    the nearest.

    Leaves each emoji in DIR/TARGET/ and one zip per target in DIR, and checks it as popcon check does: exits with 0
    when every rule holds and with 1 when one does not.
    """
    from popcon.cli import check

    command = check.packaging("popcon.cli.pack")
    names = tuple(name or ())
    order = command.Order(tuple(frames), tuple(target or ("line-emoji",)), names, fps, seconds, out)
    raise typer.Exit(command.pack(order))


@app.command()
def usage(
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days, today the last one.")] = 30,
    data: Data = None,
) -> None:
    """Shows what was made by day and stage, how long workers took for it, and what of the limits is used."""
    from popcon.cli import usage as command

    raise typer.Exit(command.usage(data, days))


@app.command()
def presets() -> None:
    """Lists the actions that popcon knows."""
    from popcon.cli import catalog

    catalog.presets()


@app.command()
def targets() -> None:
    """Lists the platforms that popcon makes packs for, with their rules."""
    from popcon.cli import catalog

    catalog.targets()


models_app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Weights of the matting models on this machine."
)
app.add_typer(models_app, name="models")


@models_app.command("list")
def models_list() -> None:
    """Lists the models that popcon knows, their licences, and which are here."""
    from popcon.cli import models

    models.list_()


@models_app.command("pull", epilog="Examples: **popcon models pull toonout** · **popcon models pull birefnet-lite**")
def models_pull(name: Annotated[str, typer.Argument(metavar="NAME", help="A model; see popcon models list.")]) -> None:
    """Downloads a model's weights, once, and checks that they are the pinned file.

    They go to POPCON_MODELS_DIR, or popcon/models in your user data folder. HF_ENDPOINT names a mirror of the hub.
    """
    from popcon.cli import models

    models.pull_(name)


@models_app.command("verify")
def models_verify(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="A model. Default: all that are here.")] = "",
) -> None:
    """Compares weights that are here with their pinned SHA-256. Exits with 1 when one differs."""
    from popcon.cli import models

    raise typer.Exit(models.verify(name))


@models_app.command("export", epilog="Example: **popcon models export toonout --out repository**")
def models_export(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A .safetensors, .pth or .pt file, or a model's name.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The model repository; made where there is none.")],
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Its name on the server. Default: the model's.", show_default=False)
    ] = "",
    on_cpu: Annotated[bool, typer.Option("--cpu", help="For a server without a GPU.")] = False,
) -> None:
    """Makes a model that a Triton server serves as it is; deploy/triton/README.md tells how."""
    from popcon.cli import models

    models.export(file, out, name, on_cpu)


@models_app.command(
    "inspect", epilog="Examples: **popcon models inspect own.pth** · **popcon models inspect toonout --look**"
)
def models_inspect(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A .safetensors, .pth or .pt file, or a model's name.")],
    look: Annotated[
        bool, typer.Option("--look", help="Also matte a drawn picture in both patch orders; takes about a minute.")
    ] = False,
) -> None:
    """Tells what a file of weights is, without running any code in it, and whether it loads.

    The patch order is how the network wants the picture cut up; files do not say which of two they were trained with.
    Where the filters do not tell either, the order in which the matte of --look is less off is the right one.
    """
    from popcon.cli import models

    models.inspect(file, look)


app.add_typer(keys_app, name="keys")
app.add_typer(owners_app, name="owners")
app.add_typer(letters_app, name="dead-letters")

bench_app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Measure popcon, from a clone of it.")
app.add_typer(bench_app, name="bench")


@bench_app.callback()
def bench() -> None:
    """Measure popcon, from a clone of it."""


@bench_app.command(
    "matting",
    epilog="Examples: **popcon bench matting** · **popcon bench matting --cases 40 --methods published,popcon**",
)
def bench_matting(
    split: Annotated[str, typer.Option(metavar="S", help="test: cases that tuning never saw; or tune.")] = "test",
    cases: Annotated[int, typer.Option(min=1, help="How many frames.")] = 400,
    clips: Annotated[int, typer.Option(min=0, help="How many clips.")] = 24,
    methods: Annotated[str, typer.Option(metavar="M,N,…", help="What is compared. Default: all.")] = "",
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the page goes.")] = Path("bench-matting"),
    keep: Annotated[bool, typer.Option("--keep", help="Write the tables to bench/results as well.")] = False,
) -> None:
    """Compares ways to bring effects back into a model's matte, on drawn frames with known truth.

    Prints the tables and writes a page with pictures, worst cases first.
    """
    from popcon.cli import bench as command

    command.matting(split, cases, clips, methods, out, keep)
