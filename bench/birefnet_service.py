"""Mattes through the whole service against the bare network, in one run: `python bench/birefnet_service.py`.

Sixteen clients call `Matte` over gRPC on a real socket: a PNG in, its alpha as a PNG out, decoding and encoding
included. On a CUDA device the network is the large one at 1024 x 1024 in float16; elsewhere a small one, which shows
what the service adds.
"""

import argparse
import asyncio
import io
import sys
import time
from pathlib import Path

import numpy as np
import torch
from PIL import Image

sys.path[:0] = [str(Path(__file__).parents[1]), str(Path(__file__).parent)]

from birefnet_gpu import random_network

import machine
from popcon import rpc, server
from popcon.catalog.models import Model
from popcon.config import GrpcSettings
from popcon.imaging.arrays import Pixels
from popcon.v1 import matting_pb2 as pb
from popcon.v1 import matting_pb2_grpc
from services.matting.birefnet.backend import BiRefNetBackend
from services.matting.birefnet.matter import Matter
from services.matting.birefnet.network import ARCHITECTURES, Architecture
from services.matting.birefnet.weights import prepare
from services.matting.engine import Engine
from services.matting.servicer import NAMES, Mattings

CLIENTS = 16
SMALL = Architecture(24, (2, 2, 2, 2), (1, 2, 2, 4), 7)


def character(side: int) -> Pixels:
    """A picture that compresses like a drawing, not like noise."""
    y, x = np.mgrid[:side, :side] / side
    picture = np.full((side, side, 3), 255, np.uint8)
    picture[np.hypot(x - 0.5, y - 0.55) < 0.35] = (250, 190, 90)
    picture[np.hypot(x - 0.4, y - 0.45) < 0.05] = (40, 30, 30)
    picture[np.hypot(x - 0.6, y - 0.45) < 0.05] = (40, 30, 30)
    return picture


def encoded(picture: Pixels) -> bytes:
    out = io.BytesIO()
    Image.fromarray(picture).save(out, "PNG")
    return out.getvalue()


def bare(matter: Matter, picture: Pixels, batch: int, seconds: float) -> float:
    """Pictures per second of the network with its resizes and copies, in full batches."""
    for _ in range(2):
        matter.mattes([picture] * batch)
    began, done = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        matter.mattes([picture] * batch)
        done += batch
    return done / (time.perf_counter() - began)


async def served(backend: BiRefNetBackend, picture: Pixels, seconds: float) -> tuple[float, list[float]]:
    """Pictures per second through the service, and the seconds of each call."""
    servicer, service = Mattings(Engine([backend])), server.Service("bench", GrpcSettings(log_level="WARNING"))
    register = lambda each: matting_pb2_grpc.add_MattingServiceServicer_to_server(servicer, each)  # noqa: E731
    request = pb.MatteRequest(image=encoded(picture), output=pb.MATTE_OUTPUT_ALPHA)
    took: list[float] = []
    async with service.grpc("127.0.0.1:0", NAMES, register) as port:

        async def client(until: float) -> None:
            async with rpc.connect(f"127.0.0.1:{port}") as channel:
                stub = matting_pb2_grpc.MattingServiceStub(channel)
                while time.perf_counter() < until:
                    began = time.perf_counter()
                    await rpc.call(stub.Matte, request, timeout_s=60)
                    took.append(time.perf_counter() - began)

        began = time.perf_counter()
        await asyncio.gather(*(client(began + seconds) for _ in range(CLIENTS)))
        return len(took) / (time.perf_counter() - began), sorted(took)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each of the two is measured")
    seconds = parser.parse_args().seconds
    on_gpu = torch.cuda.is_available()
    side, batch = (1024, 8) if on_gpu else (128, 4)
    network = prepare(
        random_network(ARCHITECTURES["large"] if on_gpu else SMALL),
        torch.float16 if on_gpu else torch.float32,
        "cuda" if on_gpu else "cpu",
    )
    model = Model("bench", "", "", "", "", 0, "large", "colour-first", side=side)
    picture = character(side)
    backend = BiRefNetBackend(network, model, batch)
    await backend.open()
    alone = bare(Matter(network, side), picture, batch, seconds)
    per_second, took = await served(backend, picture, seconds)
    await backend.close()
    rows = [
        [f"bare network, batches of {batch}, pictures/s", f"{alone:.1f}", ""],
        [f"service, {CLIENTS} clients, pictures/s", f"{per_second:.1f}", f"{per_second / alone:.2f}"],
        ["service, p50 of a call, ms", f"{took[len(took) // 2] * 1000:.0f}", ""],
        ["service, p95 of a call, ms", f"{took[int(len(took) * 0.95)] * 1000:.0f}", ""],
    ]
    what = "the large network" if on_gpu else "a small network"
    body = f"{what} at {side} x {side}, on {network.bb.patch_embed.proj.weight.device}.\n\n"
    body += machine.table(["what", "figure", "ratio to the bare network"], rows)
    machine.write("birefnet_service", "Mattes through the whole service", body)


if __name__ == "__main__":
    asyncio.run(main())
