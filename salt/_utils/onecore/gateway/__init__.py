"""The configuration inside a gateway, from its user's part of the pillar.

Everything here runs on the gateway, imports only the standard library and `basics.errors`, and goes one way: the part
and the guest's interfaces (`nics`) become a `model`; `firewall`, `dnsmasq`, `network` and `managers` render it;
`masters` refuses rules that would cut the minion off; `pieces` know how to activate each file, and `deployment`
installs or restores them. The master creates the part (`orchestration.gateway_part`); `bridge.gateway` is the interface
to Salt.
"""
