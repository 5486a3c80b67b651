"""onesim: an embedded OpenNebula. An XML-RPC server that answers like the daemon of OpenNebula 7.4.

Start one with `python -m onesim --port N`, or in a test with `onesim.testing.running()`.

It shares no code with onecore, which it judges: a mistake in code that both used would be made on both sides of every
call, and no test would see it.

How it hangs together, from what everything stands on to what clients call:

    errors      what a call can fail with       oned_conf   what the daemon's configuration file says
    text/       OpenNebula's texts: templates, values, requirements
    rights/     who may do what, and how much of it
    cloud/      the whole state, under one lock: objects and pools, the clock, the store, events, faults on purpose
    api/        method -> handler, sessions, the methods all kinds share
    kinds/      a file or a folder for each kind; its docstring says how to add one
    daemon/     what the daemon does by itself, and the methods of no kind
    wire/       HTTP connections and XML-RPC bodies
    founding/   a fresh cloud, or one from a description

A call runs under the cloud's lock from its authentication to its answer; what it changes it announces by
`cloud.update(thing)`, and the journal makes that last when the call ends.
"""
