# The minion that manages the cloud (with `salt-call --local`: this machine) gets all of it. It holds credentials:
# name that minion here, rather than '*', as soon as there is a master with other minions.
base:
  '*':
    - opennebula
