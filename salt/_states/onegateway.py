"""
The inside of a gateway
=======================

Firewall rules, addresses, DHCP and DNS of one user's gateway, from the pillar key ``gateway`` (see
``docs/gateway.md``). The formula ``gateway`` applies these states, and adds packages and units.

Rights: none in OpenNebula, which is not called. On the gateway the minion runs as root.
"""

try:
    from onecore.bridge import gateway as seam
    from onecore.bridge import loading
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import gateway as seam
    from saltext.opennebula.utils.onecore.bridge import loading

__virtualname__ = "onegateway"


def __virtual__():
    return loading.virtual(__virtualname__, api=1)


def validated(name, masters=None):
    """
    Ensure that the gateway has no error. It changes nothing; with ``failhard`` it stops the run before any change.

    name
        Any text.

    masters
        Names or addresses that the minion must go on reaching. Defaults to the masters of its configuration;
        without a master (``salt-call --local``) to none.

    The comment lists every error with its path in the pillar, what is missing on this machine, and the errors of
    ``nft --check`` and ``dnsmasq --test`` if these programs are installed.

    .. code-block:: yaml

        the gateway's pillar:
          onegateway.validated:
            - failhard: true
    """
    return seam.validated(globals(), name, masters)


def configured(name, masters=None):
    """
    Ensure that the gateway is as declared: its addresses, the rule set, DNS and DHCP; and
    that systemd-networkd and NetworkManager leave the interfaces of the user's networks to it.

    name
        Any text.

    masters
        As for ``onegateway.validated``.

    All of it is checked (``nft --check``, ``dnsmasq --test``) before anything is replaced. When a piece cannot be
    loaded, or a master does not answer any more, everything is put back as it was, and the state fails. Established
    connections go on.

    .. code-block:: yaml

        the gateway:
          onegateway.configured: []
    """
    return seam.configured(globals(), name, masters)


def absent(name):
    """
    Ensure that nothing of it is left: no rules, no addresses on the user's networks, no server, no files.

    name
        Any text.

    .. code-block:: yaml

        the gateway:
          onegateway.absent: []
    """
    return seam.absent(globals(), name)
