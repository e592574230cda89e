"""Becomes another program that the kernel kills when its parent dies, even by kill -9.

    python -I -S leash.py PARENT PROGRAM [ARGUMENT]...

The signal is set here, between fork and exec, and not in a `preexec_fn`, which may deadlock in a process with threads;
it survives exec. The kernel watches the thread that forked, so that thread must live as long as the stack. Outside
Linux there is no such signal and the program runs without a leash.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Sequence

_PR_SET_PDEATHSIG = 1


def command(argv: Sequence[str]) -> list[str]:
    """The command that starts a program on a leash held by this process."""
    return [sys.executable, "-I", "-S", __file__, str(os.getpid()), *argv]


def main() -> None:
    parent, *argv = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != int(parent):
        sys.exit("the supervisor died before its program started")
    try:
        os.execvp(argv[0], argv)  # noqa: S606 - a fixed program of the stack, never a shell
    except OSError as error:
        sys.exit(f"{argv[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()
