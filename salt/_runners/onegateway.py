"""
Gateways that become minions
============================

A gateway presents the ticket that its VM got when it was created, and is admitted by the reactor
``salt/reactor/enrolment.sls``, which calls :py:func:`admit`. See ``docs/enrolment.md``.
The master, 3008 or newer, needs:

.. code-block:: yaml

    # What a minion shows is part of the event which tells that its key is pending, or was denied.
    auth_events_autosign_grains: [pend, denied]
    reactor:
      - salt/auth:
        - salt://reactor/enrolment.sls
    # The same text as in the pillar, at gateway:enrol:secret; it may be sdb://…
    opennebula_enrolment:
      secret: sdb://vault/enrolment
"""

try:
    from onecore.bridge import enrolment as _enrolment
    from onecore.bridge import runners as _runner
    from onecore.bridge import states as _bridge
    from onecore.enrolment.script import SCRIPT as _SCRIPT
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import enrolment as _enrolment
    from saltext.opennebula.utils.onecore.bridge import runners as _runner
    from saltext.opennebula.utils.onecore.bridge import states as _bridge
    from saltext.opennebula.utils.onecore.enrolment.script import SCRIPT as _SCRIPT

__virtualname__ = "onegateway"
__func_alias__ = {"list_": "list"}


def __virtual__():
    return _bridge.virtual_runner(__virtualname__, 1, __opts__)


def admit(minion_id, public_key, claim, **kwargs):
    """
    Accept the key of a minion that presents a valid ticket. The reactor calls it.

    A ticket is valid for the minion id that it was issued for and the key that it was proved for, until it expires, and
    once. Another accepted key of that id is removed: a gateway that was created again replaces the one before.

    minion_id
        The minion.

    public_key
        Its public key, as it sent it.

    claim
        What it shows.

    Returns ``minion_id``, ``admitted`` and ``comment``, which says what was done, or why not.

    CLI Example:

    .. code-block:: bash

        salt-run onegateway.admit gw-alice "$(cat gw-alice.pub)" 1763800000000-1763803600000-0123…cdef.89ab…4567
    """
    return _runner.command(locals(), lambda: _enrolment.admit(globals(), minion_id, public_key, claim))


def list_(**kwargs):
    """
    Return the minions that came with a ticket: for each ``accepted`` (when its key was) and ``issued`` (before which no
    ticket is good any more), both in milliseconds since 1970, and ``keys``, the states of the keys it has now.

    CLI Example:

    .. code-block:: bash

        salt-run onegateway.list
    """
    return _runner.command(locals(), lambda: _enrolment.listed(globals()))


def revoke(minion_id, **kwargs):
    """
    Remove the keys of a minion, accepted or not, and refuse every ticket that was issued for it until now.

    minion_id
        The minion.

    Returns the states of the keys that were removed.

    CLI Example:

    .. code-block:: bash

        salt-run onegateway.revoke gw-alice
    """
    return _runner.command(locals(), lambda: _enrolment.revoke(globals(), minion_id))


def script():
    """
    Return the script by which a VM becomes a minion. An image may contain it, as
    ``/etc/one-context.d/net-96-salt-minion``, for ``enrol: {script: false}`` in the pillar.

    CLI Example:

    .. code-block:: bash

        salt-run --out=txt onegateway.script
    """
    return _SCRIPT
