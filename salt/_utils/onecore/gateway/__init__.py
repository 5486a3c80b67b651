"""The inside of a gateway: what a guest makes of its user's part of the pillar.

`part` makes that part, where the whole pillar is: on the master. Everything else runs on the gateway, imports
nothing but the standard library, and goes one way: the part and the guest's interfaces (`nics`) become a `model`;
`firewall`, `dnsmasq` and `network` write it down; `masters` refuses what would cut the minion off; `deployment`
puts it in place, or back.
"""
