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
enabled = _states.fixed("enabled", "Ensure that a host accepts new VMs.", status="enabled")
disabled = _states.fixed("disabled", "Ensure that a host accepts no new VMs; running VMs continue.", status="disabled")
offline = _states.fixed("offline", "Ensure that a host is offline, and not monitored.", status="offline")
