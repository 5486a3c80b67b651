"""
The inside of a gateway
=======================

Shows the configuration that the state of the same name applies. It runs on the gateway's own minion, whose pillar has
the key ``gateway``; see ``docs/gateway.md``.

Rights: none in OpenNebula, which is not called. On the gateway the minion runs as root.
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
    Return the configuration that results from the pillar, without changing anything: the text of each file by its path.

    Fails with every error of the pillar, or if the pillar does not fit this machine.

    Rights: none in OpenNebula; on the gateway those of the minion.

    CLI Example:

    .. code-block:: bash

        salt-call onegateway.render
    """
    return _seam.rendered(globals())
