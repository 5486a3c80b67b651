"""
VMs of OpenNebula
=================

The commands of OpenNebula's ``onevm``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import objects as _objects
    from onecore.commands import vms as _vms
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import objects as _objects
    from saltext.opennebula.utils.onecore.commands import vms as _vms

__virtualname__ = "onevm"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="web1")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show")
update = _module.common(
    "update",
    "It is the user's part of its template; see :py:func:`updateconf` for the other.",
    example='web1 "{DESCRIPTION: a web server}" owner=alice',
)
rename = _module.common("rename")
chown = _module.common("chown")
chgrp = _module.common("chgrp")
chmod = _module.common("chmod")
lock = _module.common("lock")
unlock = _module.common("unlock")


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
    return _module.run(profile, _vms.resize, vm, owner, capacity, enforce)


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
    return _module.run(profile, _objects.update, vm, owner, template, append, "updateconf")
