"""All modules that register methods and transitions, imported: the kinds, and what the daemon does besides."""

import functools
import importlib
import pkgutil

from onesim import daemon, kinds


@functools.cache
def load():
    """Has all methods and transitions registered; returns the kinds, each once."""
    found = []
    for package in (kinds, daemon):
        for name in sorted(module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")):
            module = importlib.import_module(name)
            named = getattr(module, "KINDS", (module.KIND,) if hasattr(module, "KIND") else ())
            found.extend(kind for kind in named if kind.tag and kind not in found)
    return tuple(found)
