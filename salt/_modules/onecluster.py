"""
Clusters of OpenNebula
======================

The commands of OpenNebula's ``onecluster``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import administration as _administration
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import administration as _administration

__virtualname__ = "onecluster"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="blades")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "This includes its hosts, datastores and networks.")
update = _module.common("update", example='blades "{RESERVED_CPU: -100%}"')
rename = _module.common("rename")
delete = _module.common(
    "delete", "OpenNebula refuses to delete a cluster that is not empty.", rights="ADMIN on the cluster."
)

addhost = _module.relation("addhost", "onehost", "Move a host to a cluster from its current one.", "host01")
delhost = _module.relation(
    "delhost",
    "onehost",
    "Move a host from a cluster to ``default``. A host of another cluster is refused; OpenNebula would move it.",
    "host01",
    does=_administration.take_host_out,
)
adddatastore = _module.relation(
    "adddatastore", "onedatastore", "Add a datastore to a cluster; it stays in the others.", "default"
)
deldatastore = _module.relation("deldatastore", "onedatastore", "Remove a datastore from a cluster.", "default")
addvnet = _module.relation(
    "addvnet", "onevnet", "Add a virtual network to a cluster; it stays in the others.", "dmz1 owner=alice"
)
delvnet = _module.relation("delvnet", "onevnet", "Remove a virtual network from a cluster.", "dmz1 owner=alice")


def create(name, profile=None):
    """
    Create a cluster; returns its ID.

    name
        Its name.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: CREATE on CLUSTER.

    CLI Example:

    .. code-block:: bash

        salt-call onecluster.create blades
    """
    return _module.run(profile, _administration.create_named, name)


optimize = _module.call(
    "optimize",
    "optimize",
    "Let the scheduler compute a plan for moving VMs of a cluster according to its ``ONE_DRS``; OpenNebula 7.0 and "
    "newer.",
    "blades",
    rights="ADMIN on the cluster.",
)


planexecute = _module.call(
    "planexecute",
    "planexecute",
    "Carry out the plan of a cluster; OpenNebula 7.0 and newer.",
    "blades",
    rights="ADMIN on the cluster.",
)


plandelete = _module.call(
    "plandelete",
    "plandelete",
    "Discard the plan of a cluster; OpenNebula 7.0 and newer.",
    "blades",
    rights="ADMIN on the cluster.",
)
