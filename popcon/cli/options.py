"""Options that several subcommands have."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="Data folder. Default: popcon in your user data folder.", show_default=False
    ),
]
