"""The face that ``pip install`` shows: it points Salt's loader at the plugins of this package."""

import importlib
import pathlib

KINDS = ("beacons", "grains", "modules", "output", "pillar", "runners", "states")


def loader_dirs():
    """
    Tell Salt where the plugins are, by kind of loader.

    The directories come from the imported packages, because an editable install maps each package to its own
    place in the checkout; a plain package as entry point would load nothing there.
    """
    return {kind: list(importlib.import_module(f"{__name__}.{kind}").__path__) for kind in KINDS}


def file_roots():
    """
    Tell where the SLS files are: what Salt finds the states ``opennebula`` and ``gateway`` in, and the orchestrations.
    """
    root = pathlib.Path(importlib.import_module(f"{__name__}.sls").__path__[0])
    return [str(root / "states"), str(root)]
