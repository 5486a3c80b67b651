"""A pytest fixture: `onesim`, a server for one test. Name this module in `pytest_plugins`, or import the fixture."""

import pytest

from onesim.testing import running


@pytest.fixture
def onesim(request):
    """A running onesim (see onesim.testing.Running); more options come by indirect parametrization.

    @pytest.mark.parametrize("onesim", [["--pace", "1"]], indirect=True)
    """
    with running(*getattr(request, "param", ())) as cloud:
        yield cloud
