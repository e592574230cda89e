"""Memory and seconds from a picture file of a given side to one finished loop, in a process of its own:
`python -m bench.artist.sizes 2048` prints them as JSON."""

import json
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from popcon.backend import Direction, MotionRequest, StartFrameRequest
from popcon.catalog.presets import PRESETS
from popcon.imaging.cutout import cut_out
from popcon.imaging.decode import decode_picture
from services.motion.puppet import Puppet as MotionPuppet
from services.startframe.puppet import Puppet as StartFramePuppet

ROOT = Path(__file__).parents[2]
PENGUIN = ROOT / "examples" / "penguin.png"
PRESET = PRESETS["joy"]


@dataclass(frozen=True)
class Size:
    """`idle_mb`: resident with everything imported; `peak_mb`: the most while a picture of `side` became a loop."""

    side: int
    file_mb: float
    cut_s: float
    start_frame_s: float
    motion_s: float
    idle_mb: float
    peak_mb: float


def measure(side: int) -> Size:
    """As `measured_here`, in a fresh process, whose peak is its own."""
    made = subprocess.run(
        [sys.executable, "-m", "bench.artist.sizes", str(side)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return Size(**json.loads(made.stdout))


def measured_here(side: int) -> Size:
    """The penguin as a PNG of `side` pixels, cut out, struck and moved as the services do it."""
    data = _file(side)
    idle = _memory_mb("VmRSS")
    began = time.perf_counter()
    character = cut_out(decode_picture(data)).image
    cut = time.perf_counter()
    direction = Direction(PRESET.id, PRESET.action_prompt, PRESET.effect_prompt)
    request = StartFrameRequest(character, direction, takes=1, seed=7)
    [start] = StartFramePuppet().make(request, lambda _: None, lambda: False)
    struck = time.perf_counter()
    MotionPuppet().make(MotionRequest(start.image, direction, seed=7), lambda _: None, lambda: False)
    ended = time.perf_counter()
    return Size(side, len(data) / 1e6, cut - began, struck - cut, ended - struck, idle, _memory_mb("VmHWM"))


def _file(side: int) -> bytes:
    """Made by another process, so that its memory is not counted here."""
    code = "import sys; from bench.artist.sizes import drawn; sys.stdout.buffer.write(drawn(int(sys.argv[1])))"
    return subprocess.run([sys.executable, "-c", code, str(side)], cwd=ROOT, check=True, capture_output=True).stdout


def drawn(side: int) -> bytes:
    """The penguin as a PNG of `side` pixels square."""
    picture = np.asarray(cv2.imread(str(PENGUIN), cv2.IMREAD_UNCHANGED))
    scaled = cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA if side < 768 else cv2.INTER_LINEAR)
    return bytes(cv2.imencode(".png", scaled, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes())


def _memory_mb(line: str) -> float:
    """`VmRSS`: resident now, `VmHWM`: resident at most since the process began."""
    status = dict(each.split(":", 1) for each in Path("/proc/self/status").read_text().splitlines())
    return int(status[line].split()[0]) * 1024 / 1e6


if __name__ == "__main__":
    print(json.dumps(asdict(measured_here(int(sys.argv[1])))))
