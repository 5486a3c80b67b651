"""
Virtual data centres of OpenNebula
==================================

The commands of OpenNebula's ``onevdc``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import administration as _administration
    from onecore.commands import objects as _objects
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import administration as _administration
    from saltext.opennebula.utils.onecore.commands import objects as _objects

__virtualname__ = "onevdc"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="eole")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "It includes its groups and what they may use; -10 means all objects of a type.")
create = _module.common("create", example='eole "{DESCRIPTION: the team eole}"')
update = _module.common("update", rights="ADMIN on the VDC.", example='eole "{DESCRIPTION: the team eole}"')
rename = _module.common("rename", rights="ADMIN on the VDC.")
delete = _module.common("delete", "Its groups lose what it gave them.", rights="ADMIN on the VDC.")


def addgroup(vdc, group, profile=None):
    """
    Add a group to a VDC, whose members may use from then on what the VDC has.

    vdc, profile
        Which VDC, and through which connection; see the module's documentation.

    group
        The group, by name or ID. Take it out of ``default`` first: where both VDCs give it the same, leaving the one
        takes away the rights that the other gives.

    Rights: ADMIN on the VDC and on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onevdc.addgroup eole eole
    """
    return _module.run(profile, _objects.relate, vdc, "addgroup", "onegroup", group)


def delgroup(vdc, group, profile=None):
    """
    Take a group out of a VDC.

    vdc, profile
        Which VDC, and through which connection; see the module's documentation.

    group
        The group, by name or ID.

    Rights: ADMIN on the VDC and on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onevdc.delgroup default eole
    """
    return _module.run(profile, _objects.relate, vdc, "delgroup", "onegroup", group)


def addcluster(vdc, cluster, zone=None, profile=None):
    """
    Add a cluster to a VDC, whose groups may use its hosts, datastores and networks from then on.

    vdc, profile
        Which VDC, and through which connection; see the module's documentation.

    cluster
        The cluster, by name or ID; ``ALL`` for all of them.

    zone
        The zone that it is in, by name or ID; in another one than this it is known by its ID only. Defaults to this
        zone.

    Rights: ADMIN on the VDC and on the cluster.

    CLI Example:

    .. code-block:: bash

        salt-call onevdc.addcluster eole blades
        salt-call onevdc.addcluster eole ALL
    """
    return _module.run(profile, _administration.share, vdc, "add", "clusters", cluster, zone)


def delcluster(vdc, cluster, zone=None, profile=None):
    """
    Take a cluster out of a VDC.

    vdc, profile
        Which VDC, and through which connection; see the module's documentation.

    cluster
        The cluster, by name or ID; ``ALL`` for all of them.

    zone
        The zone that it is in, by name or ID; in another one than this it is known by its ID only. Defaults to this
        zone.

    Rights: ADMIN on the VDC and on the cluster.

    CLI Example:

    .. code-block:: bash

        salt-call onevdc.delcluster eole blades
        salt-call onevdc.delcluster eole ALL
    """
    return _module.run(profile, _administration.share, vdc, "del", "clusters", cluster, zone)


def addhost(vdc, host, zone=None, profile=None):
    """
    Add a host to a VDC.

    vdc, profile
        Which VDC, and through which connection; see the module's documentation.

    host
        The host, by name or ID; ``ALL`` for all of them.

    zone
        The zone that it is in, by name or ID; in another one than this it is known by its ID only. Defaults to this
        zone.

    Rights: ADMIN on the VDC and on the host.

    CLI Example:

    .. code-block:: bash

        salt-call onevdc.addhost eole host01
        salt-call onevdc.addhost eole ALL
    """
    return _module.run(profile, _administration.share, vdc, "add", "hosts", host, zone)


def delhost(vdc, host, zone=None, profile=None):
    """
    Take a host out of a VDC.

    vdc, profile
        Which VDC, and through which connection; see the module's documentation.

    host
        The host, by name or ID; ``ALL`` for all of them.

    zone
        The zone that it is in, by name or ID; in another one than this it is known by its ID only. Defaults to this
        zone.

    Rights: ADMIN on the VDC and on the host.

    CLI Example:

    .. code-block:: bash

        salt-call onevdc.delhost eole host01
        salt-call onevdc.delhost eole ALL
    """
    return _module.run(profile, _administration.share, vdc, "del", "hosts", host, zone)


def adddatastore(vdc, datastore, zone=None, profile=None):
    """
    Add a datastore to a VDC.

    vdc, profile
        Which VDC, and through which connection; see the module's documentation.

    datastore
        The datastore, by name or ID; ``ALL`` for all of them.

    zone
        The zone that it is in, by name or ID; in another one than this it is known by its ID only. Defaults to this
        zone.

    Rights: ADMIN on the VDC and on the datastore.

    CLI Example:

    .. code-block:: bash

        salt-call onevdc.adddatastore eole default
        salt-call onevdc.adddatastore eole ALL
    """
    return _module.run(profile, _administration.share, vdc, "add", "datastores", datastore, zone)


def deldatastore(vdc, datastore, zone=None, profile=None):
    """
    Take a datastore out of a VDC.

    vdc, profile
        Which VDC, and through which connection; see the module's documentation.

    datastore
        The datastore, by name or ID; ``ALL`` for all of them.

    zone
        The zone that it is in, by name or ID; in another one than this it is known by its ID only. Defaults to this
        zone.

    Rights: ADMIN on the VDC and on the datastore.

    CLI Example:

    .. code-block:: bash

        salt-call onevdc.deldatastore eole default
        salt-call onevdc.deldatastore eole ALL
    """
    return _module.run(profile, _administration.share, vdc, "del", "datastores", datastore, zone)


def addvnet(vdc, vnet, zone=None, owner=None, profile=None):
    """
    Add a virtual network to a VDC.

    vdc, profile
        Which VDC, and through which connection; see the module's documentation.

    vnet, owner
        The virtual network, by name or ID, and whose it is; ``ALL`` for all of them.

    zone
        The zone that it is in, by name or ID; in another one than this it is known by its ID only. Defaults to this
        zone.

    Rights: ADMIN on the VDC and on the virtual network.

    CLI Example:

    .. code-block:: bash

        salt-call onevdc.addvnet eole EOLE
        salt-call onevdc.addvnet eole ALL
    """
    return _module.run(profile, _administration.share, vdc, "add", "networks", vnet, zone, owner)


def delvnet(vdc, vnet, zone=None, owner=None, profile=None):
    """
    Take a virtual network out of a VDC.

    vdc, profile
        Which VDC, and through which connection; see the module's documentation.

    vnet, owner
        The virtual network, by name or ID, and whose it is; ``ALL`` for all of them.

    zone
        The zone that it is in, by name or ID; in another one than this it is known by its ID only. Defaults to this
        zone.

    Rights: ADMIN on the VDC and on the virtual network.

    CLI Example:

    .. code-block:: bash

        salt-call onevdc.delvnet eole EOLE
        salt-call onevdc.delvnet eole ALL
    """
    return _module.run(profile, _administration.share, vdc, "del", "networks", vnet, zone, owner)
