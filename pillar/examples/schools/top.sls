# The minion that manages the cloud gets all of it, and no other: it holds credentials. `opennebula_minion` names it, in
# /etc/salt/master.d/opennebula.conf, or without a master in the minion's own configuration.
base:
  {{ opts.get('opennebula_minion') | default('no minion yet', true) | yaml_dquote }}:
    - opennebula
