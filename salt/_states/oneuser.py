"""
Users of OpenNebula
===================

A state sets what it declares and leaves everything else alone: an argument that is left out or ``null`` is not
managed. OpenNebula cannot rename a user.

The connection is configured once, under ``opennebula:connection`` in the pillar or the minion's configuration.

Rights: the account creates users with CREATE on USER and MANAGE on their groups; it sets password, groups and
attributes with MANAGE on the user, and quota, ``enabled`` and ``auth_driver`` with ADMIN, which removal needs too; to
make it an administrator it needs ADMIN on the group as well.
"""

try:
    from onecore.bridge import states as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge

__virtualname__ = "oneuser"


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def present(
    name,
    password=None,
    auth_driver=None,
    group=None,
    groups=None,
    administers=None,
    enabled=None,
    ssh_public_key=None,
    quota=None,
    attributes=None,
    profile=None,
    **kwargs,
):
    """
    Ensure that a user exists and is as declared.

    name
        Name of the user, at most 128 bytes, without blanks or any of ``& | : \\ " ; / ' # { } $ < >``.

    password
        The password; keep it in pillar. OpenNebula never tells one back, so a salted digest of what was set is kept
        in the user's template: a password that was changed elsewhere stays until the declared one changes. It is
        never shown. A user that is created without one gets a random one, and can be given tokens.

    auth_driver
        How the user is authenticated: ``core``, ``public``, ``ssh``, ``x509``, ``ldap``, ``server_cipher`` or
        ``server_x509``. A new user's is ``core`` unless another is declared.

    group
        Name of the primary group. A new user's is the account's own unless one is declared.

    groups
        Names of all secondary groups. The user leaves one that is not listed.

    administers
        Names of groups that the user administers; it becomes a member where it is none. Of a group that is not listed
        it stays what it is.

    enabled
        Whether the user may log in.

    ssh_public_key
        The key that VMs of the user may let in (``SSH_PUBLIC_KEY``); several keys on a line each.

    quota
        Limits by name: ``vms``, ``cpu``, ``memory``, ``running_vms``, ``running_cpu``, ``running_memory``,
        ``system_disk_size``, ``networks: {name: leases}``, ``datastores: {name: {size, images}}`` and
        ``images: {name: rvms}``. Sizes in MB or as ``64G``; -1 is the cloud's default, -2 no limit. A limit that is
        not named stays. Networks and images are those of the account.

    attributes
        Any other attribute of the user's template, by name: a text, a mapping for a vector, a list for a repeated
        attribute, ``null`` to remove it.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        alice:
          oneuser.present:
            - password: {{ salt["pillar.get"]("passwords:alice") | yaml_encode }}
            - group: eole
            - groups: [testers]
            - quota: {vms: 30, memory: 64G}
    """
    return _bridge.present(globals(), "oneuser", locals())


def absent(name, unmanaged=False, profile=None, **kwargs):
    """
    Ensure that a user does not exist.

    Only a user that these states created is removed (it carries ``SALT_MANAGED``), and never one who still owns VMs,
    networks, images or templates.

    name
        Which user.

    unmanaged
        Remove it even if these states did not create it. Defaults to ``False``.

    profile
        Which of ``opennebula:profiles`` to connect to. Defaults to ``opennebula:connection``.

    .. code-block:: yaml

        bob:
          oneuser.absent: []
    """
    return _bridge.absent(globals(), "oneuser", locals())
