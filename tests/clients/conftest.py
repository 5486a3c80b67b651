"""Clients with requirements of their own: their tests run if these are installed (see the Makefile)."""

from importlib.util import find_spec

NEEDED = {"test_ansible.py": "ansible", "test_salt_cloud.py": "salt.cloud.clouds.opennebula"}


def _is_there(module):
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


collect_ignore = [test for test, module in NEEDED.items() if not _is_there(module)]


def pytest_addoption(parser):
    parser.addoption("--record", action="store_true", help="write down what clients ask, instead of comparing it")
