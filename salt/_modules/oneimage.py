"""
Images of OpenNebula
====================

The commands of OpenNebula's ``oneimage``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import restoring as _restoring
    from onecore.commands import usage as _usage
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import restoring as _restoring
    from saltext.opennebula.utils.onecore.commands import usage as _usage

__virtualname__ = "oneimage"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="debian")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show")
create = _module.common(
    "create",
    "Its data is copied in the background: it is READY afterwards, or in ERROR. ``PATH`` (of the data) or ``SIZE`` (in "
    "MB, of an empty image) must be among its attributes.",
    option=_bridge.place("datastore", "The image datastore to keep it in, by name or ID.", default=_bridge.REQUIRED),
    rights="CREATE on IMAGE, USE on the datastore.",
    example='debian "{PATH: /var/tmp/debian.qcow2, TYPE: OS}" default',
)
clone = _module.common(
    "clone",
    option=_bridge.place("datastore", "The datastore to keep it in, by name or ID. Defaults to the image's own."),
    rights="CREATE on IMAGE, USE on the image and on both datastores.",
)
delete = _module.common(
    "delete",
    "Its data are lost. OpenNebula refuses to delete an image that VMs use.",
    option=_bridge.flag(
        "force", "Delete one that is being copied as well, though some files may stay in the datastore."
    ),
    rights="MANAGE on the image; ADMIN while it is being copied.",
)
update = _module.common("update", example='debian "{DEV_PREFIX: vd}" owner=alice')
rename = _module.common("rename")
chown = _module.common("chown")
chgrp = _module.common("chgrp")
chmod = _module.common("chmod")
lock = _module.common("lock")
unlock = _module.common("unlock")
orphans = _module.own(_usage.orphans)
restore = _module.own(_restoring.restore)


persistent = _module.call(
    "persistent",
    "persistent",
    "Make an image persistent: changes of its VM are kept, and only one VM can use it at a time.",
    "debian owner=alice",
    sends=(True,),
)


nonpersistent = _module.call(
    "nonpersistent",
    "persistent",
    "Make an image non-persistent: each VM works on a copy of its own.",
    "debian owner=alice",
    sends=(False,),
)


enable = _module.call("enable", "enable", "Enable an image for VMs.", "debian owner=alice", sends=(True,))


disable = _module.call("disable", "enable", "Disable an image for VMs.", "debian owner=alice", sends=(False,))


chtype = _module.call(
    "chtype",
    "chtype",
    "Change the type of an image.",
    "debian OS owner=alice",
    takes={"type": "``OS``, ``CDROM``, ``DATABLOCK``, ``KERNEL``, ``RAMDISK`` or ``CONTEXT``."},
)


snapshot_delete = _module.call(
    "snapshot_delete",
    "snapshotdelete",
    "Delete a snapshot of a persistent image.",
    "data 0 owner=alice",
    takes={"snapshot_id": "Number of the snapshot, from :py:func:`show`."},
)


snapshot_revert = _module.call(
    "snapshot_revert",
    "snapshotrevert",
    "Revert a persistent image to a snapshot. Data written since are lost.",
    "data 0 owner=alice",
    takes={"snapshot_id": "Number of the snapshot, from :py:func:`show`."},
)


snapshot_flatten = _module.call(
    "snapshot_flatten",
    "snapshotflatten",
    "Revert a persistent image to a snapshot and delete all its snapshots.",
    "data 0 owner=alice",
    takes={"snapshot_id": "Number of the snapshot, from :py:func:`show`."},
)
