"""
VM groups of OpenNebula
=======================

The commands of OpenNebula's ``onevmgroup``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import vmgroups as _vmgroups
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import vmgroups as _vmgroups

__virtualname__ = "onevmgroup"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="web")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show", "Its roles list their VMs.")
create = _module.common("create", example='web "{ROLE: [{NAME: front, POLICY: ANTI_AFFINED}]}"')
delete = _module.common("delete", "OpenNebula also deletes a group that VMs use, and removes their roles.")
update = _module.common("update", "Roles among them are ignored.", example="web \"{AFFINED: 'front,cache'}\"")
rename = _module.common("rename")
chown = _module.common("chown")
chgrp = _module.common("chgrp")
chmod = _module.common("chmod")
lock = _module.common("lock")
unlock = _module.common("unlock")


def role_add(vmgroup, role, attributes=None, owner=None, profile=None):
    """
    Add a role to a VM group.

    vmgroup, owner, profile
        Which VM group, and through which connection; see the module's documentation.

    role
        Name of the role.

    attributes
        Its attributes: ``POLICY`` (``AFFINED`` or ``ANTI_AFFINED``), ``HOST_AFFINED`` and ``HOST_ANTI_AFFINED`` with
        numbers of hosts.

    Rights: MANAGE on the VM group.

    CLI Example:

    .. code-block:: bash

        salt-call onevmgroup.role_add web front "{POLICY: ANTI_AFFINED}"
    """
    return _module.run(profile, _vmgroups.add_role, vmgroup, owner, role, attributes)


def role_update(vmgroup, role, attributes, owner=None, profile=None):
    """
    Write attributes of a role; the others stay. OpenNebula refuses while VMs have the role.

    vmgroup, owner, profile
        Which VM group, and through which connection; see the module's documentation.

    role
        Name or number of the role.

    attributes
        As for :py:func:`role_add`; ``NAME`` renames it.

    Rights: MANAGE on the VM group.

    CLI Example:

    .. code-block:: bash

        salt-call onevmgroup.role_update web front "{HOST_AFFINED: '0,1'}"
    """
    return _module.run(profile, _vmgroups.update_role, vmgroup, owner, role, attributes)


def role_delete(vmgroup, role, owner=None, profile=None):
    """
    Remove a role from a VM group. OpenNebula refuses while VMs have it, or a rule names it.

    vmgroup, owner, profile
        Which VM group, and through which connection; see the module's documentation.

    role
        Name or number of the role.

    Rights: MANAGE on the VM group.

    CLI Example:

    .. code-block:: bash

        salt-call onevmgroup.role_delete web front
    """
    return _module.run(profile, _vmgroups.delete_role, vmgroup, owner, role)
