{%- from tpldir ~ "/map.jinja" import gateway with context %}

# Removes what the formula has created. Packages stay, since something else may need them.

{%- for unit in ("dnsmasq", "network", "firewall") %}

gateway service {{ unit }}:
  service.dead:
    - name: onegateway-{{ unit }}
    - enable: false
    - onlyif:
      - fun: file.file_exists
        path: {{ gateway.units }}/onegateway-{{ unit }}.service
    - require_in:
      - onegateway: gateway configuration
{%- endfor %}

gateway forwarding:
  cmd.run:
    - name: {{ gateway.sbin }}/sysctl --write net.ipv4.ip_forward=0
    - onlyif:
      - fun: file.file_exists
        path: {{ gateway.sysctl_config }}
    - require_in:
      - onegateway: gateway configuration

gateway configuration:
  onegateway.absent: []

gateway files:
  file.absent:
    - names:
      - {{ gateway.sysctl_config }}
      - {{ gateway.chrony.config }}
      - {{ gateway.apt_config }}
      - {{ gateway.if_up }}/onegateway
      - {{ gateway.udev_rules }}/60-onegateway.rules
{%- for unit in ("firewall", "network", "dnsmasq") %}
      - {{ gateway.units }}/onegateway-{{ unit }}.service
{%- endfor %}
    - require:
      - onegateway: gateway configuration
