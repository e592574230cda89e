"""Measures the studio's pages: `python bench/studio.py`; `--keep` writes the page of results.

Each page is opened by a browser of its own, which has nothing cached, against the whole stack with one finished job.
Told are the files of the page, their bytes before and after compression, and what the page asks of the API. The limit
beside them is 200 KB for everything that a visitor can load in one language, before compression.
"""

import argparse
import asyncio
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from playwright.async_api import Browser, Response, async_playwright

import machine
from popcon import rest
from popcon.client import Popcon
from popcon.stack import Folder, Stack

CHROMIUM = "/usr/bin/chromium"
PICTURE = Path(__file__).parents[1] / "examples" / "penguin.png"
LIMIT = 200_000
QUIET_MS = 1500
_MEDIA = re.compile(r"/v1/(artifacts/|presets/[^/]+/sample)")


@dataclass
class Page:
    """What opening a page loads. `calls`: of the API, without pictures and samples, which are `media`."""

    path: str
    files: dict[str, tuple[int, int]] = field(default_factory=dict)
    calls: int = 0
    streams: int = 0
    media: int = 0

    async def heard(self, answer: Response) -> None:
        path = answer.url.split("/", 3)[3]
        if path.endswith("/events") or "/events?" in path:
            self.streams += 1
        elif _MEDIA.match("/" + path):
            self.media += 1
        elif path.startswith("v1/"):
            self.calls += 1
        else:
            sizes = await answer.request.sizes()
            self.files[path] = len(await answer.body()), sizes["responseBodySize"]


async def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--keep", action="store_true", help="write bench/results/studio.md")
    keep = options.parse_args().keep
    with tempfile.TemporaryDirectory(prefix="popcon-bench-") as folder:
        async with Stack(Folder(Path(folder))) as stack:
            await stack.wait_ready()
            url = f"http://{stack.addresses.gateway}"
            job = await asyncio.to_thread(_made, url)
            text = _told(await _opened(url, job))
    if keep:
        machine.write("studio", "The studio's pages", text)
    else:
        print(text)


def _made(url: str) -> rest.Job:
    with Popcon(url) as client:
        made = client.create_job(client.upload_picture(PICTURE).id, ["joy"], targets=["web"], name="Pip")
        for _ in client.events(made.id):
            if (job := client.job(made.id)).state is rest.JobState.DONE:
                return job
    raise RuntimeError("the job did not end")


async def _opened(url: str, job: rest.Job) -> list[Page]:
    refine = f"/jobs/{job.id}/{job.actions[0].id}/refine"
    paths = {
        "Create": "/",
        "Review": f"/jobs/{job.id}",
        "Refine": refine,
        "Pack": f"/jobs/{job.id}/pack",
        "Archive": "/archive",
    }
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        pages = [await _open(browser, url, name, path) for name, path in paths.items()]
        await browser.close()
    return pages


async def _open(browser: Browser, url: str, name: str, path: str) -> Page:
    context = await browser.new_context(base_url=url, locale="en-GB")
    tab, page = await context.new_page(), Page(name)
    hearing: list[asyncio.Task[None]] = []
    tab.on("response", lambda answer: hearing.append(asyncio.create_task(page.heard(answer))))
    await tab.goto(path)
    await tab.wait_for_timeout(QUIET_MS)
    await asyncio.gather(*hearing)
    await context.close()
    return page


def _told(pages: list[Page]) -> str:
    rows: list[list[object]] = [
        [page.path, len(page.files), *_sums(page.files), page.calls, page.streams, page.media] for page in pages
    ]
    # The shell is the same under every address.
    every = {
        path: size for page in pages for path, size in page.files.items() if not path or path.startswith("studio/")
    }
    plain, packed = (sum(sizes) for sizes in zip(*every.values(), strict=True))
    header = ["page", "files", "KB", "KB compressed", "API requests", "event streams", "pictures"]
    verdict = "within" if plain < LIMIT else "OVER"
    return (
        f"{machine.table(header, rows)}\n\nAll pages together: {len(every)} files, {plain / 1e3:.1f} KB before "
        f"compression ({verdict} {LIMIT / 1e3:.0f} KB), {packed / 1e3:.1f} KB after."
    )


def _sums(files: dict[str, tuple[int, int]]) -> tuple[str, str]:
    plain, packed = (sum(sizes) for sizes in zip(*files.values(), strict=True))
    return f"{plain / 1e3:.1f}", f"{packed / 1e3:.1f}"


if __name__ == "__main__":
    asyncio.run(main())
