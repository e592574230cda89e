"""A Triton model repository around the network: the server's half of backend `triton`."""

import json
import re
import string
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import safetensors.torch

from popcon.errors import InvalidRequest, NotFound
from popcon.models import digest
from services.matting.birefnet import checkpoint, weights
from services.matting.birefnet.checkpoint import Checkpoint
from services.matting.birefnet.graphs import BUCKETS
from services.matting.birefnet.network import ARCHITECTURES, Architecture
from services.matting.birefnet.patches import PatchOrder

Device = Literal["gpu", "cpu"]
Dtype = Literal["auto", "float32", "float16", "bfloat16"]

TEMPLATE = Path(__file__).parents[2] / "deploy" / "triton" / "template"
"""What every repository is made from; deploy/triton/README.md tells what it promises."""

_SIDE = 1024
_WHITE = (255, 255, 255)
_WARM_UP = """\
  {{
    name: "{size}"
    batch_size: {size}
    inputs {{ key: "PICTURE" value {{ data_type: TYPE_UINT8 dims: [ {side}, {side}, 3 ] zero_data: true }} }}
  }}"""


@dataclass(frozen=True)
class Network:
    """What runs. `model`: a known model's name, else the file's. `digest`: SHA-256 of the file of weights, hex. `side`:
    of the square that the network sees, pixels. `background`: RGB, 0..255, that pictures with alpha are put on."""

    model: str
    variant: str
    digest: str
    architecture: Architecture
    patch_order: PatchOrder
    side: int = _SIDE
    background: tuple[int, int, int] = _WHITE


@dataclass(frozen=True)
class Serving:
    """How it runs. `dtype`: of the weights; "auto" is what is quickest where the server runs. `max_batch`: 1 to 16
    pictures. `max_waiting`: requests of each lane that may wait; more are refused."""

    device: Device = "gpu"
    dtype: Dtype = "auto"
    max_batch: int = 8
    max_waiting: int = 128

    def __post_init__(self) -> None:
        if not 1 <= self.max_batch <= BUCKETS[-1]:
            raise InvalidRequest(f"A batch has 1 to {BUCKETS[-1]} pictures, not {self.max_batch}.", field="max_batch")


def export(
    path_or_hub_id: str | Path,
    out: Path,
    serving: Serving | None = None,
    name: str = "",
    patch_order: PatchOrder | None = None,
) -> Path:
    """Makes a model that Triton serves as it is, and returns its folder, `out/name`.

    Args:
        path_or_hub_id: a file of weights, a folder with model.safetensors, or the name or hub id of a known model that
            is on this machine. Weights that are no known model's are run at 1024 px, with white behind them.
        out: the model repository: it is made where there is none, and may hold other models.
        serving: how the server runs it; on a GPU where nothing is said.
        name: of the model in the repository; the known model's, or the file's, where none is given.
        patch_order: the order of the input patches; where none is named, as `weights.load` finds it.

    Raises:
        WeightsUnusable: the weights are missing, damaged or not a BiRefNet's.
        InvalidRequest: the repository has such a model already, or the name is none for a folder.
        NotFound: popcon was installed without its folder deploy.
    """
    path, model = weights.locate(path_or_hub_id)
    stored = checkpoint.read(path)
    network = Network(
        model=model.name if model else path.stem,
        variant=stored.variant,
        digest=model.sha256 if model else digest.sha256(path),
        architecture=ARCHITECTURES[stored.variant],
        patch_order=patch_order or weights.choose_order(model, stored.tensors)[0],
        side=model.side if model else _SIDE,
        background=model.background if model else _WHITE,
    )
    return write(out, name or network.model, stored, network, serving or Serving())


def write(out: Path, name: str, stored: Checkpoint, network: Network, serving: Serving) -> Path:
    """The same of weights that have been read, and of any architecture. The model is in `out` whole or not at all.

    Raises:
        WeightsUnusable: the weights do not fit the architecture.
        InvalidRequest, NotFound: as `export`.
    """
    folder = _free(out, name)
    weights.assemble(stored, network.architecture, network.patch_order)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".") as unfinished:
        made = Path(unfinished) / name
        (made / "1").mkdir(parents=True)
        (made / "config.pbtxt").write_text(configuration(name, network, serving))
        (made / "1" / "model.py").write_text(_template("1/model.py"))
        safetensors.torch.save_file(dict(stored.tensors), made / "1" / "model.safetensors")
        (made / "1" / "model.safetensors").chmod(0o644)  # the server may be another user
        made.rename(folder)
    return folder


def configuration(name: str, network: Network, serving: Serving) -> str:
    """The model's config.pbtxt. What the network is stands in its parameter `network`, as JSON, for the model and for
    the backend."""
    # A GPU captures each size of batch once; a CPU has nothing to prepare but its first run.
    sizes = [size for size in BUCKETS if size <= serving.max_batch] if serving.device == "gpu" else [1]
    return string.Template(_template("config.pbtxt")).substitute(
        name=name,
        max_batch=serving.max_batch,
        preferred=", ".join(map(str, sorted({max(1, serving.max_batch // 2), serving.max_batch}))),
        max_waiting=serving.max_waiting,
        kind=f"KIND_{serving.device.upper()}",
        warm_ups=",\n".join(_WARM_UP.format(size=size, side=network.side) for size in sizes),
        network=_quoted(json.dumps(asdict(network) | {"dtype": serving.dtype})),
    )


def _free(out: Path, name: str) -> Path:
    if not re.fullmatch(r"\w[\w.-]*", name):
        raise InvalidRequest(
            f"{name!r} cannot be the name of a model; take letters, digits, dots and dashes.", field="name"
        )
    folder = out / name
    if folder.exists():
        raise InvalidRequest(f"{folder} is there already; remove it, or choose another folder or name.", field="out")
    return folder


def _template(name: str) -> str:
    try:
        return (TEMPLATE / name).read_text()
    except FileNotFoundError as error:
        raise NotFound(f"{error.filename} is missing; export models from a checkout of popcon.") from error


def _quoted(text: str) -> str:
    """A string of a .pbtxt."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
