"""A warm kernel is as one that was started plainly, but for what is imported already."""

import json
import signal
import sys
import time

import psutil
import pytest
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning import KernelProvisionerFactory

from tests import warm_kernels

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")

SEEN = """
import json, multiprocessing, os, signal, sys
ours = sorted(name for name in sys.modules if name.split(".")[0] in ("rnnlib", "tests", "tools"))
unlike = ("JPY_PARENT_PID",)
print(json.dumps({
    "folder": os.getcwd(), "path": sys.path, "ours": ours, "name": __name__, "flags": sys.flags,
    "environment": {k: v for k, v in os.environ.items() if k not in unlike},
    "interrupt": repr(signal.getsignal(signal.SIGINT)), "start": multiprocessing.get_start_method(),
    "leads": os.getpgid(0) == os.getpid(), "torch": "torch" in sys.modules,
}))
"""


class Nbval:
    """A configuration of pytest in which nbval runs."""

    def getoption(self, name, default):
        return True


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Starts a kernel, warm or not; all are ended afterwards."""
    started = []
    factory = KernelProvisionerFactory.instance()
    before = factory.default_provisioner_name

    def start_kernel(warm):
        factory.default_provisioner_name = "local-provisioner"
        if warm:
            warm_kernels.pytest_configure(Nbval())
        manager = KernelManager(kernel_name="python3")
        manager.start_kernel(cwd=str(tmp_path))
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=600)
        started.append((manager, client))
        return manager, client

    yield start_kernel
    factory.default_provisioner_name = before
    for manager, client in started:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(client, code):
    """What code prints, or the name of its error."""
    said = []

    def hear(message):
        content = message["content"]
        said.append(content.get("text") or content.get("ename") or "")

    while client.execute_interactive(code, output_hook=hear, timeout=600)["content"]["status"] == (
        "aborted"  # by the error of the cell before, which takes what waits behind it along
    ):
        pass
    return "".join(said)


def test_a_warm_kernel_sees_what_a_plain_one_sees(start):
    plain, warm = (json.loads(run(start(kind)[1], SEEN)) for kind in (False, True))
    assert (plain.pop("torch"), warm.pop("torch")) == (False, True)
    assert warm == plain


def test_nothing_of_one_kernel_is_found_in_the_next(start):
    (_, first), (_, second) = start(True), start(True)
    run(first, "import torch; torch.manual_seed(1); torch.left = left = 1")
    assert run(second, "import torch; print(hasattr(torch, 'left'), 'left' in globals())") == (
        "False False\n"
    )


def test_a_warm_kernel_can_be_interrupted_and_goes_on(start):
    manager, client = start(True)
    message = client.execute("import time\nprint('begun', flush=True)\ntime.sleep(600)")
    while client.get_iopub_msg(timeout=60)["msg_type"] != "stream":
        pass
    manager.interrupt_kernel()
    while True:
        reply = client.get_shell_msg(timeout=60)
        if reply["parent_header"].get("msg_id") == message:
            break
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert run(client, "print(1)") == "1\n"


def test_a_warm_kernel_ends_when_it_is_asked_to_and_is_known_to_be_dead(start):
    manager, client = start(True)
    number = int(run(client, "import os; print(os.getpid())"))
    manager.signal_kernel(signal.SIGKILL)
    for _ in range(600):
        if not manager.is_alive():
            break
        time.sleep(0.1)
    assert not manager.is_alive()
    assert not psutil.pid_exists(number)
