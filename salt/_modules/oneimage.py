"""
Images of OpenNebula
====================

The commands of OpenNebula's ``oneimage``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import objects as _objects
    from onecore.commands import usage as _usage
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import objects as _objects
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
    "Its data is lost. OpenNebula refuses while VMs use it.",
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


def persistent(image, owner=None, profile=None):
    """
    Make an image persistent: what its VM writes stays, and only one VM at a time can use it.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.persistent debian owner=alice
    """
    return _module.run(profile, _objects.act, image, owner, "persistent", True)


def nonpersistent(image, owner=None, profile=None):
    """
    Make an image non-persistent: each VM works on a copy of its own.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.nonpersistent debian owner=alice
    """
    return _module.run(profile, _objects.act, image, owner, "persistent", False)


def enable(image, owner=None, profile=None):
    """
    Let VMs use an image again.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.enable debian owner=alice
    """
    return _module.run(profile, _objects.act, image, owner, "enable", True)


def disable(image, owner=None, profile=None):
    """
    Keep VMs from using an image from now on.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.disable debian owner=alice
    """
    return _module.run(profile, _objects.act, image, owner, "enable", False)


def chtype(image, type, owner=None, profile=None):
    """
    Change the type of an image.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    type
        ``OS``, ``CDROM``, ``DATABLOCK``, ``KERNEL``, ``RAMDISK`` or ``CONTEXT``.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.chtype debian OS owner=alice
    """
    return _module.run(profile, _objects.act, image, owner, "chtype", type)


def snapshot_delete(image, snapshot_id, owner=None, profile=None):
    """
    Delete a snapshot of a persistent image.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    snapshot_id
        Number of the snapshot, from :py:func:`show`.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.snapshot_delete data 0 owner=alice
    """
    return _module.run(profile, _objects.act, image, owner, "snapshotdelete", snapshot_id)


def snapshot_revert(image, snapshot_id, owner=None, profile=None):
    """
    Put a persistent image back to a snapshot. What was written since is lost.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    snapshot_id
        Number of the snapshot, from :py:func:`show`.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.snapshot_revert data 0 owner=alice
    """
    return _module.run(profile, _objects.act, image, owner, "snapshotrevert", snapshot_id)


def snapshot_flatten(image, snapshot_id, owner=None, profile=None):
    """
    Put a persistent image back to a snapshot and forget all its snapshots.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    snapshot_id
        Number of the snapshot, from :py:func:`show`.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.snapshot_flatten data 0 owner=alice
    """
    return _module.run(profile, _objects.act, image, owner, "snapshotflatten", snapshot_id)
