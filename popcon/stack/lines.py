"""One readable log out of many: JSON lines for people on the screen, and as they came in files of bounded size."""

import contextlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

FILE_MAX_BYTES = 10_000_000
_NOT_SHOWN = {"event", "level", "timestamp", "service", "trace_id", "exception", "logger"}
_NATS = re.compile(r"\[\d+\] \S+ \S+ \[(?P<level>[A-Z]{3})\] (?P<event>.*)")
_NATS_LEVELS = {"WRN": "warning", "ERR": "error", "FTL": "critical"}
_COLOURS = {"warning": "33", "error": "31", "critical": "31"}
_NAME_WIDTH = 12


def note(message: str, **values: object) -> str:
    """A line of the supervisor's own, in the form of the services' lines."""
    now = datetime.now(UTC).isoformat()
    return json.dumps({"event": message, "level": "warning", "timestamp": now, **values}, default=str)


def render(service: str, line: str, colour: bool = False) -> str | None:
    """`HH:MM:SS service  message key=value`, local time, a traceback below it; None for a line not worth showing."""
    fields = _fields(service, line)
    if fields is None:
        return None
    level = str(fields.get("level", "info"))
    values = " ".join(f"{key}={_value(value)}" for key, value in fields.items() if key not in _NOT_SHOWN)
    message = str(fields.get("event", ""))
    shown = [
        _paint(_clock(fields.get("timestamp")), "2", colour),
        _paint(f"{fields.get('service', service)!s:<{_NAME_WIDTH}}", "36", colour),
        _paint(message, _COLOURS.get(level, "0"), colour),
    ]
    if values:
        shown.append(_paint(values, "2", colour))
    trace = str(fields.get("exception", "")).strip()
    below = [f"    {row}" for row in trace.splitlines()]
    return "\n".join([" ".join(shown), *below])


def _fields(service: str, line: str) -> dict[str, Any] | None:
    if service == "nats":
        found = _NATS.match(line)
        # What nats-server says in good health is for its file.
        if found is None or found["level"] not in _NATS_LEVELS:
            return None
        return {"event": found["event"], "level": _NATS_LEVELS[found["level"]]}
    try:
        fields = json.loads(line)
    except ValueError:
        fields = None
    if isinstance(fields, dict):
        return fields
    return {"event": line.rstrip()} if line.strip() else None


def _clock(timestamp: object) -> str:
    try:
        at = datetime.fromisoformat(str(timestamp))
    except ValueError:
        at = datetime.now(UTC)
    return at.astimezone().strftime("%H:%M:%S")


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return json.dumps(text) if " " in text or not text else text


def _paint(text: str, code: str, colour: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colour and code != "0" else text


class Screen:
    """Writes lines for people to a stream, in colour where it is a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._colour = stream.isatty()

    def __call__(self, service: str, line: str) -> None:
        shown = render(service, line, self._colour)
        if shown is not None:
            # A closed terminal is no reason to stop the services.
            with contextlib.suppress(OSError, ValueError):
                print(shown, file=self._stream, flush=True)


class LogFile:
    """Lines as they came. At `max_bytes` the file becomes `<name>.1` and a new one begins: two files at most."""

    def __init__(self, path: Path, max_bytes: int = FILE_MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._file = path.open("ab")

    def write(self, line: str) -> None:
        """Appends a line. A full disk loses it: logs never stop the work."""
        with contextlib.suppress(OSError):
            self._file.write(line.encode(errors="replace") + b"\n")
            self._file.flush()
            if self._file.tell() >= self._max_bytes:
                self._turn()

    def close(self) -> None:
        self._file.close()

    def _turn(self) -> None:
        self._file.close()
        self._path.replace(self._path.with_name(self._path.name + ".1"))
        self._file = self._path.open("ab")
