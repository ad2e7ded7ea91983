"""The command line in a folder of its own, with a text, or with a small run as well."""

import pytest

from tests.cli.programs import end_all
from tests.cli.session import NUMPY, SMALL, Session


@pytest.fixture(autouse=True)
def at_a_terminal(hears_signals):
    """Every program of these tests can be interrupted and hung up on."""


@pytest.fixture(autouse=True)
def nothing_runs_on():
    """Whatever a test has left running is ended."""
    yield
    end_all()


@pytest.fixture
def session(tmp_path, capsys):
    return Session(tmp_path, capsys)


@pytest.fixture
def trained(session):
    """A session in whose folder `run` a small model was trained."""
    session.train(*NUMPY, *SMALL)
    return session
