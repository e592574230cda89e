"""Free ports on the loopback address."""

import contextlib
import random
import socket
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from popcon import errors

HOST = "127.0.0.1"
GATEWAY = 8400
_LEAST = 10_000
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port: int) -> bool:
    """Whether a server could listen there now. Port 0 stands for any and is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((HOST, port))
            probe.listen()
            return True
    return False


def gateway(wanted: int | None) -> int:
    """The gateway's port: 8400 or the next free one, or exactly the one that is wanted.

    Raises `InvalidRequest` when the wanted port is taken or none.
    """
    if wanted is None:
        return next(_free_from(GATEWAY))
    if not 0 < wanted < 65_536 or not is_free(wanted):
        raise errors.InvalidRequest(
            f"Port {wanted} cannot be used on this machine; choose another, or leave --port out to get a free one.",
            field="port",
        )
    return wanted


def services(count: int) -> list[int]:
    """`count` free ports for services, neighbours where possible.

    They lie below the range that the kernel hands to outgoing connections: otherwise, while a service is being
    restarted, the connection attempts of its peers could take its port, or even connect to themselves.
    """
    top = min(_first_outgoing(), 65_000) - 4 * count
    # Two stacks that start in the same second should not look at the same ports.
    start = random.randrange(_LEAST, max(top, _LEAST + 1))  # noqa: S311 - no secret
    return list(islice(_free_from(start), count))


def _free_from(start: int) -> Iterator[int]:
    return (port for port in range(start, 65_536) if is_free(port))


def _first_outgoing() -> int:
    try:
        return int(_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 32_768  # Linux's default
