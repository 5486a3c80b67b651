"""
VM templates of OpenNebula
==========================

The commands of OpenNebula's ``onetemplate``, under their names.

Common arguments:

``template``
    A VM template, by name, or by ID: a bare number is an ID, so quote a name made of digits twice (``"'12'"``).

``owner``
    Whose template of that name. Without it the one of the account that Salt connects as is meant, or else the only one
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

__virtualname__ = "onetemplate"
__func_alias__ = {"list_": "list"}

_KIND = _KINDS["onetemplate"]


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def _run(profile, operation, *arguments):
    return _bridge.command(globals(), profile, lambda cloud: operation(cloud, _KIND, *_bridge.plain(arguments)))


def list_(owner=None, profile=None):
    """
    Return the templates that the account may see, sorted by ID: for each ``id``, ``name``, ``owner``, ``group``,
    and ``managed``, the mark of what Salt created.

    owner
        Name of the user whose templates to list. Defaults to everybody's.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: USE on what is listed.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.list
        salt-call onetemplate.list owner=alice --out=json
    """
    return _run(profile, _operations.listing, owner)


def show(template, owner=None, profile=None):
    """
    Return all that OpenNebula tells about a template, as nested dictionaries in its own words.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    Rights: USE on the template.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.show gateway owner=alice
        salt-call onetemplate.show 7
    """
    return _run(profile, _operations.show, template, owner)


def create(name, attributes, profile=None):
    """
    Create a template for the account that Salt connects as.

    name
        Its name.

    attributes
        Its attributes, as a mapping or as OpenNebula's text. NICs that name a network and not its owner find
        the network of whoever instantiates.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: CREATE on TEMPLATE; membership in group ``oneadmin`` for the attributes that oned.conf restricts.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.create gateway "{CPU: 1, MEMORY: 512, NIC: [{NETWORK: academie}]}"
    """
    return _run(profile, _operations.allocate, name, attributes)


def clone(template, name, recursive=False, owner=None, profile=None):
    """
    Copy a template; returns the ID of the copy, which belongs to the account.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    name
        Name of the copy.

    recursive
        Copy the images of its disks as well. Defaults to ``False``.

    Rights: CREATE on TEMPLATE and on the template; with ``recursive`` also CREATE on IMAGE and USE on the images.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.clone gateway gateway-test owner=oneadmin
    """
    return _run(profile, _operations.make, template, owner, "clone", name, bool(recursive))


def delete(template, recursive=False, owner=None, profile=None):
    """
    Delete a template, whoever made it. VMs made from it stay.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    recursive
        Delete the images of its disks as well. Defaults to ``False``.

    Rights: MANAGE on the template; with ``recursive`` also on the images.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.delete gateway-old owner=alice
    """
    return _run(profile, _operations.act, template, owner, "delete", bool(recursive))


def instantiate(
    template,
    name=None,
    as_user=None,
    as_group=None,
    hold=False,
    persistent=False,
    extra=None,
    shared=False,
    owner=None,
    profile=None,
):
    """
    Make a VM from a template; returns the ID of the VM.

    The VM joins networks of the user it is for, or networks shared with that user; anything else is refused,
    though OpenNebula would let an administrator do it.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    name
        Name of the VM. OpenNebula's default is ``<template>-<ID>``.

    as_user
        The user it shall belong to, by name or ID: networks and images that are named without owner are that
        user's. Defaults to the account.

    as_group
        The group it shall belong to, by name or ID. Defaults to the primary group of ``as_user``.

    hold
        Leave it on hold until it is released. Defaults to ``False``.

    persistent
        Copy the template and its images first, and keep what the VM writes. Defaults to ``False``.

    extra
        Further attributes, as a mapping or as OpenNebula's text. NICs or disks among them replace all of the
        template's.

    shared
        Whether networks of other users are meant where the template names them. They must be shared with the
        user by permissions. Defaults to ``False``.

    Rights: USE on the template, its images and networks; CREATE on TEMPLATE with ``extra``; MANAGE on the user and
    group of ``as_user``.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.instantiate gateway name=gw-alice as_user=alice owner=oneadmin
    """
    flags = {"hold": bool(hold), "persistent": bool(persistent), "shared": bool(shared)}
    return _run(profile, _vm.instantiate, template, owner, name, as_user, as_group, flags, extra)


def update(template, attributes, append=True, owner=None, profile=None):
    """
    Write attributes of a template. NICs or disks among them replace all NICs or disks of the template.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    attributes
        The attributes, as a mapping or as OpenNebula's text.

    append
        Merge them into those that are there. ``False`` replaces all of them. Defaults to ``True``.

    Rights: MANAGE on the template.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.update gateway "{MEMORY: 1024}" owner=alice
    """
    return _run(profile, _operations.update, template, owner, attributes, append)


def rename(template, name, owner=None, profile=None):
    """
    Give a template another name; its ID and everything else stay.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    name
        The new name, at most 128 bytes, without any of ``& | : \\ " ; / ' # { } $ < >``.

    Rights: MANAGE on the template.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.rename gateway gw owner=alice
    """
    return _run(profile, _operations.rename, template, owner, name)


def chown(template, user, group=None, owner=None, profile=None):
    """
    Give a template to another user.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    user
        The new owner, by name or ID.

    group
        Its new group, by name or ID. Defaults to the one it has.

    Rights: MANAGE on the template and on the user, USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.chown gateway bob owner=alice
    """
    return _run(profile, _operations.chown, template, owner, user, group)


def chgrp(template, group, owner=None, profile=None):
    """
    Give a template to another group.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    group
        The new group, by name or ID.

    Rights: MANAGE on the template, USE on the group.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.chgrp gateway users owner=alice
    """
    return _run(profile, _operations.chown, template, owner, None, group)


def chmod(template, octet, recursive=False, owner=None, profile=None):
    """
    Set the permissions of a template.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    octet
        Three octal digits as a text: owner, group, others; 4 is USE, 2 MANAGE, 1 ADMIN.

    recursive
        Set the same permissions on the images of its disks. Defaults to ``False``.

    Rights: MANAGE on the template; ADMIN to change who has ADMIN.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.chmod gateway "'640'" owner=alice
    """
    return _run(profile, _operations.chmod, template, owner, octet, bool(recursive))


def lock(template, level="use", owner=None, profile=None):
    """
    Lock a template against changes.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    level
        What is refused until it is unlocked: ``use`` (the default, and the same as ``all``) what needs USE,
        MANAGE or ADMIN, ``manage`` what needs MANAGE or ADMIN, ``admin`` what needs ADMIN.

    Rights: MANAGE on the template.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.lock gateway level=admin owner=alice
    """
    return _run(profile, _operations.lock, template, owner, level)


def unlock(template, owner=None, profile=None):
    """
    Unlock a template.

    template, owner, profile
        Which template, and through which connection; see the module's documentation.

    Rights: MANAGE on the template; who locked it, or a member of group ``oneadmin``.

    CLI Example:

    .. code-block:: bash

        salt-call onetemplate.unlock gateway owner=alice
    """
    return _run(profile, _operations.act, template, owner, "unlock")
