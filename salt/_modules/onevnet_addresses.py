"""
Addresses of OpenNebula's virtual networks
==========================================

More commands of OpenNebula's ``onevnet``, under their names: Salt joins files with the same ``__virtualname__``.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import vnets as _vnets
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import vnets as _vnets

__virtualname__ = "onevnet"

_module = _bridge.Module(globals())
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def addar(vnet, attributes, owner=None, profile=None):
    """
    Add an address range to a virtual network.

    vnet, owner, profile
        Which virtual network, and through which connection; see the module's documentation.

    attributes
        Its attributes: ``TYPE`` (``IP4``, the default, ``IP6``, ``IP6_STATIC``, ``IP4_6``, ``IP4_6_STATIC`` or
        ``ETHER``), ``SIZE`` in addresses, and where it begins: ``IP``, ``IP6``, ``MAC``, ``GLOBAL_PREFIX``,
        ``ULA_PREFIX``, ``PREFIX_LENGTH``.

    Rights: ADMIN on the virtual network; MANAGE when it was made from a network template.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.addar dmz1 "{IP: 10.1.3.200, SIZE: 20}" owner=alice
    """
    return _module.run(profile, _vnets.add_range, vnet, owner, attributes)


def rmar(vnet, ar_id, force=False, owner=None, profile=None):
    """
    Remove an address range from a virtual network.

    vnet, owner, profile
        Which virtual network, and through which connection; see the module's documentation.

    ar_id
        Number of the address range, from :py:func:`show`.

    force
        Remove it even if addresses of it are in use. Defaults to ``False``.

    Rights: ADMIN on the virtual network; MANAGE when it was made from a network template.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.rmar dmz1 1 owner=alice
    """
    return _module.run(profile, _vnets.remove_range, vnet, owner, ar_id, force)


def updatear(vnet, ar_id, attributes, append=True, owner=None, profile=None):
    """
    Change attributes of an address range. ``TYPE``, ``MAC``, ``IP`` and ``IP6`` stay as they are.

    vnet, owner, profile
        Which virtual network, and through which connection; see the module's documentation.

    ar_id
        Number of the address range, from :py:func:`show`.

    attributes
        The attributes to change.

    append
        Merge them into those that are there. ``False`` replaces those that can be replaced. Defaults to
        ``True``.

    Rights: MANAGE on the virtual network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.updatear dmz1 0 "{SIZE: 200}" owner=alice
    """
    return _module.run(profile, _vnets.update_range, vnet, owner, ar_id, attributes, append)


free = _module.call(
    "free",
    "free_ar",
    "Return the addresses of a reservation to their network.",
    "reserved 0 owner=alice",
    takes={"ar_id": "Number of the address range, from :py:func:`show`."},
)


def hold(vnet, address, ar_id=None, owner=None, profile=None):
    """
    Mark an address as used, so that no VM gets it; one that is marked already stays so.

    vnet, owner, profile
        Which virtual network, and through which connection; see the module's documentation.

    address
        An IP or MAC address of the network.

    ar_id
        Number of the one address range to take it from. Defaults to every range that has it.

    Rights: MANAGE on the virtual network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.hold dmz1 10.1.3.60 owner=alice
    """
    return _module.run(profile, _vnets.hold, vnet, owner, address, ar_id)


def release(vnet, address, ar_id=None, owner=None, profile=None):
    """
    Free an address that was marked as used; one that a VM has is refused.

    vnet, owner, profile
        Which virtual network, and through which connection; see the module's documentation.

    address
        An IP or MAC address of the network.

    ar_id
        Number of the one address range to free it in. Defaults to every range that has it.

    Rights: MANAGE on the virtual network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.release dmz1 10.1.3.60 owner=alice
    """
    return _module.run(profile, _vnets.release, vnet, owner, address, ar_id)


def reserve(vnet, size, name=None, into=None, address=None, ar_id=None, owner=None, into_owner=None, profile=None):
    """
    Reserve addresses of a network in a network of their own, which belongs to the account; returns the ID of that
    network.

    vnet, owner, profile
        Which virtual network, and through which connection; see the module's documentation.

    size
        Number of addresses.

    name
        Name of a new network to hold them.

    into
        An earlier reservation from the same network to hold them instead, by name or ID.

    into_owner
        Name of the user whose reservation that is. Defaults to the account, or else to the owner of the only one of
        that name.

    address
        Where they begin: an IP or MAC address. Needs ``ar_id``. Defaults to the first that are free.

    ar_id
        Number of the one address range to take them from. Defaults to any.

    Rights: USE on the virtual network; MANAGE on the reservation that addresses are added to.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.reserve public 5 name=mine owner=oneadmin
    """
    return _module.run(profile, _vnets.reserve, vnet, owner, size, name, into, address, ar_id, into_owner)
