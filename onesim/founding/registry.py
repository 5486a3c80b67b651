"""All modules that register methods and transitions: the kinds, and those of the daemon itself."""

import functools
import importlib
import pkgutil

from onesim import daemon, kinds


@functools.cache
def load():
    """Registers all methods and transitions; returns the kinds, each once."""
    found = []
    for package in (kinds, daemon):
        for name in sorted(module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")):
            module = importlib.import_module(name)
            named = getattr(module, "KINDS", (module.KIND,) if hasattr(module, "KIND") else ())
            found.extend(kind for kind in named if kind.tag and kind not in found)
    return tuple(found)
