"""
Images of OpenNebula
====================

The commands of OpenNebula's ``oneimage``, under their names.

Common arguments:

``image``
    An image, by name, or by ID: a bare number is an ID, so quote a name made of digits twice (``"'12'"``).

``owner``
    Whose image of that name. Without it the one of the account that Salt connects as is meant, or else the only one
    of that name.

``profile``
    Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

A function that changes something returns ``True`` once OpenNebula accepted it, one that makes something returns its
ID; whatever goes wrong is a ``CommandExecutionError`` with one sentence. The rights named below are those of the
account Salt connects as; ``docs/rights.md`` lists them all.
"""

try:
    from onecore.bridge import states as _bridge
    from onecore.cloud.directory import DATASTORES as _DATASTORE
    from onecore.commands import objects as _operations
    from onecore.kinds.registry import KINDS as _KINDS
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.cloud.directory import DATASTORES as _DATASTORE
    from saltext.opennebula.utils.onecore.commands import objects as _operations
    from saltext.opennebula.utils.onecore.kinds.registry import KINDS as _KINDS

__virtualname__ = "oneimage"
__func_alias__ = {"list_": "list"}

_KIND = _KINDS["oneimage"]


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def _run(profile, operation, *arguments):
    return _bridge.command(globals(), profile, lambda cloud: operation(cloud, _KIND, *_bridge.plain(arguments)))


def list_(owner=None, profile=None):
    """
    Return the images that the account may see, sorted by ID: for each ``id``, ``name``, ``owner``, ``group``,
    ``state``, and ``managed``, the mark of what Salt created.

    owner
        Name of the user whose images to list. Defaults to everybody's.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: USE on what is listed.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.list
        salt-call oneimage.list owner=alice --out=json
    """
    return _run(profile, _operations.listing, owner)


def show(image, owner=None, profile=None):
    """
    Return all that OpenNebula tells about an image, as nested dictionaries in its own words.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    Rights: USE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.show debian owner=alice
        salt-call oneimage.show 7
    """
    return _run(profile, _operations.show, image, owner)


def create(name, template, datastore, profile=None):
    """
    Register an image for the account that Salt connects as. Its data is copied in the background: it is READY
    afterwards, or in ERROR.

    name
        Its name.

    template
        Its attributes, as a mapping or as OpenNebula's text; ``PATH`` (of the data) or ``SIZE`` (in MB, of an
        empty image) must be among them.

    datastore
        The image datastore to keep it in, by name or ID.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: CREATE on IMAGE, USE on the datastore.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.create debian "{PATH: /var/tmp/debian.qcow2, TYPE: OS}" default
    """
    return _run(profile, _operations.allocate, name, template, _DATASTORE, datastore)


def clone(image, name, datastore=None, owner=None, profile=None):
    """
    Copy an image; returns the ID of the copy, which belongs to the account.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    name
        Name of the copy.

    datastore
        The datastore to keep it in, by name or ID. Defaults to the image's own.

    Rights: CREATE on IMAGE, USE on the image and on both datastores.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.clone debian debian-copy owner=oneadmin
    """
    return _run(profile, _operations.clone, image, owner, name, datastore)


def delete(image, force=False, owner=None, profile=None):
    """
    Delete an image and its data, whoever made it. OpenNebula refuses while VMs use it.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    force
        Delete one that is being copied as well, though some files may stay in the datastore. Defaults to
        ``False``.

    Rights: MANAGE on the image; ADMIN while it is being copied.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.delete debian-old owner=alice
    """
    return _run(profile, _operations.act, image, owner, "delete", bool(force))


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
    return _run(profile, _operations.act, image, owner, "persistent", True)


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
    return _run(profile, _operations.act, image, owner, "persistent", False)


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
    return _run(profile, _operations.act, image, owner, "enable", True)


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
    return _run(profile, _operations.act, image, owner, "enable", False)


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
    return _run(profile, _operations.act, image, owner, "chtype", type)


def snapshot_delete(image, snapshot_id, owner=None, profile=None):
    """
    Delete a snapshot of a persistent image.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    snapshot_id
        Number of the snapshot, as :py:func:`show` tells it.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.snapshot_delete data 0 owner=alice
    """
    return _run(profile, _operations.act, image, owner, "snapshotdelete", snapshot_id)


def snapshot_revert(image, snapshot_id, owner=None, profile=None):
    """
    Put a persistent image back to a snapshot. What was written since is lost.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    snapshot_id
        Number of the snapshot, as :py:func:`show` tells it.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.snapshot_revert data 0 owner=alice
    """
    return _run(profile, _operations.act, image, owner, "snapshotrevert", snapshot_id)


def snapshot_flatten(image, snapshot_id, owner=None, profile=None):
    """
    Put a persistent image back to a snapshot and forget all its snapshots.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    snapshot_id
        Number of the snapshot, as :py:func:`show` tells it.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.snapshot_flatten data 0 owner=alice
    """
    return _run(profile, _operations.act, image, owner, "snapshotflatten", snapshot_id)


def update(image, template, append=True, owner=None, profile=None):
    """
    Write attributes of an image.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    template
        The attributes, as a mapping or as OpenNebula's text.

    append
        Merge them into those that are there. ``False`` replaces all of them. Defaults to ``True``.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.update debian "{DEV_PREFIX: vd}" owner=alice
    """
    return _run(profile, _operations.update, image, owner, template, append)


def rename(image, name, owner=None, profile=None):
    """
    Give an image another name; its ID and everything else stay.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    name
        The new name, at most 128 bytes, without any of ``& | : \\ " ; / ' # { } $ < >``.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.rename debian debian12 owner=alice
    """
    return _run(profile, _operations.rename, image, owner, name)


def chown(image, user, group=None, owner=None, profile=None):
    """
    Give an image to another user.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    user
        The new owner, by name or ID.

    group
        Its new group, by name or ID. Defaults to the one it has.

    Rights: MANAGE on the image and on the user, USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.chown debian bob owner=alice
    """
    return _run(profile, _operations.chown, image, owner, user, group)


def chgrp(image, group, owner=None, profile=None):
    """
    Give an image to another group.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    group
        The new group, by name or ID.

    Rights: MANAGE on the image, USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.chgrp debian users owner=alice
    """
    return _run(profile, _operations.chown, image, owner, None, group)


def chmod(image, octet, owner=None, profile=None):
    """
    Set the permissions of an image.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    octet
        Three octal digits as a text: owner, group, others; 4 is USE, 2 MANAGE, 1 ADMIN.

    Rights: MANAGE on the image; ADMIN to change who has ADMIN.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.chmod debian "'640'" owner=alice
    """
    return _run(profile, _operations.chmod, image, owner, octet)


def lock(image, level="use", owner=None, profile=None):
    """
    Lock an image against changes.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    level
        What is refused until it is unlocked: ``use`` (the default, and the same as ``all``) what needs USE,
        MANAGE or ADMIN, ``manage`` what needs MANAGE or ADMIN, ``admin`` what needs ADMIN.

    Rights: MANAGE on the image.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.lock debian level=admin owner=alice
    """
    return _run(profile, _operations.lock, image, owner, level)


def unlock(image, owner=None, profile=None):
    """
    Unlock an image.

    image, owner, profile
        Which image, and through which connection; see the module's documentation.

    Rights: MANAGE on the image; who locked it, or a member of group ``oneadmin``.

    CLI Example:

    .. code-block:: bash

        salt-call oneimage.unlock debian owner=alice
    """
    return _run(profile, _operations.act, image, owner, "unlock")
