"""What MkDocs builds the site with besides docs/: pages made of the contracts, and links that lead out of docs/.

Pages are made when the site is, and stored nowhere. A link to a file that is not there fails the build.
"""

import logging
import re
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT))

from mkdocs.structure.files import File, Files  # noqa: E402
from mkdocs.structure.pages import Page  # noqa: E402

from scripts.docs import grpc_page, problem_page, rest_page  # noqa: E402

log = logging.getLogger("mkdocs.hooks.popcon")

_OUT = re.compile(r"(!?)\[([^\]]*)\]\((\.\./[^)#\s]+)(#[^)\s]*)?\)")
_MEASURED = "bench/results/"


def on_files(files: Files, config: Any) -> Files:
    """Adds the references, and what was measured."""
    pages = {
        "reference/rest.md": rest_page.page(),
        "reference/grpc.md": grpc_page.page(ROOT),
        "errors.md": problem_page.page(),
    }
    for path in sorted((ROOT / "bench/results").glob("*.md")):
        pages[_MEASURED + path.name] = path.read_text()
    for name, content in pages.items():
        files.append(File.generated(config, name, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, **_: Any) -> str:
    """Has links out of docs/ lead to where the site has the same, or to nowhere: source code is no part of it."""
    folder = Path(page.file.src_uri).parent

    def turned(found: re.Match[str]) -> str:
        picture, text, target, anchor = found.groups()
        measured = page.file.src_uri.startswith(_MEASURED)
        path = ((ROOT if measured else DOCS) / folder / target).resolve()
        if path.is_relative_to(DOCS) and not measured:
            return found[0]  # MkDocs looks after these itself
        if not path.is_relative_to(ROOT) or not path.exists():
            log.warning("%s has a link to %s, which is not there", page.file.src_uri, target)
        inside = _inside(path)
        if inside is None:
            return str(text)
        up = "../" * len(folder.parts)
        return f"{picture}[{text}]({up}{inside}{anchor or ''})"

    return _OUT.sub(turned, markdown)


def _inside(path: Path) -> str | None:
    """Where the site has a file of the repository."""
    if path.is_relative_to(DOCS):
        return path.relative_to(DOCS).as_posix()
    name = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else ""
    return name if name.startswith(_MEASURED) and name.endswith(".md") else None
