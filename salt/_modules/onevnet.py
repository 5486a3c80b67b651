"""
Virtual networks of OpenNebula
==============================

The commands of OpenNebula's ``onevnet``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import usage as _usage
    from onecore.commands import vnets as _vnets
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import usage as _usage
    from saltext.opennebula.utils.onecore.commands import vnets as _vnets

__virtualname__ = "onevnet"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="dmz1")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "This includes the addresses in use.")
create = _module.common(
    "create",
    "``VN_MAD`` must be among its attributes. It is READY a moment later, or in ERROR. The state "
    ":py:func:`onevnet.present <saltext.opennebula.states.onevnet.present>` waits for that, and can give it to another "
    "user.",
    option=_bridge.place("cluster", "Its cluster, by name or ID. Defaults to the cloud's first."),
    rights="CREATE on NET and ADMIN on the cluster; membership in group ``oneadmin`` for the attributes that oned.conf "
    "restricts, ``VN_MAD`` among them.",
    example='dmz1 "{VN_MAD: dummy, BRIDGE: br0, AR: [{TYPE: IP4, IP: 10.1.3.50, SIZE: 150}]}"',
)
delete = _module.common("delete", "OpenNebula refuses to delete a network with addresses in use.")
update = _module.common(
    "update",
    "A change of ``VLAN_ID``, ``PHYDEV``, ``MTU`` or a bandwidth is pushed to its running VMs; so is removing one "
    "with ``append=False``.",
    rights="MANAGE on the virtual network; membership in group ``oneadmin`` for the attributes that oned.conf "
    "restricts.",
    example='dmz1 "{DNS: 10.1.3.1}" owner=alice',
)
rename = _module.common("rename")
chown = _module.common("chown")
chgrp = _module.common("chgrp")
chmod = _module.common("chmod")
lock = _module.common("lock")
unlock = _module.common("unlock")
orphans = _module.own(_usage.orphans)


def recover(vnet, operation, owner=None, profile=None):
    """
    Bring a virtual network on that is stuck, or whose driver failed.

    vnet, owner, profile
        Which virtual network, and through which connection; see the module's documentation.

    operation
        ``success`` or ``failure`` of what is under way, ``retry`` of a failed update of VMs, or ``delete``.

    Rights: MANAGE on the virtual network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.recover dmz1 delete owner=alice
    """
    return _module.run(profile, _vnets.recover, vnet, owner, operation)
