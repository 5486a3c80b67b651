# Only the minion that manages the cloud gets this pillar, since it contains credentials. With a master, set its ID as
# `opennebula_minion` in /etc/salt/master.d/opennebula.conf; without this option, only the master itself gets the pillar,
# for salt-run. Without a master, this minion gets it.
{%- set itself = '*_master' if opts.get('__role') == 'master' else opts.id %}
base:
  {{ (opts.get('opennebula_minion') or itself) | yaml_dquote }}:
    - opennebula
