"""
The pillar of gateways
======================

Gives the minion of each gateway its own user's part of what the pillar ``opennebula`` describes, and only that: the
networks that the gateway joins, its policy, the addresses it hands out. The whole pillar, with the credentials of
OpenNebula and every user's secrets, stays with the minion that manages the cloud.

In the master's configuration (or a masterless minion's):

.. code-block:: yaml

    ext_pillar:
      - onegateway:
          # The minion whose pillar has the key opennebula.
          source: cloud
          # Other minions are ignored, which saves the master work.
          minions: gw-*

The minion id says whose gateway a minion is: ``gw-<user>``, or ``gateway:enrol:minion_id`` of the pillar. The master
verifies an id by the key that it has accepted for it.

The part is the pillar key ``gateway``. If the pillar has an error that concerns this gateway, it contains the errors
instead, and the gateway's states fail with them. Other minions get nothing.
"""

try:
    from onecore.bridge import gateway_pillar as _source
    from onecore.bridge import loading
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import gateway_pillar as _source
    from saltext.opennebula.utils.onecore.bridge import loading

__virtualname__ = "onegateway"


def __virtual__():
    return loading.virtual(__virtualname__, api=1)


def ext_pillar(minion_id, pillar, source, minions="gw-*"):
    """
    Return ``{"gateway": …}`` for the minion of a gateway, and nothing for any other.

    source
        Id of the minion whose pillar has the key ``opennebula``. Its pillar is compiled without external pillars.

    minions
        What the ids of the gateways' minions look like, as a glob.
    """
    return _source.pillar_of(globals(), minion_id, source, minions)
