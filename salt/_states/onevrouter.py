"""
Virtual routers of OpenNebula
=============================

A virtual router is a group of VMs that have their NICs in common. The router and its VMs belong to one user and one
group, and join networks of that user, or networks that are shared. The VMs are part of the router: they are made and
removed with it, and the states look at no such VM by itself.
"""

try:
    from onecore.bridge import kinds as _bridge
except ImportError:
    from saltext.opennebula.utils.onecore.bridge import kinds as _bridge

__virtualname__ = "onevrouter"

_states = _bridge.States(globals())
__doc__ += _states.introduction


def __virtual__():
    return _bridge.virtual(__virtualname__, api=1)


present = _states.present()
absent = _states.absent()
renamed = _states.renamed()
