"""
Take over an OpenNebula cloud that exists
=========================================

Writes a cloud down as a pillar, compares it with one, and looks it over. Nothing here writes to OpenNebula.

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
    Write a cloud down as the pillar that describes it, one file a user; applied, it takes everything over and changes
    nothing but marks.

    dir
        Root of the pillar to write to; the files are below ``opennebula/`` there. Without it nothing is written, and
        the files are returned by their paths.

    user
        Only objects of these users, and the users themselves.

    group
        Only objects of these groups, and the groups themselves.

    kind
        Only these kinds, by the name of their command: ``onevnet``, ``onetemplate``.

    name
        Only objects with these names.

    force
        Replace files that exist and say something else. Defaults to ``False``, which fails before anything is written.

    profile
        Which of ``opennebula:profiles`` to connect to.

    ``user``, ``group``, ``kind`` and ``name`` are lists, or texts in which commas separate several; each entry may be
    a pattern, such as ``web*``.

    Users whose networks bear the same names get one blueprint, and what differs stands in their own files. An object
    that cannot be said there stands by itself, with all its arguments (``apart`` tells why). What is not written, such
    as secrets, is in ``left_out`` with the reason, and in the files as comments.

    Returns ``files``, ``objects`` (how many of each kind), ``total``, ``blueprints`` and ``users`` (how many),
    ``apart`` and ``left_out``.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.export dir=/srv/pillar
        salt-call opennebula.export user=alice,bob kind=onevnet
    """
    return _takeover.ask(globals(), locals(), _takeover.export)


def drift(user=None, junit=None, format="data", profile=None):
    """
    Return what differs between the cloud and the pillar, without changing it: a highstate in ``test=True``, for
    monitoring.

    user
        Names of users, as a list or separated by commas. Defaults to the shared objects and all users.

    junit
        Path of a JUnit XML file to write; needs the Python package ``junitparser``.

    format
        ``data``, or ``table``: a text for people. Defaults to ``data``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Returns ``drift`` (for each part of an object that differs: ``user``, ``object``, ``id``, ``part``, ``found``,
    ``declared``, ``disruptive``), ``failures`` (what could not be compared, or not be made so), ``objects`` (how many
    were compared) and ``retcode``, which is the exit status: 0 where nothing differs, 2 where something does, 1 where
    something failed. ``salt-call`` tells it with ``--retcode-passthrough``.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.drift format=table
        salt-call opennebula.drift alice junit=/tmp/drift.xml
    """
    return _takeover.ask(globals(), locals(), _takeover.drift)


def orphans(format="data", profile=None):
    """
    Return what the pillar and the cloud do not have in common: objects that carry our mark and are no longer declared,
    what is declared and does not exist, and other people's networks on the VLANs of declared ones.

    format
        ``data``, or ``table``: a text for people. Defaults to ``data``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Each has ``what`` (``no longer declared``, ``missing`` or ``foreign``), ``object``, ``id`` and ``reason``.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.orphans format=table
    """
    return _takeover.ask(globals(), locals(), _takeover.orphans)


def audit(format="data", profile=None):
    """
    Return the holes in the isolation of users from each other, told from the cloud alone: networks of two users on one
    VLAN and device; networks that others may use, by permissions, ACL rules or the default VDC; templates that pin
    somebody's network; VMs and gateways on networks that are not their owner's; images that everybody may read;
    contexts with secrets that others may read; members of group ``oneadmin``; rules that let others manage what is
    not theirs; security groups that do not apply.

    format
        ``data``, or ``table``: a text for people. Defaults to ``data``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Returns ``findings``, the gravest first: ``severity`` (``high``: somebody can reach what is another's; ``medium``:
    somebody could be let to, or is told too much), ``check``, ``object``, ``id``, ``finding`` and ``cure``; and
    ``retcode``, the exit status: 2 where there is one, else 0. ``salt-call`` tells it with ``--retcode-passthrough``.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.audit format=table
    """
    return _takeover.ask(globals(), locals(), _takeover.audit)


def doctor(format="table", profile=None):
    """
    Check what a first run depends on, and say in order what to mend: Salt, the pillar, the connection, the version, the
    account and its rights, the clock, hosts and datastores, drivers and VLANs of the pillar's networks, the templates
    and images that the pillar refers to, and OpenNebula's events.

    format
        ``table``, or ``data``. Defaults to ``table``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Each check has ``state`` (``ok``, ``warning`` or ``error``), ``check``, ``finding`` and ``cure``. The exit status is
    1 where there is an error.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.doctor
    """
    return _takeover.ask(globals(), locals(), _takeover.doctor)
