"""
ACL rules of OpenNebula
=======================

The commands of OpenNebula's ``oneacl``, under their names.

A rule is a text as the CLI writes it, ``@eole NET+IMAGE/@eole USE+MANAGE``: users, types of objects and which
of them, rights, and a zone, which is this one where it is left out. ``#`` is one user or object, ``@`` a group, ``%`` a
cluster, ``*`` all; then comes a name or an ID. An object of somebody else than the account is ``#alice:dmz1``.
"""

try:
    from onecore.bridge import commands as _bridge
    from onecore.commands import administration as _administration
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import commands as _bridge
    from saltext.opennebula.utils.onecore.commands import administration as _administration

__virtualname__ = "oneacl"
__func_alias__ = {"list_": "list"}

_module = _bridge.Module(globals(), example="9")


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


def list_(profile=None):
    """
    Return the ACL rules, sorted by ID: for each ``id``, ``rule``, its text with names, and ``ours``, whether these
    states made it.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: MANAGE on ACL, and USE on the objects in the rules, to show their names.

    CLI Example:

    .. code-block:: bash

        salt-call oneacl.list --out=json
    """
    return _module.run(profile, _administration.list_rules)


def create(rule, profile=None):
    """
    Create an ACL rule; returns its ID.

    rule
        Its text.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: MANAGE on ACL.

    CLI Example:

    .. code-block:: bash

        salt-call oneacl.create "'@eole NET+IMAGE/@eole USE+MANAGE'"
    """
    return _module.run(profile, _administration.create_rule, rule)


def delete(rule, profile=None):
    """
    Delete an ACL rule, made by Salt or not.

    rule
        Its ID, or its text.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: MANAGE on ACL.

    CLI Example:

    .. code-block:: bash

        salt-call oneacl.delete 9
        salt-call oneacl.delete "'@eole NET+IMAGE/@eole USE+MANAGE'"
    """
    return _module.run(profile, _administration.delete_rule, rule)
