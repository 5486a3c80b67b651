import pytest

from .vm_cloud import VmCloud


@pytest.fixture
def sim():
    """A cloud for VMs; a module whose tests need another one has its own fixture."""
    return VmCloud()
