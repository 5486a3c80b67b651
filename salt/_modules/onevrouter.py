"""
Virtual routers of OpenNebula
=============================

The commands of OpenNebula's ``onevrouter``, under their names.

Common arguments:

``vrouter``
    A virtual router, by name, or by ID: a bare number is an ID, so quote a name made of digits twice (``"'12'"``).

``owner``
    Name of the user whose virtual router of that name is meant. Defaults to the account, or else the only one who has
    one.

``profile``
    Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

A function that changes something returns ``True`` once OpenNebula accepted it, one that makes something returns its
ID; whatever goes wrong is a ``CommandExecutionError`` with one sentence. The rights named below are those of the
account Salt connects as; ``docs/rights.md`` lists them all.

There is no ``chmod``: OpenNebula (to 7.4) gives a router's permissions to other routers as well, those that have the
numbers of its VMs.
"""

try:
    from onecore.bridge import states as _bridge
    from onecore.commands import objects as _operations
    from onecore.commands import vms as _vm
    from onecore.commands import vrouters as _vrouter
    from onecore.kinds.registry import KINDS as _KINDS
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.commands import objects as _operations
    from saltext.opennebula.utils.onecore.commands import vms as _vm
    from saltext.opennebula.utils.onecore.commands import vrouters as _vrouter
    from saltext.opennebula.utils.onecore.kinds.registry import KINDS as _KINDS

__virtualname__ = "onevrouter"
__func_alias__ = {"list_": "list"}

_KIND = _KINDS["onevrouter"]


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def _run(profile, operation, *arguments):
    return _bridge.command(globals(), profile, lambda cloud: operation(cloud, _KIND, *_bridge.plain(arguments)))


def list_(owner=None, profile=None):
    """
    Return the virtual routers that the account may see, sorted by ID: for each ``id``, ``name``, ``owner``, ``group``,
    and ``managed``, the mark of what Salt created.

    owner
        Name of the user whose virtual routers to list. Defaults to everybody's.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: USE on what is listed.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.list
        salt-call onevrouter.list owner=alice --out=json
    """
    return _run(profile, _operations.listing, owner)


def show(vrouter, owner=None, profile=None):
    """
    Return all that OpenNebula tells about a virtual router, as nested dictionaries in its own words, the IDs of its VMs
    among it.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    Rights: USE on the virtual router.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.show gateway owner=alice
        salt-call onevrouter.show 7
    """
    return _run(profile, _operations.show, vrouter, owner)


def create(name, attributes, profile=None):
    """
    Create a virtual router, without VMs, for the account that Salt connects as.

    name
        Its name.

    attributes
        Its attributes, as a mapping or as OpenNebula's text: ``NIC``, ``KEEPALIVED_ID``, …

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: CREATE on VROUTER, USE on its networks.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.create edge "{NIC: [{NETWORK: academie, FLOATING_IP: true}]}"
    """
    return _run(profile, _operations.allocate, name, attributes)


def delete(vrouter, owner=None, profile=None):
    """
    Delete a virtual router. OpenNebula terminates its VMs, without asking their guests.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    Rights: MANAGE on the virtual router.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.delete edge owner=alice
    """
    return _run(profile, _operations.act, vrouter, owner, "delete")


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
        Name of the VMs; ``%i`` in it stands for the number of each, from 0. Defaults to ``vr-<router>-%i``.

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
    given = (template, template_owner, name, vms, bool(hold), attributes)
    return _run(profile, _vrouter.instantiate, vrouter, owner, *given)


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
    return _run(profile, _vm.nic_attach, vrouter, owner, network, network_owner, bool(shared), attributes)


def nic_detach(vrouter, nic_id, owner=None, profile=None):
    """
    Detach a NIC from a virtual router and from all of its VMs.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    nic_id
        Number of the NIC, as :py:func:`show` tells it.

    Rights: MANAGE on the virtual router.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.nic_detach edge 1 owner=alice
    """
    return _run(profile, _operations.act, vrouter, owner, "detachnic", nic_id)


def update(vrouter, attributes, append=True, owner=None, profile=None):
    """
    Write attributes of a virtual router; its NICs stay as they are.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    attributes
        What to write, as a mapping or as OpenNebula's text.

    append
        Whether what is there already stays; if not, what is written is all there is. Defaults to ``True``.

    Rights: MANAGE on the virtual router.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.update edge "{KEEPALIVED_ID: 17}" owner=alice
    """
    return _run(profile, _operations.update, vrouter, owner, attributes, append)


def rename(vrouter, name, owner=None, profile=None):
    """
    Give a virtual router another name; its VMs keep theirs.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    name
        The new name.

    Rights: MANAGE on the virtual router.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.rename edge border owner=alice
    """
    return _run(profile, _operations.rename, vrouter, owner, name)


def chown(vrouter, user, group=None, owner=None, profile=None):
    """
    Give a virtual router and its VMs to another user.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    user
        The new owner, by name or ID.

    group
        The new group, by name or ID. Defaults to the one it has.

    Rights: MANAGE on the virtual router and on the user, USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.chown edge alice eole
    """
    return _run(profile, _operations.chown, vrouter, owner, user, group)


def chgrp(vrouter, group, owner=None, profile=None):
    """
    Give a virtual router and its VMs to another group.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    group
        The new group, by name or ID.

    Rights: MANAGE on the virtual router, USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.chgrp edge eole owner=alice
    """
    return _run(profile, _operations.chown, vrouter, owner, None, group)


def lock(vrouter, level="use", owner=None, profile=None):
    """
    Lock a virtual router against operations.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    level
        ``use``, ``manage``, ``admin`` or ``all``. Defaults to ``use``.

    Rights: MANAGE on the virtual router.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.lock edge level=manage owner=alice
    """
    return _run(profile, _operations.lock, vrouter, owner, level)


def unlock(vrouter, owner=None, profile=None):
    """
    Unlock a virtual router.

    vrouter, owner, profile
        Which virtual router, and through which connection; see the module's documentation.

    Rights: MANAGE on the virtual router; who locked it, or a member of group ``oneadmin``.

    CLI Example:

    .. code-block:: bash

        salt-call onevrouter.unlock edge owner=alice
    """
    return _run(profile, _operations.act, vrouter, owner, "unlock")
