"""onesim: an embedded OpenNebula. An XML-RPC server that answers as the daemon of OpenNebula 7.4 does.

Start one with `python -m onesim --port N`, or in a test with `onesim.testing.running()`.

How it hangs together, from the wire inwards:

    server      HTTP connections          wire        XML-RPC bodies
    dispatch    method -> handler         accounts    sessions
    access      who may do what           acl_rules   ACL rules
    generic     the methods all kinds share
    kinds/      a file a kind; its docstring says how to add one
    cloud       the whole state, under one lock; things: objects and pools
    templates   attributes, syntax: OpenNebula's text; quotas, address_range, vlan_rules: what their names say
    clock       what happens later        errors      what a call can fail with
    store       what lasts                seed        a cloud from a description
    events      what is published         faults      what goes wrong on purpose
    oned_conf   what the daemon's configuration file says

A call runs under the cloud's lock from its authentication to its answer; what it changes it announces by
`cloud.update(thing)`, and the journal makes that last when the call ends.
"""
