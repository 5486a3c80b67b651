"""
Disks and NICs of OpenNebula's VMs
==================================

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


def disk_attach(vm, image=None, image_owner=None, attributes=None, owner=None, profile=None):
    """
    Attach a disk to a VM that runs or is powered off.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    image
        The image, by name or ID. Left out for a volatile disk.

    image_owner
        Whose image of that name. Defaults to the VM's owner.

    attributes
        Further attributes, such as ``TARGET`` or ``DEV_PREFIX``; ``TYPE``, ``FORMAT`` and ``SIZE`` of a
        volatile disk.

    Rights: MANAGE on the VM, USE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.disk_attach web1 data owner=alice
        salt-call onevm.disk_attach web1 attributes="{TYPE: fs, FORMAT: qcow2, SIZE: 1024}"
    """
    return _module.run(profile, _vms.disk_attach, vm, owner, image, image_owner, attributes)


disk_detach = _module.call(
    "disk_detach",
    "detach",
    "Detach a disk from a VM that runs or is powered off.",
    "web1 1 owner=alice",
    takes={"disk_id": "Number of the disk, from :py:func:`show`."},
)


def disk_resize(vm, disk_id, size, owner=None, profile=None):
    """
    Make a disk of a VM bigger.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    disk_id
        Number of the disk, from :py:func:`show`.

    size
        The new size in MB, or as ``20G``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.disk_resize web1 0 20G owner=alice
    """
    return _module.run(profile, _vms.disk_resize, vm, owner, disk_id, size)


def disk_saveas(vm, disk_id, name, type=None, snapshot_id=None, owner=None, profile=None):
    """
    Save a disk of a VM as a new image, which belongs to the account; returns the ID of the image.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    disk_id
        Number of the disk, from :py:func:`show`.

    name
        Name of the image.

    type
        Type of the image. Defaults to that of the image the disk was made from.

    snapshot_id
        Number of the snapshot of the disk to save. Defaults to the disk as it is.

    Rights: MANAGE on the VM, CREATE on IMAGE, USE on the datastore.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.disk_saveas web1 0 web-golden owner=alice
    """
    return _module.run(profile, _vms.disk_saveas, vm, owner, disk_id, name, type, snapshot_id)


disk_snapshot_create = _module.call(
    "disk_snapshot_create",
    "disksnapshotcreate",
    "Take a snapshot of a disk of a VM; returns the number of the snapshot.",
    "web1 0 clean owner=alice",
    takes={
        "disk_id": "Number of the disk, from :py:func:`show`.",
        "name": "Name of the snapshot; names need not be unique.",
    },
    does=_objects.make,
)


disk_snapshot_revert = _module.call(
    "disk_snapshot_revert",
    "disksnapshotrevert",
    "Revert a disk of a powered-off VM to a snapshot. Data written since are lost.",
    "web1 0 0 owner=alice",
    takes={"disk_id": "Number of the disk, from :py:func:`show`.", "snapshot_id": "Number of the snapshot."},
)


disk_snapshot_delete = _module.call(
    "disk_snapshot_delete",
    "disksnapshotdelete",
    "Delete a snapshot of a disk.",
    "web1 0 0 owner=alice",
    takes={"disk_id": "Number of the disk, from :py:func:`show`.", "snapshot_id": "Number of the snapshot."},
)


disk_snapshot_rename = _module.call(
    "disk_snapshot_rename",
    "disksnapshotrename",
    "Rename a snapshot of a disk.",
    "web1 0 0 golden owner=alice",
    takes={
        "disk_id": "Number of the disk, from :py:func:`show`.",
        "snapshot_id": "Number of the snapshot.",
        "name": "The new name.",
    },
)


def disk_snapshot_list(vm, disk_id, owner=None, profile=None):
    """
    Return the snapshots of a disk, a dictionary each in OpenNebula's words.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    disk_id
        Number of the disk, from :py:func:`show`.

    Rights: USE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.disk_snapshot_list web1 0 owner=alice
    """
    return _module.run(profile, _vms.disk_snapshots, vm, owner, disk_id)


def nic_attach(vm, network, network_owner=None, shared=False, attributes=None, owner=None, profile=None):
    """
    Attach a NIC to a VM that runs or is powered off.

    The network must be one of the VM's owner, or shared with that user; anything else is refused, though
    OpenNebula would let an administrator do it.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    network
        The network, by name or ID.

    network_owner
        Whose network of that name. Defaults to the VM's owner.

    shared
        Whether another user's network is meant, though its owner is no administrator. It must be shared with
        the VM's owner by permissions. Defaults to ``False``.

    attributes
        Further attributes, such as ``IP``, ``MAC`` or ``MODEL``; ``PARENT`` makes it an alias of that NIC.

    Rights: MANAGE on the VM, USE on the network.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.nic_attach web1 dmz1 attributes="{IP: 10.1.3.60}" owner=alice
    """
    return _module.run(profile, _vms.nic_attach, vm, owner, network, network_owner, shared, attributes)


nic_detach = _module.call(
    "nic_detach",
    "detachnic",
    "Detach a NIC from a VM that runs or is powered off.",
    "web1 1 owner=alice",
    takes={"nic_id": "Number of the NIC, from :py:func:`show`."},
)


def nic_update(vm, nic_id, attributes, append=True, owner=None, profile=None):
    """
    Change the bandwidth limits of a NIC, of a running VM as well.

    vm, owner, profile
        Which VM, and through which connection; see the module's documentation.

    nic_id
        Number of the NIC, from :py:func:`show`.

    attributes
        ``INBOUND_AVG_BW``, ``INBOUND_PEAK_BW``, ``INBOUND_PEAK_KB`` and the same with ``OUTBOUND``, in KB/s
        and KB. OpenNebula ignores others.

    append
        Merge them into the existing ones. ``False`` replaces all of them. Defaults to ``True``.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call onevm.nic_update web1 0 "{INBOUND_AVG_BW: 1024}" owner=alice
    """
    return _module.run(profile, _vms.nic_update, vm, owner, nic_id, attributes, append)
