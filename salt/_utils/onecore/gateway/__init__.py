"""The configuration inside a gateway, from its user's part of the pillar.

Everything here runs on the gateway, imports nothing but the standard library and `basics.errors`, and goes one way: the
part and the guest's interfaces (`nics`) become a `model`; `firewall`, `dnsmasq`, `network` and `managers` write it
down; `masters` refuses what would cut the minion off; `pieces` know how the machine comes to do what is written, and
`deployment` puts them in place, or back. The master makes the part (`orchestration.gateway_part`); `bridge.gateway`
is the interface to Salt.
"""
