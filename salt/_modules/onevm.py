"""
VMs of OpenNebula
=================

The commands of OpenNebula's ``onevm``, under their names: those for VMs as a whole. Those for their power and
place, and for their disks, NICs and snapshots, are in files beside this one.

Common arguments:

``vm``
    A VM, by name, or by ID: a bare number is an ID, so quote a name made of digits twice (``"'12'"``).

``owner``
    Whose VM of that name. Without it the one of the account that Salt connects as is meant, or else the only one
    of that name.

``profile``
    Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

A function that changes something returns ``True`` once OpenNebula accepted it, one that makes something returns its
ID; whatever goes wrong is a ``CommandExecutionError`` with one sentence. The rights named below are those of the
account Salt connects as; ``docs/rights.md`` lists them all.
"""

try:
    from onecore.bridge import states as _bridge
    from onecore.commands import objects as _operations
    from onecore.commands import vms as _vm
    from onecore.kinds.registry import KINDS as _KINDS
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.commands import objects as _operations
    from saltext.opennebula.utils.onecore.commands import vms as _vm
    from saltext.opennebula.utils.onecore.kinds.registry import KINDS as _KINDS

__virtualname__ = "onevm"
__func_alias__ = {"list_": "list"}

_KIND = _KINDS["onevm"]


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def _run(profile, operation, *arguments):
    return _bridge.command(globals(), profile, lambda cloud: operation(cloud, _KIND, *_bridge.plain(arguments)))


def list_(owner=None, profile=None):
    """
    Return the VMs that the account may see, sorted by ID: for each ``id``, ``name``, ``owner``, ``group``,
    ``state``, and ``managed``, the mark of what Salt created.

    owner
        Name of the user whose VMs to list. Defaults to everybody's.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: USE on what is listed.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.list
        salt-call onevm.list owner=alice --out=json
    """
    return _run(profile, _operations.listing, owner)


def show(vm, owner=None, profile=None):
    """
    Return all that OpenNebula tells about a VM, as nested dictionaries in its own words.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    Rights: USE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.show web1 owner=alice
        salt-call onevm.show 7
    """
    return _run(profile, _operations.show, vm, owner)


def resize(vm, cpu=None, vcpu=None, memory=None, enforce=True, owner=None, profile=None):
    """
    Change the capacity of a VM: of a running one where its hypervisor can, else of one that is powered off or
    undeployed.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    cpu
        Share of a physical CPU, such as 0.5. Defaults to what it has.

    vcpu
        Number of virtual CPUs. Defaults to what it has.

    memory
        Memory in MB, or as ``2G``. Defaults to what it has.

    enforce
        Refuse if the host has not enough free capacity. Defaults to ``True``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.resize web1 memory=2G owner=alice
    """
    capacity = {"cpu": cpu, "vcpu": vcpu, "memory": memory}
    return _run(profile, _vm.resize, vm, owner, capacity, bool(enforce))


def updateconf(vm, template, append=True, owner=None, profile=None):
    """
    Change the configuration of a VM: of a running one only its context reaches the guest at once.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    template
        Any of ``OS``, ``FEATURES``, ``INPUT``, ``GRAPHICS``, ``VIDEO``, ``RAW``, ``CPU_MODEL``,
        ``BACKUP_CONFIG`` and ``CONTEXT``, as a mapping or as OpenNebula's text.

    append
        Merge it into what is there. ``False`` replaces all of it. Defaults to ``True``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.updateconf web1 "{CONTEXT: {SSH_PUBLIC_KEY: ssh-ed25519 AAAA}}" owner=alice
    """
    return _run(profile, _operations.update, vm, owner, template, append, "updateconf")


def update(vm, template, append=True, owner=None, profile=None):
    """
    Write attributes of a VM. It is the user's part of its template; see :py:func:`updateconf` for the other.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    template
        The attributes, as a mapping or as OpenNebula's text.

    append
        Merge them into those that are there. ``False`` replaces all of them. Defaults to ``True``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.update web1 "{DESCRIPTION: a web server}" owner=alice
    """
    return _run(profile, _operations.update, vm, owner, template, append)


def rename(vm, name, owner=None, profile=None):
    """
    Give a VM another name; its ID and everything else stay.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    name
        The new name, at most 128 bytes, without any of ``& | : \\ " ; / ' # { } $ < >``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.rename web1 web owner=alice
    """
    return _run(profile, _operations.rename, vm, owner, name)


def chown(vm, user, group=None, owner=None, profile=None):
    """
    Give a VM to another user.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    user
        The new owner, by name or ID.

    group
        Its new group, by name or ID. Defaults to the one it has.

    Rights: MANAGE on the VM and on the user, USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.chown web1 bob owner=alice
    """
    return _run(profile, _operations.chown, vm, owner, user, group)


def chgrp(vm, group, owner=None, profile=None):
    """
    Give a VM to another group.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    group
        The new group, by name or ID.

    Rights: MANAGE on the VM, USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.chgrp web1 users owner=alice
    """
    return _run(profile, _operations.chown, vm, owner, None, group)


def chmod(vm, octet, owner=None, profile=None):
    """
    Set the permissions of a VM.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    octet
        Three octal digits as a text: owner, group, others; 4 is USE, 2 MANAGE, 1 ADMIN.

    Rights: MANAGE on the VM; ADMIN to change who has ADMIN.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.chmod web1 "'640'" owner=alice
    """
    return _run(profile, _operations.chmod, vm, owner, octet)


def lock(vm, level="use", owner=None, profile=None):
    """
    Lock a VM against changes.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    level
        What is refused until it is unlocked: ``use`` (the default, and the same as ``all``) what needs USE,
        MANAGE or ADMIN, ``manage`` what needs MANAGE or ADMIN, ``admin`` what needs ADMIN.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.lock web1 level=admin owner=alice
    """
    return _run(profile, _operations.lock, vm, owner, level)


def unlock(vm, owner=None, profile=None):
    """
    Unlock a VM.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    Rights: MANAGE on the VM; who locked it, or a member of group ``oneadmin``.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.unlock web1 owner=alice
    """
    return _run(profile, _operations.act, vm, owner, "unlock")
