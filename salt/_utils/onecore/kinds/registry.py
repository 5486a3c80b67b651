"""All kinds of objects, by the name of their CLI command. A new kind adds one line here."""

from __future__ import annotations

from ..model.kind import Kind
from .acl.kind import ACL
from .cluster import CLUSTER
from .datastore.kind import DATASTORE
from .group import GROUP
from .host import HOST
from .image import IMAGE
from .secgroup import SECGROUP
from .template import TEMPLATE
from .user import USER
from .vdc.kind import VDC
from .vm.kind import VM
from .vmgroup import VMGROUP
from .vnet.kind import VNET
from .vnet.template import VNTEMPLATE
from .vrouter.kind import VROUTER

#: Kinds of objects of the whole cloud; no blueprint creates them for a user.
OF_THE_CLOUD: tuple[Kind, ...] = (CLUSTER, DATASTORE, HOST, VDC, ACL)
#: Kinds that a blueprint creates, in the order in which the objects of one user are created.
OF_USERS: tuple[Kind, ...] = (GROUP, USER, SECGROUP, VNTEMPLATE, VNET, IMAGE, VMGROUP, TEMPLATE, VM, VROUTER)
KINDS: dict[str, Kind] = {kind.cli: kind for kind in (*OF_THE_CLOUD, *OF_USERS)}
