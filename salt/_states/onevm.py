"""
VMs of OpenNebula
=================

OpenNebula lets a user have several VMs of one name; these states count on one, and fail when they find more.

A VM is instantiated as its owner, so that networks and images that are named without owner are the owner's. It joins
networks of its owner, or networks that are shared; never another user's, though OpenNebula would let an
administrator do that.
"""

try:
    from onecore.bridge import vms as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import vms as _bridge

__virtualname__ = "onevm"

_states = _bridge.VmStates(globals())
__doc__ += _states.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


present = _states.present()
absent = _states.absent()
renamed = _states.renamed()
running = _states.verb("running")
powered_off = _states.verb("powered_off")
suspended = _states.verb("suspended")
undeployed = _states.verb("undeployed")
