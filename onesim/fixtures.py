"""Pytest fixtures: `onesim`, a server for one test. Name this module in `pytest_plugins`, or import both fixtures."""

import pytest

from onesim.testing import Nursery


@pytest.fixture(scope="session")
def nursery():
    """Starts servers quickly; `nursery.running(…)` starts another one."""
    return Nursery()


@pytest.fixture
def onesim(request, nursery):
    """A running onesim (see onesim.testing.Running); further options with indirect parametrization.

    @pytest.mark.parametrize("onesim", [["--pace", "1"]], indirect=True)
    """
    with nursery.running(*getattr(request, "param", ())) as cloud:
        yield cloud
