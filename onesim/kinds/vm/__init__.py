"""Virtual machines.

From what everything stands on to what clients call:

    states       the states, as the daemon numbers and names them
    parts/       what a VM consists of
    machine      the object and its XML
    parsing/     from what its owner wrote to what it is
    lifecycle/   from state to state
    kind         what is particular to VMs among kinds, and the calls that all kinds have
    calls/       the calls that only VMs have
"""
