"""onesim: an embedded OpenNebula. An XML-RPC server that answers like the daemon of OpenNebula 7.4.

Start one with `python -m onesim --port N`, or in a test with `onesim.testing.running()`.

It shares no code with onecore, which it tests: no test could find an error in code that both use.

The packages, from the lowest to the ones that clients call:

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
