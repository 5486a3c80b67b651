"""Every kind of object, by the name of its CLI command."""

from __future__ import annotations


def registry():
    """Every kind that has a state, by CLI name, in the order in which objects of one user are made."""
    # Imported here, since the kinds import their base from this package.
    from .group import GROUP
    from .image import IMAGE
    from .template import TEMPLATE
    from .user import USER
    from .vm.kind import VM
    from .vnet.kind import VNET
    from .vrouter import VROUTER

    return {kind.cli: kind for kind in (GROUP, USER, VNET, IMAGE, TEMPLATE, VM, VROUTER)}
