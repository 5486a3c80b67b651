"""Every kind of object, by the name of its CLI command: the one line that a new kind adds here makes it known."""

from __future__ import annotations

from ..model.kind import Kind
from .group import GROUP
from .image import IMAGE
from .secgroup import SECGROUP
from .template import TEMPLATE
from .user import USER
from .vm.kind import VM
from .vmgroup import VMGROUP
from .vnet.kind import VNET
from .vnet.template import VNTEMPLATE
from .vrouter import VROUTER

_EVERY = (GROUP, USER, SECGROUP, VNTEMPLATE, VNET, IMAGE, VMGROUP, TEMPLATE, VM, VROUTER)
#: In the order in which objects of one user are made.
KINDS: dict[str, Kind] = {kind.cli: kind for kind in _EVERY}
