"""Programs that a test starts: none is waited for without an end, and none outlives its test."""

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

LIMIT = 300  # seconds after which a program is ended, whatever a test still expects of it
QUIET = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "-1", "PYTHONIOENCODING": "utf-8"}
PIPES = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}

running = []  # (how to end it, its timer)


def python(*argv, env=None, **more):
    """Start Python with these arguments: a Popen whose streams are pipes unless told otherwise."""
    argv, env = [sys.executable, *map(str, argv)], os.environ | QUIET | (env or {})
    process = subprocess.Popen(argv, env=env, **(PIPES | more))

    def end():
        if process.poll() is None:
            process.kill()

    _register(end, process.communicate)
    return process


def watch(pid):
    """Watch over a process that was forked; reap(pid) waits for it."""

    def end():
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    _register(end, lambda: reap(pid))


def reap(pid):
    """The exit code of a forked process, once it has ended; None if it was asked for before."""
    with suppress(ChildProcessError):
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _register(end, wait):
    timer = threading.Timer(LIMIT, end)
    timer.daemon = True
    timer.start()
    running.append((timer, end, wait))


def end_all():
    """End whatever still runs."""
    while running:
        timer, end, wait = running.pop()
        timer.cancel()
        end()
        with suppress(ValueError):  # its pipes were read and closed already
            wait()
