"""Every kind of object, by the name of its CLI command: the one line that a new kind adds here makes it known."""

from __future__ import annotations

from ..model.kind import Kind
from .group import GROUP
from .image import IMAGE
from .secgroup import SECGROUP
from .template import TEMPLATE
from .user import USER
from .vm.kind import VM
from .vnet.kind import VNET
from .vrouter.kind import VROUTER

#: In the order in which objects of one user are made.
KINDS: dict[str, Kind] = {kind.cli: kind for kind in (GROUP, USER, SECGROUP, VNET, IMAGE, TEMPLATE, VM, VROUTER)}
