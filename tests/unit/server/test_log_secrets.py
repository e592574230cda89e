"""No secret is in a log, whoever tried to write it there."""

import subprocess
import sys

import pytest

KEY = "popcon_" + "0123456789abcdef" * 2 + "_" + "s3cret-" * 6 + "x"
SECRETS = {
    "key": (KEY, "s3cret"),
    "header": (f"Authorization: Bearer {KEY}", "s3cret"),
    "token": ("eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzM2NyZXQifQ.c2lnbmF0dXJl", "eyJzdWIi"),
    "opaque": ("authorization: bearer s3cret-opaque-token", "s3cret"),
    "webhook": ("whsec_czNjcmV0czNjcmV0czNjcmV0", "czNjcmV0"),
    "url": ("postgresql://anna:s3cret@db:5432/popcon", "s3cret"),
}
WRITE = """
import logging, sys
from popcon import telemetry
telemetry.configure("test", "DEBUG", sys.argv[2])
telemetry.log.info("seen", what=sys.argv[1])
telemetry.log.info(sys.argv[1])
logging.getLogger("library").warning("it says %s", sys.argv[1])
try:
    raise ValueError(sys.argv[1])
except ValueError:
    telemetry.log.exception("failed")
"""


@pytest.mark.parametrize("log_format", ["json", "text"])
@pytest.mark.parametrize("name", SECRETS)
def test_what_looks_like_a_secret_is_cut_out(name: str, log_format: str) -> None:
    text, secret = SECRETS[name]
    done = subprocess.run([sys.executable, "-c", WRITE, text, log_format], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) >= 4
    assert secret not in done.stderr
    assert "…" in done.stderr or "\\u2026" in done.stderr
