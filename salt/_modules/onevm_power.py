"""
Power and place of OpenNebula's VMs
===================================

More commands of OpenNebula's ``onevm``, under their names: Salt joins files with the same ``__virtualname__``.

An action returns once OpenNebula accepted it; the VM gets there afterwards.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import vms as _vms
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import vms as _vms

__virtualname__ = "onevm"

_module = _bridge.Module(globals())
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def terminate(vm, hard=False, owner=None, profile=None):
    """
    Terminate a VM: it is shut down, its addresses are free again, and what its non-persistent disks held is lost.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    hard
        Act without the consent of the guest. Defaults to ``False``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.terminate web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "terminate", hard)


def poweroff(vm, hard=False, owner=None, profile=None):
    """
    Shut a VM down and keep it on its host.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    hard
        Act without the consent of the guest. Defaults to ``False``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.poweroff web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "poweroff", hard)


def resume(vm, owner=None, profile=None):
    """
    Start a VM that is powered off, suspended, stopped or undeployed.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.resume web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "resume")


def suspend(vm, owner=None, profile=None):
    """
    Save the memory of a running VM to disk and keep it on its host.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.suspend web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "suspend")


def stop(vm, owner=None, profile=None):
    """
    Save the memory of a running VM, and move it with its disks to the front end.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.stop web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "stop")


def undeploy(vm, hard=False, owner=None, profile=None):
    """
    Shut a VM down, and move its disks to the front end.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    hard
        Act without the consent of the guest. Defaults to ``False``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.undeploy web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "undeploy", hard)


def reboot(vm, hard=False, owner=None, profile=None):
    """
    Restart the guest of a running VM.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    hard
        Act without the consent of the guest. Defaults to ``False``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.reboot web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "reboot", hard)


def hold(vm, owner=None, profile=None):
    """
    Keep a waiting VM from being placed on a host.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.hold web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "hold")


def release(vm, owner=None, profile=None):
    """
    Let a VM that is on hold be placed on a host.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.release web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "release")


def resched(vm, owner=None, profile=None):
    """
    Ask the scheduler to find another host for a running VM.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    Rights: ADMIN on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.resched web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "resched")


def unresched(vm, owner=None, profile=None):
    """
    Take that request back.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    Rights: ADMIN on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.unresched web1 owner=alice
    """
    return _module.run(profile, _vms.power, vm, owner, "unresched")


def deploy(vm, host, datastore=None, enforce=False, owner=None, profile=None):
    """
    Start a waiting VM on a host.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    host
        The host, by name or ID.

    datastore
        The system datastore to keep its disks in, by name or ID. Defaults to the one OpenNebula picks.

    enforce
        Refuse if the host has not enough free capacity. Defaults to ``False``.

    Rights: ADMIN on the VM, MANAGE on the host, USE on the datastore.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.deploy web1 host01 owner=alice
    """
    return _module.run(profile, _vms.deploy, vm, owner, host, datastore, enforce)


def migrate(vm, host, datastore=None, live=False, enforce=False, poff=False, poff_hard=False, owner=None, profile=None):
    """
    Move a VM to another host.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    host
        The host, by name or ID.

    datastore
        The system datastore to keep its disks in, by name or ID. Defaults to the one it is in.

    live
        Keep it running during the move. Defaults to ``False``: its memory is saved and restored.

    enforce
        Refuse if the host has not enough free capacity. Defaults to ``False``.

    poff, poff_hard
        Shut the guest down and start it again instead, without asking it for ``poff_hard``. Defaults to
        ``False``.

    Rights: ADMIN on the VM, MANAGE on the host, USE on the datastore.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.migrate web1 host02 live=True owner=alice
    """
    how = {"live": live, "enforce": enforce, "poff": poff, "poff_hard": poff_hard}
    return _module.run(profile, _vms.migrate, vm, owner, host, datastore, how)


def recover(vm, operation, owner=None, profile=None):
    """
    Bring a VM on that is stuck, or whose driver failed.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    operation
        ``success`` or ``failure`` of what is under way; ``retry`` of what failed; ``delete``; ``recreate``
        (delete its disks and make them again from the same images: ID, addresses and context stay);
        ``delete-db`` (forget it and touch nothing on the host).

    Rights: ADMIN on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.recover web1 retry owner=alice
    """
    return _module.run(profile, _vms.recover, vm, owner, operation)
