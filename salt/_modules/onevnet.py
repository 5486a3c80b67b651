"""
Virtual networks of OpenNebula
==============================

The commands of OpenNebula's ``onevnet``, under their names.

Common arguments:

``vnet``
    A network, by name, or by ID: a bare number is an ID, so quote a name made of digits twice (``"'12'"``).

``owner``
    Whose network of that name. Without it the one of the account that Salt connects as is meant, or else the only one
    of that name.

``profile``
    Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

A function that changes something returns ``True`` once OpenNebula accepted it, one that makes something returns its
ID; whatever goes wrong is a ``CommandExecutionError`` with one sentence. The rights named below are those of the
account Salt connects as; ``docs/rights.md`` lists them all.
"""

try:
    from onecore import bridge as _bridge
    from onecore import operations as _operations
    from onecore import vnet_operations as _vnet
    from onecore.kinds.cluster import CLUSTER as _CLUSTER
except ImportError:
    from saltext.opennebula.utils.onecore import bridge as _bridge
    from saltext.opennebula.utils.onecore import operations as _operations
    from saltext.opennebula.utils.onecore import vnet_operations as _vnet
    from saltext.opennebula.utils.onecore.kinds.cluster import CLUSTER as _CLUSTER

__virtualname__ = "onevnet"
__func_alias__ = {"list_": "list"}

_KIND = _operations.KINDS["onevnet"]


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def _run(profile, operation, *arguments):
    return _bridge.command(globals(), profile, lambda cloud: operation(cloud, _KIND, *_bridge.plain(arguments)))


def list_(owner=None, profile=None):
    """
    Return the networks that the account may see, sorted by ID: for each ``id``, ``name``, ``owner``, ``group``,
    ``state``, and ``managed``, the mark of what Salt created.

    owner
        Name of the user whose networks to list. Defaults to everybody's.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: USE on what is listed.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.list
        salt-call onevnet.list owner=alice --out=json
    """
    return _run(profile, _operations.listing, owner)


def show(vnet, owner=None, profile=None):
    """
    Return all that OpenNebula tells about a network, as nested dictionaries in its own words, the addresses in use
    among them.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    Rights: USE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.show dmz1 owner=alice
        salt-call onevnet.show 7
    """
    return _run(profile, _operations.show, vnet, owner)


def create(name, template, cluster=None, profile=None):
    """
    Create a network for the account that Salt connects as. It is READY a moment later, or in ERROR. The state
    :py:func:`onevnet.present <saltext.opennebula.states.onevnet.present>` waits for that, and can give it to
    another user.

    name
        Its name.

    template
        Its attributes, as a mapping or as OpenNebula's text; ``VN_MAD`` must be among them.

    cluster
        Its cluster, by name or ID. Defaults to the cloud's first.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: CREATE on NET and ADMIN on the cluster; membership in group ``oneadmin`` for the attributes that
    oned.conf restricts, ``VN_MAD`` among them.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.create dmz1 "{VN_MAD: dummy, BRIDGE: br0, AR: [{TYPE: IP4, IP: 10.1.3.50, SIZE: 150}]}"
    """
    return _run(profile, _operations.allocate, name, template, _CLUSTER, cluster)


def delete(vnet, owner=None, profile=None):
    """
    Delete a network, whoever made it. OpenNebula refuses while addresses of it are in use.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    Rights: MANAGE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.delete dmz-old owner=alice
    """
    return _run(profile, _operations.act, vnet, owner, "delete")


def addar(vnet, attributes, owner=None, profile=None):
    """
    Add an address range to a network.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    attributes
        Its attributes: ``TYPE`` (``IP4``, the default, ``IP6``, ``IP6_STATIC``, ``IP4_6``, ``IP4_6_STATIC`` or
        ``ETHER``), ``SIZE`` in addresses, and where it begins: ``IP``, ``IP6``, ``MAC``, ``GLOBAL_PREFIX``,
        ``ULA_PREFIX``, ``PREFIX_LENGTH``.

    Rights: ADMIN on the network; MANAGE when it was made from a network template.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.addar dmz1 "{IP: 10.1.3.200, SIZE: 20}" owner=alice
    """
    return _run(profile, _vnet.add_range, vnet, owner, attributes)


def rmar(vnet, ar_id, force=False, owner=None, profile=None):
    """
    Remove an address range from a network.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    ar_id
        Number of the address range, as :py:func:`show` tells it.

    force
        Remove it even if addresses of it are in use. Defaults to ``False``.

    Rights: ADMIN on the network; MANAGE when it was made from a network template.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.rmar dmz1 1 owner=alice
    """
    return _run(profile, _operations.act, vnet, owner, "rm_ar", ar_id, bool(force))


def updatear(vnet, ar_id, attributes, append=True, owner=None, profile=None):
    """
    Change attributes of an address range. ``TYPE``, ``MAC``, ``IP`` and ``IP6`` stay as they are.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    ar_id
        Number of the address range, as :py:func:`show` tells it.

    attributes
        The attributes to change.

    append
        Merge them into those that are there. ``False`` replaces those that can be replaced. Defaults to
        ``True``.

    Rights: MANAGE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.updatear dmz1 0 "{SIZE: 200}" owner=alice
    """
    return _run(profile, _vnet.update_range, vnet, owner, ar_id, attributes, append)


def free(vnet, ar_id, owner=None, profile=None):
    """
    Give the addresses of a reservation back to the network they come from.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    ar_id
        Number of the address range, as :py:func:`show` tells it.

    Rights: MANAGE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.free reserved 0 owner=alice
    """
    return _run(profile, _operations.act, vnet, owner, "free_ar", ar_id)


def hold(vnet, address, ar_id=None, owner=None, profile=None):
    """
    Mark an address as used, so that no VM gets it.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    address
        An IP or MAC address of the network.

    ar_id
        Number of the one address range to take it from. Defaults to every range that has it.

    Rights: MANAGE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.hold dmz1 10.1.3.60 owner=alice
    """
    return _run(profile, _vnet.lease, vnet, owner, "hold", address, ar_id)


def release(vnet, address, ar_id=None, owner=None, profile=None):
    """
    Free an address that was marked as used.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    address
        An IP or MAC address of the network.

    ar_id
        Number of the one address range to free it in. Defaults to every range that has it.

    Rights: MANAGE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.release dmz1 10.1.3.60 owner=alice
    """
    return _run(profile, _vnet.lease, vnet, owner, "release", address, ar_id)


def reserve(vnet, size, name=None, into=None, address=None, ar_id=None, owner=None, profile=None):
    """
    Reserve addresses of a network in a network of their own, which belongs to the account; returns the ID of that
    network.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    size
        How many addresses.

    name
        Name of a new network to hold them.

    into
        An earlier reservation from the same network to hold them instead, by name or ID.

    address
        Where they begin: an IP or MAC address. Needs ``ar_id``. Defaults to the first that are free.

    ar_id
        Number of the one address range to take them from. Defaults to any.

    Rights: USE on the network; MANAGE on the reservation that addresses are added to.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.reserve public 5 name=mine owner=oneadmin
    """
    return _run(profile, _vnet.reserve, vnet, owner, size, name, into, address, ar_id)


def update(vnet, template, append=True, owner=None, profile=None):
    """
    Write attributes of a network. A change of ``VLAN_ID``, ``PHYDEV``, ``MTU`` or a bandwidth reaches the VMs that
    run on it; so does leaving one out with ``append=False``.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    template
        The attributes, as a mapping or as OpenNebula's text.

    append
        Merge them into those that are there. ``False`` replaces all of them. Defaults to ``True``.

    Rights: MANAGE on the network; membership in group ``oneadmin`` for the attributes that oned.conf restricts.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.update dmz1 "{DNS: 10.1.3.1}" owner=alice
    """
    return _run(profile, _operations.update, vnet, owner, template, append)


def rename(vnet, name, owner=None, profile=None):
    """
    Give a network another name; its ID and everything else stay.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    name
        The new name, at most 128 bytes, without any of ``& | : \\ " ; / ' # { } $ < >``.

    Rights: MANAGE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.rename dmz1 dmz owner=alice
    """
    return _run(profile, _operations.rename, vnet, owner, name)


def chown(vnet, user, group=None, owner=None, profile=None):
    """
    Give a network to another user.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    user
        The new owner, by name or ID.

    group
        Its new group, by name or ID. Defaults to the one it has.

    Rights: MANAGE on the network and on the user, USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.chown dmz1 bob owner=alice
    """
    return _run(profile, _operations.chown, vnet, owner, user, group)


def chgrp(vnet, group, owner=None, profile=None):
    """
    Give a network to another group.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    group
        The new group, by name or ID.

    Rights: MANAGE on the network, USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.chgrp dmz1 users owner=alice
    """
    return _run(profile, _operations.chown, vnet, owner, None, group)


def chmod(vnet, octet, owner=None, profile=None):
    """
    Set the permissions of a network.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    octet
        Three octal digits as a text: owner, group, others; 4 is USE, 2 MANAGE, 1 ADMIN.

    Rights: MANAGE on the network; ADMIN to change who has ADMIN.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.chmod dmz1 "'640'" owner=alice
    """
    return _run(profile, _operations.chmod, vnet, owner, octet)


def lock(vnet, level="use", owner=None, profile=None):
    """
    Lock a network against changes.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    level
        What is refused until it is unlocked: ``use`` (the default, and the same as ``all``) what needs USE,
        MANAGE or ADMIN, ``manage`` what needs MANAGE or ADMIN, ``admin`` what needs ADMIN.

    Rights: MANAGE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.lock dmz1 level=admin owner=alice
    """
    return _run(profile, _operations.lock, vnet, owner, level)


def unlock(vnet, owner=None, profile=None):
    """
    Unlock a network.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    Rights: MANAGE on the network; who locked it, or a member of group ``oneadmin``.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.unlock dmz1 owner=alice
    """
    return _run(profile, _operations.act, vnet, owner, "unlock")


def recover(vnet, operation, owner=None, profile=None):
    """
    Bring a network on that is stuck, or whose driver failed.

    vnet, owner, profile
        Which network, and through which connection; see the module's documentation.

    operation
        ``success`` or ``failure`` of what is under way, ``retry`` of a failed update of VMs, or ``delete``.

    Rights: MANAGE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevnet.recover dmz1 delete owner=alice
    """
    return _run(profile, _vnet.recover, vnet, owner, operation)
