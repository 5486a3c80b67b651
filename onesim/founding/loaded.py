"""All of onesim, imported: for a process that servers are forked from."""

import onesim.__main__  # noqa: F401
from onesim.founding import registry

registry.load()
