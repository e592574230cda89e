"""Which model makes the mattes: the one that the settings name, or the best that is usable here.

`auto` is for one machine. It takes Triton where one is configured, else BiRefNet where torch and weights are there,
else `classic`, and says so in the log.
"""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from popcon.catalog import models
from popcon.catalog.models import Model
from popcon.errors import InvalidRequest, PopconError, WeightsUnusable
from popcon.models import digest, folder
from popcon.telemetry import log
from services.matting.alpha import AlphaBackend
from services.matting.settings import MattingSettings

if TYPE_CHECKING:
    from services.matting.birefnet.network import BiRefNet

PREFERRED = ("toonout", "birefnet", "birefnet-lite")
"""Known models, the best for drawn characters first."""


async def open_models(settings: MattingSettings) -> list[AlphaBackend]:
    """The models to use, warm; none means `classic`. Raises what keeps the named backend from working."""
    match settings.matting_backend:
        case "triton":
            return [await _triton(settings)]
        case "birefnet":
            return [await _birefnet(settings)]
        case "classic":
            return []
        case "auto":
            return await _best(settings)


async def _best(settings: MattingSettings) -> list[AlphaBackend]:
    for name, wanted, open_ in (("triton", _triton_missing, _triton), ("birefnet", _birefnet_missing, _birefnet)):
        missing = wanted(settings)
        if not missing:
            try:
                backend = await open_(settings)
            except PopconError as error:
                missing = error.message
            else:
                log.info("matting by the best backend here", backend=name, **_told(backend))
                return [backend]
        log.info("a matting backend is not usable here", backend=name, because=missing)
    log.info("matting by the best backend here", backend="classic")
    return []


def _told(backend: AlphaBackend) -> dict[str, str]:
    about = backend.describe()
    return {"model": about.model, "device": about.device}


def _triton_missing(settings: MattingSettings) -> str:
    return "" if settings.triton_url else "POPCON_TRITON_URL names no server"


def _birefnet_missing(settings: MattingSettings) -> str:
    if not (find_spec("torch") and find_spec("safetensors")):
        return 'torch is not installed: .venv/bin/pip install -c constraints.txt -e ".[birefnet]"'
    if not settings.matting_model and _pulled() is None:
        return f"no weights are here: popcon models pull {PREFERRED[0]}"
    return ""


async def _triton(settings: MattingSettings) -> AlphaBackend:
    from services.matting.triton import TritonBackend

    if missing := _triton_missing(settings):
        raise InvalidRequest(f"The triton backend is not usable: {missing}.")
    backend = TritonBackend(settings.triton_url, settings.triton_model)
    await backend.open()
    return backend


async def _birefnet(settings: MattingSettings) -> AlphaBackend:
    if missing := _birefnet_missing(settings):
        raise WeightsUnusable(f"The birefnet backend is not usable: {missing}.")
    # Torch's threads spin while they wait, which on cores that other services share makes it many times slower.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    from services.matting.birefnet import precision, weights
    from services.matting.birefnet.backend import BiRefNetBackend

    pulled = _pulled()
    name = settings.matting_model or (pulled.name if pulled else "")
    device = _device(settings, cuda=torch.cuda.is_available())
    on_cpu = device == "cpu"
    if on_cpu:
        # A stack gives every service one thread; this one has all the work now.
        torch.set_num_threads(len(os.sched_getaffinity(0)))
    path, model = weights.locate(name)
    order = None if settings.matting_patch_order == "auto" else settings.matting_patch_order
    dtype = precision.named(settings.matting_dtype, device)
    network = weights.load(name, dtype=dtype, device=device, patch_order=order)
    # A CPU gains nothing by batches.
    backend = BiRefNetBackend(network, model or _own(path, network), 1 if on_cpu else settings.matting_batch)
    await backend.open()
    return backend


def _device(settings: MattingSettings, *, cuda: bool) -> str:
    """Where to run; `cuda`: whether there is such a device."""
    device = settings.matting_device
    if device == "auto":
        return "cuda" if cuda else "cpu"
    if device != "cpu" and not cuda:
        raise InvalidRequest(f"There is no CUDA device here for {device}; set POPCON_MATTING_DEVICE to cpu or auto.")
    return device


def _pulled() -> Model | None:
    here = folder.user_folder()
    return next((models.MODELS[name] for name in PREFERRED if here.has(models.MODELS[name])), None)


def _own(path: Path, network: "BiRefNet") -> Model:
    """A file that popcon does not know, taken for a usual one."""
    return Model(
        name=path.stem,
        hub_id="",
        revision="",
        file=path.name,
        sha256=digest.sha256(path),
        size=path.stat().st_size,
        variant=network.variant,
        patch_order=network.decoder.patch_order,
        licence="",
    )
