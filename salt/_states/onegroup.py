"""
Groups of OpenNebula
====================

A state sets what it declares and leaves everything else alone: an argument that is left out or ``null`` is not
managed. OpenNebula cannot rename a group.

The connection is configured once, under ``opennebula:connection`` in the pillar or the minion's configuration.

Rights: the account creates groups with CREATE on GROUP and changes or removes them with ADMIN; to make somebody an
administrator it needs ADMIN on the user as well, and MANAGE on ACL to let its members create something.
"""

try:
    from onecore.bridge import states as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge

__virtualname__ = "onegroup"


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def present(name, admins=None, resources=None, quota=None, attributes=None, profile=None, **kwargs):
    """
    Ensure that a group exists and is as declared.

    name
        Name of the group, at most 128 bytes, without blanks or any of ``& | : \\ " ; / ' # { } $ < >``.

    admins
        Names of all its administrators. One that is no member yet becomes one; one that is not listed stays a member.

    resources
        Types of objects that its members may create, such as ``[VM, IMAGE, TEMPLATE]``; an ACL rule is added for those
        that they cannot create yet. Without such rules nobody can make a VM, not even an administrator in their name.
        Defaults to what the group ``users`` of a fresh cloud may create: ``[VM, IMAGE, TEMPLATE, DOCUMENT, SECGROUP,
        VMGROUP, BACKUPJOB]``. An empty list leaves the rules alone.

    quota
        Limits on what its members use together, by name: ``vms``, ``cpu``, ``memory``, ``running_vms``,
        ``running_cpu``, ``running_memory``, ``system_disk_size``, ``networks: {name: leases}``,
        ``datastores: {name: {size, images}}`` and ``images: {name: rvms}``. Sizes in MB or as ``64G``; -1 is the
        cloud's default, -2 no limit. A limit that is not named stays. Networks and images are those of the account.

    attributes
        Any other attribute of the group's template, by name: a text, a mapping for a vector, a list for a repeated
        attribute, ``null`` to remove it.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        eole:
          onegroup.present:
            - admins: [alice]
            - quota: {vms: 100, memory: 256G}
    """
    return _bridge.present(globals(), "onegroup", locals())


def absent(name, unmanaged=False, profile=None, **kwargs):
    """
    Ensure that a group does not exist.

    Only a group that these states created is removed (it carries ``SALT_MANAGED``), and never one with members.

    name
        Which group.

    unmanaged
        Remove it even if these states did not create it. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        former-team:
          onegroup.absent: []
    """
    return _bridge.absent(globals(), "onegroup", locals())
