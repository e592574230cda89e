"""What a run leaves: its tables as text, and a page with the worst cases."""

from pathlib import Path

from bench import machine
from bench.matting.page import section, write_page
from bench.matting.run import Order, Progress, Report, shown, spread, worst
from bench.matting.tables import markdown, tables

TITLE = "Mattes: what each method makes of a model's"
_SHOWN = 40


def text(order: Order, report: Report) -> str:
    """Every table, as Markdown that is readable as it is."""
    parts = [markdown(table) for table in tables(report.rows, report.clips, report.times)]
    return "\n\n".join([_scope(order), *parts])


def page(order: Order, report: Report, folder: Path, progress: Progress) -> Path:
    """Writes index.html with its pictures into a folder. Returns the page."""
    pictures = folder / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.png"):
        old.unlink()
    tasks = [(order, folder, place, number) for place, number in enumerate(worst(report, _SHOWN), 1)]
    sections = dict(spread(order.workers, _draw, tasks, progress, "pictures"))
    found = tables(report.rows, report.clips, report.times)
    return write_page(folder, f"{TITLE} ({_scope(order)})", found, [sections[place] for place in sorted(sections)])


def _draw(task: tuple[Order, Path, int, int]) -> tuple[int, str]:
    order, folder, place, number = task
    return place, section(folder, place, shown(order, number))


def keep(order: Order, report: Report) -> None:
    """Keeps the tables among the repository's results, with machine and date, and prints them."""
    machine.write("matting", TITLE, text(order, report))


def _scope(order: Order) -> str:
    return f"{order.cases} cases and {order.clips} clips of the {order.split} split"
