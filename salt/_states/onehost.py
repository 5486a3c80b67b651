"""
Hosts of OpenNebula
===================
"""

try:
    from onecore.bridge import kinds as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import kinds as _bridge

__virtualname__ = "onehost"

_states = _bridge.States(globals())
__doc__ += _states.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


present = _states.present()
absent = _states.absent()
renamed = _states.renamed()
enabled = _states.fixed("enabled", "Ensure that new VMs may come to a host.", status="enabled")
disabled = _states.fixed(
    "disabled", "Ensure that no new VM comes to a host; those that run there go on.", status="disabled"
)
offline = _states.fixed("offline", "Ensure that a host is out of service, and not even looked at.", status="offline")
