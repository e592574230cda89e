"""popcon's network in Triton's Python backend. Requests of a batch carry pictures of any sizes."""

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# Some builds of the Python backend start an interpreter that ignores PYTHONPATH.
sys.path[1:1] = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))

import torch  # noqa: E402
import triton_python_backend_utils as pb_utils  # noqa: E402
from torch.utils.dlpack import from_dlpack  # noqa: E402

from services.matting.batching.device import BrokenDevice, compute  # noqa: E402
from services.matting.birefnet import checkpoint, precision, weights  # noqa: E402
from services.matting.birefnet.matter import Matter, Pixels, Plane  # noqa: E402
from services.matting.birefnet.network import Architecture  # noqa: E402


class TritonPythonModel:
    """What the backend looks for in this file."""

    def initialize(self, args: dict[str, str]) -> None:
        network = json.loads(json.loads(args["model_config"])["parameters"]["network"]["string_value"])
        stored = checkpoint.read(Path(args["model_repository"]) / args["model_version"] / "model.safetensors")
        assembled = weights.assemble(stored, Architecture(**network["architecture"]), network["patch_order"])
        device = f"cuda:{args['model_instance_device_id']}" if args["model_instance_kind"] == "GPU" else "cpu"
        dtype = precision.named(network["dtype"], device)
        self._matter = Matter(weights.prepare(assembled, dtype, device), network["side"])

    def execute(self, requests: Sequence[Any]) -> list[Any]:
        given = [_pictures(request) for request in requests]
        try:
            made = iter(compute(self._matter.mattes, [picture for pictures in given for picture in pictures]).outcomes)
        except BrokenDevice:
            # The server would go on with a model that never answers again. Whoever keeps it starts another.
            os.kill(os.getppid(), signal.SIGTERM)
            raise
        return [_response([next(made) for _ in pictures]) for pictures in given]


# Tensors travel by DLPack, alike for every NumPy: the backend's own arrays go wrong with a NumPy it was not built for.


def _pictures(request: Any) -> list[Pixels]:
    return list(from_dlpack(pb_utils.get_input_tensor_by_name(request, "PICTURE").to_dlpack()).numpy())


def _response(outcomes: Sequence[Plane | Exception]) -> Any:
    """The answer to a request. Its pictures are of one size."""
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            return pb_utils.InferenceResponse(error=pb_utils.TritonError(str(outcome)))
    alphas = torch.stack([torch.from_numpy(outcome) for outcome in outcomes])
    return pb_utils.InferenceResponse([pb_utils.Tensor.from_dlpack("ALPHA", alphas)])
