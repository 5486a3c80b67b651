"""
Virtual routers of OpenNebula
=============================

The commands of OpenNebula's ``onevrouter``, under their names.

There is no ``chmod``: OpenNebula (to 7.4) gives a router's permissions to other routers as well, those that have the
numbers of its VMs.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import vms as _vms
    from onecore.commands import vrouters as _vrouters
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import vms as _vms
    from saltext.opennebula.utils.onecore.commands import vrouters as _vrouters

__virtualname__ = "onevrouter"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="edge", template="attributes")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "This includes the IDs of its VMs.")
create = _module.common(
    "create",
    "It has no VMs yet: :py:func:`instantiate` creates them. ``NIC`` among its attributes names its networks.",
    rights="CREATE on VROUTER, USE on its networks.",
    example='edge "{NIC: [{NETWORK: academie, FLOATING_IP: true}]}"',
)
delete = _module.common("delete", "OpenNebula terminates its VMs without the consent of their guests.")
update = _module.common("update", "Its NICs stay as they are.", example='edge "{KEEPALIVED_ID: 17}" owner=alice')
rename = _module.common("rename", "Its VMs keep their names.")
chown = _module.common("chown", "Its VMs go with it.")
chgrp = _module.common("chgrp", "Its VMs go with it.")
lock = _module.common("lock")
unlock = _module.common("unlock")


def instantiate(
    vrouter, template, name=None, vms=1, hold=False, attributes=None, template_owner=None, owner=None, profile=None
):
    """
    Make VMs of a virtual router, which are its owner's.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    template
        Template to make them from, by name or ID; it has the attribute ``VROUTER``, with ``YES``.

    name
        Name of the VMs; ``%i`` is replaced by the number of each, from 0. Defaults to ``vr-<router>-%i``.

    vms
        How many.

    hold
        Whether they wait to be released before they start. Defaults to ``False``.

    attributes
        More attributes for them, in place of the template's, as a mapping or as OpenNebula's text.

    template_owner
        Whose template of that name. Defaults to the account, or else the only one who has one.

    Rights: MANAGE on the virtual router; for another user's, those of :py:func:`onetemplate.instantiate`.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.instantiate edge router name=edge-%i vms=2 owner=alice
    """
    given = (template, template_owner, name, vms, hold, attributes)
    return _module.run(profile, _vrouters.instantiate, vrouter, owner, *given)


def nic_attach(vrouter, network, network_owner=None, shared=False, attributes=None, owner=None, profile=None):
    """
    Attach a NIC to a virtual router and to all of its VMs.

    The network must be one of the router's owner, or shared with that user; anything else is refused, though
    OpenNebula would let an administrator do it.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    network
        The network, by name or ID.

    network_owner
        Whose network of that name. Defaults to the router's owner.

    shared
        Whether another user's network is meant, though its owner is no administrator. It must be shared with
        the router's owner by permissions. Defaults to ``False``.

    attributes
        Further attributes, such as ``IP`` or ``FLOATING_IP``.

    Rights: MANAGE on the virtual router, USE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.nic_attach edge dmz1 attributes="{IP: 10.1.3.1, FLOATING_IP: true}" owner=alice
    """
    return _module.run(profile, _vms.nic_attach, vrouter, owner, network, network_owner, shared, attributes)


nic_detach = _module.call(
    "nic_detach",
    "detachnic",
    "Detach a NIC from a virtual router and from all of its VMs.",
    "edge 1 owner=alice",
    takes={"nic_id": "Number of the NIC, from :py:func:`show`."},
)
