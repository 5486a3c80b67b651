"""
VM templates of OpenNebula
==========================

The commands of OpenNebula's ``onetemplate``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import vms as _vms
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import vms as _vms

__virtualname__ = "onetemplate"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="gateway", template="attributes")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list")
show = _module.common("show")
create = _module.common(
    "create",
    "NICs with the name of a network and without its owner use the network of the user who instantiates it.",
    rights="CREATE on TEMPLATE; membership in group ``oneadmin`` for the attributes that oned.conf restricts.",
    example='gateway "{CPU: 1, MEMORY: 512, NIC: [{NETWORK: academie}]}"',
)
clone = _module.common(
    "clone",
    option=_bridge.flag("recursive", "Copy the images of its disks as well."),
    rights="CREATE on TEMPLATE and on the template; with ``recursive`` also CREATE on IMAGE and USE on the images.",
)
delete = _module.common(
    "delete",
    "VMs created from it stay.",
    option=_bridge.flag("recursive", "Delete the images of its disks as well."),
    rights="MANAGE on the template; with ``recursive`` also on the images.",
)
update = _module.common(
    "update",
    "NICs or disks among them replace all NICs or disks of the template.",
    example='gateway "{MEMORY: 1024}" owner=alice',
)
rename = _module.common("rename")
chown = _module.common("chown")
chgrp = _module.common("chgrp")
chmod = _module.common(
    "chmod", option=_bridge.flag("recursive", "Set the same permissions on the images of its disks.")
)
lock = _module.common("lock")
unlock = _module.common("unlock")


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
        The user who gets it, by name or ID: networks and images that are named without owner are that
        user's. Defaults to the account.

    as_group
        The group that gets it, by name or ID. Defaults to the primary group of ``as_user``.

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
    flags = {"hold": hold, "persistent": persistent, "shared": shared}
    return _module.run(profile, _vms.instantiate, template, owner, name, as_user, as_group, flags, extra)
