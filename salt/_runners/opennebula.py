"""
Take over an OpenNebula cloud that exists
=========================================

The functions of the execution module of the same name that look at a whole cloud, on a master, which needs no minion
for them. The pillar is that of the minion which the master option ``opennebula_minion`` names, or else that of the
master itself; see :py:mod:`onelab`. The exit status is ``retcode`` of what is returned as data; with ``format=table``,
where it would not be 0, it is 1.

Rights: USE on what is shown; to see every user's objects the account is ``oneadmin`` or a member of its group.
"""

try:
    from onecore.bridge import states as _bridge
    from onecore.bridge import takeover as _takeover
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.bridge import takeover as _takeover

__virtualname__ = "opennebula"


def __virtual__():
    return _bridge.virtual_runner(__virtualname__, 1, __opts__)


def export(dir=None, user=None, group=None, kind=None, name=None, force=False, profile=None, **kwargs):
    """
    Write a cloud down as the pillar that describes it, one file a user; applied, it takes everything over and changes
    nothing but marks.

    dir, user, group, kind, name, force, profile
        As those of the execution function ``opennebula.export``, with what it returns.

    CLI Example:

    .. code-block:: bash

        salt-run opennebula.export dir=pillar/
        salt-run opennebula.export dir=pillar/ user=alice
    """
    return _takeover.run(globals(), locals(), _takeover.export)


def drift(user=None, junit=None, format="data", profile=None, **kwargs):
    """
    Return what differs between the cloud and the pillar, without changing it. The exit status is 0 where nothing
    differs, 2 where something does, and 1 where something failed.

    user, junit, format, profile
        As those of the execution function ``opennebula.drift``, with what it returns.

    CLI Example:

    .. code-block:: bash

        salt-run opennebula.drift junit=drift.xml
    """
    return _takeover.run(globals(), locals(), _takeover.drift)


def orphans(format="data", profile=None, **kwargs):
    """
    Return what the pillar and the cloud do not have in common.

    format, profile
        As those of the execution function ``opennebula.orphans``, with what it returns.

    CLI Example:

    .. code-block:: bash

        salt-run opennebula.orphans format=table
    """
    return _takeover.run(globals(), locals(), _takeover.orphans)


def audit(format="data", profile=None, **kwargs):
    """
    Return the holes in the isolation of users from each other. The exit status is 2 where there is one.

    format, profile
        As those of the execution function ``opennebula.audit``, with what it returns.

    CLI Example:

    .. code-block:: bash

        salt-run opennebula.audit format=table
    """
    return _takeover.run(globals(), locals(), _takeover.audit)


def doctor(format="table", profile=None, **kwargs):
    """
    Check everything that a first run depends on, and list what to correct, most important first.

    format, profile
        As those of the execution function ``opennebula.doctor``, with what it returns.

    CLI Example:

    .. code-block:: bash

        salt-run opennebula.doctor
    """
    return _takeover.run(globals(), locals(), _takeover.doctor)
