"""
Users of OpenNebula
===================

The commands of OpenNebula's ``oneuser``, under their names.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import accounts as _accounts
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import accounts as _accounts

__virtualname__ = "oneuser"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="alice")
__doc__ += _module.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


list_ = _module.common("list", "The row of a user also has the primary ``group``.")
show = _module.common("show", "This includes its groups, quotas and their usage, but no passwords or tokens.")
update = _module.common("update", example='alice "{SSH_PUBLIC_KEY: ssh-ed25519 AAAA}"')
delete = _module.common(
    "delete", "Objects of the user stay without an owner.", rights="ADMIN on the user.", example="alice"
)

chgrp = _module.relation(
    "chgrp",
    "onegroup",
    "Change the primary group of a user. The user leaves the former one, unless it was a member of both.",
    "eole",
    rights="MANAGE on the user, USE on the group.",
)
addgroup = _module.relation(
    "addgroup",
    "onegroup",
    "Make a user a member of a further group.",
    "testers",
    rights="MANAGE on the user and on the group.",
)
delgroup = _module.relation(
    "delgroup",
    "onegroup",
    "Remove a user from a group that is not its primary one.",
    "testers",
    rights="MANAGE on the user and on the group.",
)


def create(name, password, driver="core", groups=None, profile=None):
    """
    Create a user.

    Salt keeps the arguments of a job in its job cache and on its event bus, the password too: prefer the state
    :py:func:`oneuser.present <saltext.opennebula.states.oneuser.present>` with the password in pillar, or call
    with ``salt-call --local``.

    name
        Its name.

    password
        Its password, without blanks.

    driver
        How it is authenticated: ``core``, ``public``, ``ssh``, ``x509``, ``ldap``, ``server_cipher`` or
        ``server_x509``. Defaults to ``core``.

    groups
        Its groups, by name or ID, the primary one first. Defaults to the account's own.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: CREATE on USER, MANAGE on the groups.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.create alice "$PASSWORD" groups="[eole]"
    """
    return _module.run(profile, _accounts.create_user, name, password, driver, groups)


def passwd(user, password, profile=None):
    """
    Set the password of a user. This deletes its tokens.

    Salt keeps the arguments of a job in its job cache and on its event bus, the password too: prefer the state
    :py:func:`oneuser.present <saltext.opennebula.states.oneuser.present>` with the password in pillar, or call
    with ``salt-call --local``.

    user, profile
        Which user, and through which connection; see the module's documentation.

    password
        The new password, without blanks.

    Rights: MANAGE on the user.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.passwd alice "$PASSWORD"
    """
    return _module.run(profile, _accounts.set_password, user, password)


def chauth(user, driver, password=None, profile=None):
    """
    Change how a user is authenticated.

    Salt keeps the arguments of a job in its job cache and on its event bus, the password too: prefer the state
    :py:func:`oneuser.present <saltext.opennebula.states.oneuser.present>` with the password in pillar, or call
    with ``salt-call --local``.

    user, profile
        Which user, and through which connection; see the module's documentation.

    driver
        ``core``, ``public``, ``ssh``, ``x509``, ``ldap``, ``server_cipher`` or ``server_x509``.

    password
        The new password, key or name for that driver. Defaults to what is there.

    Rights: ADMIN on the user.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.chauth alice ldap
    """
    return _module.run(profile, _accounts.set_driver, user, driver, password)


enable = _module.call("enable", "enable", "Enable a user.", "alice", sends=(True,), rights="ADMIN on the user.")


disable = _module.call(
    "disable",
    "enable",
    "Disable a user. The user's objects stay, and VMs continue to run.",
    "alice",
    sends=(False,),
    rights="ADMIN on the user.",
)


def quota(user, limits, profile=None):
    """
    Set limits on what a user uses.

    user, profile
        Which user, and through which connection; see the module's documentation.

    limits
        By name, as the state takes them: ``vms``, ``cpu``, ``memory``, ``running_vms``, ``running_cpu``,
        ``running_memory``, ``system_disk_size``, ``networks: {name: leases}``, ``datastores: {name: {size,
        images}}``, ``images: {name: rvms}``. Sizes in MB or as ``64G``; -1 is the cloud's default, -2 no
        limit. What is not named stays. OpenNebula's text is taken as well.

    Rights: ADMIN on the user.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.quota alice "{vms: 30, memory: 64G}"
    """
    return _module.run(profile, _accounts.quota, user, limits)


def umask(user, mask, profile=None):
    """
    Set which permissions new objects of a user lack.

    user, profile
        Which user, and through which connection; see the module's documentation.

    mask
        Three octal digits as a text: owner, group, others. OpenNebula's default is ``177``.

    Rights: MANAGE on the user.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.umask alice "'137'"
    """
    return _module.run(profile, _accounts.umask, user, mask)


def login(user, seconds=36000, group=None, profile=None):
    """
    Return a new token: for a while it does instead of the user's password.

    Salt returns it to the master, which keeps the results of jobs: call with ``salt-call --local`` where that is
    not wanted. It is never logged.

    user, profile
        Which user, and through which connection; see the module's documentation.

    seconds
        How long it is valid; -1 is without limit. Defaults to 36000, ten hours.

    group
        Narrow the token to what this group of the user may do. Defaults to the primary group of another user,
        and to all groups of the account itself.

    Rights: MANAGE on the user.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.login alice seconds=3600 --local
    """
    return _module.run(profile, _accounts.login, user, seconds, group)


def token_list(user, profile=None):
    """
    Return the tokens of a user: for each its beginning (``token``), ``expires`` (seconds since 1970, -1 for never), and
    the ``group`` it is for, if it is for one only.

    user, profile
        Which user, and through which connection; see the module's documentation.

    Rights: USE on the user.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.token_list alice
    """
    return _module.run(profile, _accounts.tokens, user)


def token_create(user, seconds=36000, group=None, profile=None):
    """
    Return a new token; the same as :py:func:`login`, under the name that OpenNebula's CLI has for it.

    user, profile
        Which user, and through which connection; see the module's documentation.

    seconds
        How long it is valid; -1 is without limit. Defaults to 36000, ten hours.

    group
        The one group whose rights it gives, by name or ID. Defaults to all groups for the account itself, and to the
        primary group for other users.

    Rights: MANAGE on the user.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.token_create alice seconds=3600 --local
    """
    return login(user, seconds, group, profile)


def token_delete(user, beginning, profile=None):
    """
    Make one token of a user worthless.

    user, profile
        Which user, and through which connection; see the module's documentation.

    beginning
        Enough of the token's beginning to identify it, as :py:func:`token_list` does.

    Rights: MANAGE on the user.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.token_delete alice 7f3a90c1
    """
    return _module.run(profile, _accounts.delete_token, user, beginning)


def token_delete_all(user, profile=None):
    """
    Make all tokens of a user worthless.

    user, profile
        Which user, and through which connection; see the module's documentation.

    Rights: MANAGE on the user.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.token_delete_all alice
    """
    return _module.run(profile, _accounts.delete_tokens, user)


def defaultquota(limits=None, profile=None):
    """
    Return the default quota of users, or set limits of it.

    limits
        As for :py:func:`quota`, -2 for no limit; OpenNebula's text is taken as well. Without them, nothing is changed
        and the whole default quota is returned.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: membership in group ``oneadmin``.

    CLI Example:

    .. code-block:: bash

        salt-call oneuser.defaultquota
        salt-call oneuser.defaultquota "{vms: 10}"
    """
    return _module.run(profile, _accounts.default_quota, "users", limits)
