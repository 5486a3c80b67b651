"""
Groups of OpenNebula
====================

The commands of OpenNebula's ``onegroup``, under their names.

Common arguments:

``group``
    A group, by name, or by ID: a bare number is an ID, so quote a name made of digits twice (``"'12'"``).

``profile``
    Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

A function that changes something returns ``True`` once OpenNebula accepted it, one that makes something returns its
ID; whatever goes wrong is a ``CommandExecutionError`` with one sentence. The rights named below are those of the
account Salt connects as; ``docs/rights.md`` lists them all.
"""

try:
    from onecore.bridge import states as _bridge
    from onecore.commands import accounts as _accounts
    from onecore.commands import objects as _operations
    from onecore.kinds.registry import KINDS as _KINDS
    from onecore.kinds.user import USER as _USER
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.commands import accounts as _accounts
    from saltext.opennebula.utils.onecore.commands import objects as _operations
    from saltext.opennebula.utils.onecore.kinds.registry import KINDS as _KINDS
    from saltext.opennebula.utils.onecore.kinds.user import USER as _USER

__virtualname__ = "onegroup"
__func_alias__ = {"list_": "list"}

_KIND = _KINDS["onegroup"]


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def _run(profile, operation, *arguments):
    return _bridge.command(globals(), profile, lambda cloud: operation(cloud, _KIND, *_bridge.plain(arguments)))


def list_(profile=None):
    """
    Return the groups that the account may see, sorted by ID: for each ``id``, ``name`` and ``managed``, the mark
    of what Salt created.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: USE on what is listed.

    CLI Example:

    .. code-block:: bash

        salt-call onegroup.list --out=json
    """
    return _run(profile, _operations.listing)


def show(group, profile=None):
    """
    Return all that OpenNebula tells about a group, as nested dictionaries in its own words, its members,
    administrators, quotas and what it uses of them.

    group, profile
        Which group, and through which connection; see the module's documentation.

    Rights: USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onegroup.show eole
        salt-call onegroup.show 7
    """
    return _run(profile, _operations.show, group)


def create(name, resources=None, profile=None):
    """
    Create a group, and an ACL rule for what its members may create.

    name
        Its name.

    resources
        Types of objects that its members may create, such as ``VM+IMAGE+TEMPLATE`` or a list. Without such a
        rule nobody can make a VM, not even an administrator in their name. Defaults to
        ``VM+IMAGE+TEMPLATE+DOCUMENT+SECGROUP+VMGROUP+BACKUPJOB``; an empty list makes no rule.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: CREATE on GROUP, and MANAGE on ACL for the rule.

    CLI Example:

    .. code-block:: bash

        salt-call onegroup.create eole
        salt-call onegroup.create guests resources=VM
    """
    return _run(profile, _accounts.create_group, name, resources)


def delete(group, profile=None):
    """
    Delete a group. OpenNebula refuses while it has members.

    group, profile
        Which group, and through which connection; see the module's documentation.

    Rights: ADMIN on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onegroup.delete eole
    """
    return _run(profile, _operations.act, group, None, "delete")


def addadmin(group, user, profile=None):
    """
    Make a member of a group an administrator of it.

    group, profile
        Which group, and through which connection; see the module's documentation.

    user
        The user, by name or ID.

    Rights: ADMIN on the group and on the user.

    CLI Example:

    .. code-block:: bash

        salt-call onegroup.addadmin eole alice
    """
    return _run(profile, _operations.relate, group, "addadmin", _USER, user)


def deladmin(group, user, profile=None):
    """
    Make an administrator of a group a mere member again.

    group, profile
        Which group, and through which connection; see the module's documentation.

    user
        The user, by name or ID.

    Rights: ADMIN on the group and on the user.

    CLI Example:

    .. code-block:: bash

        salt-call onegroup.deladmin eole alice
    """
    return _run(profile, _operations.relate, group, "deladmin", _USER, user)


def quota(group, limits, profile=None):
    """
    Set limits on what the members of a group use together.

    group, profile
        Which group, and through which connection; see the module's documentation.

    limits
        By name, as the state takes them: ``vms``, ``cpu``, ``memory``, ``running_vms``, ``running_cpu``,
        ``running_memory``, ``system_disk_size``, ``networks: {name: leases}``, ``datastores: {name: {size,
        images}}``, ``images: {name: rvms}``. Sizes in MB or as ``64G``; -1 is the cloud's default, -2 no
        limit. What is not named stays. OpenNebula's text is taken as well.

    Rights: ADMIN on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onegroup.quota eole "{vms: 100, memory: 256G}"
    """
    return _run(profile, _accounts.quota, group, limits)


def vlan(group, rules, profile=None):
    """
    Set which VLAN numbers members of a group may choose; OpenNebula 7.4 and newer.

    group, profile
        Which group, and through which connection; see the module's documentation.

    rules
        The rules, as a mapping or as OpenNebula's text.

    Rights: ADMIN on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onegroup.vlan eole "{VLAN_RULE: [{SCOPE: VLAN_ID, RANGE: '100-199'}]}"
    """
    return _run(profile, _operations.write, group, None, "vlan", rules)


def update(group, template, append=True, profile=None):
    """
    Write attributes of a group.

    group, profile
        Which group, and through which connection; see the module's documentation.

    template
        The attributes, as a mapping or as OpenNebula's text.

    append
        Merge them into those that are there. ``False`` replaces all of them. Defaults to ``True``.

    Rights: ADMIN on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onegroup.update eole "{CONTACT: alice}"
    """
    return _run(profile, _operations.update, group, None, template, append)
