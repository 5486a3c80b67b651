"""The face that ``pip install`` shows: it points Salt's loader at the plugins of this package."""

import importlib

KINDS = ("beacons", "grains", "modules", "pillar", "runners", "states")


def loader_dirs():
    """
    Tell Salt where the plugins are, by kind of loader.

    The directories come from the imported packages, because an editable install maps each package to its own
    place in the checkout; a plain package as entry point would load nothing there.
    """
    return {kind: list(importlib.import_module(f"{__name__}.{kind}").__path__) for kind in KINDS}
