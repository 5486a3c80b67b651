"""
Whole infrastructures on OpenNebula
===================================

Looks at what the pillar ``opennebula`` describes and at what the cloud holds; only :py:func:`enrol` changes anything.
``docs/pillar/`` documents every key of the pillar; the states of the same name converge the cloud.

Rights: USE on what is shown; to see every user's objects the account is ``oneadmin`` or a member of its group.
"""

try:
    from onecore.bridge import enrolment as _enrolment
    from onecore.bridge import infrastructure as _infrastructure
    from onecore.bridge import loading as _loading
    from onecore.bridge import pages as _pages
    from onecore.bridge import pictures as _pictures
    from onecore.bridge import reports as _reports
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import enrolment as _enrolment
    from saltext.opennebula.utils.onecore.bridge import infrastructure as _infrastructure
    from saltext.opennebula.utils.onecore.bridge import loading as _loading
    from saltext.opennebula.utils.onecore.bridge import pages as _pages
    from saltext.opennebula.utils.onecore.bridge import pictures as _pictures
    from saltext.opennebula.utils.onecore.bridge import reports as _reports

__virtualname__ = "opennebula"
__outputter__ = {"report": "txt"}


def __virtual__():
    return _loading.virtual(__virtualname__, api=1)


def users():
    """
    Return the names of the users that the pillar declares, sorted; an empty list when there are none. Makes no call.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.users
    """
    return _infrastructure.declared_users(globals())


def validate():
    """
    Return every error of the pillar, each with its path; an empty list, and exit status 0, if there is none. Makes no
    call to OpenNebula.

    It checks the pillar that a run of states would get now, not the one that minion or master have cached. A file that
    Salt cannot render is an error, too.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.validate
    """
    return _infrastructure.faults(globals())


def plan(user=None, profile=None):
    """
    Return what the states would change, by user and object, without changing it.

    user
        Name of the one user to look at. Defaults to the shared objects and all users.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Objects that are as declared are omitted, and so are users without any difference. An object that cannot be changed
    as declared has ``error`` with the reason.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.plan
        salt-call opennebula.plan alice
    """
    return _infrastructure.plan(globals(), user, profile)


def status(profile=None):
    """
    Return what exists for each user in the cloud: one row a user with ``networks`` (how many the user owns), ``vlans``
    (lowest and highest number), ``gateway``, ``uplink`` (its address), ``state``; ``undeclared``, the objects that were
    created for the user and are no longer declared (``null`` while the pillar has an error); and ``foreign``, objects
    that the states never remove: objects of the user that have the mark of another object, because they are copies or
    were renamed or given away, and objects whose owner was removed and created again.

    There is a row for each user that the pillar declares, or for whom an object was created. The state of a user that
    does not exist is ``missing``; for an account that cannot see everything, ``not visible to`` that account.

    profile
        Which of ``opennebula:profiles`` to connect to.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.status --out=json
    """
    return _infrastructure.status(globals(), profile)


def report(source):
    """
    Return as text, a line a user, what a run of states did or would do: the return of ``state.apply`` as the outputter
    ``opennebula`` shows it. Makes no call.

    source
        Path of a JSON file that ``state.apply --out=json`` has written, or the data themselves.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.report /tmp/highstate.json
    """
    return _reports.report(source)


def topology(user=None, group=None, format="svg", path=None, profile=None):
    """
    Return a picture of who is joined to what: a user's networks with VLAN, addresses and security groups, the VMs on
    them with their addresses, and what the gateway's ``policy`` in the pillar lets pass.

    user
        Whose. Defaults to everybody who owns a network.

    group
        Only those whose networks belong to this group.

    format
        ``svg``, which any browser shows, or ``dot``, which Graphviz draws. Defaults to ``svg``.

    path
        File to write it to; its path is returned then. Defaults to returning the picture itself.

    profile
        Which of ``opennebula:profiles`` to connect to.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.topology alice path=/tmp/alice.svg
        salt-call opennebula.topology group=eole format=dot --out=txt
    """
    return _pictures.topology(globals(), locals())


def vlans(format="data", path=None, profile=None):
    """
    Return who has which VLAN: ``used``, a row for each network, and for each range of VLANs of a trunk, with
    ``device``, ``vlan``, ``last`` (the last VLAN of the range), ``network``, ``owner``, ``id``, ``addresses``,
    ``reserved`` (whether it is a reservation) and ``shares`` (whether it shares the VLAN on purpose: a reservation, or
    a trunk that the pillar declares for everybody); and ``free``, the ranges of the blueprints' ``vlans`` that no
    network uses, with ``device``, ``first``, ``last``, ``size`` and ``blueprints`` (those that may use the range).

    format
        ``data``; ``table``, the same as text; ``csv``, the used VLANs for a spreadsheet; or ``svg``, a map of all
        VLANs: a colour for each owner, red if two networks share a VLAN, grey if a blueprint may still use it.
        Defaults to ``data``.

    path
        File to write ``table``, ``csv`` or ``svg`` to; the function then returns its path. Defaults to returning the
        text itself.

    profile
        Which of ``opennebula:profiles`` to connect to.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.vlans format=table
        salt-call opennebula.vlans format=svg path=/tmp/vlans.svg
    """
    return _pictures.vlan_map(globals(), locals())


def page(path, title=None, drift=True, profile=None):
    """
    Write one page of HTML with everything that people look for in a cloud: users, networks, VMs, labs, who has which
    address and which VLAN, drift and the findings of the audit. It can search and sort, opens from a disk as from a
    web server, and needs no network. Returns its path.

    path
        File to write to. It is replaced at once, so readers never see a part of it.

    title
        What the cloud is called. Defaults to the name of its host.

    drift
        Whether to compare all that the pillar declares with the cloud, as :py:func:`plan` does. Defaults to true.

    profile
        Which of ``opennebula:profiles`` to connect to.

    The page contains no secret, but shows who has what: restrict who may read it.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.page /srv/www/opennebula.html
        salt-call opennebula.page /tmp/school.html title="School cloud"
    """
    return _pages.page(globals(), locals())


def enrol(user, profile=None):
    """
    Give a user's gateway a new ticket with which it becomes a minion. The states give one to each new gateway; use this
    if the ticket has expired, the disk was created again, or the gateway existed before.

    user
        Name of the user; its pillar needs ``gateway:enrol:secret``.

    profile
        Which of ``opennebula:profiles`` to connect to.

    A running guest gets it immediately, any other at its next boot. Returns a list of ``vm_id``, ``minion_id`` and
    ``lifetime``, for how many minutes the ticket is good, with an entry for each VM: a virtual router may have several.
    The ticket itself is in the VM's context alone.

    Rights: MANAGE on the VM.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.enrol alice
    """
    return _enrolment.renewed(globals(), user, profile)


def isolation(profile=None):
    """
    Return how users are isolated, a row a user: ``user``, ``groups``, ``vdcs``; ``isolated``, whether the user cannot
    use any network of another user (administrators of the cloud excepted); ``opened_by``, what allows it: an ACL rule,
    with the VDC that created it, or a network's permissions; and ``shared``, the administrators' networks that the user
    can use.

    This is what OpenNebula allows in Sunstone, the CLI and the API. The states never attach a VM to another user's
    network.

    profile
        Which of ``opennebula:profiles`` to connect to.

    Rights: those of ``oneadmin`` or of a member of group ``oneadmin``, who see everything.

    CLI Example:

    .. code-block:: bash

        salt-call opennebula.isolation --out=json
    """
    return _infrastructure.isolation(globals(), profile)
