"""A plugin for nbval: kernels are forked from a process that has imported the frameworks already.

Loaded by `-p tests.warm_kernels`. A notebook starts in a fraction of a second instead of seven
seconds; nothing of the book's own is imported before it. The server that forks is Python's own, of
`multiprocessing`; each process that runs tests has one, begun with its first notebook.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from importlib.metadata import EntryPoint

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

NAME = "warm"


def pytest_configure(config):
    """Let kernels that are started in this process be warm ones."""
    if sys.platform == "win32" or not config.getoption("nbval", False):
        return  # Windows cannot fork: kernels start plainly there
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:WarmProvisioner", factory.GROUP_NAME)
    factory.default_provisioner_name = NAME


class WarmProvisioner(LocalProvisioner):
    """Starts a kernel by forking, and is otherwise Jupyter's own."""

    async def launch_kernel(self, cmd, **kwargs):
        """`cmd` is `python ... -m ipykernel_launcher -f FILE`, from the kernel specification."""
        arguments = cmd[cmd.index("ipykernel_launcher") :]
        self.process = Kernel(arguments, kwargs["env"], kwargs.get("cwd") or os.getcwd())
        self.pid = self.pgid = self.process.pid
        return self.connection_info


class Kernel:
    """A forked kernel, with those methods of `subprocess.Popen` that Jupyter calls."""

    stdin = stdout = stderr = None

    def __init__(self, arguments, environment, folder):
        server = multiprocessing.get_context("forkserver")
        server.set_forkserver_preload(["tests.frameworks"])
        self.process = server.Process(target=run, args=(arguments, environment, folder))
        self.process.start()
        self.pid = self.process.pid

    def poll(self):
        """None while it runs, then how it ended."""
        return self.process.exitcode

    def wait(self):
        """How it ended."""
        self.process.join()
        return self.process.exitcode

    def send_signal(self, number):
        """To it alone, if it still runs; Jupyter tries its group first."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self):
        """At once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        """With time to tidy up."""
        self.send_signal(signal.SIGTERM)


def plain_path():
    """Where a Python that is started plainly looks for modules."""
    command = [sys.executable, "-I", "-c", "import sys; print(*sys.path, sep=chr(10))"]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def run(arguments, environment, folder):
    """In the forked process: become the kernel, as `python -m ipykernel_launcher` does."""
    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # as nbval has it
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    named = [place for place in environment.get("PYTHONPATH", "").split(os.pathsep) if place]
    sys.path[:] = [*named, *(place for place in plain_path() if place not in named)]
    sys.argv[:] = arguments
    multiprocessing.set_start_method(None, force=True)
    for name in [n for n in sys.modules if n.partition(".")[0] == "tests"]:
        del sys.modules[name]
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(arguments[1:], parent_handle=os.getppid())
