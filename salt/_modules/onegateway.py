"""
The inside of a gateway
=======================

What the state of the same name puts in force on a gateway, to look at. It works on the gateway's own minion, whose
pillar has the key ``gateway``; ``docs/gateway.md`` tells how it gets there.

Rights: none in OpenNebula, for it is not asked. On the gateway the minion runs as root.
"""

try:
    from onecore.bridge import gateway as _seam
    from onecore.bridge import loading as _loading
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import gateway as _seam
    from saltext.opennebula.utils.onecore.bridge import loading as _loading

__virtualname__ = "onegateway"


def __virtual__():
    return _loading.virtual(__virtualname__, api=1)


def render():
    """
    Return the configuration that the pillar makes, without changing anything: the text of each file by its path.

    Raises an error with every fault when the pillar has one, or does not fit this machine.

    Rights: none in OpenNebula; on the gateway those of the minion.

    CLI Example:

    .. code-block:: bash

        salt-call onegateway.render
    """
    return _seam.rendered(globals())
