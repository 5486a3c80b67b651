# The minion that manages the cloud gets all of it, and no other: it holds credentials. A master's own configuration
# names that minion (`opennebula_minion` in /etc/salt/master.d/opennebula.conf); where it names none, only the master
# itself gets it, for salt-run. Without a master it is this machine's.
{%- set itself = '*_master' if opts.get('__role') == 'master' else opts.id %}
base:
  {{ (opts.get('opennebula_minion') or itself) | yaml_dquote }}:
    - opennebula
