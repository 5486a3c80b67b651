"""
Groups of OpenNebula
====================

The commands of OpenNebula's ``onegroup``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import accounts as _accounts
    from onecore.commands import objects as _objects
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import accounts as _accounts
    from saltext.opennebula.utils.onecore.commands import objects as _objects

__virtualname__ = "onegroup"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="eole")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "This includes its members, administrators, quotas and their usage.")
update = _module.common("update", rights="ADMIN on the group.", example='eole "{CONTACT: alice}"')
delete = _module.common(
    "delete", "OpenNebula refuses to delete a group with members.", rights="ADMIN on the group.", example="eole"
)

addadmin = _module.relation("addadmin", "oneuser", "Make a member of a group an administrator of it.", "alice")
deladmin = _module.relation("deladmin", "oneuser", "Make an administrator of a group a normal member again.", "alice")


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
    return _module.run(profile, _accounts.create_group, name, resources)


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
    return _module.run(profile, _accounts.quota, group, limits)


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
    return _module.run(profile, _objects.write, group, None, "vlan", rules)


def defaultquota(limits=None, profile=None):
    """
    Return the default quota of groups, or set limits of it.

    limits
        As for :py:func:`quota`, -2 for no limit; OpenNebula's text is taken as well. Without them, nothing is changed
        and the whole default quota is returned.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: membership in group ``oneadmin``.

    CLI Example:

    .. code-block:: bash

        salt-call onegroup.defaultquota
        salt-call onegroup.defaultquota "{vms: 10}"
    """
    return _module.run(profile, _accounts.default_quota, "groups", limits)
