"""
Take over an existing OpenNebula cloud
======================================

Functions of the execution module of the same name, for a master without a minion. They use the pillar of the minion
that the master option ``opennebula_minion`` names, or else that of the master itself; see
:py:mod:`onelab <saltext.opennebula.runners.onelab>`. The exit status is the ``retcode`` of the returned data; with
``format=table`` it is 0 or 1.

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
    Export a cloud as a pillar, with a file for each user. Applying this pillar takes all objects over, and writes only
    marks.

    dir, user, group, kind, name, force, profile
        As in the execution function ``opennebula.export``, which returns the same.

    CLI Example:

    .. code-block:: bash

        salt-run opennebula.export dir=pillar/
        salt-run opennebula.export dir=pillar/ user=alice
    """
    return _takeover.run(globals(), locals(), _takeover.export)


def drift(user=None, junit=None, format="data", profile=None, **kwargs):
    """
    Return the differences between the cloud and the pillar, without a change. The exit status is 0 without
    differences, 2 with differences, and 1 for a failure.

    user, junit, format, profile
        As in the execution function ``opennebula.drift``, which returns the same.

    CLI Example:

    .. code-block:: bash

        salt-run opennebula.drift junit=drift.xml
    """
    return _takeover.run(globals(), locals(), _takeover.drift)


def orphans(format="data", profile=None, **kwargs):
    """
    Return objects that only the pillar or only the cloud has.

    format, profile
        As in the execution function ``opennebula.orphans``, which returns the same.

    CLI Example:

    .. code-block:: bash

        salt-run opennebula.orphans format=table
    """
    return _takeover.run(globals(), locals(), _takeover.orphans)


def audit(format="data", profile=None, **kwargs):
    """
    Return problems of the isolation of users from each other. The exit status is 2 if there is one.

    format, profile
        As in the execution function ``opennebula.audit``, which returns the same.

    CLI Example:

    .. code-block:: bash

        salt-run opennebula.audit format=table
    """
    return _takeover.run(globals(), locals(), _takeover.audit)


def doctor(format="table", profile=None, **kwargs):
    """
    Check the requirements of a first run, and list what to correct, most important first.

    format, profile
        As in the execution function ``opennebula.doctor``, which returns the same.

    CLI Example:

    .. code-block:: bash

        salt-run opennebula.doctor
    """
    return _takeover.run(globals(), locals(), _takeover.doctor)
