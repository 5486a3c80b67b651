"""
System snapshots of OpenNebula's VMs
====================================

More commands of OpenNebula's ``onevm``, under their names: Salt joins files with the same ``__virtualname__``.
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

_module = _bridge.Module(globals())
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def snapshot_create(vm, name="", owner=None, profile=None):
    """
    Take a snapshot of a running VM, its memory included; returns the number of the snapshot.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    name
        Name of the snapshot. OpenNebula's default is ``snapshot-<number>``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.snapshot_create web1 before-upgrade owner=alice
    """
    return _module.run(profile, _objects.make, vm, owner, "snapshotcreate", name)


snapshot_revert = _module.call(
    "snapshot_revert",
    "snapshotrevert",
    "Revert a running VM to a snapshot. Changes since then are lost.",
    "web1 0 owner=alice",
    takes={"snapshot_id": "Number of the snapshot."},
)


snapshot_delete = _module.call(
    "snapshot_delete",
    "snapshotdelete",
    "Delete a snapshot of a VM.",
    "web1 0 owner=alice",
    takes={"snapshot_id": "Number of the snapshot."},
)


def snapshot_list(vm, owner=None, profile=None):
    """
    Return the snapshots of a VM, a dictionary each in OpenNebula's words.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    Rights: USE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.snapshot_list web1 owner=alice
    """
    return _module.run(profile, _vms.snapshots, vm, owner)
