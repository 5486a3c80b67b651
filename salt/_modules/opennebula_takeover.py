"""
Take over an existing OpenNebula cloud
======================================

Exports a cloud as a pillar, compares it with its pillar, and checks it. These functions never write to OpenNebula.

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
    return _bridge.virtual(__virtualname__, api=1)


def export(dir=None, user=None, group=None, kind=None, name=None, force=False, profile=None):
    """
    Export a cloud as a pillar, with a file for each user. Applying this pillar takes all objects over, and writes only
    marks.

    dir
        Root of the pillar to write to; the files are created below ``opennebula/``. By default, no file is written,
        and the contents of the files are returned by path.

    user
        Only objects of these users, and the users themselves.

    group
        Only objects of these groups, and the groups themselves.

    kind
        Only these kinds, by the name of their command: ``onevnet``, ``onetemplate``.

    name
        Only objects with these names.

    force
        Replace existing files with other content. Defaults to ``False``, which fails before any file is written.

    profile
        Which of ``opennebula:profiles`` to connect to.

    ``user``, ``group``, ``kind`` and ``name`` are lists, or texts in which commas separate several; each entry may be
    a pattern, such as ``web*``.

    Users whose networks have the same names get one blueprint, and their own files contain the differences. An object
    that does not fit there is declared separately, with all its arguments (``apart`` has the reason). ``left_out``
    lists what is not exported, such as secrets, with the reason; the files have the same list as comments.

    Returns ``files``, ``objects`` (the number of each kind), the numbers ``total``, ``blueprints`` and ``users``,
    ``apart`` and ``left_out``.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.export dir=/srv/pillar
        salt-call opennebula.export user=alice,bob kind=onevnet
    """
    return _takeover.ask(globals(), locals(), _takeover.export)


def drift(user=None, junit=None, format="data", profile=None):
    """
    Return the differences between the cloud and the pillar, without a change: a highstate with ``test=True`` for
    monitoring.

    user
        Names of users, as a list or separated by commas. Defaults to shared objects and all users.

    junit
        Path of a JUnit XML file to write; needs the Python package ``junitparser``.

    format
        ``data``, or ``table`` for a readable text. Defaults to ``data``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Returns ``drift`` (each difference with ``user``, ``object``, ``id``, ``part``, ``found``, ``declared`` and
    ``disruptive``), ``failures`` (objects that cannot be compared or corrected), ``objects`` (the number of compared
    objects) and ``retcode``, the exit status: 0 without differences, 2 with differences, 1 for a failure.
    ``salt-call`` needs ``--retcode-passthrough`` to return it.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.drift format=table
        salt-call opennebula.drift alice junit=/tmp/drift.xml
    """
    return _takeover.ask(globals(), locals(), _takeover.drift)


def orphans(format="data", profile=None):
    """
    Return objects that only the pillar or only the cloud has: marked objects that are no longer declared, declared
    objects that do not exist, networks of others on declared VLANs, objects that have the mark of another object
    because they are copies or were renamed or given away, and objects whose owner no longer exists.

    format
        ``data``, or ``table`` for a readable text. Defaults to ``data``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Each entry has ``what`` (``no longer declared``, ``missing``, ``foreign`` or ``without owner``), ``object``, ``id``
    and ``reason``.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.orphans format=table
    """
    return _takeover.ask(globals(), locals(), _takeover.orphans)


def audit(format="data", profile=None):
    """
    Return problems of the isolation of users from each other. The check needs no pillar. It finds networks of two users
    on one VLAN and device; networks that others may use because of permissions, ACL rules or VDCs; templates with a NIC
    on the network of one user; VMs and gateways on networks of other users; images that everybody may read; contexts
    with secrets that others may read; members of group ``oneadmin``; ACL rules that let users manage objects of others;
    and security groups without effect.

    format
        ``data``, or ``table`` for a readable text. Defaults to ``data``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Returns ``findings``, the most severe first, each with ``severity``, ``check``, ``object``, ``id``, ``finding`` and
    ``cure``; and ``retcode``, the exit status: 2 with findings, 0 without. The severity is ``high`` if a user can reach
    objects of another user, and ``medium`` if a user could get this access or can read too much. ``salt-call`` needs
    ``--retcode-passthrough`` to return the exit status.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.audit format=table
    """
    return _takeover.ask(globals(), locals(), _takeover.audit)


def doctor(format="table", profile=None):
    """
    Check the requirements of a first run, and list what to correct, most important first: Salt, the pillar, the
    connection, the version, the account and its rights, the clock, hosts and datastores, drivers and VLANs of the
    pillar's networks, the templates and images that the pillar refers to, and OpenNebula's events.

    format
        ``table``, or ``data``. Defaults to ``table``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Each check has ``state`` (``ok``, ``warning`` or ``error``), ``check``, ``finding`` and ``cure``. The exit status is
    1 if there is an error.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.doctor
    """
    return _takeover.ask(globals(), locals(), _takeover.doctor)
