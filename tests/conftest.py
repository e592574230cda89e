"""What holds for every test."""

import os

import hypothesis
import structlog

# Torch's threads spin while they wait: on small networks and shared cores they cost more than they bring.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Machines that run tests are shared: a slow example is no wrong one.
hypothesis.settings.register_profile("popcon", deadline=None, print_blob=True)
hypothesis.settings.load_profile("popcon")

# Plain lines: structlog's own default draws every traceback, which takes seconds.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.KeyValueRenderer(key_order=["level", "event"]),
    ]
)
