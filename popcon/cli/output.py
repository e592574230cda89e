"""What commands say to people."""

import sys

from rich.console import Console
from rich.table import Table


class Output:
    """Standard output, with bars and colour where it is a terminal."""

    def __init__(self) -> None:
        # A pipe has no width; wrapping at 80 would break paths and tables apart.
        width = None if sys.stdout.isatty() else 200
        self.console = Console(file=sys.stdout, width=width, highlight=False, markup=False, soft_wrap=True)

    @property
    def live(self) -> bool:
        """Whether it is a terminal that can be redrawn."""
        return self.console.is_terminal

    def say(self, text: str, style: str | None = None) -> None:
        """One line."""
        self.console.print(text, style=style)

    def table(self, *columns: str, rows: list[list[str]]) -> None:
        """A table without frame."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            table.add_column(column)
        for row in rows:
            table.add_row(*row)
        self.console.print(table)
