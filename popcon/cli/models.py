"""`popcon models`: the weights on this machine."""

import contextlib
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from popcon import errors
from popcon.catalog import models
from popcon.catalog.models import Model, PatchOrder
from popcon.cli.output import Output
from popcon.models import folder, pull
from popcon.models.folder import ModelSettings

if TYPE_CHECKING:
    from services.matting.birefnet.inspection import Findings

_SAY_EVERY_S = 10.0
_REASONS = {
    "known": "as the known file was trained",
    "told": "told from the filters",
    "assumed": "assumed, for nothing tells; compare both with --look",
}


def list_() -> None:
    """Prints every model that popcon knows, and whether it is here."""
    here = folder.user_folder()
    rows = [
        [
            model.name,
            "✓" if here.has(model) else "",
            f"{model.size / 1e6:.0f} MB",
            model.variant,
            f"{model.side} px",
            model.licence,
            model.note,
        ]
        for model in models.MODELS.values()
    ]
    output = Output()
    output.table("model", "here", "size", "network", "side", "licence", "note", rows=rows)
    output.say(f"Files lie in {here.root}. Get one with: popcon models pull NAME", "dim")


def pull_(name: str) -> None:
    """Brings a model here, and says under which licence. One that is here and right is left alone."""
    model, here, output = models.find(name), folder.user_folder(), Output()
    with contextlib.suppress(errors.WeightsUnusable, errors.ArtifactDamaged):
        output.say(f"✓ {here.verify(model)} is here already, SHA-256 as pinned.", "green")
        return
    output.say(f"{model.hub_id} at {model.revision}, licence {model.licence}. {model.note}")
    with _bar(output, model) as progress:
        path = pull.pull(model, here, ModelSettings().hub, progress)
    output.say(f"✓ {path}, SHA-256 as pinned.", "green")


def verify(name: str) -> int:
    """Compares the model, or every one that is here, with its pinned SHA-256. Returns 0 when all are right, else 1."""
    here, output = folder.user_folder(), Output()
    wanted = [models.find(name)] if name else [model for model in models.MODELS.values() if here.has(model)]
    if not wanted:
        output.say("No model is here. Get one with: popcon models pull NAME")
    failed = 0
    for model in wanted:
        try:
            output.say(f"✓ {here.verify(model)}", "green")
        except errors.PopconError as error:
            output.say(f"✗ {error.message}", "red")
            failed += 1
    return min(failed, 1)


def export(file: str, out: Path, name: str, on_cpu: bool) -> None:
    """Makes a model for Triton, and says where it is."""
    with _needing_torch():
        from services.matting.export import Serving
        from services.matting.export import export as make
    made = make(file, out, Serving("cpu" if on_cpu else "gpu"), name)
    Output().say(f"✓ {made}. Serve it with: tritonserver --model-repository={out}", "green")


@contextlib.contextmanager
def _needing_torch() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise errors.Unavailable(
            f'This needs {error.name}; run .venv/bin/pip install -c constraints.txt -e ".[birefnet]".'
        ) from error


def inspect(file: str, look: bool) -> None:
    """Prints what a file of weights is, and what its network makes of a drawn picture where that is wanted."""
    with _needing_torch():
        from services.matting.birefnet import inspection
        from services.matting.birefnet import look as looking
    output = Output()
    began = time.monotonic()
    found = inspection.inspect(file)
    for label, fact in _facts(found).items():
        output.say(f"{label:<13}{fact}")
    output.say(f"✓ It folds and loads ({time.monotonic() - began:.1f} s).", "green")
    if look:
        output.say("Looking at a drawn picture in both orders …", "dim")
        differences = looking.differences(found.network, looking.SIDE)
        output.say(f"Its matte is off by {_scores(differences, 'the less the better')}.")


def _facts(found: "Findings") -> dict[str, str]:
    pickle = found.path.suffix != ".safetensors"
    types = ", ".join(str(each).removeprefix("torch.") for each in found.dtypes)
    return {
        "file": str(found.path),
        "SHA-256": found.sha256,
        "known": f"{found.known.name}, {found.known.hub_id} at {found.known.revision}" if found.known else "no",
        "format": "PyTorch pickle, of which no code was run" if pickle else "safetensors",
        "keys": f"{found.read} read, {found.ignored} not needed",
        "numbers": f"{found.parameters:,} learned, {types}",
        "network": found.variant,
        "patch order": f"{found.patch_order}, {_REASONS[found.reason]}",
        "filters say": _scores(found.scores, "the more the likelier"),
    }


def _scores(scores: Mapping[PatchOrder, float], meaning: str) -> str:
    return ", ".join(f"{order} {score:.4f}" for order, score in scores.items()) + f" ({meaning})"


@contextlib.contextmanager
def _bar(output: Output, model: Model) -> Iterator[pull.Progress]:
    """A bar on a terminal, a line now and then elsewhere."""
    if not output.live:
        yield _lines(output, model)
        return
    columns = (BarColumn(bar_width=32), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(TextColumn("{task.description}", markup=False), *columns, console=output.console) as progress:
        task = progress.add_task(model.name, total=model.size)
        yield lambda here: progress.update(task, completed=here)


def _lines(output: Output, model: Model) -> pull.Progress:
    said = time.monotonic()

    def progress(here: int) -> None:
        nonlocal said
        if time.monotonic() - said >= _SAY_EVERY_S:
            said = time.monotonic()
            output.say(f"{model.name}: {here / 1e6:.0f} of {model.size / 1e6:.0f} MB")

    return progress
