"""`preview.html`: the set as a chat would show it, for people. No scripts, and nothing from anywhere else.

Pictures are named relatively: the page belongs beside the files of the set.
"""

from functools import cache
from pathlib import Path

import jinja2

from popcon.catalog.target import Target
from services.packaging.record import PackRecord

_TEMPLATE = Path(__file__).with_name("preview.html")
_SAID = 3  # messages of the chat; the rest of the set is below it


def preview_page(told: PackRecord, target: Target) -> bytes:
    """The page of a set whose files are recorded in `told`; UTF-8. The same record gives the same bytes."""
    emoji = [file for file in told.files if file.role == "emoji"]
    extras = [file for file in told.files if file.role != "emoji"]
    in_text, alone = target.shown
    page = _template().render(
        told=told,
        emoji=emoji,
        extras=extras,
        said=emoji[:_SAID],
        in_text=in_text,
        alone=alone,
        quality=any(file.rung for file in emoji),
        measured=any(file.ssim is not None for file in emoji),
        total=sum(file.bytes for file in told.files),
    )
    return page.encode()


@cache
def _template() -> jinja2.Template:
    # Labels are anybody's words, so everything that is put into the page is escaped.
    settings = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return settings.from_string(_TEMPLATE.read_text("utf-8"))
