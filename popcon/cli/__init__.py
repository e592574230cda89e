"""The command line. Each subcommand imports what it needs when it runs, so that help and errors come at once."""

import io
import sys


def main() -> None:
    """Runs `popcon`; exits with 0, 1 (something failed) or 2 (used wrongly)."""
    from popcon.cli.app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without Unicode shows a question mark instead of ending the command.
            stream.reconfigure(errors="replace")
    app()
