"""
Virtual networks of OpenNebula
==============================

The commands of OpenNebula's ``onevnet``, under their names: those for networks as a whole. Those for their addresses
are in a file beside this one.

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
    from onecore.bridge import states as _bridge
    from onecore.cloud.directory import CLUSTERS as _CLUSTER
    from onecore.commands import objects as _operations
    from onecore.commands import vnets as _vnet
    from onecore.kinds.registry import KINDS as _KINDS
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.cloud.directory import CLUSTERS as _CLUSTER
    from saltext.opennebula.utils.onecore.commands import objects as _operations
    from saltext.opennebula.utils.onecore.commands import vnets as _vnet
    from saltext.opennebula.utils.onecore.kinds.registry import KINDS as _KINDS

__virtualname__ = "onevnet"
__func_alias__ = {"list_": "list"}

_KIND = _KINDS["onevnet"]


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
