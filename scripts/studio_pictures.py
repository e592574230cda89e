"""Takes pictures of every page of the studio: `python scripts/studio_pictures.py FOLDER`.

A stack of its own makes a few jobs; each page is taken at a laptop's and a phone's width, light and dark.
"""

import argparse
import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, async_playwright

from popcon import rest
from popcon.client import Popcon
from popcon.stack import Folder, Stack

CHROMIUM = "/usr/bin/chromium"
EXAMPLES = Path(__file__).parents[1] / "examples"
SIZES = {"laptop": (1280, 860), "phone": (360, 780)}
ACTIONS = ["joy", "laugh", "cry", "angry", "love", "surprise", "sleep", "wave"]
SETTLED_MS = 2500


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("folder", type=Path)
    folder: Path = options.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(_taken(folder))


async def _taken(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="popcon-pictures-") as data:
        async with Stack(Folder(Path(data))) as stack:
            await stack.wait_ready()
            url = f"http://{stack.addresses.gateway}"
            await _take(url, await asyncio.to_thread(_pages, url), folder)


def _pages(url: str) -> dict[str, str]:
    """The address of each page, once there is something to see on it."""
    with Popcon(url, timeout=120) as client:
        pictures = [client.upload_picture(EXAMPLES / name).id for name in ("penguin.png", "mug.png", "bunny.jpg")]
        done = client.create_job(pictures[0], ACTIONS, name="Pip the penguin")
        _wait(client, done, rest.JobState.DONE)
        review = client.create_job(pictures[2], ACTIONS, name="Bunny", review=True)
        _wait(client, review, rest.JobState.AWAITING)
        for action in client.job(review.id).actions[:3]:
            client.approve(action)
        for number, (picture, count) in enumerate(zip(pictures * 2, (3, 5, 2, 4, 6, 1), strict=True)):
            client.create_job(
                picture, ACTIONS[number : number + count], name=f"{('Pip', 'Mug', 'Bunny')[number % 3]} {number + 1}"
            )
        refine = f"/jobs/{done.id}/{done.actions[2].id}/refine"
        return {
            "create": "/",
            "review": f"/jobs/{review.id}",
            "pack": f"/jobs/{done.id}/pack",
            "refine": refine,
            "archive": "/archive",
        }


def _wait(client: Popcon, job: rest.Job, state: rest.JobState) -> None:
    for _ in client.events(job.id):
        if client.job(job.id).state is state:
            return


async def _take(url: str, pages: dict[str, str], folder: Path) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, path in pages.items():
            for size in SIZES:
                for scheme in ("light", "dark"):
                    await _shot(browser, url + path, size, scheme, folder / f"{name}-{size}-{scheme}.webp")
        await browser.close()


async def _shot(browser: Browser, address: str, size: str, scheme: str, file: Path) -> None:
    width, height = SIZES[size]
    context = await browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
    )
    page = await context.new_page()
    await page.goto(address)
    if address.endswith("/"):
        await page.set_input_files("input[type=file]", EXAMPLES / "penguin.png")
    await page.wait_for_timeout(SETTLED_MS)
    Image.open(io.BytesIO(await page.screenshot())).save(file, quality=88, method=6)
    await context.close()


if __name__ == "__main__":
    main()
